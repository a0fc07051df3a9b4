package account

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a password in characters. There are no rules about which
// characters: length is what makes it strong (NIST SP 800-63B).
const (
	MinPassword = 15
	MaxPassword = 128
)

// ErrPassword says that a password may not be chosen; the text says why, to
// the person who chose it.
var ErrPassword = errors.New("choose another password")

// CheckPolicy reports with ErrPassword why a password may not be set for the
// user with this e-mail address.
func CheckPolicy(pw, email string) error {
	bad := func(why string) error { return fmt.Errorf("%w: %s", ErrPassword, why) }
	switch n := utf8.RuneCountInString(pw); {
	case !utf8.ValidString(pw):
		return bad("it is not readable text")
	case n < MinPassword:
		return bad(fmt.Sprintf("use at least %d characters; a few words are easiest to remember", MinPassword))
	case n > MaxPassword:
		return bad(fmt.Sprintf("use at most %d characters", MaxPassword))
	}
	plain := plainWord(pw)
	local, _, _ := strings.Cut(email, "@")
	left := plain
	for _, word := range append(commonWords(), plainWord(email), plainWord(local)) {
		if len(word) >= 3 {
			left = strings.ReplaceAll(left, word, "")
		}
	}
	switch {
	case plain == plainWord(email):
		return bad("it is your e-mail address")
	case distinct(pw) < 5:
		return bad("it repeats a few characters")
	case isRun(plain):
		return bad("it is a row of neighbouring characters")
	// What remains beside well-known words must be worth guessing.
	case utf8.RuneCountInString(left) < 5 || isRun(left):
		return bad("it is made of words that everybody tries first")
	}
	return nil
}

// plainWord is a text in lower case without punctuation and with the usual
// look-alikes (p@ssw0rd) undone.
func plainWord(s string) string {
	lookAlike := strings.NewReplacer("@", "a", "0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "$", "s", "!", "i")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, lookAlike.Replace(strings.ToLower(s)))
}

// commonWords are what people pad passwords with, longest first where one
// holds another, in plainWord's form. A small list serves: of 15 characters
// and more few common passwords are left, and they are built of these.
func commonWords() []string {
	return []string{"palmonas", "jewellery", "passwords", "password", "passcode", "passphrase", "administrator", "admin", "qwertyuiop", "qwerty",
		"asdfghjkl", "asdfgh", "zxcvbnm", "zxcvbn", "iqazzwsx", "iqaz", "welcome", "letmein", "changeme", "default", "secret", "iloveyou", "sunshine",
		"princess", "dragon", "monkey", "football", "cricket", "india", "mumbai", "bharat", "support", "readonly", "manager", "orders", "order",
		"crm", "login", "user", "guest", "test", "temp", "hello", "master", "super", "abcdef", "abc", "i2eas6t89o", "i2eas6", "i2ea", "i2e"}
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// isRun reports whether each character follows from the one before in the
// alphabet, on the number row or by being the same.
func isRun(s string) bool {
	runes := []rune(s)
	for i := 1; i < len(runes); i++ {
		if d := runes[i] - runes[i-1]; d < -1 || d > 1 {
			return false
		}
	}
	return true
}
