package storetest

import (
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// RunFigures checks the figures of a store, as Run checks the rest.
func RunFigures(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range figureCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t))
		})
	}
}

func figureCases() []testCase {
	return []testCase{
		{"an empty store", figuresEmpty},
		{"days are those of India", figuresDayEdges},
		{"what is asked for at once is counted on the spot", figuresAtOnce},
		{"a range", figuresRange},
		{"an order moves to another day", figuresMove},
		{"archived and purchase orders do not count", figuresHidden},
		{"edits that no figure shows leave days clean", figuresUnmoved},
		{"recounting in pieces, newest first", figuresPieces},
		{"many dirty days lag and say so", figuresLag},
		{"customers of a range, a channel, of all time", figuresCustomers},
		{"paging customers in each sort", figuresCustomerPages},
		{"an unknown customer", figuresNobody},
		{"loyalty", figuresLoyalty},
		{"a customer whose phone is corrected", figuresCorrected},
		{"rebuilding", figuresRebuild},
		{"verify passes over dirty days", figuresVerify},
		{"verify without a context", figuresVerifyError},
		{"recounting, reading and writing together", figuresTogether},
		{"random histories leave no difference", figuresProperty},
	}
}

// counted is what figures must say, by the plain way: every order is looked at.
type counted struct {
	days   map[report.Day]map[string]string
	visits []report.Visit
}

func everything() order.Expr {
	asks := func(f order.Flag) order.Expr { return order.Term{Field: order.FieldFlag, Text: []string{string(f)}} }
	purchase := order.Term{Field: order.FieldKind, Text: []string{string(order.Purchase)}}
	return order.Or{order.And{}, asks(order.FlagArchived), purchase}
}

// plain counts all orders of the store.
func plain(t testing.TB, s store.Store) counted {
	t.Helper()
	names := report.NewDictionary()
	tallies := map[report.Day]*report.Tally{}
	err := s.Orders().Each(t.Context(), order.Query{Where: everything()}, func(o order.Order) error {
		d := report.DayOf(o.Facts.OrderedAt, rollup.India())
		if tallies[d] == nil {
			tallies[d] = report.NewTally(d, rollup.India(), names)
		}
		tallies[d].Add(o)
		return nil
	})
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	c := counted{days: map[report.Day]map[string]string{}}
	for d, tally := range tallies {
		if f := tally.Figures(); f.Orders > 0 {
			c.days[d] = lines(f, names.Names())
		}
		c.visits = append(c.visits, tally.Visits()...)
	}
	return c
}

// lines words the figures of a day, whatever numbers their words have.
func lines(f *report.DayFigures, names report.Names) map[string]string {
	m := map[string]string{}
	for _, d := range report.Differences(&report.DayFigures{Day: f.Day}, f, names) {
		m[d.What] = d.Want
	}
	return m
}

func figures(t testing.TB, s store.Store, r report.Range) report.Figures {
	t.Helper()
	f, err := s.Figures().Sales(t.Context(), r)
	if err != nil {
		t.Fatalf("figures: %v", err)
	}
	bare, err := s.Figures().Days(t.Context(), r)
	if err != nil {
		t.Fatalf("figures: %v", err)
	}
	for i, d := range bare.Days {
		if len(bare.Days) != len(f.Days) || d.Day != f.Days[i].Day || d.Orders != f.Days[i].Orders || d.Sales != nil {
			t.Errorf("%s without sales is another day", d.Day)
			break
		}
	}
	return f
}

func wording(f report.Figures) map[report.Day]map[string]string {
	m := map[report.Day]map[string]string{}
	for _, d := range f.Days {
		m[d.Day] = lines(d, f.Names)
	}
	return m
}

// recountAll works off every mark.
func recountAll(t testing.TB, s store.Store) {
	t.Helper()
	for range 1000 {
		n, err := s.Figures().Recount(t.Context(), 10)
		if err != nil {
			t.Fatalf("recount: %v", err)
		}
		if n == 0 {
			return
		}
	}
	t.Fatal("recounting never ends")
}

func verified(t testing.TB, s store.Store) []report.Difference {
	t.Helper()
	var all []report.Difference
	err := s.Figures().Verify(t.Context(), func(d report.Difference) error { all = append(all, d); return nil })
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	return all
}

// agree checks every answer against a plain count, before and after the marks
// are worked off.
func agree(t testing.TB, s store.Store) {
	t.Helper()
	want := plain(t, s)
	if f := figures(t, s, report.Ever()); f.Pending == 0 {
		same(t, "days, some counted on the spot", want.days, wording(f))
	}
	recountAll(t, s)
	f := figures(t, s, report.Ever())
	same(t, "days", want.days, wording(f))
	if f.Pending != 0 {
		t.Errorf("%d days are pending after all were counted", f.Pending)
	}
	people(t, s, want.visits)
	same(t, "differences", []report.Difference(nil), verified(t, s))
}

// buy is a report of an order by a customer.
func buy(id, phone string, at time.Time, rupees int64) order.Report {
	r := ordertest.Report(shop, id, at)
	r.Facts.Customer.Phone, r.Facts.Customer.Email, r.Facts.Customer.ID = phone, "", ""
	r.Facts.Total = order.INR(rupees * 100)
	return r
}

func day(t testing.TB, s string) report.Day {
	t.Helper()
	d, err := report.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
