package shop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Secret makes a credential of a simulated platform, 40 hexadecimal digits
// that are the same for one seed.
func Secret(platform, what string, seed int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s sandbox %s %d", platform, what, seed))
	return hex.EncodeToString(sum[:20])
}

// Sealer makes opaque texts that only its owner can have written: page tokens,
// access tokens.
type Sealer []byte

// macSize is how many bytes of the tag a text carries.
const macSize = 12

// errSeal says that a text was not written with this key.
var errSeal = errors.New("not a text of this platform")

// Seal writes v, which must be plain data, as an opaque text.
func (k Sealer) Seal(v any) string {
	payload, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain data always encodes
	}
	return base64.RawURLEncoding.EncodeToString(append(payload, k.mac(payload)...))
}

// Open reads into v what Seal wrote.
func (k Sealer) Open(text string, v any) error {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < macSize {
		return errSeal
	}
	payload := b[:len(b)-macSize]
	if !hmac.Equal(k.mac(payload), b[len(payload):]) {
		return errSeal
	}
	return json.Unmarshal(payload, v)
}

func (k Sealer) mac(payload []byte) []byte {
	m := hmac.New(sha256.New, k)
	m.Write(payload)
	return m.Sum(nil)[:macSize]
}

// Reply writes a JSON answer.
func Reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away; there is nobody to tell
}
