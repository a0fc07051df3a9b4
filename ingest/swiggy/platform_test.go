package swiggy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
	"github.com/palmonas/palmonas-crm/order"
)

func testCase(oauth bool, s channel.Secrets) platformtest.Case {
	return platformtest.Case{
		Build: New, Channel: testChannel, Secrets: s,
		NewServer: func(_ testing.TB, f platformtest.Fake) http.Handler {
			s := bareRelay()
			s.most, s.lax, s.oauth, s.now = f.PageSize, true, oauth, f.Now
			return &mirror{relay: s, fake: f, made: map[platformtest.Order]map[string]any{}}
		},
		Statuses: map[string]order.Status{
			"PLACED": order.Pending, "ACCEPTED": order.Confirmed, "IN_PROGRESS": order.Processing, "IN_PROGRESS/PACKING": order.Processing,
			"IN_PROGRESS/PACKED": order.Processing, "IN_PROGRESS/OUT_FOR_DELIVERY": order.OutForDelivery, "COMPLETED/DELIVERED": order.Delivered,
			"COMPLETED": order.Delivered, "CANCELLED": order.Cancelled, "CANCELLED/PACKED": order.Cancelled, "CANCELLED/REFUNDED": order.Cancelled,
			"CANCELLED/RETURNED_TO_STORE": order.Returned, "IN_PROGRESS/RETURNING_TO_STORE": order.Returned,
			"COMPLETED/DELIVERED/REFUNDED": order.Refunded, "ACCEPTED/PACKING": order.Processing, "IN_PROGRESS/HANDED_TO_DRONE": "",
		},
		UnknownStatus: "TELEPORTED",
		OrderID:       func(n int) string { return fmt.Sprintf("21%013d", n) },
		GoneID:        "219999999999999",
		Hook:          &platformtest.Hook{Sign: sign, Body: hookBody, Dated: true},
		Push: &platformtest.Push{
			Words: map[order.Status]string{order.Confirmed: "ACCEPTED", order.Processing: "PACKED"},
			Status: func(h http.Handler, id string) string {
				s := h.(*mirror).relay
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.told[id]
			},
		},
	}
}

func TestPlatform(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, testCase(false, secrets()))
}

// The same account, with tokens that are exchanged.
func TestPlatformWithTokens(t *testing.T) {
	t.Parallel()
	c := testCase(true, oauthSecrets())
	c.IsAuth = func(r *http.Request) bool { return r.URL.Path == tokenPath }
	c.ExpireTokens = func(h http.Handler) { h.(*mirror).relay.revoke() }
	platformtest.Run(t, c)
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
	words := o.Status
	if words == "" {
		words = placed
	}
	x := bareRelay().put(o.ID, words, o.Modified)
	x["createdAt"] = o.Created.UnixMilli()
	if o.Broken {
		x["amounts"].(map[string]any)["payablePaise"] = "a lot"
	}
	if o.Bare {
		x = map[string]any{"orderId": o.ID, "orderState": words, "createdAt": x["createdAt"], "updatedAt": x["updatedAt"],
			"customer": nil, "payment": nil, "items": nil, "amounts": nil}
	}
	return x
}

func hookBody(o platformtest.Order) []byte {
	b, err := json.Marshal(map[string]any{"eventType": "ORDER_UPDATE", "eventId": "evt-" + o.ID, "sentAt": o.Modified.UnixMilli(), "order": record(o)})
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
	p := &Platform{set: settings{channel: "swiggy"}}
	platformtest.Fuzz(f, "testdata/order*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		r, err := p.normalise(body)
		if err != nil {
			return nil, nil, err
		}
		return []order.Report{r}, nil, nil
	})
}

func FuzzWebhook(f *testing.F) {
	p := &Platform{set: settings{channel: "swiggy", hooks: hooks{signed: true}}}
	f.Add(hookBody(platformtest.Order{ID: "210000000000001", Created: start(), Modified: start()}))
	platformtest.Fuzz(f, "testdata/order*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		d, err := p.Parse(nil, body)
		return d.Reports, d.Rejects, err
	})
}

func FuzzVerify(f *testing.F) {
	set, err := readHooks(authBoth, []string{"hook-key-1", webhookSecrets()[0]})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("hook-key", "msg_1", "1773223200", "v1,AAAA", []byte(`{}`))
	f.Fuzz(func(t *testing.T, key, id, at, signature string, body []byte) {
		h := http.Header{"X-Swiggy-Token": {key}, "Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}
		if err := set.verify(h, body, start()); !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("accepted: %v", err)
		}
	})
}
