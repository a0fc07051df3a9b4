// Package storetest is the contract of store.Store as a test suite: every
// engine runs it, and a behaviour that is not in it does not exist.
//
// An engine joins with a function that opens an empty store:
//
//	func TestStore(t *testing.T) { storetest.Run(t, open) }
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

// testCase is one behaviour; it gets a store of its own.
type testCase struct {
	name string
	run  func(t *testing.T, s store.Store)
}

// Run checks a store. open returns an empty one and arranges for it to be
// closed when the test ends; it is called from many goroutines.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, theme := range []struct {
		name  string
		cases []testCase
	}{
		{"round trip", roundTrips()},
		{"absorb", absorbs()},
		{"update", updates()},
		{"update many", updateManys()},
		{"lookup", lookups()},
		{"list", lists()},
		{"paging", pagings()},
		{"query", queries()},
		{"hostile", hostiles()},
		{"property", properties()},
		{"changes", changes()},
		{"context", contexts()},
		{"users", users()},
		{"channels", channels()},
		{"jobs", jobs()},
		{"sessions", sessions()},
		{"upkeep", upkeep()},
		{"inbox", inbox()},
		{"leases", leases()},
		{"wishes", wishes()},
		{"ledger", ledger()},
		{"records", recordCases()},
		{"audit", audits()},
		{"scope", scopes()},
	} {
		t.Run(theme.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range theme.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t, open(t))
				})
			}
		})
	}
}

const shop = "website"

func noon() time.Time { return ordertest.Noon() }

// absorb stores reports and fails the test when one is refused.
func absorb(t testing.TB, s store.Store, at time.Time, reports ...order.Report) []store.Absorbed {
	t.Helper()
	results, err := s.Orders().Absorb(t.Context(), reports, at)
	if err != nil {
		t.Fatalf("absorb: %v", err)
	}
	if len(results) != len(reports) {
		t.Fatalf("absorb: %d results for %d reports", len(results), len(reports))
	}
	for i, r := range results {
		if r.Err != nil {
			t.Fatalf("report %d was refused: %v", i, r.Err)
		}
		if r.ID == 0 {
			t.Fatalf("report %d got no id", i)
		}
	}
	return results
}

// create stores one new order and returns it.
func create(t testing.TB, s store.Store, r order.Report) order.Order {
	t.Helper()
	got := absorb(t, s, noon(), r)[0]
	if got.Outcome != order.Created {
		t.Fatalf("outcome %v, want created", got.Outcome)
	}
	return get(t, s, got.ID)
}

func get(t testing.TB, s store.Store, id order.ID) order.Order {
	t.Helper()
	o, err := s.Orders().Get(t.Context(), id)
	if err != nil {
		t.Fatalf("get %s: %v", id, err)
	}
	return o
}

// update applies fn, which may not fail.
func update(t testing.TB, s store.Store, id order.ID, fn func(*order.Order)) order.Order {
	t.Helper()
	o, err := s.Orders().Update(t.Context(), id, func(o *order.Order) error { fn(o); return nil })
	if err != nil {
		t.Fatalf("update %s: %v", id, err)
	}
	return o
}

// edit is a change as a person makes it: fn and one version more.
func edit(t testing.TB, s store.Store, id order.ID, fn func(*order.Order)) order.Order {
	t.Helper()
	return update(t, s, id, func(o *order.Order) { fn(o); o.Version++; o.UpdatedAt = noon() })
}

// same compares what was stored with what was meant. No list and an empty one
// are the same.
func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func list(t testing.TB, s store.Store, q order.Query) order.Page {
	t.Helper()
	p, err := s.Orders().List(t.Context(), q)
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	return p
}

func ids(rows []order.Row) []order.ID {
	list := make([]order.ID, len(rows))
	for i, r := range rows {
		list[i] = r.ID
	}
	return list
}

// selected is what List, Count and Each agree that a condition selects, newest
// first.
func selected(t testing.TB, s store.Store, where order.Expr) []order.ID {
	t.Helper()
	listed := ids(list(t, s, order.Query{Where: where, Limit: 1000}).Rows)
	n, err := s.Orders().Count(t.Context(), where, 10_000)
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	if n != len(listed) {
		t.Errorf("count of %s is %d, list has %d", order.PrintExpr(where, time.UTC), n, len(listed))
	}
	var each []order.ID
	err = s.Orders().Each(t.Context(), order.Query{Where: where}, func(o order.Order) error {
		each = append(each, o.ID)
		return nil
	})
	if err != nil {
		t.Fatalf("each: %v", err)
	}
	same(t, "each and list of "+order.PrintExpr(where, time.UTC), listed, each)
	return listed
}

func canceled(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
