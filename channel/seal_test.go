package channel

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func keyring(t *testing.T, fill byte) *Keyring {
	t.Helper()
	k, err := NewKeyring(bytes.Repeat([]byte{fill}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSeal(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1)
	want := Secrets{Credentials: map[string]string{"client_secret": "tiger-in-the-grass"}, Webhook: []string{"new", "old"}}
	sealed, err := k.Seal("amazon-in", want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.Open("amazon-in", sealed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if bytes.Contains(sealed, []byte("tiger")) {
		t.Error("the secret can be read in what is stored")
	}
	if again, _ := k.Seal("amazon-in", want); bytes.Equal(again, sealed) {
		t.Error("sealing twice gives the same bytes")
	}
	if s, err := k.Open("amazon-in", nil); err != nil || s.Credentials != nil || s.Webhook != nil {
		t.Errorf("nothing sealed opens as %v, %v", s, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1)
	sealed, err := k.Seal("amazon-in", Secrets{Webhook: []string{"s"}})
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(name string, k *Keyring, id string, b []byte) {
		if s, err := k.Open(id, b); !errors.Is(err, ErrSeal) || s.Webhook != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refuse("another channel's", k, "amazon-us", sealed)
	refuse("another key", keyring(t, 2), "amazon-in", sealed)
	refuse("something after it", k, "amazon-in", append(bytes.Clone(sealed), 0))
	for n := 1; n < len(sealed); n++ {
		refuse(fmt.Sprintf("cut to %d bytes", n), k, "amazon-in", sealed[:n])
	}
	for i := range sealed {
		damaged := bytes.Clone(sealed)
		damaged[i] ^= 1
		refuse(fmt.Sprintf("byte %d flipped", i), k, "amazon-in", damaged)
	}
}

func TestKeyring(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := NewKeyring(make([]byte, n)); !errors.Is(err, ErrKey) {
			t.Errorf("a key of %d bytes: %v", n, err)
		}
	}
}

func TestSecretsStayOutOfText(t *testing.T) {
	t.Parallel()
	s := Secrets{Credentials: map[string]string{"k": "tiger"}, Webhook: []string{"tiger"}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(format, s); strings.Contains(text, "tiger") {
			t.Errorf("%s prints %s", format, text)
		}
	}
}

func FuzzOpen(f *testing.F) {
	k, err := NewKeyring(make([]byte, KeySize))
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := k.Seal("a", Secrets{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := k.Open("b", b); err == nil && len(b) > 0 {
			t.Fatalf("%x opened", b)
		}
	})
}
