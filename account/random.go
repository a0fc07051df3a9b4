package account

import (
	"crypto/rand"
	"strings"
)

// readable holds the letters and digits that nobody mistakes for another when
// reading them out: 32 of them, so that a random byte picks one evenly.
const readable = "23456789abcdefghijkmnpqrstuvwxyz"

// NewPassword returns a random password to hand out: four groups of five
// characters, 100 bits. The few that chance makes too regular for CheckPolicy
// are drawn again.
func NewPassword() string {
	for {
		groups := make([]string, 4)
		for i := range groups {
			groups[i] = randomText(5)
		}
		if pw := strings.Join(groups, "-"); CheckPolicy(pw, "") == nil {
			return pw
		}
	}
}

// NewID returns a random user id of 80 bits.
func NewID() ID { return ID(randomText(16)) }

func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails; the runtime ends the program if the system has no randomness
	for i := range b {
		b[i] = readable[int(b[i])%len(readable)]
	}
	return string(b)
}
