package custom

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// ladder is that of the Standard Webhooks specification.
var ladder = shop.Ladder{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
	20 * time.Hour, 24 * time.Hour}

func newOutbox(st *Site) *shop.Outbox {
	return shop.NewOutbox(shop.OutboxOptions{Ladder: ladder, Jitter: 0.1, Timeout: 15 * time.Second,
		Failed: func(_ shop.Message, status int, _ bool) {
			if status == http.StatusGone {
				st.Subscribe("") // the receiver wants no more
			}
		}})
}

// Subscribe sets the address of the webhooks and pings it; the empty text ends
// them.
func (st *Site) Subscribe(target string) {
	st.shop.Watch()
	st.mu.Lock()
	st.target = target
	st.mu.Unlock()
	st.outbox.Clear()
	if target != "" {
		st.outbox.Add(st.message(target, "ping", st.shop.Now(), object{}))
	}
}

// Deliver sends what happened since the last call and what is due again.
func (st *Site) Deliver(ctx context.Context, client *http.Client) (accepted int) {
	events := st.shop.TakeEvents()
	st.mu.Lock()
	target := st.target
	st.mu.Unlock()
	if target == "" {
		return 0
	}
	var messages []shop.Message
	for _, e := range events {
		o, err := st.shop.Get(e.ID)
		if err != nil {
			continue
		}
		kind := "order.updated"
		switch {
		case e.Created:
			kind = "order.created"
		case o.Status == order.Cancelled:
			kind = "order.cancelled"
		case o.Status == order.Refunded:
			kind = "order.refunded"
		}
		messages = append(messages, st.message(target, kind, o.Updated, object{"order": st.wire(o)}))
	}
	st.outbox.Add(st.shop.Garble(messages)...)
	return st.outbox.Send(ctx, client, st.shop.Now())
}

// message is one signed delivery. Its id and body stay the same over all tries.
func (st *Site) message(target, kind string, at time.Time, data object) shop.Message {
	body, err := json.Marshal(object{"type": kind, "timestamp": stamp(at), "data": data})
	if err != nil {
		panic(err) // plain data always encodes
	}
	st.mu.Lock()
	st.sent++
	id := fmt.Sprintf("msg_%s%06d", st.keys.token[5:13], st.sent)
	st.mu.Unlock()
	return shop.Message{Build: func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		shop.SignStandard(r.Header, st.keys.webhook, id, st.shop.Now(), body)
		return r, nil
	}}
}
