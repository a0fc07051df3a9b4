package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"
)

// Cost of argon2id: 19 MiB, two passes, one lane, as OWASP's password storage
// sheet advises at the least.
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// maxHashBytes is the longest text ever hashed; MaxPassword runes fit.
const maxHashBytes = 4 * MaxPassword

// HashPassword returns the PHC text of a password with a fresh salt. It does
// not check the policy; an absurdly long text is an error.
func HashPassword(pw string) (string, error) {
	if len(pw) > maxHashBytes {
		return "", fmt.Errorf("hash password: longer than %d bytes", maxHashBytes)
	}
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	h := phc{memory: argonMemory, time: argonTime, threads: argonThreads, salt: salt}
	h.key = h.derive(canonical(pw), argonKey)
	return h.String(), nil
}

// CheckPassword reports whether pw belongs to the hash, and whether the hash
// should be replaced by a new one because it is of an older kind or cost. It
// takes the same time for a wrong password, an unknown user (the empty hash)
// and a hash it cannot read, so that timing tells nobody which users exist.
//
// bcrypt hashes of imported users are understood. bcrypt looks at 72 bytes
// only, so a longer password is never accepted for one.
func CheckPassword(hash, pw string) (ok, upgrade bool) {
	if len(pw) > maxHashBytes {
		pw, hash = "", "" // refused, in the usual time
	}
	if isBcrypt(hash) {
		if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost > maxBcryptCost || len(pw) > bcryptLimit {
			burn()
			return false, false
		}
		// $2y$ is the same algorithm under PHP's name.
		ok = bcrypt.CompareHashAndPassword([]byte("$2a$"+hash[4:]), []byte(pw)) == nil
		return ok, ok
	}
	h, err := parsePHC(hash)
	if err != nil {
		burn()
		return false, false
	}
	ok = subtle.ConstantTimeCompare(h.derive(canonical(pw), len(h.key)), h.key) == 1
	return ok, ok && (h.memory != argonMemory || h.time != argonTime || h.threads != argonThreads ||
		len(h.salt) < argonSalt || len(h.key) < argonKey)
}

// canonical makes the same typed password the same bytes: keyboards differ in
// how they compose accents and vowel signs (NIST SP 800-63B asks for it).
func canonical(pw string) string { return norm.NFKC.String(pw) }

const (
	bcryptLimit   = 72 // bytes that bcrypt looks at
	maxBcryptCost = 14 // about a second; more is an attack on us
)

func isBcrypt(hash string) bool {
	return len(hash) == 60 && (strings.HasPrefix(hash, "$2a$") || strings.HasPrefix(hash, "$2b$") || strings.HasPrefix(hash, "$2y$"))
}

// burn takes as long as checking a password does.
func burn() {
	phc{memory: argonMemory, time: argonTime, threads: argonThreads, salt: make([]byte, argonSalt)}.derive("", argonKey)
}

// phc is a hash in the PHC string format:
// $argon2id$v=19$m=19456,t=2,p=1$salt$key
type phc struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

func (h phc) derive(pw string, size int) []byte {
	return argon2.IDKey([]byte(pw), h.salt, h.time, h.memory, h.threads, uint32(size))
}

func (h phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.key))
}

var errHash = errors.New("not an argon2id hash")

// parsePHC refuses costs beyond what this program would ever set, since a
// stored hash must not be able to exhaust memory.
func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errHash
	}
	var h phc
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil ||
		fmt.Sprintf("m=%d,t=%d,p=%d", h.memory, h.time, h.threads) != parts[3] {
		return phc{}, errHash
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.key, err2 = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	switch {
	case err1 != nil, err2 != nil, len(h.salt) < 8, len(h.salt) > 64, len(h.key) < 16, len(h.key) > 64,
		h.memory < 8, h.memory > 1<<18, h.time < 1, h.time > 16, h.threads < 1, h.threads > 16:
		return phc{}, errHash
	}
	return h, nil
}
