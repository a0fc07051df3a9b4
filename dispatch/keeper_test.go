package dispatch

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

func open(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// report is an order of a channel that names no ship-by time, placed on Friday
// the 20th at noon in India.
func report(id string) order.Report {
	r := ordertest.Report("website", id, time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC))
	r.Facts.ShipBy, r.Status = time.Time{}, order.Confirmed
	return r
}

func absorb(t *testing.T, s store.Store, r order.Report) order.Order {
	t.Helper()
	done, err := s.Orders().Absorb(t.Context(), []order.Report{r}, time.Now())
	if err != nil || done[0].Err != nil {
		t.Fatal(err, done)
	}
	o, err := s.Orders().Get(t.Context(), done[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestStampedAndApply(t *testing.T) {
	t.Parallel()
	inner, loc := open(t), kolkata(t)
	k := NewKeeper(inner.Records(), loc, time.Now)
	s := Stamped(inner, k)
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, loc).UTC() }
	mine := absorb(t, s, report("1"))
	if !mine.DueAt.Equal(at(20, 18)) || !mine.ShipBy().Equal(at(20, 18)) {
		t.Errorf("due at %v", mine.DueAt)
	}
	theirs := report("2")
	theirs.Facts.ShipBy = at(21, 9)
	if o := absorb(t, s, theirs); !o.ShipBy().Equal(at(21, 9)) || o.DueAt.IsZero() {
		t.Errorf("the platform's time is not kept: %v, due %v", o.ShipBy(), o.DueAt)
	}
	gone := report("3")
	gone.Status = order.Delivered
	old := absorb(t, inner, gone) // from before there was a calendar
	purchase := report("4")
	purchase.Kind = order.Purchase
	if o := absorb(t, s, purchase); !o.DueAt.IsZero() {
		t.Errorf("a purchase order is due at %v", o.DueAt)
	}
	c := Usual()
	c.Usual = Rule{Cutoff: "10:00", Leaves: "12:00"}
	if _, _, err := k.Save(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	looked, changed := 0, 0
	for range 2 { // the second time there is nothing to do
		if err := k.Apply(t.Context(), s.Orders(), func(n, m int) { looked, changed = n, changed+m }); err != nil {
			t.Fatal(err)
		}
	}
	if looked != 0 && looked != 2 || changed != 2 {
		t.Errorf("looked at %d, changed %d", looked, changed)
	}
	page, err := s.Orders().List(t.Context(), order.Query{Sort: order.ShipSoonestFirst})
	if err != nil || len(page.Rows) != 2 || page.Rows[0].PlatformOrderID != "2" || !page.Rows[1].ShipBy.Equal(at(21, 12)) {
		t.Errorf("%v %+v", err, page.Rows)
	}
	after, err := s.Orders().Get(t.Context(), mine.ID)
	if err != nil || after.Version != mine.Version+1 || len(after.History) != len(mine.History) {
		t.Errorf("%v: version %d after %d", err, after.Version, mine.Version)
	}
	if o, err := s.Orders().Get(t.Context(), old.ID); err != nil || !o.DueAt.IsZero() {
		t.Errorf("%v: an order that left is due at %v", err, o.DueAt)
	}
	// Another process reads the same calendar.
	other, err := NewKeeper(inner.Records(), loc, time.Now).Calendar(t.Context())
	if err != nil || other.Usual != c.Usual {
		t.Errorf("%v %v", other, err)
	}
	if _, _, err := k.Save(t.Context(), Calendar{}); err == nil {
		t.Error("an empty calendar was saved")
	}
}
