package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func contexts() []testCase {
	return []testCase{
		{"a context that is over", contextOver},
		{"a context that ends while waiting", contextWaiting},
		{"a context that ends during each", contextEach},
	}
}

func contextOver(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	ctx := canceled(t)
	_, getErr := s.Orders().Get(ctx, o.ID)
	_, listErr := s.Orders().List(ctx, order.Query{Limit: 10})
	_, countErr := s.Orders().Count(ctx, nil, 10)
	_, absorbErr := s.Orders().Absorb(ctx, []order.Report{ordertest.Report(shop, "2", noon())}, noon())
	_, updateErr := s.Orders().Update(ctx, o.ID, func(o *order.Order) error { o.AddNote("x", "u", noon()); return nil })
	_, changesErr := s.Changes(ctx, 0, 10)
	for what, err := range map[string]error{
		"get": getErr, "list": listErr, "count": countErr, "absorb": absorbErr, "update": updateErr, "changes": changesErr,
		"each":     s.Orders().Each(ctx, order.Query{}, func(order.Order) error { return nil }),
		"progress": s.Channels().SaveProgress(ctx, channel.Progress{Channel: "a"}), "user": s.Users().Create(ctx, user("u", "e@example.com")),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", what, err)
		}
	}
	same(t, "order", o, get(t, s, o.ID))
	same(t, "orders", []order.ID{o.ID}, selected(t, s, nil))
}

func contextWaiting(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Orders().Update(ctx, o.ID, func(o *order.Order) error {
		cancel()
		o.AddNote("never", "u", noon())
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
	same(t, "order", o, get(t, s, o.ID))
}

func contextEach(t *testing.T, s store.Store) {
	fill(t, s, 450)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := s.Orders().Each(ctx, order.Query{}, func(order.Order) error {
		if n++; n == 5 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) && !strings.Contains(fmt.Sprint(err), "canceled") {
		t.Errorf("%v after %d orders, want context.Canceled", err, n)
	}
}
