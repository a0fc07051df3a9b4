package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func updateManys() []testCase {
	return []testCase{
		{"each change is stored, in the order of the ids", manyStored},
		{"one order's trouble keeps no other out", manyTrouble},
		{"an id that is named twice is updated once", manyTwice},
		{"identity cannot be changed", manyIdentity},
		{"lists and searches follow", manyFollow},
		{"more than one write", manyLarge},
		{"no change is lost among 8 writers", manyTogether},
		{"a context that is over changes nothing", manyOver},
		{"no ids", manyNone},
	}
}

// fillIDs creates n orders.
func fillIDs(t testing.TB, s store.Store, n int) []order.ID {
	t.Helper()
	reports := make([]order.Report, n)
	for i := range reports {
		reports[i] = ordertest.Report(shop, fmt.Sprint(i), noon().Add(-time.Duration(i)*time.Minute))
	}
	ids := make([]order.ID, n)
	for i, a := range absorb(t, s, noon(), reports...) {
		ids[i] = a.ID
	}
	return ids
}

func tag(o *order.Order) error { return o.AddTag("bulk", "u-1", noon().Add(time.Minute)) }

func manyStored(t *testing.T, s store.Store) {
	ids := fillIDs(t, s, 5)
	ids[0], ids[4] = ids[4], ids[0]
	want := make([]order.Order, len(ids))
	for i, id := range ids {
		want[i] = get(t, s, id)
		if err := tag(&want[i]); err != nil {
			t.Fatal(err)
		}
	}
	before, _ := s.LastChange(t.Context())
	got, err := s.Orders().UpdateMany(t.Context(), ids, tag)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		same(t, "result", store.Updated{ID: id, Changed: true}, got[i])
		same(t, "stored", want[i], get(t, s, id))
	}
	changes, err := s.Changes(t.Context(), before, 100)
	if err != nil || len(changes) != len(ids) {
		t.Errorf("%d entries in the change log, want %d: %v", len(changes), len(ids), err)
	}
}

func manyTrouble(t *testing.T, s store.Store) {
	ids := fillIDs(t, s, 4)
	edit(t, s, ids[2], func(o *order.Order) { o.Desk.Tags = []string{"bulk"} })
	before := get(t, s, ids[2])
	no := errors.New("no")
	const unknown = order.ID(42)
	got, err := s.Orders().UpdateMany(t.Context(), []order.ID{ids[0], unknown, ids[1], ids[2], ids[3]}, func(o *order.Order) error {
		if err := tag(o); o.ID != ids[1] {
			return err
		}
		return no
	})
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(got[1].Err, store.ErrNotFound) || got[1].ID != unknown {
		t.Errorf("unknown: %+v", got[1])
	}
	if got[2].Err != no || got[2].Changed { //nolint:errorlint // untouched is the point
		t.Errorf("refused: %+v", got[2])
	}
	same(t, "unchanged", store.Updated{ID: ids[2]}, got[3])
	same(t, "unchanged, stored", before, get(t, s, ids[2]))
	for i, want := range map[int]bool{0: true, 1: false, 3: true} {
		if o := get(t, s, ids[i]); o.HasTag("bulk") != want {
			t.Errorf("order %d has the tag: %v", i, !want)
		}
	}
}

func manyTwice(t *testing.T, s store.Store) {
	id := fillIDs(t, s, 1)[0]
	before := get(t, s, id)
	got, err := s.Orders().UpdateMany(t.Context(), []order.ID{id, id}, func(o *order.Order) error {
		o.AddNote("once", "u-1", noon())
		return nil
	})
	if err != nil || len(got) != 2 || !got[0].Changed || got[0] != got[1] {
		t.Errorf("%v, %+v", err, got)
	}
	if o := get(t, s, id); o.Version != before.Version+1 || len(o.Desk.Notes) != 1 {
		t.Errorf("version %d, %d notes", o.Version, len(o.Desk.Notes))
	}
}

func manyIdentity(t *testing.T, s store.Store) {
	ids := fillIDs(t, s, 2)
	before := get(t, s, ids[0])
	_, err := s.Orders().UpdateMany(t.Context(), ids, func(o *order.Order) error {
		o.ID, o.Ref, o.Platform, o.Version = 1, order.Ref{Channel: "x", PlatformOrderID: "y"}, order.Amazon, o.Version+1
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, ids[0]); got.ID != before.ID || got.Ref != before.Ref || got.Platform != before.Platform || got.Version != before.Version+1 {
		t.Errorf("now %s %v %s, version %d", got.ID, got.Ref, got.Platform, got.Version)
	}
}

func manyFollow(t *testing.T, s store.Store) {
	ids := fillIDs(t, s, 3)
	_, err := s.Orders().UpdateMany(t.Context(), ids[:2], func(o *order.Order) error {
		if err := tag(o); err != nil {
			return err
		}
		return o.CorrectContact(order.Contact{Name: "Meera Joshi"}, "u-1", noon())
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "tag", ids[:2], selected(t, s, order.Term{Field: order.FieldTag, Text: []string{"bulk"}}))
	same(t, "new name", ids[:2], selected(t, s, order.Term{Field: order.Words, Text: []string{"meera"}}))
	same(t, "old name", ids[2:], selected(t, s, order.Term{Field: order.Words, Text: []string{"ishita"}}))
}

func manyLarge(t *testing.T, s store.Store) {
	ids := fillIDs(t, s, 230)
	got, err := s.Orders().UpdateMany(t.Context(), ids, tag)
	if err != nil {
		t.Fatal(err)
	}
	for i, u := range got {
		if u.ID != ids[i] || !u.Changed || u.Err != nil {
			t.Fatalf("result %d: %+v", i, u)
		}
	}
	if n, err := s.Orders().Count(t.Context(), order.Term{Field: order.FieldTag, Text: []string{"bulk"}}, 1000); err != nil || n != len(ids) {
		t.Errorf("%d orders have the tag, want %d: %v", n, len(ids), err)
	}
}

func manyTogether(t *testing.T, s store.Store) {
	const writers, rounds = 8, 2
	ids := fillIDs(t, s, 10)
	together(writers, func(i int) {
		for range rounds {
			note := func(o *order.Order) error { o.AddNote(fmt.Sprint(i), "u", noon()); return nil }
			if i%2 == 0 {
				if _, err := s.Orders().UpdateMany(t.Context(), ids, note); err != nil {
					t.Errorf("writer %d: %v", i, err)
				}
				continue
			}
			for _, id := range ids {
				if _, err := s.Orders().Update(t.Context(), id, note); err != nil {
					t.Errorf("writer %d: %v", i, err)
				}
			}
		}
	})
	for _, id := range ids {
		if o := get(t, s, id); len(o.Desk.Notes) != writers*rounds {
			t.Errorf("order %s has %d notes, want %d", id, len(o.Desk.Notes), writers*rounds)
		}
	}
}

func manyOver(t *testing.T, s store.Store) {
	ids := fillIDs(t, s, 2)
	before := get(t, s, ids[0])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := s.Orders().UpdateMany(ctx, ids, tag)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	for _, u := range got {
		if u.Err == nil || u.Changed {
			t.Errorf("result %+v", u)
		}
	}
	same(t, "stored", before, get(t, s, ids[0]))
}

func manyNone(t *testing.T, s store.Store) {
	got, err := s.Orders().UpdateMany(t.Context(), nil, tag)
	if err != nil || len(got) != 0 {
		t.Errorf("%v, %+v", err, got)
	}
}
