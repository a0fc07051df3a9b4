package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/rollup"
	"github.com/palmonas/palmonas-crm/store/scope"
)

// A scoped store is a wrapper, but what it asks of an engine is the engine's to
// answer: these run on each.
func scopes() []testCase {
	return []testCase{
		{"a scope answers as if there were nothing else", scopeProperty},
		{"orders of other channels stay as they are", scopeWrites},
		{"figures are those of the scope's orders", scopeFigures},
		{"changes of other channels are left out", scopeChanges},
	}
}

func scopedTo(t testing.TB, channels ...string) context.Context {
	t.Helper()
	return scope.With(t.Context(), scope.Of(account.User{ID: "u-1", Channels: channels}))
}

// drawScope is some of the channels that the orders came through.
func drawScope(rt *rapid.T, all []order.Order) []string {
	var known []string
	for _, o := range all {
		known = append(known, o.Ref.Channel)
	}
	slices.Sort(known)
	return rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Compact(known)), 1, 3, rapid.ID).Draw(rt, "scope")
}

func ofChannels(all []order.Order, channels []string) []order.Order {
	return slices.DeleteFunc(slices.Clone(all), func(o order.Order) bool { return !slices.Contains(channels, o.Ref.Channel) })
}

// scopeProperty compares a scoped store with a plain filter of all orders, for
// random questions.
func scopeProperty(t *testing.T, s store.Store) {
	all, guarded := fill(t, s, 60), scope.Guard(s).Orders()
	rapid.Check(t, func(rt *rapid.T) {
		channels := drawScope(rt, all)
		ctx, own := scopedTo(t, channels...), ofChannels(all, channels)
		var where order.Expr
		if rapid.Bool().Draw(rt, "asks") {
			where = genExpr(all, 3).Draw(rt, "where")
		}
		by := rapid.SampledFrom(order.Sorts()).Draw(rt, "sort")
		want := fmt.Sprint(expected(own, where, by))
		page, err := guarded.List(ctx, order.Query{Where: where, Sort: by, Limit: 500})
		if err != nil || fmt.Sprint(ids(page.Rows)) != want {
			rt.Fatalf("list of %v by %s: %v (%v)\nwant %v", channels, by, ids(page.Rows), err, want)
		}
		each := []order.ID{}
		err = guarded.Each(ctx, order.Query{Where: where, Sort: by}, func(o order.Order) error { each = append(each, o.ID); return nil })
		if err != nil || fmt.Sprint(each) != want {
			rt.Fatalf("each of %v by %s: %v (%v)\nwant %v", channels, by, each, err, want)
		}
		limit := rapid.IntRange(1, 100).Draw(rt, "limit")
		if n, err := guarded.Count(ctx, where, limit); err != nil || n != min(limit, len(expected(own, where, ""))) {
			rt.Fatalf("count of %v: %d (%v)", channels, n, err)
		}
		o := rapid.SampledFrom(all).Draw(rt, "order")
		scopeLookups(ctx, rt, guarded, o, slices.Contains(channels, o.Ref.Channel))
	})
}

func scopeLookups(ctx context.Context, rt *rapid.T, guarded store.Orders, o order.Order, in bool) {
	_, byID := guarded.Get(ctx, o.ID)
	_, byRef := guarded.ByRef(ctx, o.Ref)
	many, err := guarded.Many(ctx, []order.ID{o.ID})
	if err != nil {
		rt.Fatal(err)
	}
	for what, got := range map[string]bool{"get": byID == nil, "by ref": byRef == nil, "many": len(many) == 1} {
		if got != in {
			rt.Fatalf("%s of an order of %s: there %v, want %v", what, o.Ref.Channel, got, in)
		}
	}
	for _, err := range []error{byID, byRef} {
		if !in && !errors.Is(err, store.ErrNotFound) {
			rt.Fatalf("%v, want not found", err)
		}
	}
}

