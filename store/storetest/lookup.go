package storetest

import (
	"errors"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func lookups() []testCase {
	return []testCase{
		{"an unknown id", lookupUnknown},
		{"an unknown ref", lookupUnknownRef},
		{"many, in the order asked", lookupMany},
		{"very many", lookupVeryMany},
	}
}

func lookupUnknown(t *testing.T, s store.Store) {
	create(t, s, ordertest.Report(shop, "1", noon()))
	if _, err := s.Orders().Get(t.Context(), 12345); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get: %v, want ErrNotFound", err)
	}
	called := false
	_, err := s.Orders().Update(t.Context(), 12345, func(*order.Order) error { called = true; return nil })
	if !errors.Is(err, store.ErrNotFound) || called {
		t.Errorf("update: %v, fn called: %t", err, called)
	}
}

func lookupUnknownRef(t *testing.T, s store.Store) {
	create(t, s, ordertest.Report(shop, "1", noon()))
	for _, ref := range []order.Ref{{}, {Channel: shop}, {Channel: shop, PlatformOrderID: "2"}, {Channel: "other", PlatformOrderID: "1"}, {Channel: shop, PlatformOrderID: "%"}} {
		if _, err := s.Orders().ByRef(t.Context(), ref); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v: %v, want ErrNotFound", ref, err)
		}
	}
}

func lookupMany(t *testing.T, s store.Store) {
	a := create(t, s, ordertest.Report(shop, "a", noon()))
	b := create(t, s, ordertest.Report(shop, "b", noon()))
	got, err := s.Orders().Many(t.Context(), []order.ID{b.ID, 99, a.ID, b.ID})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "orders", []order.Order{b, a, b}, got)
	if got, err := s.Orders().Many(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("none: %d orders (%v)", len(got), err)
	}
}

func lookupVeryMany(t *testing.T, s store.Store) {
	var reports []order.Report
	for i := range 300 {
		reports = append(reports, ordertest.Synthetic(3, i, 10, noon()))
	}
	var want []order.ID
	for _, r := range absorb(t, s, noon(), reports...) {
		want = append(want, r.ID)
	}
	found, err := s.Orders().Many(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	var got []order.ID
	for _, o := range found {
		got = append(got, o.ID)
	}
	same(t, "ids", want, got)
}
