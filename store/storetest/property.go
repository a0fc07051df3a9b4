package storetest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func properties() []testCase {
	return []testCase{
		{"every query selects what order.Match says", propertyMatch},
		{"batches in any order end in the same order", propertyConverge},
	}
}

// propertyMatch stores random orders once and asks random questions.
func propertyMatch(t *testing.T, s store.Store) {
	all := fill(t, s, 60)
	for i, text := range hostileTexts() {
		r := ordertest.Report(shop, fmt.Sprint("hostile-", i), noon().Add(time.Duration(i)*time.Minute))
		r.Facts.Customer.Name, r.Facts.Items[0].SKU, r.Facts.Customer.Address.City, r.Facts.OrderNumber = text, text, text, text
		o := create(t, s, r)
		all = append(all, edit(t, s, o.ID, func(o *order.Order) { o.Desk.Tags, o.Desk.Assignee = []string{text}, text }))
	}
	rapid.Check(t, func(rt *rapid.T) {
		where := genExpr(all, 3).Draw(rt, "where")
		by := rapid.SampledFrom(order.Sorts()).Draw(rt, "sort")
		want := expected(all, where, by)
		p, err := s.Orders().List(t.Context(), order.Query{Where: where, Sort: by, Limit: 500})
		if err != nil {
			rt.Fatalf("list: %v", err)
		}
		if got := ids(p.Rows); fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("list by %s:\n got %v\nwant %v", by, got, want)
		}
		limit := rapid.IntRange(1, 200).Draw(rt, "limit")
		n, err := s.Orders().Count(t.Context(), where, limit)
		if whole := len(expected(all, where, "")); err != nil || n != min(whole, limit) {
			rt.Fatalf("count up to %d: %d (%v), want %d", limit, n, err, min(whole, limit))
		}
	})
}

// genExpr draws conditions whose values occur in the orders, mostly.
func genExpr(all []order.Order, depth int) *rapid.Generator[order.Expr] {
	return rapid.Custom(func(t *rapid.T) order.Expr {
		kind := 0
		if depth > 0 {
			kind = rapid.IntRange(0, 9).Draw(t, "kind")
		}
		switch kind {
		case 4, 5:
			return order.And(rapid.SliceOfN(genExpr(all, depth-1), 0, 3).Draw(t, "and"))
		case 6:
			return order.Or(rapid.SliceOfN(genExpr(all, depth-1), 0, 3).Draw(t, "or"))
		case 7:
			return order.Not{X: genExpr(all, depth-1).Draw(t, "not")}
		case 8:
			return genRanges(all).Draw(t, "ranges")
		case 9:
			return genMoments(all).Draw(t, "moments")
		}
		return genTerm(all).Draw(t, "term")
	})
}

func genTerm(all []order.Order) *rapid.Generator[order.Term] {
	return rapid.Custom(func(t *rapid.T) order.Term {
		o := rapid.SampledFrom(all).Draw(t, "order")
		switch rapid.IntRange(0, 4).Draw(t, "about") {
		case 0:
			w := []rune(rapid.SampledFrom(append(order.SearchWords(o), "zz", "")).Draw(t, "word"))
			return order.Term{Field: order.Words, Text: []string{string(w[:rapid.IntRange(0, len(w)).Draw(t, "length")])}}
		case 1:
			f := rapid.SampledFrom([]order.Field{order.FieldOrdered, order.FieldUpdated, order.FieldShipBy, order.FieldTotal, order.FieldUnits}).Draw(t, "number")
			v, _ := order.NumberValue(o, f)
			width := rapid.SampledFrom([]int64{0, 1, 3, 50_000, 86_400_000, 7 * 86_400_000}).Draw(t, "width")
			return rapid.SampledFrom([]order.Term{
				{Field: f, Lo: v, Hi: v + width}, {Field: f, Lo: v, Hi: order.Highest}, {Field: f, Lo: order.Lowest, Hi: v},
				{Field: f, Lo: order.Lowest, Hi: order.Highest},
			}).Draw(t, "range")
		}
		f := rapid.SampledFrom(textFields()).Draw(t, "field")
		values := rapid.SliceOfN(rapid.SampledFrom(append(order.TextValues(o, f), "archived", "purchase", "pending", "")), 0, 3).Draw(t, "values")
		return order.Term{Field: f, Text: values}
	})
}

