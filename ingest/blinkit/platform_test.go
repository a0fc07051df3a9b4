package blinkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
	"github.com/palmonas/palmonas-crm/order"
)

func TestPlatform(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, platformtest.Case{
		Build: New, Channel: testChannel, Secrets: secrets(),
		NewServer: func(_ testing.TB, f platformtest.Fake) http.Handler {
			s := bareRelay()
			s.most, s.lax = f.PageSize, true
			return &mirror{relay: s, fake: f, made: map[platformtest.Order]map[string]any{}}
		},
		Statuses: map[string]order.Status{
			"PLACED": order.Pending, "ACCEPTED": order.Confirmed, "PACKING": order.Processing, "PACKED": order.Processing,
			"DISPATCHED": order.Shipped, "OUT_FOR_DELIVERY": order.OutForDelivery, "DELIVERED": order.Delivered,
			"CANCELLED": order.Cancelled, "RETURNED": order.Returned, "REFUNDED": order.Refunded,
		},
		UnknownStatus: "TELEPORTED",
		OrderID:       func(n int) string { return fmt.Sprintf("8%08d", n) },
		GoneID:        "899999999",
		Hook:          &platformtest.Hook{Sign: sign, Body: hookBody, Dated: true},
		Push: &platformtest.Push{
			Words: map[order.Status]string{
				order.Confirmed: "ACCEPTED", order.Processing: "PACKED", order.Shipped: "DISPATCHED", order.Cancelled: "CANCELLED",
			},
			Status: func(h http.Handler, id string) string {
				s := h.(*mirror).relay
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.told[id]
			},
		},
	})
}

// mirror is a relay that holds what the suite lists.
type mirror struct {
	relay *relay
	fake  platformtest.Fake
	made  map[platformtest.Order]map[string]any
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.relay.orders = nil
	for _, o := range m.fake.Orders() {
		if m.made[o] == nil {
			m.made[o] = record(o)
		}
		m.relay.orders = append(m.relay.orders, m.made[o])
	}
	m.relay.ServeHTTP(w, r)
}

func record(o platformtest.Order) map[string]any {
	word := o.Status
	if word == "" {
		word = "PLACED"
	}
	x := bareRelay().put(o.ID, word, o.Modified)
	x["created_at"] = stamp(o.Created)
	if o.Broken {
		x["totals"].(map[string]any)["gross_bill_amount"] = "a lot"
	}
	if o.Bare {
		x = map[string]any{"order_id": o.ID, "status": word, "created_at": x["created_at"], "updated_at": x["updated_at"], "customer": nil, "items": nil}
	}
	return x
}

func hookBody(o platformtest.Order) []byte {
	b, err := json.Marshal(map[string]any{"type": "ORDER_UPDATE", "event_id": "evt-" + o.ID, "tenant": "BLINKIT",
		"occurred_at": stamp(o.Modified), "data": map[string]any{"order": record(o)}})
	if err != nil {
		panic(err)
	}
	return b
}

// sign makes the headers of a signed delivery; a secret that is none signs
// nothing.
func sign(secret string, at time.Time, body []byte) http.Header {
	h := http.Header{}
	if s, err := standardwebhook.ParseSecret(secret); err == nil {
		s.Sign(h, "msg_1", at, body)
	}
	return h
}

func FuzzOrder(f *testing.F) {
	p := &Platform{set: settings{channel: "blinkit"}}
	platformtest.Fuzz(f, "testdata/order*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		r, err := p.normalise(body)
		if err != nil {
			return nil, nil, err
		}
		return []order.Report{r}, nil, nil
	})
}

func FuzzWebhook(f *testing.F) {
	p := &Platform{set: settings{channel: "blinkit", hooks: hooks{signed: true}}}
	f.Add(hookBody(platformtest.Order{ID: "800000001", Created: start(), Modified: start()}))
	platformtest.Fuzz(f, "testdata/po*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		d, err := p.Parse(nil, body)
		return d.Reports, d.Rejects, err
	})
}

func FuzzVerify(f *testing.F) {
	set, err := readHooks(authBoth, []string{"hook-key-1", secrets().Webhook[0]})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("hook-key", "msg_1", "1773223200", "v1,AAAA", []byte(`{}`))
	f.Fuzz(func(t *testing.T, key, id, at, signature string, body []byte) {
		h := http.Header{"Api-Key": {key}, "Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}
		if err := set.verify(h, body, start()); !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("accepted: %v", err)
		}
	})
}
