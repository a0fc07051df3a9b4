package sqlite

import (
	"slices"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// TestOneByOne: a word that most orders have is asked for row by row along a
// sort, a rarer one all at once, and the pages are the same.
func TestOneByOne(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	var all []order.Order
	for range 6 {
		var reports []order.Report
		for range 1000 {
			reports = append(reports, ordertest.Synthetic(3, len(all)+len(reports), 30, ordertest.Noon()))
		}
		ids := absorbAll(t, s, ordertest.Noon(), reports...)
		batch, err := s.Orders().Many(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, batch...)
	}
	common, rare := word(t, all, 0.7, 1), word(t, all, 0, 0.3)
	for _, c := range []struct {
		where order.Expr
		one   bool
	}{
		{common, true},
		{order.And{common, order.Not{X: rare}}, true},
		{order.And{common, order.Term{Field: order.FieldUnits, Lo: 2, Hi: order.Highest}}, true},
		{rare, false},
	} {
		q, err := s.orders.analyse(t.Context(), c.where)
		if err != nil {
			t.Fatal(err)
		}
		o, _ := orderingOf(order.LargestFirst)
		if err := s.orders.askOneByOne(t.Context(), &q, o, nil); err != nil || c.one && !q.oneByOne {
			t.Errorf("%v: one by one %v (%v)", c.where, q.oneByOne, err)
		}
		var got, want []order.ID
		for _, one := range []bool{true, false} {
			q.oneByOne = one
			rows, err := readKeyed(t.Context(), s.orders, q.keys(walkSort, o, nil), o, 80, 5, rowColumns, scanRow)
			if err != nil {
				t.Fatal(err)
			}
			got, want = nil, got
			for _, r := range rows {
				got = append(got, r.value.ID)
			}
		}
		if !slices.Equal(got, want) || len(got) != 80 {
			t.Errorf("%v: %d rows all at once, %d one by one, or others", c.where, len(got), len(want))
		}
	}
}

// word is a search word whose share of the orders lies between two bounds.
func word(t *testing.T, all []order.Order, least, most float64) order.Expr {
	t.Helper()
	n := map[string]int{}
	for _, o := range all {
		for _, w := range order.SearchWords(o) {
			n[w]++
		}
	}
	best := ""
	for w, k := range n {
		share := float64(k) / float64(len(all))
		if share >= least && share < most && k > 200 && (best == "" || w < best) {
			best = w
		}
	}
	if best == "" {
		t.Fatal("no word is that common")
	}
	return order.Term{Field: order.Words, Text: []string{best}}
}