// genRanges draws several ranges of one number, which may meet in nothing.
func genRanges(all []order.Order) *rapid.Generator[order.Expr] {
	return rapid.Custom(func(t *rapid.T) order.Expr {
		f := rapid.SampledFrom([]order.Field{order.FieldOrdered, order.FieldUpdated, order.FieldShipBy, order.FieldTotal, order.FieldUnits}).Draw(t, "number")
		var ranges order.And
		for range rapid.IntRange(2, 4).Draw(t, "ranges") {
			v, _ := order.NumberValue(rapid.SampledFrom(all).Draw(t, "order"), f)
			ranges = append(ranges, rapid.SampledFrom([]order.Term{
				{Field: f, Lo: v, Hi: order.Highest}, {Field: f, Lo: order.Lowest, Hi: v + 1}, {Field: f, Lo: v - 50_000, Hi: v + 50_000},
			}).Draw(t, "range"))
		}
		return ranges
	})
}

// genMoments draws orders of some customers, each at a time of their own.
func genMoments(all []order.Order) *rapid.Generator[order.Expr] {
	return rapid.Custom(func(t *rapid.T) order.Expr {
		var any order.Or
		for _, o := range rapid.SliceOfN(rapid.SampledFrom(all), 2, 6).Draw(t, "orders") {
			at := o.Facts.OrderedAt.UnixMilli()
			width := rapid.SampledFrom([]int64{1, 86_400_000, 30 * 86_400_000}).Draw(t, "width")
			any = append(any, order.And{order.Term{Field: order.FieldCustomer, Text: []string{o.CustomerKey()}},
				order.Term{Field: order.FieldOrdered, Lo: at, Hi: at + width}})
		}
		return any
	})
}

// propertyConverge absorbs the same reports in two orders of arrival, cut into
// batches differently.
func propertyConverge(t *testing.T, s store.Store) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		var reports []order.Report
		for i := range rapid.IntRange(2, 6).Draw(rt, "reports") {
			r := ordertest.Report("c", "1", noon())
			r.Status = rapid.SampledFrom(order.Statuses()).Draw(rt, "status")
			r.At, r.Version = noon().Add(time.Duration(rapid.IntRange(0, 3).Draw(rt, "at"))*time.Minute), int64(i)
			r.Facts.Total = order.INR(int64(rapid.IntRange(1, 3).Draw(rt, "total")))
			reports = append(reports, r)
		}
		shuffled := rapid.Permutation(reports).Draw(rt, "shuffled")
		a := arrive(t, s, fmt.Sprint("a", n), reports, len(reports))
		b := arrive(t, s, fmt.Sprint("b", n), shuffled, 1)
		if a.Status != b.Status || a.Facts.Total != b.Facts.Total || a.Facts.PlatformStatus != b.Facts.PlatformStatus {
			rt.Fatalf("%s %v %q, but %s %v %q", a.Status, a.Facts.Total, a.Facts.PlatformStatus, b.Status, b.Facts.Total, b.Facts.PlatformStatus)
		}
	})
}

func arrive(t *testing.T, s store.Store, channel string, reports []order.Report, batch int) order.Order {
	t.Helper()
	var id order.ID
	for len(reports) > 0 {
		n := min(batch, len(reports))
		var part []order.Report
		for _, r := range reports[:n] {
			r.Ref.Channel = channel
			part = append(part, r)
		}
		id, reports = absorb(t, s, noon(), part...)[0].ID, reports[n:]
	}
	return get(t, s, id)
}
