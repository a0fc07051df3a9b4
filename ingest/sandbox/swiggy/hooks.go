package swiggy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// A receiver that fails more often than maxFailures in a minute is left alone
// for a while; what happens then is not sent later.
const (
	maxFailures = 15
	pause       = 15 * time.Minute
)

func (m *Merchant) newOutbox() *shop.Outbox {
	return shop.NewOutbox(shop.OutboxOptions{Ladder: shop.Ladder{30 * time.Second, 5 * time.Minute}, Timeout: 5 * time.Second,
		Failed: func(shop.Message, int, bool) { m.failed(m.shop.Now()) }})
}

// failed counts a failure.
func (m *Merchant) failed(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failures = append(slices.DeleteFunc(m.failures, func(t time.Time) bool { return now.Sub(t) > time.Minute }), now)
	if len(m.failures) > maxFailures {
		m.paused, m.failures = now.Add(pause), nil
	}
}

// Subscribe sets the address of the webhooks; the empty text ends them.
func (m *Merchant) Subscribe(target string) {
	m.shop.Watch()
	m.outbox.Clear()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.target, m.paused, m.failures = target, time.Time{}, nil
}

// Deliver sends what happened since the last call and what is due again.
func (m *Merchant) Deliver(ctx context.Context, client *http.Client) (accepted int) {
	events, now := m.shop.TakeEvents(), m.shop.Now()
	m.mu.Lock()
	target, paused := m.target, now.Before(m.paused)
	m.mu.Unlock()
	if target == "" || paused {
		return 0
	}
	var messages []shop.Message
	for _, e := range events {
		if o, err := m.shop.Get(e.ID); err == nil {
			messages = append(messages, m.message(target, o, now))
		}
	}
	m.outbox.Add(m.shop.Garble(messages)...)
	return m.outbox.Send(ctx, client, now)
}

// message is one delivery with the static token and, as our assumption allows,
// a signature by the Standard Webhooks specification.
func (m *Merchant) message(target string, o shop.Order, at time.Time) shop.Message {
	m.mu.Lock()
	m.sent++
	id := fmt.Sprintf("sw-evt-%s-%06d", m.keys.hook[:6], m.sent)
	m.mu.Unlock()
	body, err := json.Marshal(object{"eventType": "ORDER_UPDATE", "eventId": id, "sentAt": at.UnixMilli(), "order": m.wire(o)})
	if err != nil {
		panic(err) // plain data always encodes
	}
	return shop.Message{Build: func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Swiggy-Token", m.keys.hook)
		shop.SignStandard(r.Header, m.keys.standard, id, m.shop.Now(), body)
		return r, nil
	}}
}
