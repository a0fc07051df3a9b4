package desk_test

import (
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// TestReleaseEnded: a hold ends with its time, once, by a rule; others stay.
func TestReleaseEnded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ids := add(t, d, 5, order.Confirmed)
	hour := ordertest.Noon().Add(time.Hour)
	for i, until := range []time.Time{hour, hour, hour, hour.Add(time.Hour), {}} {
		if _, err := d.Hold(t.Context(), asha, ids[i], 0, "customer travels", until); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Archive(t.Context(), asha, ids[2], 0, ""); err != nil {
		t.Fatal(err)
	}
	release := func(limit, want int) {
		t.Helper()
		if n, err := d.ReleaseEnded(t.Context(), limit); err != nil || n != want {
			t.Fatalf("released %d, %v; want %d", n, err, want)
		}
	}
	release(10, 0)
	before := len(audit(t, d))
	d.Now = func() time.Time { return hour }
	release(1, 1)
	release(1, 1)
	release(10, 0)
	for i, held := range []bool{false, false, true, true, true} {
		if o := get(t, d, ids[i]); (o.Desk.Hold != nil) != held {
			t.Errorf("order %d is held: %v", i, !held)
		}
	}
	o := get(t, d, ids[0])
	last := o.History[len(o.History)-1]
	if last.Source != order.FromRule || last.By != "" || last.Kind != order.EventEdit || !last.At.Equal(hour) {
		t.Errorf("history says %+v", last)
	}
	entries := audit(t, d)
	if len(entries) != before+2 {
		t.Fatalf("%d audit entries for two releases", len(entries)-before)
	}
	if e := entries[0]; e.Action != "order.release" || e.By != "system" || e.Via != "job" {
		t.Errorf("audit says %+v", e)
	}
}

// TestReleaseEndedOfPurchase: orders of marketplaces are held and released like
// any other, though lists do not show them.
func TestReleaseEndedOfPurchase(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	r := ordertest.Report("website", "P1", ordertest.Noon())
	r.Kind, r.Status = order.Purchase, order.Confirmed
	stored, err := d.Store.Orders().Absorb(t.Context(), []order.Report{r}, ordertest.Noon())
	if err != nil || stored[0].Err != nil {
		t.Fatal(err, stored)
	}
	if _, err := d.Hold(t.Context(), asha, stored[0].ID, 0, "dock is full", ordertest.Noon().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	later := desk.Desk{Store: d.Store, Now: func() time.Time { return ordertest.Noon().Add(2 * time.Hour) }}
	if n, err := later.ReleaseEnded(t.Context(), 10); err != nil || n != 1 {
		t.Errorf("released %d, %v", n, err)
	}
}
