package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// people checks what is said of customers against all visits.
func people(t testing.TB, s store.Store, visits []report.Visit) {
	t.Helper()
	sums := report.CustomerSums{}
	everyone := crowd{}
	byKey := map[string][]report.Visit{}
	for _, v := range visits {
		everyone.add(v)
		byKey[v.Customer] = append(byKey[v.Customer], v)
	}
	for _, list := range byKey {
		sums.AddCustomer(list, 1)
	}
	l, err := s.Figures().Loyalty(t.Context())
	if err != nil {
		t.Fatalf("loyalty: %v", err)
	}
	same(t, "loyalty", sums.Loyalty(), l)
	for _, by := range []report.CustomerSort{report.ByValue, report.ByOrders, report.ByLastSeen} {
		q := report.CustomerQuery{Range: report.Ever(), Sort: by, Limit: 5, Offset: 1}
		same(t, "customers by "+string(by), everyone.answer(q), customers(t, s, q))
	}
	for _, key := range slices.Sorted(maps.Keys(byKey))[:min(3, len(byKey))] {
		c, err := s.Figures().Customer(t.Context(), key)
		if err != nil {
			t.Fatalf("customer: %v", err)
		}
		same(t, "customer", report.CustomerOf(byKey[key]), c)
	}
}

func customers(t testing.TB, s store.Store, q report.CustomerQuery) report.Customers {
	t.Helper()
	c, err := s.Figures().Customers(t.Context(), q)
	if err != nil {
		t.Fatalf("customers: %v", err)
	}
	return c
}

func figuresCustomers(t *testing.T, s store.Store) {
	for i := range 40 {
		r := buy(fmt.Sprint(i), fmt.Sprint("912000000", i%7), noon().AddDate(0, 0, -i%10), int64(100+i))
		if i%5 == 0 {
			r.Ref.Channel = "amazon-in"
			r.Platform = order.Amazon
		}
		if i%11 == 0 {
			r.Status = order.Returned
		}
		r.Facts.Customer.Address.State = []string{"Kerala", "Goa", ""}[i%3]
		create(t, s, r)
	}
	recountAll(t, s)
	visits := plain(t, s).visits
	last := report.DayOf(noon(), rollup.India())
	for what, q := range map[string]report.CustomerQuery{
		"all time":            {Range: report.Ever()},
		"all days":            {Range: report.Range{From: last - 9, To: last}},
		"a few days":          {Range: report.Range{From: last - 4, To: last - 2}, Sort: report.ByOrders},
		"a channel":           {Range: report.Ever(), Channels: []string{"amazon-in"}},
		"a channel, few days": {Range: report.Range{From: last - 6, To: last}, Channels: []string{"amazon-in"}, Sort: report.ByLastSeen},
		"two channels":        {Range: report.Ever(), Channels: []string{"amazon-in", shop}, Limit: 2, Offset: 2},
		"no such channel":     {Range: report.Ever(), Channels: []string{"nowhere"}},
		"no such days":        {Range: report.Range{From: last + 1, To: last + 9}},
	} {
		everyone := crowd{}
		for _, v := range visits {
			if q.Range.Has(v.Day) && (len(q.Channels) == 0 || slices.Contains(q.Channels, v.Channel.ID)) {
				everyone.add(v)
			}
		}
		same(t, what, everyone.answer(q), customers(t, s, q))
	}
	agree(t, s)
}

func figuresCustomerPages(t *testing.T, s store.Store) {
	for i := range 60 {
		create(t, s, buy(fmt.Sprint(i), fmt.Sprint("91200000", 10+i%25), noon().Add(-time.Duration(i%4)*time.Hour), int64(100*(i%3))))
	}
	for _, by := range []report.CustomerSort{report.ByValue, report.ByOrders, report.ByLastSeen} {
		var all []report.Customer
		for offset := 0; ; offset += 7 {
			page := customers(t, s, report.CustomerQuery{Range: report.Ever(), Sort: by, Limit: 7, Offset: offset})
			all = append(all, page.Top...)
			if page.Total != 25 {
				t.Errorf("%d customers, want 25", page.Total)
			}
			if len(page.Top) < 7 {
				break
			}
		}
		if len(all) != 25 || !slices.IsSortedFunc(all, by.Compare) {
			t.Errorf("by %s: %d customers, sorted %t", by, len(all), slices.IsSortedFunc(all, by.Compare))
		}
	}
}

func figuresNobody(t *testing.T, s store.Store) {
	create(t, s, buy("1", "", noon(), 100))
	if _, err := s.Figures().Customer(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
	if d := figures(t, s, report.Ever()).Days[0]; d.Unknown != 1 || d.Customers != 0 {
		t.Errorf("%d orders of nobody, %d customers", d.Unknown, d.Customers)
	}
	agree(t, s)
}

func figuresLoyalty(t *testing.T, s store.Store) {
	at := func(d string) time.Time { return day(t, d).Start(rollup.India()).Add(12 * time.Hour) }
	for i, o := range []struct{ phone, day string }{
		{"9120000001", "2026-01-05"}, {"9120000001", "2026-01-20"}, {"9120000001", "2026-03-01"},
		{"9120000002", "2026-01-31"}, {"9120000003", "2026-03-02"}, {"9120000003", "2026-03-02"},
	} {
		create(t, s, buy(fmt.Sprint(i), o.phone, at(o.day), 100))
	}
	recountAll(t, s)
	got, err := s.Figures().Loyalty(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	jan, mar := day(t, "2026-01-01"), day(t, "2026-03-01")
	want := report.Loyalty{
		Customers: 3, Often: [report.OftenMax]int{1, 1, 1},
		Newcomers: []report.Newcomers{{Day: day(t, "2026-01-05"), Customers: 1}, {Day: day(t, "2026-01-31"), Customers: 1}, {Day: day(t, "2026-03-02"), Customers: 1}},
		Cohorts: []report.Cohort{
			{First: jan, Month: jan, Customers: 2, Orders: 3, Net: 30_000},
			{First: jan, Month: mar, Customers: 1, Orders: 1, Net: 10_000},
			{First: mar, Month: mar, Customers: 1, Orders: 2, Net: 20_000},
		},
	}
	same(t, "loyalty", want, got)
	agree(t, s)
}

func figuresCorrected(t *testing.T, s store.Store) {
	o := create(t, s, buy("1", "9120000001", noon(), 100))
	create(t, s, buy("2", "9120000002", noon().AddDate(0, 0, -3), 100))
	recountAll(t, s)
	edit(t, s, o.ID, func(o *order.Order) { o.Desk.Contact = &order.Contact{Phone: "9120000002"} })
	agree(t, s)
	c := customers(t, s, report.CustomerQuery{Range: report.Ever()})
	if c.Total != 1 || c.Repeat != 1 || c.Orders != 2 {
		t.Errorf("%+v", c)
	}
}
