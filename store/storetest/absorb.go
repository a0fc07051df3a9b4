package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func absorbs() []testCase {
	return []testCase{
		{"the outcomes", absorbOutcomes},
		{"repeating a batch changes nothing", absorbRepeated},
		{"only the clock moved", absorbTouched},
		{"an older report", absorbOlder},
		{"no reports", absorbNothing},
		{"a bad report stays out alone", absorbBad},
		{"two reports of one order in a batch", absorbTwice},
		{"a batch of new, known and repeated orders", absorbMixed},
		{"the same order id in two channels", absorbTwoChannels},
		{"refs that only look alike", absorbLookalikes},
		{"many orders of one millisecond", absorbOneMoment},
		{"an order time that is corrected", absorbMoved},
		{"a platform status beside a wish", absorbWish},
		{"32 goroutines see one order first", absorbFirstSight},
		{"32 goroutines absorb overlapping batches", absorbOverlapping},
		{"reports and edits at the same time", absorbAndEdit},
	}
}

func outcomes(results []store.Absorbed) []order.Outcome {
	list := make([]order.Outcome, len(results))
	for i, r := range results {
		list[i] = r.Outcome
	}
	return list
}

// later is the same order one step on.
func later(r order.Report, status order.Status, by time.Duration) order.Report {
	r.Status, r.At = status, r.At.Add(by)
	r.Facts.PlatformStatus = string(status)
	return r
}

func absorbOutcomes(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "1", noon())
	id := absorb(t, s, noon(), r)[0].ID
	for _, step := range []struct {
		what   string
		report order.Report
		want   order.Outcome
	}{
		{"again", r, order.Unchanged},
		{"confirmed", later(r, order.Confirmed, time.Minute), order.Updated},
		{"the old one again", r, order.Unchanged},
		{"delivered", later(r, order.Delivered, time.Hour), order.Updated},
	} {
		got := absorb(t, s, noon(), step.report)[0]
		if got.Outcome != step.want || got.ID != id {
			t.Errorf("%s: %v of %s, want %v of %s", step.what, got.Outcome, got.ID, step.want, id)
		}
	}
	if o := get(t, s, id); o.Status != order.Delivered || o.Version != 3 {
		t.Errorf("status %s version %d, want delivered 3", o.Status, o.Version)
	}
}

func absorbRepeated(t *testing.T, s store.Store) {
	var batch []order.Report
	for i := range 150 {
		batch = append(batch, ordertest.Synthetic(1, i, 30, noon()))
	}
	first := absorb(t, s, noon(), batch...)
	before, err := s.LastChange(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again := absorb(t, s, noon().Add(time.Hour), batch...)
	for i := range batch {
		if again[i].Outcome != order.Unchanged || again[i].ID != first[i].ID {
			t.Errorf("report %d: %v of %s, want unchanged of %s", i, again[i].Outcome, again[i].ID, first[i].ID)
		}
	}
	if after, err := s.LastChange(t.Context()); err != nil || after != before {
		t.Errorf("the change log went from %d to %d (%v)", before, after, err)
	}
	if n := len(selected(t, s, nil)); n != len(batch) {
		t.Errorf("%d orders, want %d", n, len(batch))
	}
}

func absorbTouched(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "1", noon())
	before := create(t, s, r)
	r.At = r.At.Add(time.Minute)
	if got := absorb(t, s, noon().Add(time.Hour), r)[0]; got.Outcome != order.Touched {
		t.Errorf("outcome %d, want touched", got.Outcome)
	}
	after := get(t, s, before.ID)
	if after.Reported.Stamps == before.Reported.Stamps {
		t.Error("the stamps did not move")
	}
	after.Reported = before.Reported
	same(t, "the rest", before, after)
	if got := absorb(t, s, noon().Add(time.Hour), r)[0]; got.Outcome != order.Unchanged {
		t.Errorf("again: outcome %d, want unchanged", got.Outcome)
	}
}

func absorbOlder(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "1", noon())
	newest := later(r, order.Delivered, time.Hour)
	newest.Facts.Total = order.INR(100)
	o := create(t, s, newest)
	absorb(t, s, noon(), later(r, order.Shipped, time.Minute), r)
	got := get(t, s, o.ID)
	if got.Status != order.Delivered || got.Facts.Total != order.INR(100) {
		t.Errorf("%s %v, want delivered and 1.00", got.Status, got.Facts.Total)
	}
}

func absorbNothing(t *testing.T, s store.Store) {
	if got := absorb(t, s, noon()); len(got) != 0 {
		t.Errorf("%d results", len(got))
	}
}

func absorbBad(t *testing.T, s store.Store) {
	bad := ordertest.Report(shop, "bad", noon())
	bad.Platform = "bazaar"
	worse := ordertest.Report("", "worse", noon())
	batch := []order.Report{ordertest.Report(shop, "1", noon()), bad, ordertest.Report(shop, "2", noon()), worse}
	got, err := s.Orders().Absorb(t.Context(), batch, noon())
	if err != nil {
		t.Fatalf("absorb: %v", err)
	}
	for i, wantBad := range []bool{false, true, false, true} {
		if isBad := errors.Is(got[i].Err, order.ErrBadReport); isBad != wantBad || (got[i].ID == 0) != wantBad {
			t.Errorf("report %d: id %s, error %v", i, got[i].ID, got[i].Err)
		}
	}
	if n := len(selected(t, s, nil)); n != 2 {
		t.Errorf("%d orders, want 2", n)
	}
}

