package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

func figuresEmpty(t *testing.T, s store.Store) {
	if f := figures(t, s, report.Ever()); len(f.Days) != 0 || f.Pending != 0 || f.Range != report.Ever() {
		t.Errorf("%+v", f)
	}
	agree(t, s)
	if n, err := s.Figures().Recount(t.Context(), 10); n != 0 || err != nil {
		t.Errorf("recounted %d days (%v)", n, err)
	}
}

func figuresDayEdges(t *testing.T, s store.Store) {
	for i, at := range []string{"2026-03-31T18:29:59.999Z", "2026-03-31T18:30:00Z", "2026-04-01T18:29:59.999Z", "2026-04-01T18:30:00Z"} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		create(t, s, buy(fmt.Sprint(i), "9120000001", when, 100))
	}
	got := map[string]uint32{}
	for _, d := range figures(t, s, report.Ever()).Days {
		got[d.Day.String()] = d.Orders
	}
	same(t, "orders by day", map[string]uint32{"2026-03-31": 1, "2026-04-01": 2, "2026-04-02": 1}, got)
	agree(t, s)
}

func figuresAtOnce(t *testing.T, s store.Store) {
	var o order.Order
	orders := func() (n uint32, net int64) {
		for _, d := range figures(t, s, report.Ever()).Days {
			n += d.Orders
			for _, c := range d.Cells {
				net += c.Net()
			}
		}
		return n, net
	}
	for i := range 3 {
		o = create(t, s, buy(fmt.Sprint(i), "9120000001", noon(), 100))
		if n, net := orders(); n != uint32(i+1) || net != int64(i+1)*10_000 {
			t.Errorf("after order %d: %d orders, %d paise", i+1, n, net)
		}
		if i == 1 {
			recountAll(t, s)
		}
	}
	edit(t, s, o.ID, func(o *order.Order) { o.Status = order.Cancelled })
	if n, net := orders(); n != 3 || net != 20_000 {
		t.Errorf("after a cancellation: %d orders, %d paise", n, net)
	}
	agree(t, s)
}

func figuresRange(t *testing.T, s store.Store) {
	for i := range 6 {
		create(t, s, buy(fmt.Sprint(i), "9120000001", noon().AddDate(0, 0, i), 100))
	}
	first := report.DayOf(noon(), rollup.India())
	for _, counted := range []bool{false, true} {
		for _, r := range []report.Range{{From: first, To: first}, {From: first + 1, To: first + 3}, {From: first + 5, To: first + 9}, {From: first - 9, To: first - 1}, {From: first + 3, To: first + 1}} {
			var want, got []report.Day
			for d := max(r.From, first); d <= min(r.To, first+5); d++ {
				want = append(want, d)
			}
			for _, d := range figures(t, s, r).Days {
				got = append(got, d.Day)
			}
			same(t, fmt.Sprint("counted ", counted, " ", r), want, got)
		}
		recountAll(t, s)
	}
}

func figuresMove(t *testing.T, s store.Store) {
	r := buy("1", "9120000001", noon(), 100)
	create(t, s, r)
	create(t, s, buy("2", "9120000001", noon(), 100))
	recountAll(t, s)
	r.Facts.OrderedAt = noon().AddDate(0, 0, -40)
	r.At = r.At.Add(time.Hour)
	absorb(t, s, noon(), r)
	if days := figures(t, s, report.Ever()).Days; len(days) != 2 || days[0].Orders != 1 || days[1].Orders != 1 {
		t.Errorf("%d days", len(days))
	}
	agree(t, s)
	r.Facts.OrderedAt, r.At = noon().AddDate(0, 0, 1), r.At.Add(time.Hour)
	absorb(t, s, noon(), r)
	agree(t, s) // the day in the past is gone
	if days := figures(t, s, report.Ever()).Days; len(days) != 2 || days[0].Day != report.DayOf(noon(), rollup.India()) {
		t.Errorf("%d days", len(days))
	}
}

func figuresHidden(t *testing.T, s store.Store) {
	o := create(t, s, buy("1", "9120000001", noon(), 100))
	create(t, s, buy("2", "9120000001", noon(), 100))
	purchase := buy("3", "9120000001", noon(), 100)
	purchase.Kind = order.Purchase
	create(t, s, purchase)
	agree(t, s)
	edit(t, s, o.ID, func(o *order.Order) { o.Desk.Archived = true })
	if days := figures(t, s, report.Ever()).Days; len(days) != 1 || days[0].Orders != 1 {
		t.Errorf("%d days", len(days))
	}
	agree(t, s)
	edit(t, s, o.ID, func(o *order.Order) { o.Desk.Archived = false })
	agree(t, s)
}

