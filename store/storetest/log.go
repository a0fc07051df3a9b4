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

func changes() []testCase {
	return []testCase{
		{"an empty log", changesEmpty},
		{"one entry for each order that changed", changesEntries},
		{"reading on from a number", changesAfter},
		{"numbers rise with every commit", changesRise},
		{"nothing is entered for what did not change", changesNone},
	}
}

func readChanges(t *testing.T, s store.Store, after int64) []store.Change {
	t.Helper()
	list, err := s.Changes(t.Context(), after, 1000)
	if err != nil {
		t.Fatalf("changes: %v", err)
	}
	return list
}

func changesEmpty(t *testing.T, s store.Store) {
	if n, err := s.LastChange(t.Context()); n != 0 || err != nil {
		t.Errorf("last %d (%v)", n, err)
	}
	if list := readChanges(t, s, 0); len(list) != 0 {
		t.Errorf("%d entries", len(list))
	}
}

func changesEntries(t *testing.T, s store.Store) {
	a := create(t, s, ordertest.Report(shop, "a", noon()))
	absorb(t, s, noon().Add(time.Minute), later(ordertest.Report(shop, "a", noon()), order.Shipped, time.Minute), ordertest.Report("other", "b", noon()))
	update(t, s, a.ID, func(o *order.Order) { o.AddNote("x", "u", noon().Add(time.Hour)) })
	list := readChanges(t, s, 0)
	if len(list) != 4 {
		t.Fatalf("%d entries, want 4: %v", len(list), list)
	}
	for i, want := range []struct {
		channel string
		created bool
		at      time.Time
	}{{shop, true, noon()}, {shop, false, noon().Add(time.Minute)}, {"other", true, noon().Add(time.Minute)}, {shop, false, noon().Add(time.Hour)}} {
		got := list[i]
		if got.Channel != want.channel || got.Created != want.created || !got.At.Equal(want.at) || got.At.Location() != time.UTC {
			t.Errorf("entry %d: %+v, want %+v", i, got, want)
		}
		if (got.Order == a.ID) != (want.channel == shop) {
			t.Errorf("entry %d is about order %s", i, got.Order)
		}
	}
}

func changesAfter(t *testing.T, s store.Store) {
	for i := range 5 {
		create(t, s, ordertest.Minimal(shop, fmt.Sprint(i), noon()))
	}
	all := readChanges(t, s, 0)
	same(t, "after the second", all[2:], readChanges(t, s, all[1].Seq))
	some, err := s.Changes(t.Context(), all[0].Seq, 2)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "two after the first", all[1:3], some)
	last, err := s.LastChange(t.Context())
	if err != nil || last != all[4].Seq {
		t.Errorf("last %d (%v), want %d", last, err, all[4].Seq)
	}
	if rest := readChanges(t, s, last); len(rest) != 0 {
		t.Errorf("%d entries after the last", len(rest))
	}
}

// changesRise tails the log while others write: no entry may turn up behind
// the reader's back.
func changesRise(t *testing.T, s store.Store) {
	const writers, each = 8, 10
	done := make(chan struct{})
	go func() {
		defer close(done)
		together(writers, func(i int) {
			for j := range each {
				if _, err := s.Orders().Absorb(t.Context(), []order.Report{ordertest.Minimal(shop, fmt.Sprint(i, "-", j), noon())}, noon()); err != nil {
					t.Errorf("absorb: %v", err)
				}
			}
		})
	}()
	seen := map[order.ID]bool{}
	after := int64(0)
	read := func() {
		for _, c := range readChanges(t, s, after) {
			if c.Seq <= after {
				t.Errorf("entry %d after %d", c.Seq, after)
			}
			after, seen[c.Order] = c.Seq, true
		}
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		read()
	}
	if len(seen) != writers*each {
		t.Errorf("the reader saw %d orders, want %d", len(seen), writers*each)
	}
}

func changesNone(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "1", noon())
	o := create(t, s, r)
	before := readChanges(t, s, 0)
	absorb(t, s, noon(), r)
	r.At = r.At.Add(time.Minute)
	absorb(t, s, noon(), r)
	_, _ = s.Orders().Update(t.Context(), o.ID, func(*order.Order) error { return errors.New("no") })
	update(t, s, o.ID, func(*order.Order) {})
	same(t, "log", before, readChanges(t, s, 0))
}
