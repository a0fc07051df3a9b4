package shopify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// store is an adapter in front of a server that answers by method and path,
// from admin/api/version on; it remembers what it was sent.
type store struct {
	mu    sync.Mutex
	calls []string
	sent  map[string]any // the last body by path
}

func serve(t *testing.T, options map[string]string, answers map[string]string) (*Adapter, *store) {
	t.Helper()
	s := &store{sent: map[string]any{}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/admin/api/"+defaultVersion+"/"), ".json")
		key := r.Method + " " + path
		var body any
		_ = json.NewDecoder(r.Body).Decode(&body)
		s.mu.Lock()
		s.calls, s.sent[key] = append(s.calls, key), body
		s.mu.Unlock()
		answer, ok := answers[key]
		w.Header().Set("Content-Type", "application/json")
		switch {
		case !ok:
			w.WriteHeader(http.StatusNotFound)
			answer = `{"errors":"Not Found"}`
		case answer == "drop":
			panic(http.ErrAbortHandler)
		case strings.HasPrefix(answer, "422 "):
			w.WriteHeader(http.StatusUnprocessableEntity)
			answer = answer[4:]
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(srv.Close)
	ch := testChannel(srv.URL)
	ch.Options = options
	p, err := New(ingest.Config{Channel: ch, Secrets: testSecrets(), Now: testAdapter().now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Adapter), s
}

func (s *store) count(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		if c == key {
			n++
		}
	}
	return n
}

func push(t *testing.T, a *Adapter, to order.Status) error {
	t.Helper()
	o := order.Order{Ref: order.Ref{Channel: "store", PlatformOrderID: "42"}, Status: order.Confirmed}
	o.Facts.Shipment = order.Shipment{Carrier: "Delhivery", AWB: "AWB1", TrackingURL: "https://t.example/AWB1"}
	return a.Push(t.Context(), o, order.Wish{Status: to, At: a.now(), Key: "wish-1"})
}

func wantRefused(t *testing.T, err error, words string) {
	t.Helper()
	var refused *ingest.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Reason, words) {
		t.Errorf("%v, want a refusal with %q", err, words)
	}
}

func TestShip(t *testing.T) {
	t.Parallel()
	a, s := serve(t, map[string]string{"notify_customer": "true"}, map[string]string{
		"GET orders/42/fulfillment_orders": `{"fulfillment_orders":[
			{"id":9007199254740993,"status":"open","assigned_location_id":5,"supported_actions":["create_fulfillment","hold"]},
			{"id":2,"status":"cancelled","assigned_location_id":6},{"id":3,"status":"in_progress","assigned_location_id":5}]}`,
		"POST fulfillments": `{"fulfillment":{}}`,
	})
	if err := push(t, a, order.Shipped); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"fulfillment": map[string]any{
		"line_items_by_fulfillment_order": []any{map[string]any{"fulfillment_order_id": 9007199254740993.0}, map[string]any{"fulfillment_order_id": 3.0}},
		"tracking_info":                   map[string]any{"company": "Delhivery", "number": "AWB1", "url": "https://t.example/AWB1"}, "notify_customer": true}}
	if diff := cmp.Diff(want, s.sent["POST fulfillments"]); diff != "" || s.count("POST fulfillments") != 1 {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestShipFromTwoPlaces(t *testing.T) {
	t.Parallel()
	a, s := serve(t, nil, map[string]string{
		"GET orders/42/fulfillment_orders": `{"fulfillment_orders":[{"id":1,"status":"open","assigned_location_id":5},
			{"id":2,"status":"open","assigned_location_id":6},{"id":3,"status":"open","assigned_location_id":5}]}`,
		"POST fulfillments": `{"fulfillment":{}}`,
	})
	if err := push(t, a, order.Shipped); err != nil || s.count("POST fulfillments") != 2 {
		t.Errorf("%v, %d fulfilments", err, s.count("POST fulfillments"))
	}
}

func TestShipNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ orders, refused string }{
		"shipped before": {`{"id":1,"status":"closed"}`, ""},
		"cancelled":      {`{"id":1,"status":"cancelled"}`, "nothing left"},
		"none":           {``, "nothing left"},
		"on hold":        {`{"id":1,"status":"open"},{"id":2,"status":"on_hold"}`, "on hold"},
		"later":          {`{"id":1,"status":"scheduled"}`, "scheduled"},
		"a service":      {`{"id":1,"status":"open","supported_actions":["cancel_fulfillment_order"]}`, "fulfilment service"},
	} {
		a, s := serve(t, nil, map[string]string{"GET orders/42/fulfillment_orders": `{"fulfillment_orders":[` + c.orders + `]}`})
		err := push(t, a, order.Shipped)
		if c.refused != "" {
			wantRefused(t, err, c.refused)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s.count("POST fulfillments") != 0 {
			t.Errorf("%s: shipped", name)
		}
	}
}

// A fulfilment whose answer is lost is not sent again by itself.
func TestLostFulfilment(t *testing.T) {
	t.Parallel()
	a, s := serve(t, nil, map[string]string{
		"GET orders/42/fulfillment_orders": `{"fulfillment_orders":[{"id":1,"status":"open"}]}`, "POST fulfillments": "drop",
	})
	if err := push(t, a, order.Shipped); !errors.Is(err, ingest.ErrTemporary) || s.count("POST fulfillments") != 1 {
		t.Errorf("%v after %d tries", err, s.count("POST fulfillments"))
	}
}

func TestDelivered(t *testing.T) {
	t.Parallel()
	a, s := serve(t, nil, map[string]string{
		"GET orders/42/fulfillment_orders": `{"fulfillment_orders":[{"id":1,"status":"closed"}]}`,
		"GET orders/42/fulfillments": `{"fulfillments":[{"id":7,"status":"success","shipment_status":"in_transit"},
			{"id":8,"status":"success","shipment_status":"delivered"},{"id":9,"status":"cancelled"},{"id":10,"status":"success","shipment_status":null}]}`,
		"POST orders/42/fulfillments/7/events":  `{"fulfillment_event":{}}`,
		"POST orders/42/fulfillments/10/events": `{"fulfillment_event":{}}`,
	})
	if err := push(t, a, order.Delivered); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"event": map[string]any{"status": "delivered"}}
	if diff := cmp.Diff(want, s.sent["POST orders/42/fulfillments/7/events"]); diff != "" || s.count("POST orders/42/fulfillments/10/events") != 1 || len(s.calls) != 4 {
		t.Errorf("calls %v, event:\n%s", s.calls, diff)
	}
	a, _ = serve(t, nil, map[string]string{
		"GET orders/42/fulfillment_orders": `{"fulfillment_orders":[{"id":1,"status":"closed"}]}`, "GET orders/42/fulfillments": `{"fulfillments":[]}`,
	})
	wantRefused(t, push(t, a, order.OutForDelivery), "no parcel")
}