func figuresUnmoved(t *testing.T, s store.Store) {
	o := create(t, s, buy("1", "9120000001", noon(), 100))
	recountAll(t, s)
	edit(t, s, o.ID, func(o *order.Order) { o.Desk.Tags, o.Desk.Assignee = []string{"vip"}, "u-1" })
	update(t, s, o.ID, func(o *order.Order) { o.AddNote("called", "u-1", noon()) })
	if n, err := s.Figures().Recount(t.Context(), 10); n != 0 || err != nil {
		t.Errorf("recounted %d days (%v), want none", n, err)
	}
	agree(t, s)
}

func figuresPieces(t *testing.T, s store.Store) {
	for i := range 5 {
		create(t, s, buy(fmt.Sprint(i), "9120000001", noon().AddDate(0, 0, -i), 100))
	}
	for _, want := range []int{2, 2, 1, 0} {
		if n, err := s.Figures().Recount(t.Context(), 2); n != want || err != nil {
			t.Errorf("recounted %d days (%v), want %d", n, err, want)
		}
	}
	agree(t, s)
}

func figuresLag(t *testing.T, s store.Store) {
	const days = 30
	for i := range days {
		create(t, s, buy(fmt.Sprint(i), "9120000001", noon().AddDate(0, 0, -i), 100))
	}
	f := figures(t, s, report.Ever())
	if len(f.Days)+f.Pending != days || f.Pending == 0 {
		t.Errorf("%d days, %d pending", len(f.Days), f.Pending)
	}
	if last := f.Days[len(f.Days)-1].Day; last != report.DayOf(noon(), rollup.India()) {
		t.Errorf("the newest day is %s", last)
	}
	if l, err := s.Figures().Loyalty(t.Context()); err != nil || l.Pending != days {
		t.Errorf("loyalty: %d pending (%v)", l.Pending, err)
	}
	recountAll(t, s)
	for range 2 { // all of them change again, and stay known as they were
		for i := range days {
			r := buy(fmt.Sprint(i), "9120000001", noon().AddDate(0, 0, -i), 200)
			r.At = r.At.Add(time.Hour)
			absorb(t, s, noon(), r)
		}
		if f := figures(t, s, report.Ever()); len(f.Days) != days {
			t.Errorf("%d days", len(f.Days))
		}
	}
	agree(t, s)
}

func figuresRebuild(t *testing.T, s store.Store) {
	for i := range 20 {
		create(t, s, buy(fmt.Sprint(i), fmt.Sprint("912000000", i%4), noon().AddDate(0, 0, -i%6), 100))
	}
	for range 2 {
		var seen []int
		err := s.Figures().Rebuild(t.Context(), func(done, of int) {
			if of != 6 {
				t.Errorf("%d days, want 6", of)
			}
			seen = append(seen, done)
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSorted(seen) || len(seen) == 0 || seen[len(seen)-1] != 6 {
			t.Errorf("progress %v", seen)
		}
		agree(t, s)
	}
}

// figuresVerify: a dirty day is no difference, and a counted one has none. That
// each kind of damage is named is tested where an engine can be damaged.
func figuresVerify(t *testing.T, s store.Store) {
	create(t, s, buy("1", "9120000001", noon(), 100))
	if d := verified(t, s); len(d) != 0 {
		t.Errorf("a dirty day differs: %v", d)
	}
	recountAll(t, s)
	if d := verified(t, s); len(d) != 0 {
		t.Errorf("a counted day differs: %v", d)
	}
}

func figuresVerifyError(t *testing.T, s store.Store) {
	if err := s.Figures().Verify(canceled(t), func(report.Difference) error { return nil }); err == nil {
		t.Error("verified without a context")
	}
}

func figuresTogether(t *testing.T, s store.Store) {
	const n = 16
	together(n, func(i int) {
		for j := range 6 {
			var err error
			switch i % 4 {
			case 0:
				_, err = s.Figures().Recount(t.Context(), 3)
			case 1:
				_, err = s.Figures().Days(t.Context(), report.Ever())
			case 2:
				_, err = s.Figures().Customers(t.Context(), report.CustomerQuery{Range: report.Ever()})
			default:
				r := buy(fmt.Sprint(i, "-", j%3), fmt.Sprint("912000000", j), noon().AddDate(0, 0, -j), int64(100*i))
				r.At = r.At.Add(time.Duration(j) * time.Minute)
				_, err = s.Orders().Absorb(t.Context(), []order.Report{r}, noon())
			}
			if err != nil {
				t.Errorf("%d: %v", i%4, err)
			}
		}
	})
	agree(t, s)
}
