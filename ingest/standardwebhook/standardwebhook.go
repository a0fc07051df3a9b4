// Package standardwebhook checks and makes the signatures of the Standard
// Webhooks specification, version 1.0.0: HMAC-SHA256 over the message's id, its
// time and its raw body. It knows nothing of what the body says.
//
// Source: the specification and the tests of its reference libraries
// (standard-webhooks/standard-webhooks).
package standardwebhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// The headers of a message.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// Tolerance is how far the time of a message may be from now, in either
// direction.
const Tolerance = 5 * time.Minute

const (
	prefix  = "whsec_"
	version = "v1"
	minKey  = 24 // bytes
	maxKey  = 64
	// maxSignatures bounds the work that a header without any right signature
	// can cause; a rotation needs two.
	maxSignatures = 16
)

// Secret is the key that one side of a webhook shares with the other.
type Secret struct{ key []byte }

// ParseSecret reads a secret: whsec_, which may be left out, and 24 to 64 bytes
// in base64. The error does not repeat the text.
func ParseSecret(text string) (Secret, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(text), prefix))
	if err != nil || len(key) < minKey || len(key) > maxKey {
		return Secret{}, fmt.Errorf("must be %s and %d to %d bytes in base64", prefix, minKey, maxKey)
	}
	return Secret{key: key}, nil
}

// Sign sets the headers of a message: id is its own, the same on every try and
// without a dot; at is when it is sent.
func (s Secret) Sign(h http.Header, id string, at time.Time, body []byte) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, seconds)
	h.Set(HeaderSignature, version+","+base64.StdEncoding.EncodeToString(s.mac(id, seconds, body)))
}

func (s Secret) mac(id, seconds string, body []byte) []byte {
	m := hmac.New(sha256.New, s.key)
	_, _ = fmt.Fprintf(m, "%s.%s.", id, seconds) // a hash does not fail
	m.Write(body)
	return m.Sum(nil)
}

// Verifier accepts messages signed with any of its secrets: two are valid while
// one replaces the other. The zero Verifier accepts nothing. It is safe for
// concurrent use.
type Verifier struct{ secrets []Secret }

// NewVerifier reads the secrets; empty ones are left out, faulty ones are
// reported together.
func NewVerifier(texts []string) (Verifier, error) {
	var v Verifier
	var faults []error
	for i, text := range texts {
		if strings.TrimSpace(text) == "" {
			continue
		}
		s, err := ParseSecret(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("webhook secret %d: %w", i+1, err))
			continue
		}
		v.secrets = append(v.secrets, s)
	}
	return v, errors.Join(faults...)
}

// Verify checks a message before anything reads its body. Errors unwrap to
// ingest.ErrBadSignature. Signatures of other versions than v1 are passed over.
// A message whose time is in order may still be a repeat; see ID.
func (v Verifier) Verify(h http.Header, body []byte, now time.Time) error {
	id, seconds := h.Get(HeaderID), h.Get(HeaderTimestamp)
	at, err := strconv.ParseInt(seconds, 10, 64)
	switch {
	case id == "" || strings.Contains(id, "."):
		// A dot would let parts of the signed text change places.
		return fmt.Errorf("%w: no usable %s", ingest.ErrBadSignature, HeaderID)
	case err != nil || strconv.FormatInt(at, 10) != seconds:
		return fmt.Errorf("%w: no usable %s", ingest.ErrBadSignature, HeaderTimestamp)
	case at < now.Add(-Tolerance).Unix() || at > now.Add(Tolerance).Unix():
		return fmt.Errorf("%w: its time is more than %s from now", ingest.ErrBadSignature, Tolerance)
	}
	got := signatures(h.Get(HeaderSignature))
	for _, s := range v.secrets {
		want := s.mac(id, seconds, body)
		for _, g := range got {
			if hmac.Equal(g, want) {
				return nil
			}
		}
	}
	return ingest.ErrBadSignature
}

// signatures are the version 1 signatures of a header.
func signatures(header string) [][]byte {
	var all [][]byte
	for field := range strings.FieldsSeq(header) {
		text, ok := strings.CutPrefix(field, version+",")
		if !ok {
			continue
		}
		if sum, err := base64.StdEncoding.DecodeString(text); err == nil && len(sum) == sha256.Size {
			all = append(all, sum)
		}
		if len(all) == maxSignatures {
			break
		}
	}
	return all
}

// ID is the message's own id, by which repeats are known. It is signed.
func ID(h http.Header) string { return h.Get(HeaderID) }
