package custom

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
	"github.com/palmonas/palmonas-crm/order"
)

const testToken = "site-token-0123456789"

// fakeSite is as much of a site as the contract asks for.
type fakeSite struct {
	platformtest.Fake
	told map[string]string // word by order
	keys map[string]string // word by idempotency key
}

func newFakeSite(f platformtest.Fake) *fakeSite {
	return &fakeSite{f, map[string]string{}, map[string]string{}}
}

func (s *fakeSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get("Authorization") != "Bearer "+testToken {
		refuse(w, http.StatusUnauthorized, "unauthorized", "bad token")
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/crm/v1/orders")
	id, action, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "not_found", "no such path")
	case id == "" && r.Method == http.MethodGet:
		s.list(w, r)
	case action == "status" && r.Method == http.MethodPost:
		s.tell(w, r, id)
	default:
		for _, o := range s.Orders() {
			if action == "" && o.ID == id {
				_ = json.NewEncoder(w).Encode(map[string]any{"data": record(o)})
				return
			}
		}
		refuse(w, http.StatusNotFound, "not_found", "no such order")
	}
}

// list pages by a cursor of time and id, as the contract says.
func (s *fakeSite) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, _ := time.Parse(time.RFC3339, q.Get("updated_since"))
	data, last := []any{}, ""
	for _, o := range s.Orders() {
		key := o.Modified.UTC().Format(time.RFC3339) + " " + o.ID
		if o.Modified.Before(since) || key <= q.Get("cursor") {
			continue
		}
		limit, _ := strconv.Atoi(q.Get("limit"))
		if len(data) == min(limit, s.PageSize) {
			_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "next_cursor": last})
			return
		}
		data, last = append(data, record(o)), key
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "next_cursor": nil})
}

func (s *fakeSite) tell(w http.ResponseWriter, r *http.Request, id string) {
	var change statusChange
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	key := r.Header.Get("Idempotency-Key")
	err := dec.Decode(&change)
	if _, terr := time.Parse(time.RFC3339, change.At); err != nil || terr != nil || key == "" {
		refuse(w, http.StatusUnprocessableEntity, "invalid", fmt.Sprint(err, terr))
		return
	}
	if before, ok := s.keys[key]; ok && before != change.Status {
		refuse(w, http.StatusConflict, "idempotency_key_reused", "another body under this key")
		return
	}
	s.keys[key], s.told[id] = change.Status, change.Status
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"id": id, "status": change.Status}})
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"code": code, "message": message, "details": nil}})
}

func record(o platformtest.Order) map[string]any {
	v := map[string]any{
		"id": o.ID, "status": o.Status, "currency": "INR", "total_minor": 228910,
		"created_at": o.Created.UTC().Format(time.RFC3339), "updated_at": o.Modified.UTC().Format(time.RFC3339),
	}
	if o.Status == "" {
		v["status"] = "paid"
	}
	if o.Broken {
		v["total_minor"] = 2289.1
	}
	if o.Bare {
		return v
	}
	v["number"] = "PLM-" + o.ID
	v["payment"] = map[string]any{"method": "upi", "state": "paid"}
	v["customer"] = map[string]any{"name": "Asha Rao", "email": "asha@example.com", "phone": "+919000000001"}
	v["shipping_address"] = map[string]any{"line1": "Flat 1", "city": "Pune", "state": "MH", "postal_code": "411001", "country": "IN"}
	v["lines"] = []any{map[string]any{"id": "ln_1", "sku": "NCK-1", "title": "Necklace", "quantity": 1, "unit_price_minor": 249900,
		"discount_minor": 24990, "tax_minor": 6551, "total_minor": 224910}}
	v["shipping_minor"], v["discount_minor"], v["tax_minor"], v["refunded_minor"] = 4000, 24990, 6551, 0
	return v
}

func hookSecret(fill string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fill, 32)))
}

