package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func lists() []testCase {
	return []testCase{
		{"an empty store", listEmpty},
		{"each sort", listSorts},
		{"each sort with a condition", listSortsFiltered},
		{"each in each sort", listEach},
		{"an error from fn ends each", listEachError},
		{"each while fn writes", listEachWriting},
		{"a count stops at its limit", listCountLimit},
		{"a sort that does not exist", listBadSort},
		{"archived orders are hidden unless asked for", listArchived},
		{"purchase orders are hidden unless asked for", listPurchases},
	}
}

// fill stores n synthetic orders, edits some, and returns them all.
func fill(t testing.TB, s store.Store, n int) []order.Order {
	t.Helper()
	var reports []order.Report
	for i := range n {
		r := ordertest.Synthetic(7, i, 20, noon())
		switch i % 9 {
		case 3:
			r.Facts.Total = order.Money{} // not known
		case 5:
			r.Facts.ShipBy, r.Facts.Shipment = time.Time{}, order.Shipment{}
			if i%2 == 0 {
				r.DueAt = noon().Add(time.Duration(i) * time.Hour)
			}
		case 7:
			r.Facts.OrderedAt = reports[i-1].Facts.OrderedAt // a tie
		case 8:
			if i%4 == 0 {
				r.Kind = order.Purchase // one of them archived below
			}
		}
		reports = append(reports, r)
	}
	results, err := s.Orders().Absorb(t.Context(), reports, noon())
	if err != nil {
		t.Fatal(err)
	}
	all := make([]order.Order, n)
	for i, r := range results {
		all[i] = get(t, s, r.ID)
		if i%10 == 0 {
			all[i] = edit(t, s, r.ID, func(o *order.Order) {
				o.Desk.Tags, o.Desk.Assignee = []string{"vip", fmt.Sprint("batch-", i%4)}, fmt.Sprint("u-", i%3)
				o.Desk.Archived = i%40 == 0
			})
			all[i] = update(t, s, r.ID, func(o *order.Order) { o.AddNote("n", "u", noon().Add(time.Duration(i)*time.Minute)) })
		}
	}
	return all
}

// sortValue is the plain meaning of a sort; false leaves the order out.
func sortValue(o order.Order, by order.Sort) (value int64, ok bool) {
	switch by {
	case order.LargestFirst, order.SmallestFirst:
		return o.Facts.Total.Minor, true
	case order.RecentlyChanged, order.LeastRecent:
		return o.UpdatedAt.UnixMilli(), true
	case order.ShipSoonestFirst:
		return o.ShipBy().UnixMilli(), !o.ShipBy().IsZero()
	}
	return 0, true
}

// expected is what a query selects, in plain Go.
func expected(all []order.Order, where order.Expr, by order.Sort) []order.ID {
	descending := by == "" || by[0] == '-'
	type place struct{ value, key int64 }
	at := map[order.ID]place{}
	var list []order.ID
	for _, o := range all {
		if v, ok := sortValue(o, by); ok && order.Match(where, o) {
			list = append(list, o.ID)
			at[o.ID] = place{v, order.SortKey(o.Facts.OrderedAt, o.ID)}
		}
	}
	slices.SortFunc(list, func(a, b order.ID) int {
		c := cmp.Or(cmp.Compare(at[a].value, at[b].value), cmp.Compare(at[a].key, at[b].key))
		if descending {
			return -c
		}
		return c
	})
	return list
}

func listEmpty(t *testing.T, s store.Store) {
	for _, by := range order.Sorts() {
		p := list(t, s, order.Query{Sort: by, Limit: 20})
		if len(p.Rows) != 0 || p.Next != "" || p.Prev != "" {
			t.Errorf("%s: %d rows, cursors %q %q", by, len(p.Rows), p.Next, p.Prev)
		}
	}
	same(t, "selected", []order.ID{}, selected(t, s, nil))
}

func listSorts(t *testing.T, s store.Store) {
	all := fill(t, s, 120)
	for _, by := range order.Sorts() {
		same(t, string(by), expected(all, nil, by), ids(list(t, s, order.Query{Sort: by, Limit: 1000}).Rows))
	}
}

func listSortsFiltered(t *testing.T, s store.Store) {
	all := fill(t, s, 120)
	for name, where := range conditions() {
		for _, by := range order.Sorts() {
			q := order.Query{Where: where, Sort: by, Limit: 1000}
			same(t, name+" "+string(by), expected(all, where, by), ids(list(t, s, q).Rows))
		}
	}
}

