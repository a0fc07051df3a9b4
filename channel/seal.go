package channel

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// Secrets are what a channel needs to sign in and to check webhooks.
type Secrets struct {
	// Credentials are named by the adapter, such as client_id or
	// consumer_secret.
	Credentials map[string]string `json:"credentials,omitempty"`
	// Webhook holds the current secret first and, while a rotation lasts, the
	// previous one.
	Webhook []string `json:"webhook,omitempty"`
}

// String keeps secrets out of logs.
func (Secrets) String() string { return "[secrets]" }

// GoString keeps secrets out of %#v.
func (Secrets) GoString() string { return "[secrets]" }

// Keyring seals secrets with XChaCha20-Poly1305 under a 32-byte key, and opens
// also what was sealed under keys before it. It is safe for concurrent use.
type Keyring struct {
	aead cipher.AEAD
	old  []cipher.AEAD
}

// KeySize is the length of a key in bytes.
const KeySize = chacha20poly1305.KeySize

// Errors of sealing.
var (
	ErrKey  = errors.New("the secret key must be 32 bytes")
	ErrSeal = errors.New("secrets cannot be opened: wrong key or damaged")
)

// NewKeyring makes a keyring that seals under key and opens what key or one of
// the old ones sealed. A key of another length is ErrKey.
func NewKeyring(key []byte, old ...[]byte) (*Keyring, error) {
	k := &Keyring{}
	for i, bytes := range append([][]byte{key}, old...) {
		if len(bytes) != KeySize {
			return nil, ErrKey
		}
		aead, err := chacha20poly1305.NewX(bytes)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			k.aead = aead
		} else {
			k.old = append(k.old, aead)
		}
	}
	return k, nil
}

// HasOld tells whether the keyring opens what an older key sealed.
func (k *Keyring) HasOld() bool { return len(k.old) > 0 }

// Fresh tells whether something is sealed under the newest key, or not sealed
// at all. What no key opens is not fresh.
func (k *Keyring) Fresh(id string, sealed []byte) bool {
	if len(sealed) == 0 {
		return true
	}
	_, err := openWith(k.aead, id, sealed)
	return err == nil
}

// sealVersion is the first byte of everything sealed, so that another scheme
// can follow.
const sealVersion = 1

// Seal encrypts the secrets of the channel with this id; they open for no
// other channel.
func (k *Keyring) Seal(id string, s Secrets) ([]byte, error) {
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return append([]byte{sealVersion}, k.aead.Seal(nonce, nonce, plain, aad(id))...), nil
}

// Open decrypts what Seal made for the same channel; nothing sealed opens as
// no secrets, anything else that does not fit is ErrSeal.
func (k *Keyring) Open(id string, sealed []byte) (Secrets, error) {
	if len(sealed) == 0 {
		return Secrets{}, nil
	}
	plain, err := openWith(k.aead, id, sealed)
	for _, aead := range k.old {
		if err == nil {
			break
		}
		plain, err = openWith(aead, id, sealed)
	}
	if err != nil {
		return Secrets{}, err
	}
	var s Secrets
	if err := json.Unmarshal(plain, &s); err != nil {
		return Secrets{}, fmt.Errorf("channel %s: %w", id, ErrSeal)
	}
	return s, nil
}

func openWith(aead cipher.AEAD, id string, sealed []byte) ([]byte, error) {
	n := aead.NonceSize()
	if len(sealed) < 1+n || sealed[0] != sealVersion {
		return nil, fmt.Errorf("channel %s: %w", id, ErrSeal)
	}
	plain, err := aead.Open(nil, sealed[1:1+n], sealed[1+n:], aad(id))
	if err != nil {
		return nil, fmt.Errorf("channel %s: %w", id, ErrSeal)
	}
	return plain, nil
}

func aad(id string) []byte { return []byte("channels/" + id + "/sealed") }
