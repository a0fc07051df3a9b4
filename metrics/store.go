package metrics

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Store is s with the time of its calls about orders measured.
func (m *Metrics) Store(s store.Store) store.Store { return timedStore{s, m} }

type timedStore struct {
	store.Store
	m *Metrics
}

// Orders implements store.Store.
func (s timedStore) Orders() store.Orders { return timedOrders{s.Store.Orders(), s.m} }

type timedOrders struct {
	store.Orders
	m *Metrics
}

// took observes the time since start; defer it with time.Now as its argument.
func (o timedOrders) took(op string, start time.Time) {
	o.m.database.WithLabelValues(op).Observe(time.Since(start).Seconds())
}

// Get implements store.Orders.
func (o timedOrders) Get(ctx context.Context, id order.ID) (order.Order, error) {
	defer o.took("get", time.Now())
	return o.Orders.Get(ctx, id)
}

// List implements store.Orders.
func (o timedOrders) List(ctx context.Context, q order.Query) (order.Page, error) {
	defer o.took("list", time.Now())
	return o.Orders.List(ctx, q)
}

// Count implements store.Orders.
func (o timedOrders) Count(ctx context.Context, where order.Expr, limit int) (int, error) {
	defer o.took("count", time.Now())
	return o.Orders.Count(ctx, where, limit)
}

// Absorb implements store.Orders.
func (o timedOrders) Absorb(ctx context.Context, reports []order.Report, at time.Time) ([]store.Absorbed, error) {
	defer o.took("absorb", time.Now())
	return o.Orders.Absorb(ctx, reports, at)
}

// Update implements store.Orders.
func (o timedOrders) Update(ctx context.Context, id order.ID, fn func(*order.Order) error) (order.Order, error) {
	defer o.took("update", time.Now())
	return o.Orders.Update(ctx, id, fn)
}