// conditions are one of each way to select.
func conditions() map[string]order.Expr {
	text := func(f order.Field, v ...string) order.Expr { return order.Term{Field: f, Text: v} }
	number := func(f order.Field, lo, hi int64) order.Expr { return order.Term{Field: f, Lo: lo, Hi: hi} }
	word := func(w string) order.Expr { return order.Term{Field: order.Words, Text: []string{w}} }
	days := func(n int) int64 { return noon().AddDate(0, 0, -n).UnixMilli() }
	return map[string]order.Expr{
		"one status":            text(order.FieldStatus, "delivered"),
		"three statuses":        text(order.FieldStatus, "delivered", "pending", "shipped"),
		"platform":              text(order.FieldPlatform, "amazon"),
		"channel and status":    order.And{text(order.FieldChannel, "website"), text(order.FieldStatus, "delivered")},
		"assignee":              text(order.FieldAssignee, "u-1"),
		"tag":                   text(order.FieldTag, "vip"),
		"not a tag":             order.Not{X: text(order.FieldTag, "vip")},
		"not a status":          order.Not{X: text(order.FieldStatus, "delivered")},
		"archived":              text(order.FieldFlag, "archived"),
		"not archived":          order.Not{X: text(order.FieldFlag, "archived")},
		"vip, archived or not":  order.And{text(order.FieldTag, "vip"), order.Or{text(order.FieldFlag, "archived"), order.And{}}},
		"payment":               text(order.FieldPayment, "cod"),
		"word":                  word("ring"),
		"two words":             order.And{word("gold"), word("neck")},
		"word and status":       order.And{word("gold"), text(order.FieldStatus, "delivered")},
		"word but no tag":       order.And{word("gold"), order.Not{X: text(order.FieldTag, "vip")}},
		"not a word":            order.Not{X: word("gold")},
		"total":                 number(order.FieldTotal, 200000, 400000),
		"any total":             number(order.FieldTotal, order.Lowest, order.Highest),
		"no total":              order.Not{X: number(order.FieldTotal, order.Lowest, order.Highest)},
		"status and total":      order.And{text(order.FieldStatus, "delivered"), number(order.FieldTotal, 200000, order.Highest)},
		"word and total":        order.And{word("gold"), number(order.FieldTotal, order.Lowest, 300000)},
		"word or total":         order.Or{word("ring"), number(order.FieldTotal, 300000, order.Highest)},
		"a week":                number(order.FieldOrdered, days(10), days(3)),
		"a week of a status":    order.And{number(order.FieldOrdered, days(10), days(3)), text(order.FieldStatus, "delivered")},
		"not that week":         order.Not{X: number(order.FieldOrdered, days(10), days(3))},
		"changed lately":        number(order.FieldUpdated, noon().UnixMilli()+1, order.Highest),
		"to ship by":            number(order.FieldShipBy, order.Lowest, noon().UnixMilli()),
		"without a ship-by":     order.Not{X: number(order.FieldShipBy, order.Lowest, order.Highest)},
		"units":                 number(order.FieldUnits, 3, order.Highest),
		"nothing":               order.Or{},
		"everything":            order.And{},
		"impossible":            order.And{text(order.FieldStatus, "pending"), text(order.FieldStatus, "shipped")},
		"no value at all":       text(order.FieldStatus),
		"an empty value":        text(order.FieldAssignee, ""),
		"an unknown field":      text("colour", "red"),
		"an empty range":        number(order.FieldTotal, 5, 5),
		"the empty word":        word(""),
		"not everything":        order.Not{X: order.And{}},
		"not not":               order.Not{X: order.Not{X: text(order.FieldPayment, "cod")}},
		"not both":              order.Not{X: order.And{text(order.FieldPayment, "cod"), word("gold")}},
		"either, nested":        order.Or{order.And{word("ring"), order.Or{text(order.FieldPayment, "cod"), number(order.FieldUnits, 2, 3)}}, text(order.FieldTag, "vip")},
		"state":                 text(order.FieldState, "maharashtra", "kerala"),
		"city but not its word": order.And{text(order.FieldCity, "mumbai"), order.Not{X: word("earr")}},
	}
}

func listEach(t *testing.T, s store.Store) {
	all := fill(t, s, 450) // more than any engine reads at once
	for _, by := range order.Sorts() {
		for _, where := range []order.Expr{nil, conditions()["word"], conditions()["three statuses"], conditions()["total"]} {
			var got []order.ID
			err := s.Orders().Each(t.Context(), order.Query{Where: where, Sort: by, Limit: 3, Page: 2}, func(o order.Order) error {
				got = append(got, o.ID)
				return nil
			})
			if err != nil {
				t.Fatalf("%s: %v", by, err)
			}
			same(t, string(by), expected(all, where, by), got)
		}
	}
}