func absorbTwice(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "1", noon())
	shipped := later(r, order.Shipped, time.Hour)
	got := absorb(t, s, noon(), r, shipped, r)
	same(t, "outcomes", []order.Outcome{order.Created, order.Updated, order.Unchanged}, outcomes(got))
	if got[0].ID != got[1].ID || got[0].ID != got[2].ID {
		t.Errorf("one order has ids %s, %s and %s", got[0].ID, got[1].ID, got[2].ID)
	}
	want := absorbed(noon(), r, shipped, r)
	want.ID = got[0].ID
	same(t, "order", want, get(t, s, got[0].ID))
}

func absorbMixed(t *testing.T, s store.Store) {
	known := ordertest.Report(shop, "known", noon())
	absorb(t, s, noon(), known)
	got := absorb(t, s, noon(),
		ordertest.Report(shop, "new", noon()), known, later(known, order.Confirmed, time.Minute), ordertest.Report(shop, "new", noon()))
	same(t, "outcomes", []order.Outcome{order.Created, order.Unchanged, order.Updated, order.Unchanged}, outcomes(got))
}

func absorbTwoChannels(t *testing.T, s store.Store) {
	got := absorb(t, s, noon(), ordertest.Report("a", "1", noon()), ordertest.Report("b", "1", noon()))
	if got[0].ID == got[1].ID {
		t.Errorf("two orders share the id %s", got[0].ID)
	}
	for i, channel := range []string{"a", "b"} {
		o, err := s.Orders().ByRef(t.Context(), order.Ref{Channel: channel, PlatformOrderID: "1"})
		if err != nil || o.ID != got[i].ID {
			t.Errorf("channel %s: order %s (%v), want %s", channel, o.ID, err, got[i].ID)
		}
	}
}

func absorbLookalikes(t *testing.T, s store.Store) {
	var batch []order.Report
	for _, id := range []string{"A1", "a1", " A1", "A1 ", "Ａ1", "A\u0301", "\u00c1", "A1\x00", "A1%", "A1_"} {
		batch = append(batch, ordertest.Minimal(shop, id, noon()))
	}
	for i, got := range absorb(t, s, noon(), batch...) {
		if got.Outcome != order.Created {
			t.Errorf("%q is taken for another order", batch[i].Ref.PlatformOrderID)
		}
		o, err := s.Orders().ByRef(t.Context(), batch[i].Ref)
		if err != nil || o.ID != got.ID {
			t.Errorf("%q: order %s (%v), want %s", batch[i].Ref.PlatformOrderID, o.ID, err, got.ID)
		}
	}
}

func absorbOneMoment(t *testing.T, s store.Store) {
	const n = 400
	var batch []order.Report
	for i := range n {
		batch = append(batch, ordertest.Minimal(shop, fmt.Sprint(i), noon()))
	}
	seen := map[order.ID]bool{}
	for _, got := range absorb(t, s, noon(), batch...) {
		seen[got.ID] = true
	}
	if len(seen) != n || len(selected(t, s, nil)) != n {
		t.Errorf("%d ids, %d orders, want %d", len(seen), len(selected(t, s, nil)), n)
	}
}

func absorbMoved(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "moving", noon())
	moving := create(t, s, r)
	other := create(t, s, ordertest.Report(shop, "staying", noon().Add(-time.Hour)))
	same(t, "before", []order.ID{moving.ID, other.ID}, selected(t, s, nil))
	r.Facts.OrderedAt, r.At = noon().Add(-24*time.Hour), noon().Add(time.Minute)
	if got := absorb(t, s, noon(), r)[0]; got.Outcome != order.Updated || got.ID != moving.ID {
		t.Errorf("%v of %s, want updated of %s", got.Outcome, got.ID, moving.ID)
	}
	same(t, "after", []order.ID{other.ID, moving.ID}, selected(t, s, nil))
	same(t, "by word", []order.ID{other.ID, moving.ID}, selected(t, s, order.Term{Field: order.Words, Text: []string{"ishita"}}))
	same(t, "stored time", noon().Add(-24*time.Hour), get(t, s, moving.ID).Facts.OrderedAt)
}

func absorbWish(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "1", noon())
	o := create(t, s, r)
	if _, err := s.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
		return o.SetStatus(order.Confirmed, "u-1", "called", true, noon().Add(time.Minute))
	}); err != nil {
		t.Fatal(err)
	}
	r.At, r.Facts.Total = r.At.Add(2*time.Minute), order.INR(5)
	absorb(t, s, noon().Add(2*time.Minute), r)
	got := get(t, s, o.ID)
	if got.Status != order.Confirmed || got.Wish == nil || got.Facts.Total != order.INR(5) {
		t.Errorf("status %s, wish %v, total %v: the person's decision or the platform's amount is lost", got.Status, got.Wish, got.Facts.Total)
	}
}
