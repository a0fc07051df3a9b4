package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// ErrNoWebhooks says that nobody may send webhooks to a channel.
var ErrNoWebhooks = errors.New("this channel takes no webhooks")

const (
	maxEventID   = 200
	maxHeaders   = 30
	maxHeaderLen = 500
)

// Receive takes a webhook in: body is what was sent, untouched. When it returns
// without error the event is either stored durably, to be worked on by
// WorkInbox, known already or of no interest; only fresh tells the first. It
// calls no platform.
//
// Errors: store.ErrNotFound, ErrNoAPI and ErrNoWebhooks when the channel has no
// such door, ErrBadSignature for one that is not to be believed, and those of
// the store and of Platform, after which the sender should try again. A channel
// that is switched off goes on taking webhooks in, since a sender whose events
// are refused gives up.
func (s *Syncer) Receive(ctx context.Context, channelID string, header http.Header, body []byte, now time.Time) (fresh bool, err error) {
	ctx, span := s.c.Traces.Begin(ctx, "webhook")
	defer span.Ended(&err)
	ch, p, err := s.Platform(ctx, channelID)
	span.Channel(ch.ID) // not what a stranger made up
	if err != nil {
		return false, err
	}
	r, ok := p.(Receiver)
	if !ok {
		return false, fmt.Errorf("channel %s: %w", channelID, ErrNoWebhooks)
	}
	if _, err := guard(func() (struct{}, error) { return struct{}{}, r.Verify(header, body, now) }); err != nil {
		if !errors.Is(err, ErrBadSignature) {
			// Whatever went wrong while checking, it was not found to be good:
			// %v, or it would read as another kind of failure too.
			err = fmt.Errorf("%w: %v", ErrBadSignature, err) //nolint:errorlint // see above
		}
		return false, fmt.Errorf("channel %s: %w", channelID, err)
	}
	return s.keep(ctx, store.Message{Channel: channelID, EventID: digestOf(channelID, body), Header: keptHeader(header), Body: body, At: now}, r)
}

// keep stores a message that is to be believed; its event id is the one that
// counts when the adapter finds none in it.
func (s *Syncer) keep(ctx context.Context, m store.Message, r Receiver) (fresh bool, err error) {
	d, perr := guard(func() (Delivery, error) { return r.Parse(headerOf(m.Header), m.Body) })
	if errors.Is(perr, ErrIgnored) {
		return false, nil
	}
	if d.EventID != "" && len(d.EventID) <= maxEventID {
		m.EventID = d.EventID
	}
	fresh, err = s.c.Store.Inbox().Put(ctx, m)
	if err != nil {
		return false, fmt.Errorf("channel %s: keep webhook: %w", m.Channel, err)
	}
	if fresh {
		s.inbox.call(m.Channel)
	}
	return fresh, nil
}

func digestOf(channelID string, body []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00", channelID)
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// keptHeader is what reading a body may need: topics, ids and times, as all
// platforms name them in headers of their own. Signatures and whatever a proxy
// added have done their duty.
func keptHeader(h http.Header) map[string]string {
	kept := map[string]string{}
	for name, values := range h {
		low := strings.ToLower(name)
		own := strings.HasPrefix(low, "x-") || strings.HasPrefix(low, "x_") || strings.HasPrefix(low, "webhook-") || low == "content-type"
		if !own || len(values) == 0 || len(values[0]) > maxHeaderLen || len(kept) >= maxHeaders || isPassing(low) {
			continue
		}
		kept[name] = values[0]
	}
	return kept
}

// isPassing recognises headers that must not, or need not, be kept.
func isPassing(low string) bool {
	for _, word := range []string{"signature", "hmac", "auth", "token", "secret", "key", "cookie", "forwarded", "real-ip"} {
		if strings.Contains(low, word) {
			return true
		}
	}
	return false
}

func headerOf(kept map[string]string) http.Header {
	h := http.Header{}
	for name, value := range kept {
		h[name] = []string{value}
	}
	return h
}
