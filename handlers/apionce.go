package handlers

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
)

// A client that lost the answer to a write sends it again with the same
// Idempotency-Key and gets the first answer once more, for a day. Only
// successes are kept: what was refused changed nothing and may be tried again.
// Kept answers are sealed, since they hold what orders hold.
const (
	keepAnswers = 24 * time.Hour
	// abandoned is when a request that began and never ended is taken for dead:
	// its process is gone. It is far beyond the longest a request may take.
	abandoned     = 2 * time.Minute
	maxOnceKey    = 255
	headerOnceKey = "Idempotency-Key"
	headerAgain   = "Idempotent-Replayed"
)

// onces keeps the answers to writes.
type onces struct {
	answers store.Shelf[onceDoc]
	now     func() time.Time
	aead    cipher.AEAD
	log     *slog.Logger

	mu      sync.Mutex
	cleaned time.Time
}

// onceDoc is one write: what was asked, and once it is done what was answered.
type onceDoc struct {
	Asked  string            `json:"asked"` // a digest
	Masked bool              `json:"masked"`
	Scope  string            `json:"scope,omitempty"` // scope.Scope.Key of who asked
	Status int               `json:"status,omitempty"`
	Header map[string]string `json:"header,omitempty"`
	Sealed []byte            `json:"sealed,omitempty"`
}

func newOnces(r store.Records, secret []byte, now func() time.Time, log *slog.Logger) (*onces, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "palmonas kept answers", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	return &onces{answers: store.Shelf[onceDoc]{Records: r, Kind: "idempotency"}, now: now, aead: aead, log: log}, nil
}

// once runs a write, or repeats its answer.
func (s *Server) once(c echo.Context, do echo.HandlerFunc) error {
	keys := c.Request().Header.Values(headerOnceKey)
	if len(keys) == 0 {
		return do(c)
	}
	if len(keys) > 1 || keys[0] == "" || len(keys[0]) > maxOnceKey || strings.ContainsFunc(keys[0], func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fieldFault(headerOnceKey, fmt.Sprintf("Send one key of 1 to %d visible ASCII characters.", maxOnceKey))
	}
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
			return err
		}
		return errUnreadable
	}
	c.Request().Body = io.NopCloser(bytes.NewReader(body))
	user := userOf(c)
	id := digest(string(user.ID), keys[0])
	doc := onceDoc{Masked: masked(user), Scope: scope.Of(user).Key(), Asked: digest(c.Request().Method, c.Request().URL.RequestURI(),
		c.Request().Header.Get("Content-Type"), c.Request().Header.Get("If-Match"), string(body))}
	kept, fresh, err := s.onces.begin(c.Request().Context(), id, string(user.ID), doc)
	switch {
	case err != nil:
		return err
	case !fresh:
		return s.onces.repeat(c, id, kept.Value, doc)
	}
	return s.onces.run(c, id, do)
}

// digest is one text for several, none of which can pass for two.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// begin claims a key: fresh when nobody has used it within keepAnswers.
func (o *onces) begin(ctx context.Context, id, owner string, doc onceDoc) (kept store.Kept[onceDoc], fresh bool, err error) {
	o.clean(ctx)
	now := o.now()
	err = o.answers.Create(ctx, store.Record{ID: id, Owner: owner, At: now}, doc)
	if !errors.Is(err, store.ErrConflict) {
		return kept, err == nil, err
	}
	kept, err = o.answers.Update(ctx, id, func(k *store.Kept[onceDoc]) error {
		age := now.Sub(k.At)
		fresh = age >= keepAnswers || k.Value.Status == 0 && age >= abandoned
		if !fresh {
			return errNoChange
		}
		k.At, k.Value = now, doc
		return nil
	})
	if errors.Is(err, errNoChange) {
		kept, err = o.answers.Get(ctx, id)
	}
	if errors.Is(err, store.ErrNotFound) { // it failed at this very moment
		return kept, false, &busyError{http.StatusConflict, "A request with this Idempotency-Key has just ended. Send it again.", time.Second}
	}
	return kept, fresh, err
}

