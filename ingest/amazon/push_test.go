package amazon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

const pushed = "404-0000001-0000001"

// toShip is the desk's order with a parcel.
func toShip() order.Order {
	return order.Order{
		Platform: order.Amazon, Ref: order.Ref{Channel: "amazon-in", PlatformOrderID: pushed}, Status: order.Processing,
		Facts: order.Facts{Shipment: order.Shipment{Carrier: "Delhivery", AWB: "DL77", ShippedAt: day.Add(-10 * time.Minute)}},
	}
}

func TestCanPush(t *testing.T) {
	t.Parallel()
	p := seller()
	with := func(change func(*order.Order)) order.Order {
		o := toShip()
		change(&o)
		return o
	}
	if err := p.CanPush(toShip(), order.Shipped); err != nil {
		t.Errorf("shipped: %v", err)
	}
	refused := map[string]error{
		"no carrier": p.CanPush(with(func(o *order.Order) { o.Facts.Shipment.Carrier = "" }), order.Shipped),
		"no number":  p.CanPush(with(func(o *order.Order) { o.Facts.Shipment.AWB = "" }), order.Shipped),
		"no parcel":  p.CanPush(with(func(o *order.Order) { o.Facts.Shipment = order.Shipment{} }), order.Shipped),
		"FBA":        p.CanPush(with(func(o *order.Order) { o.Facts.SubStatus = subFulfilledByAmazon }), order.Shipped),
		"Easy Ship":  p.CanPush(with(func(o *order.Order) { o.Facts.SubStatus = subEasyShip }), order.Shipped),
		"label":      p.CanPush(with(func(o *order.Order) { o.Facts.SubStatus = subReadyToShip }), order.Shipped),
	}
	for _, s := range order.Statuses() {
		if s != order.Shipped {
			refused[string(s)] = p.CanPush(toShip(), s)
		}
	}
	for name, err := range refused {
		var u *ingest.UnsupportedError
		if !errors.As(err, &u) || u.Reason == "" {
			t.Errorf("%s: %v, want an UnsupportedError with a reason", name, err)
		}
	}
}

func TestPushConfirmsWhatIsLeft(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.put(pushed, day.Add(-time.Hour), map[string]any{
		"orderItems": []any{
			map[string]any{"orderItemId": "11", "quantityOrdered": 3, "fulfillment": map[string]int{"quantityFulfilled": 1, "quantityUnfulfilled": 2}},
			map[string]any{"orderItemId": "12", "quantityOrdered": 1, "fulfillment": map[string]int{"quantityFulfilled": 1, "quantityUnfulfilled": 0}},
			map[string]any{"orderItemId": "13", "quantityOrdered": 1, "cancellation": map[string]any{"cancellationExecution": map[string]string{}}},
			map[string]any{"orderItemId": "14", "quantityOrdered": 1},
		},
		"packages": []any{map[string]any{"packageReferenceId": "4", "trackingNumber": "DL76", "packageStatus": map[string]string{"status": "SHIPPED"}}},
	})
	p := a.platform(a.now)
	if err := p.Push(context.Background(), toShip(), order.Wish{Status: order.Shipped}); err != nil {
		t.Fatal(err)
	}
	var got, want any
	if len(a.bodies) != 1 || json.Unmarshal(a.bodies[0], &got) != nil {
		t.Fatalf("bodies %s", a.bodies)
	}
	if err := json.Unmarshal([]byte(`{"marketplaceId":"A21TJRUUN4KGV","packageDetail":{"packageReferenceId":"5","carrierCode":"Other",
		"carrierName":"Delhivery","shippingMethod":"Standard","trackingNumber":"DL77","shipDate":"2026-03-11T09:50:00.000Z",
		"orderItems":[{"orderItemId":"11","quantity":2},{"orderItemId":"14","quantity":1}]}}`), &want); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("confirmation (-want +got):\n%s", d)
	}
}

func TestPushLooksFirst(t *testing.T) {
	t.Parallel()
	one := []any{map[string]any{"orderItemId": "11", "quantityOrdered": 1}}
	tests := []struct {
		name  string
		order map[string]any
		want  any // the error's type; nil for accepted without a call
	}{
		{"the answer of the first push was lost", map[string]any{"orderItems": one,
			"packages": []any{map[string]any{"packageReferenceId": "1", "trackingNumber": "dl77"}}}, nil},
		{"nothing is left", map[string]any{"orderItems": []any{
			map[string]any{"orderItemId": "11", "quantityOrdered": 1, "fulfillment": map[string]int{"quantityFulfilled": 1}}}}, nil},
		{"cancelled meanwhile", map[string]any{"orderItems": one, "fulfillment": map[string]string{"fulfillmentStatus": "CANCELLED"}}, new(*ingest.RefusedError)},
		{"payment pending", map[string]any{"orderItems": one, "fulfillment": map[string]string{"fulfillmentStatus": "PENDING"}}, new(*ingest.RefusedError)},
		{"Easy Ship", map[string]any{"orderItems": one, "programs": []string{"AMAZON_EASY_SHIP"}}, new(*ingest.UnsupportedError)},
		{"from Amazon's warehouse", map[string]any{"orderItems": one, "fulfillment": map[string]string{"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}}, new(*ingest.UnsupportedError)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			a.put(pushed, day.Add(-time.Hour), tt.order)
			err := a.platform(a.now).Push(context.Background(), toShip(), order.Wish{Status: order.Shipped})
			if len(a.bodies) != 0 {
				t.Errorf("told Amazon %s", a.bodies[0])
			}
			if tt.want == nil && err != nil || tt.want != nil && !errors.As(err, tt.want) {
				t.Errorf("error %v, want %T", err, tt.want)
			}
		})
	}
}

func TestPushRefusedByAmazon(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.put(pushed, day.Add(-time.Hour))
	status := http.StatusBadRequest
	a.on(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || r.URL.Path == "/auth/o2/token" {
			return false
		}
		refuse(w, status, "InvalidInput", "The package reference is not valid")
		return true
	})
	p := a.platform(a.now)
	err := p.Push(context.Background(), toShip(), order.Wish{Status: order.Shipped})
	var no *ingest.RefusedError
	if !errors.As(err, &no) || no.Reason != "The package reference is not valid" {
		t.Errorf("error %v, want Amazon's refusal", err)
	}
	if err := p.Push(context.Background(), toShip(), order.Wish{Status: order.Delivered}); errors.As(err, &no) || err == nil {
		t.Errorf("an impossible push: %v", err)
	}
	a.mu.Lock()
	status = http.StatusForbidden
	a.mu.Unlock()
	if err := p.Push(context.Background(), toShip(), order.Wish{Status: order.Shipped}); !errors.Is(err, ingest.ErrAuth) {
		t.Errorf("error %v, want ErrAuth", err)
	}
}

func TestShipDate(t *testing.T) {
	t.Parallel()
	w := wireOrder{CreatedTime: "2026-03-11T09:00:00Z"}
	for _, tt := range []struct{ shipped, want time.Time }{
		{time.Time{}, day.Add(-time.Minute)},
		{day.Add(time.Hour), day.Add(-time.Minute)},
		{day.Add(-10 * time.Minute), day.Add(-10 * time.Minute)},
		{day.Add(-24 * time.Hour), day.Add(-time.Hour)},
	} {
		if got := w.shipDate(order.Shipment{ShippedAt: tt.shipped}, day); !got.Equal(tt.want) {
			t.Errorf("shipped %v: %v, want %v", tt.shipped, got, tt.want)
		}
	}
}
