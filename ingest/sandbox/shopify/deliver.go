package shopify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// ladder makes eight retries within four hours.
var ladder = shop.Ladder{10 * time.Second, time.Minute, 4 * time.Minute, 10 * time.Minute, 25 * time.Minute, 40 * time.Minute, 70 * time.Minute, 90 * time.Minute}

// hookVersion is the API version of the bodies.
const hookVersion = "2026-07"

func (st *Store) newOutbox() *shop.Outbox {
	return shop.NewOutbox(shop.OutboxOptions{Ladder: ladder, Timeout: 5 * time.Second, Failed: func(m shop.Message, _ int, last bool) {
		if last {
			st.drop(m.Group) // a subscription that fails for four hours is deleted
		}
	}})
}

// Deliver sends what happened since the last call and what is due again. The
// bodies tell of the state at the time of the event.
func (st *Store) Deliver(ctx context.Context, client *http.Client) (accepted int) {
	var messages []shop.Message
	for _, e := range st.shop.TakeEvents() {
		event := st.uuid("event", st.nextID())
		names, body := st.happened(e)
		st.mu.Lock()
		var due []webhook
		for _, topic := range names {
			for _, h := range st.hooks {
				if h.topic == topic {
					due = append(due, *h)
				}
			}
		}
		st.mu.Unlock()
		for _, h := range due {
			messages = append(messages, st.message(h, event, body))
		}
	}
	st.outbox.Add(st.shop.Garble(messages)...)
	return st.outbox.Send(ctx, client, st.shop.Now())
}

// happened names the topics of an event and gives the bare order.
func (st *Store) happened(e shop.Event) (names []string, body object) {
	o, err := st.shop.Get(e.ID)
	if err != nil {
		return []string{"orders/delete"}, object{"id": number(e.ID)}
	}
	names = []string{"orders/updated"}
	if e.Created {
		names = []string{"orders/create"}
	}
	last := o.History[len(o.History)-1]
	if !last.At.Equal(o.Updated) {
		return names, st.wire(o)
	}
	switch last.Status {
	case order.Confirmed:
		if !o.Paid.IsZero() {
			names = append(names, "orders/paid")
		}
	case order.Cancelled:
		names = append(names, "orders/cancelled")
	case order.Shipped:
		if last.Detail == shop.PickedUp {
			names = append(names, "orders/fulfilled")
		}
	case order.Processing:
		if partly(o) {
			names = append(names, "orders/partially_fulfilled")
		}
	}
	return names, st.wire(o)
}

func (st *Store) uuid(what string, n int) string {
	h := shop.Secret("shopify", what+strconv.Itoa(n), int64(len(st.keys.token)))
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

// message is one delivery. Its id stays the same over all tries; the event id
// is shared by all deliveries of one action.
func (st *Store) message(h webhook, event string, body object) shop.Message {
	b, err := json.Marshal(pick(body, h.fieldsOf()))
	if err != nil {
		panic(err) // plain data always encodes
	}
	id, at := st.uuid("webhook", st.nextID()), st.shop.Now()
	mac := hmac.New(sha256.New, []byte(st.keys.clientSecret))
	mac.Write(b)
	sign := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return shop.Message{Group: strconv.Itoa(h.id), Build: func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address, bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		for name, value := range map[string]string{
			"Content-Type": "application/json", "User-Agent": "Shopify-Captain-Hook", "X-Shopify-Topic": h.topic, "X-Shopify-Hmac-Sha256": sign,
			"X-Shopify-Shop-Domain": domain, "X-Shopify-API-Version": hookVersion, "X-Shopify-Webhook-Id": id, "X-Shopify-Event-Id": event,
			"X-Shopify-Triggered-At": at.UTC().Format(time.RFC3339Nano), "X-Shopify-Test": "false", "X-Shopify-Order-Id": fmt.Sprint(body["id"]),
		} {
			r.Header.Set(name, value)
		}
		return r, nil
	}}
}