// run answers into a buffer, keeps a success, and only then sends it: an answer
// that reached its client is always one that can be repeated.
func (o *onces) run(c echo.Context, id string, do echo.HandlerFunc) (err error) {
	out := c.Response().Writer
	buf := &buffered{header: out.Header()}
	c.Response().Writer = buf
	done := false
	defer func() {
		c.Response().Writer = out
		if done {
			return
		}
		// Whatever failed, a panic included, must not keep the key.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), requestTime)
		defer cancel()
		if gone := o.answers.Delete(ctx, id); gone != nil {
			o.log.Warn("idempotency key not released", slog.String("request", requestID(c)), slog.Any("err", gone))
		}
	}()
	if err := do(c); err != nil {
		return err
	}
	if c.Response().Status < 300 {
		if err := o.keep(c.Request().Context(), id, c.Response().Status, buf); err != nil {
			// The write happened. Better no second answer than none at all.
			o.log.Error("answer not kept", slog.String("request", requestID(c)), slog.Any("err", err))
		}
		done = true
	}
	out.WriteHeader(c.Response().Status)
	_, err = out.Write(buf.body.Bytes())
	return err
}

func (o *onces) keep(ctx context.Context, id string, status int, buf *buffered) error {
	nonce := make([]byte, o.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	header := map[string]string{}
	for _, name := range []string{"Content-Type", "Location", "ETag"} {
		if v := buf.header.Get(name); v != "" {
			header[name] = v
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTime)
	defer cancel()
	_, err := o.answers.Update(ctx, id, func(k *store.Kept[onceDoc]) error {
		k.Value.Status, k.Value.Header = status, header
		k.Value.Sealed = o.aead.Seal(nonce, nonce, buf.body.Bytes(), []byte(id))
		return nil
	})
	return err
}

// repeat gives the answer that a key had.
func (o *onces) repeat(c echo.Context, id string, kept, asked onceDoc) error {
	switch {
	case kept.Asked != asked.Asked:
		return fieldFault(headerOnceKey, "This key was used for another request. Make a new one for each write.")
	case kept.Status == 0:
		return &busyError{http.StatusConflict, "The first request with this Idempotency-Key is still being worked on.", time.Second}
	}
	n := o.aead.NonceSize()
	if len(kept.Sealed) < n || kept.Masked != asked.Masked || kept.Scope != asked.Scope {
		return errNoRepeat
	}
	body, err := o.aead.Open(nil, kept.Sealed[:n], kept.Sealed[n:], []byte(id))
	if err != nil {
		return errNoRepeat // the secret was changed since
	}
	h := c.Response().Header()
	for name, v := range kept.Header {
		h.Set(name, v)
	}
	h.Set(headerAgain, "true")
	c.Response().WriteHeader(kept.Status)
	_, err = c.Response().Write(body)
	return err
}

// errNoRepeat says that a write was done before but its answer is not for the
// one who asks now.
var errNoRepeat = errors.New("the answer to this key cannot be repeated")

// clean forgets old answers, once a minute at most.
func (o *onces) clean(ctx context.Context) {
	now := o.now()
	o.mu.Lock()
	due := now.Sub(o.cleaned) >= time.Minute
	if due {
		o.cleaned = now
	}
	o.mu.Unlock()
	if !due {
		return
	}
	_, err := o.answers.Records.DeleteWhere(ctx, store.RecordQuery{Kind: o.answers.Kind, Until: now.Add(-keepAnswers), OldestFirst: true, Limit: 500})
	if err != nil {
		o.log.Warn("old answers not forgotten", slog.Any("err", err))
	}
}

// buffered is a response that waits. It shares the header with the one that is
// sent.
type buffered struct {
	header http.Header
	body   bytes.Buffer
}

func (b *buffered) Header() http.Header         { return b.header }
func (b *buffered) Write(p []byte) (int, error) { return b.body.Write(p) }
func (b *buffered) WriteHeader(int)             {} // echo keeps the status
