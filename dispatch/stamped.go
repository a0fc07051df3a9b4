package dispatch

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Stamped is a store in which every report is absorbed with the time by which
// its order must leave. A report that cannot be given one, because the
// calendar cannot be read, fails like any other write to that database.
func Stamped(s store.Store, k *Keeper) store.Store {
	return stamped{Store: s, orders: stampedOrders{Orders: s.Orders(), keeper: k}}
}

type stamped struct {
	store.Store
	orders stampedOrders
}

func (s stamped) Orders() store.Orders { return s.orders }

// Unwrap is the store underneath, for what only an engine can do.
func (s stamped) Unwrap() store.Store { return s.Store }

type stampedOrders struct {
	store.Orders
	keeper *Keeper
}

// Absorb implements store.Orders.
func (o stampedOrders) Absorb(ctx context.Context, reports []order.Report, at time.Time) ([]store.Absorbed, error) {
	c, err := o.keeper.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]order.Report, len(reports))
	for i, r := range reports {
		r.DueAt = o.keeper.due(c, r.Kind, r.Platform, r.Ref.Channel, r.Facts.OrderedAt)
		list[i] = r
	}
	return o.Orders.Absorb(ctx, list, at)
}
