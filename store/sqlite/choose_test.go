package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// TestTests: what many orders have is asked for row by row along a sort, of
// what few have a set is made, and the pages are the same.
func TestTests(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	all := fill(t, s, 6000)
	if err := s.Maintain(t.Context(), ordertest.Noon()); err != nil {
		t.Fatal(err)
	}
	if n, err := s.orders.size(t.Context()); err != nil || n != len(all) {
		t.Fatalf("size %d, %v", n, err)
	}
	common, rare := word(t, all, 0.7, 1), word(t, all, 0, 0.04)
	noon := ordertest.Noon().UnixMilli()
	soon := order.Term{Field: order.FieldShipBy, Lo: noon + 36*3600_000, Hi: order.Highest}
	due := order.Term{Field: order.FieldShipBy, Lo: 1, Hi: noon}
	delivered := order.Term{Field: order.FieldStatus, Text: []string{"delivered"}}
	held := order.Term{Field: order.FieldStatus, Text: []string{"on the moon"}}
	const here, million = 6000, 1_000_000
	for _, c := range []struct {
		name  string
		size  int
		where order.Expr
		want  tests
	}{
		{"common", million, common, tests{searching: true}},
		{"common", here, common, tests{textSet: true}},
		{"common but rare", million, order.And{common, order.Not{X: rare}}, tests{searching: true}},
		{"rare", million, rare, tests{textSet: true}},
		{"rare and status", million, order.And{rare, delivered}, tests{textSet: true}},
		{"common and soon", million, order.And{common, soon}, tests{searching: true, number: &soon}},
		{"delivered", here, delivered, tests{}},
		{"held", here, held, tests{textSet: true}},
		{"delivered and soon", here, order.And{delivered, soon}, tests{number: &soon}},
		{"delivered and due", here, order.And{delivered, due}, tests{}},
		{"many phones", million, order.Term{Field: order.Words, Text: []string{"9120"}}, tests{textSet: true}},
	} {
		if err := s.exec(t.Context(), fmt.Sprintf("UPDATE sqlite_stat1 SET stat='%d 1' WHERE idx='orders_ref'", c.size)); err != nil {
			t.Fatal(err)
		}
		q, err := s.orders.analyse(t.Context(), c.where)
		if err != nil {
			t.Fatal(err)
		}
		o, _ := orderingOf(order.LargestFirst)
		if err := s.orders.planTests(t.Context(), &q, o, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, q.tests, cmp.AllowUnexported(tests{})); diff != "" {
			t.Errorf("%s at %d: %s", c.name, c.size, diff)
		}
		samePages(t, s, c.name, q, o)
	}
}

// samePages asks for a part of a list in each way in which rows can be tested.
func samePages(t *testing.T, s *db, name string, q query, o ordering) {
	t.Helper()
	// Each row is asked about only where that is meant to be: it is slow.
	ways := []tests{{}, q.tests, {textSet: len(q.text) > 0}, {number: q.number}, {number: q.number, textSet: len(q.text) > 0}}
	var want []order.ID
	for i, how := range ways {
		q.tests = how
		keys := q.keys(walkSort, o, nil)
		if plan := explainPlan(t, s, keys, o); !strings.Contains(plan, "INDEX orders_"+o.column) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s, %+v: not along the sort:\n%s", name, how, plan)
		}
		rows, err := readKeyed(t.Context(), s.orders, keys, o, 80, 5, rowColumns, scanRow)
		if err != nil {
			t.Fatal(err)
		}
		var got []order.ID
		for _, r := range rows {
			got = append(got, r.value.ID)
		}
		if i == 0 {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s, %+v: %d rows, otherwise %d, or others", name, how, len(got), len(want))
		}
	}
}

// TestChooseNarrow: two filters that hardly meet are answered from the narrower
// one, whatever the sort, rather than by testing the whole desk.
func TestChooseNarrow(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	fill(t, s, 500)
	soon := order.Term{Field: order.FieldShipBy, Lo: ordertest.Noon().UnixMilli() + 1, Hi: order.Highest}
	refunded := order.Term{Field: order.FieldStatus, Text: []string{"refunded"}}
	for _, by := range []order.Sort{order.OldestFirst, order.LargestFirst, order.RecentlyChanged} {
		q, err := s.orders.analyse(t.Context(), order.And{refunded, soon})
		if err != nil {
			t.Fatal(err)
		}
		o, _ := orderingOf(by)
		if w, err := s.orders.choose(t.Context(), q, o); err != nil || w == walkSort || w == walkTable {
			t.Errorf("%s: walk %d (%v)", by, w, err)
		}
	}
}

// fill stores n synthetic orders and returns them.
func fill(t *testing.T, s *db, n int) (all []order.Order) {
	t.Helper()
	for len(all) < n {
		var reports []order.Report
		for range min(1000, n-len(all)) {
			reports = append(reports, ordertest.Synthetic(3, len(all)+len(reports), 30, ordertest.Noon()))
		}
		batch, err := s.Orders().Many(t.Context(), absorbAll(t, s, ordertest.Noon(), reports...))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, batch...)
	}
	return all
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
		if share >= least && share < most && k > 100 && (best == "" || w < best) {
			best = w
		}
	}
	if best == "" {
		t.Fatal("no word is that common")
	}
	return order.Term{Field: order.Words, Text: []string{best}}
}
