package standardwebhook

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// The published vector of the reference libraries.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorSeconds   = "1614265330"
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	vectorBody      = `{"test": 2432232314}`
)

func vectorTime() time.Time { return time.Unix(1614265330, 0) }

func vectorHeader(change map[string]string) http.Header {
	h := http.Header{}
	h.Set("webhook-id", vectorID)
	h.Set("webhook-timestamp", vectorSeconds)
	h.Set("webhook-signature", vectorSignature)
	for k, v := range change {
		h.Set(k, v)
	}
	return h
}

func verifier(t testing.TB, secrets ...string) Verifier {
	t.Helper()
	v, err := NewVerifier(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPublishedVector(t *testing.T) {
	t.Parallel()
	s, err := ParseSecret(vectorSecret)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	s.Sign(h, vectorID, vectorTime(), []byte(vectorBody))
	if got := h.Get(HeaderSignature); got != vectorSignature {
		t.Errorf("signature %s, want %s", got, vectorSignature)
	}
	if ID(h) != vectorID || h.Get(HeaderTimestamp) != vectorSeconds {
		t.Errorf("headers %v", h)
	}
}

func TestN62Verify(t *testing.T) {
	t.Parallel()
	other := "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	wrong := "v1," + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32))
	for _, c := range []struct {
		name   string
		change map[string]string
		body   string
		after  time.Duration
		ok     bool
	}{
		{name: "as published", ok: true},
		{name: "five minutes late", after: Tolerance, ok: true},
		{name: "five minutes early", after: -Tolerance, ok: true},
		{name: "too late", after: Tolerance + time.Second},
		{name: "too early", after: -Tolerance - time.Second},
		{name: "several signatures", change: map[string]string{"webhook-signature": wrong + " v1a,abc " + vectorSignature + " v2,xyz"}, ok: true},
		{name: "only an unknown version", change: map[string]string{"webhook-signature": "v2" + strings.TrimPrefix(vectorSignature, "v1")}},
		{name: "only an asymmetric one", change: map[string]string{"webhook-signature": "v1a" + strings.TrimPrefix(vectorSignature, "v1")}},
		{name: "no version", change: map[string]string{"webhook-signature": strings.TrimPrefix(vectorSignature, "v1,")}},
		{name: "separated by commas", change: map[string]string{"webhook-signature": wrong + "," + vectorSignature}},
		{name: "wrong", change: map[string]string{"webhook-signature": wrong}},
		{name: "unpadded", change: map[string]string{"webhook-signature": strings.TrimSuffix(vectorSignature, "=")}},
		{name: "empty signature", change: map[string]string{"webhook-signature": ""}},
		{name: "empty version 1", change: map[string]string{"webhook-signature": "v1,"}},
		{name: "other id", change: map[string]string{"webhook-id": "msg_other"}},
		{name: "no id", change: map[string]string{"webhook-id": ""}},
		{name: "no time", change: map[string]string{"webhook-timestamp": ""}},
		{name: "time in words", change: map[string]string{"webhook-timestamp": "now"}},
		{name: "time with a fraction", change: map[string]string{"webhook-timestamp": vectorSeconds + ".0"}},
		{name: "time with zeros before", change: map[string]string{"webhook-timestamp": "0" + vectorSeconds}},
		{name: "huge time", change: map[string]string{"webhook-timestamp": "9223372036854775807"}},
		{name: "other body", body: `{"test": 2432232315}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body := vectorBody
			if c.body != "" {
				body = c.body
			}
			err := verifier(t, other, vectorSecret).Verify(vectorHeader(c.change), []byte(body), vectorTime().Add(c.after))
			if c.ok != (err == nil) || err != nil && !errors.Is(err, ingest.ErrBadSignature) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A dot in an id would let a part of the body pass for a part of the header.
func TestIDWithDot(t *testing.T) {
	t.Parallel()
	s, err := ParseSecret(vectorSecret)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	s.Sign(h, "msg.1", vectorTime(), []byte("{}"))
	if err := verifier(t, vectorSecret).Verify(h, []byte("{}"), vectorTime()); !errors.Is(err, ingest.ErrBadSignature) {
		t.Errorf("%v", err)
	}
}

func TestN62NoSecretAcceptsNothing(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]Verifier{"zero": {}, "empty secrets": verifier(t, "", " ")} {
		if err := v.Verify(vectorHeader(nil), []byte(vectorBody), vectorTime()); !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	encoded := func(n int) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{'k'}, n)) }
	for text, ok := range map[string]bool{
		"whsec_" + encoded(24): true, "whsec_" + encoded(64): true, encoded(32): true, " whsec_" + encoded(32) + "\n": true,
		"whsec_" + encoded(23): false, "whsec_" + encoded(65): false, "whsec_": false, "whsec_not base64!": false,
	} {
		v, err := NewVerifier([]string{text})
		if ok != (err == nil) || ok != (len(v.secrets) == 1) {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && strings.Contains(err.Error(), strings.TrimPrefix(text, "whsec_")) && text != "whsec_" {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
}

// The vectors beside the repository.
func TestSharedVectors(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "..", "shared", "platforms", "custom-website", "fixtures")
	raw, err := os.ReadFile(filepath.Join(dir, "signature-vectors.json"))
	if err != nil {
		t.Skip("no vectors beside the repository")
	}
	var file struct {
		Vectors []struct {
			Secret   string
			Headers  map[string]string
			Body     string
			BodyFile string `json:"body_file"`
		} `json:"standard_webhooks"`
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Vectors) == 0 {
		t.Fatal(len(file.Vectors), err)
	}
	for i, v := range file.Vectors {
		body := []byte(v.Body)
		if v.BodyFile != "" {
			if body, err = os.ReadFile(filepath.Join(dir, v.BodyFile)); err != nil {
				t.Fatal(err)
			}
		}
		h := http.Header{}
		for k, text := range v.Headers {
			h.Set(k, text)
		}
		at, err := json.Number(v.Headers["webhook-timestamp"]).Int64()
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier(t, v.Secret).Verify(h, body, time.Unix(at, 0)); err != nil {
			t.Errorf("vector %d: %v", i, err)
		}
	}
}

// Whatever the headers and the body, nothing passes that was not signed.
func FuzzVerify(f *testing.F) {
	f.Add(vectorID, vectorSeconds, vectorSignature, []byte(vectorBody))
	f.Add("", "-1", "v1, v1,= v1,,", []byte{})
	f.Add("a\x00", "99999999999999999999", strings.Repeat("v1,AAAA ", 500), []byte("\xff"))
	f.Fuzz(func(t *testing.T, id, seconds, signature string, body []byte) {
		h := http.Header{HeaderID: {id}, HeaderTimestamp: {seconds}, HeaderSignature: {signature}}
		err := verifier(t, vectorSecret).Verify(h, body, vectorTime())
		published := id == vectorID && seconds == vectorSeconds && string(body) == vectorBody && strings.Contains(signature, vectorSignature[3:])
		if err == nil && !published {
			t.Error("an unsigned message passed")
		}
		if err != nil && !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("%v", err)
		}
	})
}
