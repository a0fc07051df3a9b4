package account

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

const good = "correct horse battery staple"

func TestPassword(t *testing.T) {
	t.Parallel()
	hash, err := HashPassword(good)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %s", hash)
	}
	if ok, upgrade := CheckPassword(hash, good); !ok || upgrade {
		t.Errorf("the password: %v, upgrade %v", ok, upgrade)
	}
	for _, wrong := range []string{"", "correct horse battery stapl", good + " ", strings.ToUpper(good), strings.Repeat("x", 1<<20)} {
		if ok, _ := CheckPassword(hash, wrong); ok {
			t.Errorf("%.40q was accepted", wrong)
		}
	}
	composed, _ := HashPassword("caf\u00e9 in the old town")
	if ok, _ := CheckPassword(composed, "cafe\u0301 in the old town"); !ok {
		t.Error("another keyboard's accent is another password")
	}
	if again, _ := HashPassword(good); again == hash {
		t.Error("two hashes share a salt")
	}
	if _, err := HashPassword(strings.Repeat("x", 1000)); err == nil {
		t.Error("a text of any length was hashed")
	}
}

// TestArgonVector is a published hash of argon2id: the reference
// implementation's, for "password" with the salt "somesalt".
func TestArgonVector(t *testing.T) {
	t.Parallel()
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, upgrade := CheckPassword(hash, "password"); !ok || !upgrade {
		t.Errorf("ok %v, upgrade %v", ok, upgrade)
	}
}

func TestN67BcryptBeyond72Bytes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("abcdefgh", 9) // 72 bytes
	b, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"$2a$", "$2b$", "$2y$"} {
		hash := kind + string(b[4:])
		if ok, upgrade := CheckPassword(hash, long); !ok || !upgrade {
			t.Errorf("%s: ok %v, upgrade %v", kind, ok, upgrade)
		}
		if ok, _ := CheckPassword(hash, long+"anything"); ok {
			t.Errorf("%s: what follows 72 bytes was ignored", kind)
		}
		if ok, upgrade := CheckPassword(hash, "wrong"); ok || upgrade {
			t.Errorf("%s: wrong password: ok %v, upgrade %v", kind, ok, upgrade)
		}
	}
}

func TestPasswordBrokenHashes(t *testing.T) {
	t.Parallel()
	hash, _ := HashPassword(good)
	parts := strings.Split(hash, "$")
	with := func(i int, s string) string {
		p := append([]string(nil), parts...)
		p[i] = s
		return strings.Join(p, "$")
	}
	for name, h := range map[string]string{
		"none": "", "a word": good, "other kind": with(1, "argon2i"), "other version": with(2, "v=16"), "hungry": with(3, "m=4194304,t=2,p=1"),
		"slow": with(3, "m=19456,t=4000,p=1"), "no lanes": with(3, "m=19456,t=2,p=0"), "junk after": with(3, "m=19456,t=2,p=1x"), "short key": with(5, "AAAA"),
		"no key": with(5, ""), "not base64": with(4, "!!!!"), "cut": hash[:len(hash)-5], "dear bcrypt": "$2a$31$" + strings.Repeat("a", 53),
	} {
		if ok, upgrade := CheckPassword(h, good); ok || upgrade {
			t.Errorf("%s: ok %v, upgrade %v", name, ok, upgrade)
		}
	}
}

// TestUnknownUserTakesAsLong looks at the memory that argon2 fills, since times
// on a busy machine say little: the same work is done whoever asks.
func TestUnknownUserTakesAsLong(t *testing.T) {
	hash, _ := HashPassword(good)
	work := func(hash, pw string) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		CheckPassword(hash, pw)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	known := work(hash, "wrong password")
	if known < argonMemory*1024 {
		t.Fatalf("a wrong password fills %d bytes", known)
	}
	for name, n := range map[string]uint64{"unknown user": work("", "wrong password"), "far too long": work(hash, strings.Repeat("x", 1<<16)),
		"not a hash": work("none", "wrong password")} {
		if n < known*9/10 || n > known*11/10 {
			t.Errorf("%s fills %d bytes, a wrong password %d", name, n, known)
		}
	}
}

func TestCheckPolicy(t *testing.T) {
	t.Parallel()
	for _, pw := range []string{good, "नमस्ते दुनिया कैसे हो", "aB3 lower and digits 9", "tulsi-vivah-2026-lamps", strings.Repeat("xk7 ", 2) + "quiet lamp", NewPassword(),
		"three trees were there", "some long demo words", "मेरा पासवर्ड लंबा है", "sunday lunch at grandmother's", "correct staple 2026"} {
		if err := CheckPolicy(pw, "anita.rao@example.com"); err != nil {
			t.Errorf("%q: %v", pw, err)
		}
	}
	for _, pw := range []string{"", "short", "fourteen chars", strings.Repeat("long enough? ", 12), "anita.rao@example.com", "Anita.Rao@Example.com!",
		"anita.rao-anita.rao-anita.rao", "aaaaaaaaaaaaaaaaaaaa", "abababababababababab", "abcdefghijklmnopqrst", "123456789012345", "P@ssw0rd P@ssw0rd 1",
		"password1234567", "palmonas palmonas", "Palmonas@123456", "qwertyuiopasdfghjkl", "administrator123", "Welcome-Admin-2026", "bad \xff text but long",
		"1qaz2wsx3edc4rfv5tgb", "!QAZ@WSX#EDC$RFV", "1q2w3e4r5t6y7u8i", "qwerty-asdfgh-2026", "anita-rao-example-2026", "anita.example.com.1234",
		"Summer2026Summer2026", "DiwaliMumbai2026!!", "Welcome to Palmonas 2026", "abcdwxyz4321monday", "kx9-kx9-kx9-kx9-kx9", "19941995199619971998", "P4lm0n4s-Jewellery-24"} {
		if err := CheckPolicy(pw, "anita.rao@example.com"); !errors.Is(err, ErrPassword) {
			t.Errorf("%q: %v", pw, err)
		}
	}
}

// TestGeneratedPasswordsMayBeChosen: what the program hands out keeps to its own
// rules.
func TestGeneratedPasswordsMayBeChosen(t *testing.T) {
	t.Parallel()
	for range 2000 {
		if pw := NewPassword(); CheckPolicy(pw, "") != nil {
			t.Fatalf("%q: %v", pw, CheckPolicy(pw, ""))
		}
	}
}

func TestRandom(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		pw, id := NewPassword(), string(NewID())
		if len(pw) != 23 || len(id) != 16 || seen[pw] || seen[id] || strings.Trim(pw, readable+"-") != "" || strings.Trim(id, readable) != "" {
			t.Fatalf("password %q, id %q", pw, id)
		}
		seen[pw], seen[id] = true, true
	}
}