func listEachError(t *testing.T, s store.Store) {
	fill(t, s, 20)
	want := errors.New("enough")
	n := 0
	err := s.Orders().Each(t.Context(), order.Query{}, func(order.Order) error {
		if n++; n == 3 {
			return want
		}
		return nil
	})
	if err != want || n != 3 { //nolint:errorlint // untouched is the point
		t.Errorf("error %v after %d orders, want %v after 3", err, n, want)
	}
}

func listEachWriting(t *testing.T, s store.Store) {
	all := fill(t, s, 30)
	n := 0
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err := s.Orders().Each(ctx, order.Query{}, func(o order.Order) error {
		n++
		_, err := s.Orders().Update(ctx, o.ID, func(o *order.Order) error { o.AddNote("seen", "u", noon()); return nil })
		return err
	})
	if want := len(expected(all, nil, "")); err != nil || n != want {
		t.Errorf("%d orders (%v), want %d", n, err, want)
	}
}

func listCountLimit(t *testing.T, s store.Store) {
	all := fill(t, s, 100)
	for name, where := range conditions() {
		want := min(len(expected(all, where, "")), 7)
		if got, err := s.Orders().Count(t.Context(), where, 7); err != nil || got != want {
			t.Errorf("%s: %d (%v), want %d", name, got, err, want)
		}
	}
}

func listBadSort(t *testing.T, s store.Store) {
	for _, by := range []order.Sort{"-name", "seq; DROP TABLE orders", "$where"} {
		if _, err := s.Orders().List(t.Context(), order.Query{Sort: by, Limit: 20}); !errors.Is(err, store.ErrQuery) {
			t.Errorf("list by %q: %v, want ErrQuery", by, err)
		}
		err := s.Orders().Each(t.Context(), order.Query{Sort: by}, func(order.Order) error { return nil })
		if !errors.Is(err, store.ErrQuery) {
			t.Errorf("each by %q: %v, want ErrQuery", by, err)
		}
	}
}

func listArchived(t *testing.T, s store.Store) {
	a := create(t, s, ordertest.Report(shop, "a", noon()))
	b := create(t, s, ordertest.Report(shop, "b", noon()))
	edit(t, s, b.ID, func(o *order.Order) { o.Desk.Archived = true })
	archived := order.Term{Field: order.FieldFlag, Text: []string{"archived"}}
	same(t, "by default", []order.ID{a.ID}, selected(t, s, nil))
	same(t, "asked for", []order.ID{b.ID}, selected(t, s, archived))
	same(t, "asked not to", []order.ID{a.ID}, selected(t, s, order.Not{X: archived}))
	either := order.Or{archived, order.Not{X: archived}}
	if got := selected(t, s, either); len(got) != 2 {
		t.Errorf("either way: %v", got)
	}
}

func listPurchases(t *testing.T, s store.Store) {
	a := create(t, s, ordertest.Report(shop, "a", noon()))
	bought := ordertest.Report(shop, "b", noon())
	bought.Kind = order.Purchase
	b := create(t, s, bought)
	bought.Ref.PlatformOrderID = "c"
	c := create(t, s, bought)
	edit(t, s, c.ID, func(o *order.Order) { o.Desk.Archived = true })
	if b.Kind != order.Purchase || b.CustomerKey() != "" {
		t.Errorf("stored as %q of customer %q", b.Kind, b.CustomerKey())
	}
	purchase := order.Term{Field: order.FieldKind, Text: []string{string(order.Purchase)}}
	archived := order.Term{Field: order.FieldFlag, Text: []string{string(order.FlagArchived)}}
	ring := order.Term{Field: order.Words, Text: []string{"solitaire"}}
	same(t, "by default", []order.ID{a.ID}, selected(t, s, nil))
	same(t, "by a word", []order.ID{a.ID}, selected(t, s, ring))
	same(t, "by channel", []order.ID{a.ID}, selected(t, s, order.Term{Field: order.FieldChannel, Text: []string{shop}}))
	same(t, "asked for", []order.ID{b.ID}, selected(t, s, purchase))
	same(t, "asked for by a word", []order.ID{b.ID}, selected(t, s, order.And{purchase, ring}))
	same(t, "asked not to", []order.ID{a.ID}, selected(t, s, order.Not{X: purchase}))
	same(t, "archived", []order.ID(nil), selected(t, s, archived))
	same(t, "archived purchases", []order.ID{c.ID}, selected(t, s, order.And{purchase, archived}))
	if p := list(t, s, order.Query{Where: purchase, Limit: 20}); len(p.Rows) != 1 || p.Rows[0].Kind != order.Purchase {
		t.Errorf("rows of purchases: %+v", p.Rows)
	}
	if n, err := s.Orders().CountOrdered(t.Context(), shop, noon().Add(-time.Hour), noon().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("counted for the ledger: %d, %v", n, err)
	}
}
