package handlers

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// waitingStore is a store whose counts take longer than a page waits.
type waitingStore struct {
	store.Store
}

type waitingOrders struct{ store.Orders }

func (s waitingStore) Orders() store.Orders { return waitingOrders{s.Store.Orders()} }

func (o waitingOrders) Count(ctx context.Context, where order.Expr, limit int) (int, error) {
	if limit > 1 {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return o.Orders.Count(ctx, where, limit)
}

// The list does not wait for its number; the page asks for it.
func TestCountLater(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(d *Deps) { d.Store, d.Patience = waitingStore{d.Store}, 5*time.Millisecond })
	a.orders(25)
	b := a.as("support")
	x := b.get("/orders?limit=20&q=ring").want(t, http.StatusOK)
	if rows := shown(t, x); len(rows) != 20 {
		t.Errorf("%d rows", len(rows))
	}
	count := x.doc(t).Find("#order-count")
	path := count.AttrOr("hx-get", "")
	if path != "/orders/count?q=ring" || x.doc(t).Find("#page-next").AttrOr("href", "") == "" {
		t.Fatalf("asks %q", path)
	}
	b.parts().get(path).want(t, http.StatusOK).wantText(t, "25 orders")
	// Where the page itself shows them all there is nothing to count.
	if got := b.get("/orders?limit=50&q=ring").doc(t).Find("#order-count").Text(); got != "25 orders" {
		t.Errorf("a short list: %q", got)
	}
	// Once counted it is known until an order changes.
	x = b.get("/orders?limit=20&q=ring").want(t, http.StatusOK)
	if got := x.doc(t).Find("#order-count").Text(); got != "25 orders" {
		t.Errorf("the second time: %q", got)
	}
	a.absorb(reported(99, order.Pending, a.clock.now()))
	if got := b.get("/orders?limit=20&q=ring").doc(t).Find("#order-count").Text(); got != "Counting …" {
		t.Errorf("after a change: %q", got)
	}
}