func testChannel(baseURL string) channel.Channel {
	return channel.Channel{ID: "site", Platform: order.Organic, Adapter: "custom", Name: "Site", BaseURL: baseURL,
		Enabled: true, Interval: time.Minute, Version: 1}
}

func testSecrets() channel.Secrets {
	return channel.Secrets{
		Credentials: map[string]string{"token": testToken},
		Webhook:     []string{hookSecret("n"), hookSecret("o")},
	}
}

// signed are the headers of a delivery; a text that is no secret makes a
// signature with another key.
func signed(secret string, at time.Time, body []byte) http.Header {
	s, err := standardwebhook.ParseSecret(secret)
	if err != nil {
		s, _ = standardwebhook.ParseSecret(hookSecret("x"))
	}
	h := http.Header{}
	s.Sign(h, "msg_1", at, body)
	return h
}

func event(kind string, at time.Time, data any) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "timestamp": at.UTC().Format(time.RFC3339), "data": map[string]any{"order": data}})
	return b
}

func TestConformance(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, platformtest.Case{
		Build:   New,
		Channel: testChannel,
		Secrets: testSecrets(),
		NewServer: func(_ testing.TB, f platformtest.Fake) http.Handler {
			return newFakeSite(f)
		},
		Statuses: map[string]order.Status{
			"created": order.Pending, "paid": order.Confirmed, "accepted": order.Confirmed, "packed": order.Processing,
			"shipped": order.Shipped, "out_for_delivery": order.OutForDelivery, "delivered": order.Delivered,
			"cancelled": order.Cancelled, "returned": order.Returned, "refunded": order.Refunded,
		},
		UnknownStatus: "gift_wrapped",
		OrderID:       func(n int) string { return fmt.Sprintf("ord_%05d", n) },
		GoneID:        "ord_99999",
		Hook: &platformtest.Hook{
			Dated: true,
			Sign:  signed,
			Body:  func(o platformtest.Order) []byte { return event("order.updated", o.Modified, record(o)) },
		},
		Push: &platformtest.Push{
			Words: map[order.Status]string{
				order.Confirmed: "accepted", order.Processing: "packed", order.Shipped: "shipped", order.OutForDelivery: "out_for_delivery",
				order.Delivered: "delivered", order.Cancelled: "cancelled", order.Returned: "returned", order.Refunded: "refunded",
			},
			Status: func(h http.Handler, id string) string { return h.(*fakeSite).told[id] },
		},
	})
}

func FuzzPage(f *testing.F) {
	now := time.Date(2026, 3, 11, 5, 0, 0, 0, time.UTC)
	a := &Adapter{now: func() time.Time { return now }}
	platformtest.Fuzz(f, "testdata/*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		var answer listAnswer
		if err := (ingest.Response{Body: body}).JSON(&answer); err != nil || answer.Data == nil {
			answer.Data = []json.RawMessage{body}
		}
		page, err := a.page(cursor{Version: cursorVersion}, answer, now)
		return page.Reports, page.Rejects, err
	})
}

func FuzzWebhook(f *testing.F) {
	now := time.Date(2026, 3, 11, 5, 0, 0, 0, time.UTC)
	a := &Adapter{now: func() time.Time { return now }}
	platformtest.Fuzz(f, "testdata/*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		d, err := a.Parse(http.Header{}, body)
		return d.Reports, d.Rejects, err
	})
}

func FuzzCursor(f *testing.F) {
	now := time.Date(2026, 3, 11, 5, 0, 0, 0, time.UTC)
	f.Add("")
	f.Add(`{"v":1,"mark":"2026-03-11T04:00:00Z","token":"abc","restarts":2}`)
	f.Add(`{"v":2}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			return
		}
		again, err := parseCursor(c.begin(minOverlap).next(now, now, "x", true).String())
		if err != nil || again.Mark.Before(c.Mark) {
			t.Errorf("%q became %+v, %v", text, again, err)
		}
	})
}
