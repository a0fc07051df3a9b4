package order

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestWish(t *testing.T) {
	t.Parallel()
	wished := func(from Report, to Status, push bool) Order {
		o := absorbAll([]Report{from})
		if err := o.SetStatus(to, "u1", "", push, base.Add(10*time.Hour)); err != nil {
			t.Fatal(err)
		}
		return o
	}
	tests := []struct {
		name   string
		o      Order
		report Report
		status Status
		open   bool
		kept   bool
		event  EventKind
	}{
		{"stands against an older step", wished(at(1, Processing, ""), Shipped, true), at(11, Processing, "still"), Shipped, true, true, EventFacts},
		{"is met", wished(at(1, Processing, ""), Shipped, true), at(11, Shipped, ""), Shipped, false, false, EventStatus},
		{"is overtaken", wished(at(1, Processing, ""), Shipped, true), at(11, Delivered, ""), Delivered, false, false, EventStatus},
		{"sets another step aside", wished(at(1, Processing, ""), Cancelled, true), at(11, Shipped, ""), Cancelled, true, true, EventSetAside},
		{"rests when met before", wished(at(1, Processing, ""), Shipped, true), at(9, Shipped, ""), Shipped, false, true, EventStatus},
		{"of a channel without push ends", wished(at(1, Processing, ""), Shipped, false), at(11, Cancelled, ""), Cancelled, false, false, EventStatus},
		{"cancelled is met by refunded", wished(at(1, Processing, ""), Cancelled, true), at(11, Refunded, ""), Refunded, false, false, EventStatus},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _ := Absorb(&tt.o, tt.report, base)
			if got.Status != tt.status || got.WishOpen() != tt.open || (got.Wish != nil) != tt.kept {
				t.Errorf("status %s, open %v, wish %+v", got.Status, got.WishOpen(), got.Wish)
			}
			if e := got.History[len(got.History)-1]; e.Kind != tt.event {
				t.Errorf("event %+v, want %s", e, tt.event)
			}
		})
	}
}

func TestSetStatusAgainstAFastClock(t *testing.T) {
	t.Parallel()
	o := absorbAll([]Report{at(20, Confirmed, "")})
	if err := o.SetStatus(Processing, "u1", "packed", false, base.Add(10*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if o.Status != Processing || o.Wish == nil {
		t.Fatalf("a report that the person had seen undid the decision: %s", o.Status)
	}
}

func TestStatusTable(t *testing.T) {
	t.Parallel()
	allowed := map[Status][]Status{
		Pending: {Confirmed, Cancelled}, Confirmed: {Processing, Cancelled}, Processing: {Shipped, Cancelled},
		Shipped: {OutForDelivery, Delivered, Returned}, OutForDelivery: {Delivered, Returned}, Delivered: {Returned},
		Cancelled: {Refunded}, Returned: {Refunded},
	}
	for _, from := range Statuses() {
		for _, to := range Statuses() {
			o := absorbAll([]Report{at(1, from, "")})
			version, history := o.Version, len(o.History)
			err := o.SetStatus(to, "u1", "", true, base.Add(2*time.Hour))
			if ok := slices.Contains(allowed[from], to); ok != (err == nil) {
				t.Errorf("%s to %s: %v", from, to, err)
			}
			if err == nil {
				if o.Status != to || o.Version != version+1 || len(o.History) != history+1 {
					t.Errorf("%s to %s left %s, version %d, %d events", from, to, o.Status, o.Version, len(o.History))
				}
				continue
			}
			var bad *TransitionError
			if !errors.As(err, &bad) || bad.From != from || bad.To != to || o.Status != from || o.Version != version || o.Wish != nil {
				t.Errorf("%s to %s: %v changed the order", from, to, err)
			}
		}
	}
}

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	o := Order{Version: 3}
	if o.CheckVersion(0) != nil || o.CheckVersion(3) != nil || !errors.Is(o.CheckVersion(2), ErrStale) {
		t.Error("only an older version is stale")
	}
}
