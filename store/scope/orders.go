package scope

import (
	"context"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// orders implements store.Orders: orders of other channels are not there.
type orders struct{ all store.Orders }

// absent is the answer to an order that is there for others.
func absent(id order.ID) error { return fmt.Errorf("order %s: %w", id, store.ErrNotFound) }

func (r orders) Get(ctx context.Context, id order.ID) (order.Order, error) {
	s, err := decided(ctx)
	if err != nil {
		return order.Order{}, err
	}
	o, err := r.all.Get(ctx, id)
	if err == nil && !s.Allows(o.Ref.Channel) {
		return order.Order{}, absent(id)
	}
	return o, err
}

func (r orders) Many(ctx context.Context, ids []order.ID) ([]order.Order, error) {
	s, err := decided(ctx)
	if err != nil {
		return nil, err
	}
	all, err := r.all.Many(ctx, ids)
	own := all[:0]
	for _, o := range all {
		if s.Allows(o.Ref.Channel) {
			own = append(own, o)
		}
	}
	return own, err
}

func (r orders) ByRef(ctx context.Context, ref order.Ref) (order.Order, error) {
	s, err := decided(ctx)
	if err != nil {
		return order.Order{}, err
	}
	if !s.Allows(ref.Channel) {
		return order.Order{}, fmt.Errorf("order %s: %w", ref.PlatformOrderID, store.ErrNotFound)
	}
	return r.all.ByRef(ctx, ref)
}

func (r orders) List(ctx context.Context, q order.Query) (order.Page, error) {
	s, err := decided(ctx)
	if err != nil {
		return order.Page{}, err
	}
	q.Where = s.where(q.Where)
	return r.all.List(ctx, q)
}

func (r orders) Count(ctx context.Context, where order.Expr, limit int) (int, error) {
	s, err := decided(ctx)
	if err != nil {
		return 0, err
	}
	return r.all.Count(ctx, s.where(where), limit)
}

func (r orders) Each(ctx context.Context, q order.Query, fn func(order.Order) error) error {
	s, err := decided(ctx)
	if err != nil {
		return err
	}
	q.Where = s.where(q.Where)
	return r.all.Each(ctx, q, fn)
}

// Absorb implements store.Orders. A report for another channel is refused on
// its own, as one for a channel that does not exist.
func (r orders) Absorb(ctx context.Context, reports []order.Report, at time.Time) ([]store.Absorbed, error) {
	s, err := decided(ctx)
	if err != nil {
		return nil, err
	}
	if !s.Limited() {
		return r.all.Absorb(ctx, reports, at)
	}
	results := make([]store.Absorbed, len(reports))
	var own []order.Report
	var places []int
	for i, p := range reports {
		if !s.Allows(p.Ref.Channel) {
			results[i].Err = fmt.Errorf("channel %s: %w", p.Ref.Channel, store.ErrNotFound)
			continue
		}
		own, places = append(own, p), append(places, i)
	}
	if len(own) == 0 {
		return results, nil
	}
	stored, err := r.all.Absorb(ctx, own, at)
	if err != nil {
		return nil, err
	}
	for i, a := range stored {
		results[places[i]] = a
	}
	return results, nil
}

func (r orders) Update(ctx context.Context, id order.ID, fn func(*order.Order) error) (order.Order, error) {
	s, err := decided(ctx)
	if err != nil {
		return order.Order{}, err
	}
	return r.all.Update(ctx, id, within(s, fn))
}

func (r orders) UpdateMany(ctx context.Context, ids []order.ID, fn func(*order.Order) error) ([]store.Updated, error) {
	s, err := decided(ctx)
	if err != nil {
		return nil, err
	}
	return r.all.UpdateMany(ctx, ids, within(s, fn))
}

// within is fn for the orders of a scope. It looks at the order that is about
// to be written, so that nothing can come between.
func within(s Scope, fn func(*order.Order) error) func(*order.Order) error {
	return func(o *order.Order) error {
		if !s.Allows(o.Ref.Channel) {
			return absent(o.ID)
		}
		if err := fn(o); err != nil {
			return err
		}
		if !s.Allows(o.Ref.Channel) {
			return ErrBeyond
		}
		return nil
	}
}

func (r orders) DueWishes(ctx context.Context, channelID string, now time.Time, limit int) ([]order.ID, error) {
	if s, err := decided(ctx); err != nil || !s.Allows(channelID) {
		return nil, err
	}
	return r.all.DueWishes(ctx, channelID, now, limit)
}

func (r orders) OpenWishes(ctx context.Context, channelID string) (open, refused int, err error) {
	if s, err := decided(ctx); err != nil || !s.Allows(channelID) {
		return 0, 0, err
	}
	return r.all.OpenWishes(ctx, channelID)
}

func (r orders) CountOrdered(ctx context.Context, channelID string, from, to time.Time) (int, error) {
	if s, err := decided(ctx); err != nil || !s.Allows(channelID) {
		return 0, err
	}
	return r.all.CountOrdered(ctx, channelID, from, to)
}
