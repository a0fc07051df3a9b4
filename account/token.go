package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// TokenPrefix begins every personal access token, so that people and scanners
// of leaked secrets know one when they see it.
const TokenPrefix = "plm_"

// A token is the prefix, 256 random bits and a checksum of both, in lower-case
// base 32: tokenKey and tokenSum characters.
const (
	tokenKey = 52
	tokenSum = 7
)

func tokenText(b []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// NewToken returns a new personal access token. It is shown to its owner once;
// what is kept of it is its TokenHash.
func NewToken() string {
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails; the runtime ends the program if the system has no randomness
	text := TokenPrefix + tokenText(key)
	return text + tokenCheck(text)
}

func tokenCheck(text string) string {
	return tokenText(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))))
}

// LooksLikeToken reports whether a text has the form of a token and its
// checksum fits: whatever does not was mistyped or made up, and nobody needs
// to look it up. The checksum protects nothing.
func LooksLikeToken(text string) bool {
	n := len(TokenPrefix) + tokenKey
	return len(text) == n+tokenSum && strings.HasPrefix(text, TokenPrefix) && tokenCheck(text[:n]) == text[n:]
}

// TokenHash is what is kept of a token. A plain hash is enough for 256 random
// bits: there is no dictionary to try.
func TokenHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Narrowed is the user with no more than the listed permissions: what a token
// with these scopes may do in the user's name. Permissions that the user lacks
// stay lacking.
func (u User) Narrowed(scopes []Permission) User {
	keep := map[Permission]bool{}
	for _, p := range scopes {
		keep[p] = true
	}
	denied := append([]Permission(nil), u.Denied...)
	for _, p := range Permissions() {
		if !keep[p] {
			denied = append(denied, p)
		}
	}
	u.Denied = denied
	return u
}

// Allowed lists what the user may do, in the order of Permissions.
func (u User) Allowed() []Permission {
	var all []Permission
	for _, p := range Permissions() {
		if u.May(p) {
			all = append(all, p)
		}
	}
	return all
}