func scopeWrites(t *testing.T, s store.Store) {
	in := create(t, s, ordertest.Report(shop, "1", noon()))
	out := create(t, s, ordertest.Report("elsewhere", "1", noon()))
	ctx, guarded := scopedTo(t, shop), scope.Guard(s).Orders()
	tag := func(o *order.Order) error {
		o.Desk.Tags = []string{"mine"}
		o.Version++
		return nil
	}
	if _, err := guarded.Update(ctx, out.ID, tag); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("update: %v", err)
	}
	unknown := order.NewID(noon(), 99)
	results, err := guarded.UpdateMany(ctx, []order.ID{in.ID, out.ID, unknown}, tag)
	if err != nil || len(results) != 3 {
		t.Fatalf("update many: %v (%v)", results, err)
	}
	if results[0].Err != nil || !results[0].Changed {
		t.Errorf("its own order: %+v", results[0])
	}
	for _, r := range results[1:] {
		if !errors.Is(r.Err, store.ErrNotFound) || r.Changed {
			t.Errorf("another order: %+v", r)
		}
	}
	changed := ordertest.Report("elsewhere", "1", noon().AddDate(0, 0, 1))
	changed.Status = order.Cancelled
	absorbed, err := guarded.Absorb(ctx, []order.Report{changed, ordertest.Report(shop, "2", noon()), ordertest.Report("elsewhere", "3", noon())}, noon())
	if err != nil || absorbed[1].Err != nil || !errors.Is(absorbed[0].Err, store.ErrNotFound) || !errors.Is(absorbed[2].Err, store.ErrNotFound) {
		t.Errorf("absorb: %+v (%v)", absorbed, err)
	}
	same(t, "an order of another channel", out, get(t, s, out.ID))
	if _, err := s.Orders().ByRef(t.Context(), order.Ref{Channel: "elsewhere", PlatformOrderID: "3"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an order of another channel was made: %v", err)
	}
}

// scopeFigures compares the figures of a scope with those of a count of its
// orders alone.
func scopeFigures(t *testing.T, s store.Store) {
	all := fill(t, s, 60)
	recountAll(t, s)
	f := scope.Guard(s).Figures()
	rapid.Check(t, func(rt *rapid.T) {
		channels := drawScope(rt, all)
		ctx, names := scopedTo(t, channels...), report.NewDictionary()
		tallies, visits := map[report.Day]*report.Tally{}, []report.Visit{}
		for _, o := range ofChannels(all, channels) {
			d := report.DayOf(o.Facts.OrderedAt, rollup.India())
			if tallies[d] == nil {
				tallies[d] = report.NewTally(d, rollup.India(), names)
			}
			tallies[d].Add(o)
		}
		want := map[report.Day]map[string]string{}
		for d, tally := range tallies {
			if day := tally.Figures(); day.Orders > 0 {
				day.Customers, day.Unknown = 0, 0 // not kept by channel
				want[d] = lines(day, names.Names())
			}
			visits = append(visits, tally.Visits()...)
		}
		fig, err := f.Sales(ctx, report.Ever())
		if err != nil {
			rt.Fatal(err)
		}
		got := map[report.Day]map[string]string{}
		for _, d := range fig.Days {
			got[d.Day] = lines(d, fig.Names)
		}
		same(t, fmt.Sprint("figures of ", channels), want, got)
		q := report.CustomerQuery{Range: report.Ever(), Sort: report.ByValue, Limit: 500}
		people, err := f.Customers(ctx, q)
		if err != nil {
			rt.Fatal(err)
		}
		same(t, "customers", report.CustomersOf(visits, q), people)
		for _, c := range people.Top[:min(3, len(people.Top))] {
			one, err := f.Customer(ctx, c.Key)
			if err != nil {
				rt.Fatal(err)
			}
			same(t, "a customer", c, one)
		}
	})
	if _, err := f.Loyalty(scopedTo(t, shop)); !errors.Is(err, scope.ErrBeyond) {
		t.Errorf("loyalty: %v", err)
	}
	if c, err := f.Customers(scopedTo(t, shop), report.CustomerQuery{Range: report.Ever(), Channels: []string{"elsewhere"}}); err != nil || c.Total != 0 {
		t.Errorf("customers of another channel: %+v (%v)", c, err)
	}
}

func scopeChanges(t *testing.T, s store.Store) {
	for i := range 20 {
		create(t, s, ordertest.Report([]string{"elsewhere", "elsewhere", shop}[i%3], fmt.Sprint(i), noon()))
	}
	all, err := s.Changes(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(all, func(c store.Change) bool { return c.Channel != shop })
	var got []store.Change
	for after := int64(0); ; after = got[len(got)-1].Seq {
		batch, err := scope.Guard(s).Changes(scopedTo(t, shop), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(batch) == 0 {
			break
		}
		got = append(got, batch...)
	}
	same(t, "changes", want, got)
}
