package tracing

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

type orders struct{ store.Orders }

// Get implements store.Orders.
func (t orders) Get(ctx context.Context, id order.ID) (_ order.Order, err error) {
	ctx, s := Step(ctx, "store.orders.get")
	defer s.Ended(&err)
	return t.Orders.Get(ctx, id)
}

// Many implements store.Orders.
func (t orders) Many(ctx context.Context, ids []order.ID) (_ []order.Order, err error) {
	ctx, s := Step(ctx, "store.orders.many")
	defer s.Ended(&err)
	return t.Orders.Many(ctx, ids)
}

// ByRef implements store.Orders.
func (t orders) ByRef(ctx context.Context, ref order.Ref) (_ order.Order, err error) {
	ctx, s := Step(ctx, "store.orders.by_ref")
	defer s.Ended(&err)
	return t.Orders.ByRef(ctx, ref)
}

// List implements store.Orders.
func (t orders) List(ctx context.Context, q order.Query) (_ order.Page, err error) {
	ctx, s := Step(ctx, "store.orders.list")
	defer s.Ended(&err)
	return t.Orders.List(ctx, q)
}

// Count implements store.Orders.
func (t orders) Count(ctx context.Context, where order.Expr, limit int) (_ int, err error) {
	ctx, s := Step(ctx, "store.orders.count")
	defer s.Ended(&err)
	return t.Orders.Count(ctx, where, limit)
}

// Each implements store.Orders.
func (t orders) Each(ctx context.Context, q order.Query, fn func(order.Order) error) (err error) {
	ctx, s := Step(ctx, "store.orders.each")
	defer s.Ended(&err)
	return t.Orders.Each(ctx, q, fn)
}

// Absorb implements store.Orders.
func (t orders) Absorb(ctx context.Context, reports []order.Report, at time.Time) (_ []store.Absorbed, err error) {
	ctx, s := Step(ctx, "store.orders.absorb")
	defer s.Ended(&err)
	return t.Orders.Absorb(ctx, reports, at)
}

// Update implements store.Orders.
func (t orders) Update(ctx context.Context, id order.ID, fn func(*order.Order) error) (_ order.Order, err error) {
	ctx, s := Step(ctx, "store.orders.update")
	defer s.Ended(&err)
	return t.Orders.Update(ctx, id, fn)
}

// UpdateMany implements store.Orders.
func (t orders) UpdateMany(ctx context.Context, ids []order.ID, fn func(*order.Order) error) (_ []store.Updated, err error) {
	ctx, s := Step(ctx, "store.orders.update_many")
	defer s.Ended(&err)
	return t.Orders.UpdateMany(ctx, ids, fn)
}

// DueWishes implements store.Orders.
func (t orders) DueWishes(ctx context.Context, channelID string, now time.Time, limit int) (_ []order.ID, err error) {
	ctx, s := Step(ctx, "store.orders.due_wishes")
	defer s.Ended(&err)
	return t.Orders.DueWishes(ctx, channelID, now, limit)
}

// OpenWishes implements store.Orders.
func (t orders) OpenWishes(ctx context.Context, channelID string) (open, refused int, err error) {
	ctx, s := Step(ctx, "store.orders.open_wishes")
	defer s.Ended(&err)
	return t.Orders.OpenWishes(ctx, channelID)
}

// CountOrdered implements store.Orders.
func (t orders) CountOrdered(ctx context.Context, channelID string, from, to time.Time) (_ int, err error) {
	ctx, s := Step(ctx, "store.orders.count_ordered")
	defer s.Ended(&err)
	return t.Orders.CountOrdered(ctx, channelID, from, to)
}