func TestCancel(t *testing.T) {
	t.Parallel()
	refusal := `422 {"errors":{"base":["Cannot cancel a paid and fulfilled order"]}}`
	a, s := serve(t, nil, map[string]string{"POST orders/42/cancel": `{"order":{},"notice":"Order has been canceled"}`})
	if err := push(t, a, order.Cancelled); err != nil {
		t.Error(err)
	}
	want := map[string]any{"reason": "other", "email": false, "restock": true}
	if diff := cmp.Diff(want, s.sent["POST orders/42/cancel"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	a, _ = serve(t, nil, map[string]string{"POST orders/42/cancel": refusal, "GET orders/42": `{"order":{"id":42,"cancelled_at":"2026-03-11T10:00:00Z"}}`})
	if err := push(t, a, order.Cancelled); err != nil {
		t.Errorf("cancelled before: %v", err)
	}
	a, _ = serve(t, nil, map[string]string{"POST orders/42/cancel": refusal, "GET orders/42": `{"order":{"id":42,"cancelled_at":null}}`})
	wantRefused(t, push(t, a, order.Cancelled), "Cannot cancel a paid and fulfilled order")
	a, _ = serve(t, nil, nil)
	if err := push(t, a, order.Cancelled); !errors.Is(err, ingest.ErrGone) {
		t.Errorf("no such order: %v", err)
	}
}

func TestRefund(t *testing.T) {
	t.Parallel()
	current := `{"order":{"id":42,"currency":"INR","financial_status":"partially_refunded","line_items":[{"id":71,"quantity":2},{"id":72,"quantity":1}],
		"refunds":[{"refund_line_items":[{"line_item_id":71,"quantity":1,"restock_type":"return"},{"line_item_id":72,"quantity":1,"restock_type":"cancel"}]}]}}`
	a, s := serve(t, nil, map[string]string{
		"GET orders/42": current,
		"POST orders/42/refunds/calculate": `{"refund":{"transactions":[{"parent_id":9007199254740993,"kind":"suggested_refund","gateway":"razorpay","amount":"10.00","maximum_refundable":"41.94"},
			{"parent_id":2,"kind":"suggested_refund","gateway":"gift_card","amount":"0.00","maximum_refundable":"0.00"}]}}`,
		"POST orders/42/refunds": `{"refund":{}}`,
	})
	if err := push(t, a, order.Refunded); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"refund": map[string]any{"currency": "INR", "notify": false, "shipping": map[string]any{"full_refund": true},
		"refund_line_items": []any{map[string]any{"line_item_id": 71.0, "quantity": 1.0, "restock_type": "no_restock"}},
		"transactions":      []any{map[string]any{"parent_id": 9007199254740993.0, "amount": "41.94", "kind": "refund", "gateway": "razorpay"}}}}
	if diff := cmp.Diff(want, s.sent["POST orders/42/refunds"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	a, s = serve(t, nil, map[string]string{"GET orders/42": `{"order":{"id":42,"currency":"INR","financial_status":"refunded"}}`})
	if err := push(t, a, order.Refunded); err != nil || len(s.calls) != 1 {
		t.Errorf("refunded before: %v, calls %v", err, s.calls)
	}
	a, _ = serve(t, nil, map[string]string{"GET orders/42": current, "POST orders/42/refunds/calculate": `{"refund":{"transactions":[]}}`})
	wantRefused(t, push(t, a, order.Refunded), "no payment")
	a, s = serve(t, nil, map[string]string{"GET orders/42": current, "POST orders/42/refunds": "drop",
		"POST orders/42/refunds/calculate": `{"refund":{"transactions":[{"parent_id":1,"amount":"1.00"}]}}`})
	if err := push(t, a, order.Refunded); !errors.Is(err, ingest.ErrTemporary) || s.count("POST orders/42/refunds") != 1 {
		t.Errorf("money was sent %d times, %v", s.count("POST orders/42/refunds"), err)
	}
}

func TestReturned(t *testing.T) {
	t.Parallel()
	current := func(lines, more string) string {
		return `{"order":{"id":42,"currency":"INR","line_items":[{"id":71,"quantity":2},{"id":72,"quantity":1}],
			"fulfillments":[{"id":7,"status":"success","location_id":5,"line_items":[` + lines + `]}]` + more + `}}`
	}
	a, s := serve(t, nil, map[string]string{"GET orders/42": current(`{"id":71},{"id":72}`, ""), "POST orders/42/refunds": `{"refund":{}}`})
	if err := push(t, a, order.Returned); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"refund": map[string]any{"currency": "INR", "notify": false, "note": "returned", "refund_line_items": []any{
		map[string]any{"line_item_id": 71.0, "quantity": 2.0, "restock_type": "return", "location_id": 5.0},
		map[string]any{"line_item_id": 72.0, "quantity": 1.0, "restock_type": "return", "location_id": 5.0}}}}
	if diff := cmp.Diff(want, s.sent["POST orders/42/refunds"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	a, _ = serve(t, nil, map[string]string{"GET orders/42": current(`{"id":71}`, "")})
	wantRefused(t, push(t, a, order.Returned), "not been shipped")
	a, s = serve(t, nil, map[string]string{"GET orders/42": current(`{"id":71},{"id":72}`,
		`,"refunds":[{"refund_line_items":[{"line_item_id":71,"quantity":2,"restock_type":"return"},{"line_item_id":72,"quantity":1,"restock_type":"return"}]}]`)})
	if err := push(t, a, order.Returned); err != nil || len(s.calls) != 1 {
		t.Errorf("returned before: %v, calls %v", err, s.calls)
	}
}

func TestCanPush(t *testing.T) {
	t.Parallel()
	a := testAdapter()
	for _, c := range []struct {
		word string
		to   order.Status
		ok   bool
	}{
		{"paid", order.Shipped, true}, {"paid", order.Cancelled, true}, {"paid/partial", order.Cancelled, false}, {"paid/fulfilled/in_transit", order.Cancelled, false},
		{"paid/fulfilled", order.Delivered, true}, {"cancelled/paid", order.Shipped, false}, {"cancelled/paid", order.Refunded, true},
		{"cancelled/pending", order.Refunded, false}, {"partially_refunded/partial", order.Refunded, true}, {"paid", order.Processing, false},
		{"paid/fulfilled", order.Returned, true}, {"pending", order.Confirmed, false}, {"paid", "lost", false},
	} {
		err := a.CanPush(order.Order{Facts: order.Facts{PlatformStatus: c.word}}, c.to)
		var unsupported *ingest.UnsupportedError
		if c.ok != (err == nil) || err != nil && (!errors.As(err, &unsupported) || unsupported.Reason == "") {
			t.Errorf("%s to %s: %v", c.word, c.to, err)
		}
	}
}
