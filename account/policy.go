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
	switch {
	case plain == plainWord(email):
		return bad("it is your e-mail address")
	case distinct(pw) < 5:
		return bad("it repeats a few characters")
	case isRun(plain):
		return bad("it is a row of neighbouring characters")
	}
	words := append(commonWords(), addressWords(email)...)
	for _, form := range []string{plain, typed(pw)} {
		if len([]rune(fresh(form, words))) < minFresh {
			return bad("it is made of words, rows of keys or repetitions that everybody tries first")
		}
	}
	return nil
}

// minFresh is how many characters have to be there beside those that guessers
// put together by themselves.
const minFresh = 8

// fresh is what remains of a text of which one turn counts if it repeats
// itself, without well-known words, years, and rows on a keyboard or in the
// alphabet.
func fresh(s string, words []string) string {
	s = oneTurn(s)
	for _, w := range words {
		if len(w) >= 3 {
			s = strings.ReplaceAll(s, w, "")
		}
	}
	return withoutRows(withoutYears(s))
}

// addressWords are the parts of an e-mail address.
func addressWords(email string) []string {
	local, _, _ := strings.Cut(email, "@")
	words := []string{plainWord(email), plainWord(local)}
	for _, part := range strings.FieldsFunc(strings.ToLower(email), func(r rune) bool { return !unicode.IsLetter(r) }) {
		words = append(words, plainWord(part))
	}
	return words
}

// plainWord is a text in lower case without punctuation and with the usual
// look-alikes (p@ssw0rd) undone.
func plainWord(s string) string {
	lookAlike := strings.NewReplacer("@", "a", "0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "$", "s", "!", "i")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, lookAlike.Replace(strings.ToLower(s)))
}

// typed is a text as its keys: in lower case, symbols above the digits as the
// digits below them, without punctuation.
func typed(s string) string {
	keys := strings.NewReplacer("!", "1", "@", "2", "#", "3", "$", "4", "%", "5", "^", "6", "&", "7", "*", "8", "(", "9", ")", "0")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, keys.Replace(strings.ToLower(s)))
}

// commonWords are what people pad passwords with, longest first where one
// holds another, in plainWord's form. A small list serves: of 15 characters
// and more few common passwords are left, and they are built of these.
func commonWords() []string {
	return []string{"palmonas", "jewellery", "passwords", "password", "passcode", "passphrase", "administrator", "admin", "qwertyuiop", "qwerty",
		"asdfghjkl", "asdfgh", "zxcvbnm", "zxcvbn", "iqazzwsx", "iqaz", "welcome", "letmein", "changeme", "default", "secret", "iloveyou", "sunshine",
		"princess", "dragon", "monkey", "football", "cricket", "india", "mumbai", "bharat", "support", "readonly", "manager", "orders", "order",
		"crm", "login", "user", "guest", "test", "temp", "hello", "master", "super", "abcdef", "abc", "i2eas6t89o", "i2eas6", "i2ea", "i2e",
		"january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december",
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "summer", "winter", "spring", "autumn", "monsoon", "diwali",
		"amazon", "flipkart", "blinkit", "swiggy", "shopify", "company", "office", "business", "computer", "internet", "server", "access", "private",
		"whatever", "trustnoone", "trustno", "starwars", "superman", "batman", "pokemon", "baseball", "michael", "jennifer", "shadow", "freedom",
		"krishna", "ganesh", "shivam", "lakshmi", "hanuman", "bangalore", "bengaluru", "delhi", "pune", "chennai", "hyderabad", "kolkata", "maharashtra"}
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
