package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// kind and id of the one record that holds the calendar.
const (
	kind = "dispatch"
	id   = "calendar"
)

// keptFor is how long a process goes by a calendar that another one may have
// changed.
const keptFor = 10 * time.Second

// Keeper keeps the calendar. It is safe for concurrent use.
type Keeper struct {
	shelf store.Shelf[Calendar]
	loc   *time.Location
	now   func() time.Time

	mu   sync.Mutex
	have Calendar
	at   time.Time
}

// NewKeeper is a keeper for the days of loc.
func NewKeeper(r store.Records, loc *time.Location, now func() time.Time) *Keeper {
	return &Keeper{shelf: store.Shelf[Calendar]{Records: r, Kind: kind}, loc: loc, now: now}
}

// Calendar is the one in force: the shop's, or the usual one.
func (k *Keeper) Calendar(ctx context.Context) (Calendar, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.now(); !k.at.IsZero() && now.Sub(k.at) < keptFor && !now.Before(k.at) {
		return k.have, nil
	}
	r, err := k.shelf.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		r.Value = Usual()
	case err != nil:
		return Calendar{}, fmt.Errorf("dispatch calendar: %w", err)
	}
	k.have, k.at = r.Value, k.now()
	return k.have, nil
}

// Save puts another calendar in force, for orders to come; Apply does so for
// those that are there. The error is order.FieldErrors for what somebody can
// mend.
func (k *Keeper) Save(ctx context.Context, c Calendar) (before, after Calendar, err error) {
	if after, err = c.Clean(); err != nil {
		return before, after, err
	}
	if before, err = k.Calendar(ctx); err != nil {
		return before, after, err
	}
	err = k.shelf.Create(ctx, store.Record{ID: id, At: k.now()}, after)
	if errors.Is(err, store.ErrConflict) {
		_, err = k.shelf.Update(ctx, id, func(r *store.Kept[Calendar]) error { r.Value = after; return nil })
	}
	if err != nil {
		return before, after, fmt.Errorf("dispatch calendar: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.have, k.at = after, k.now()
	return before, after, nil
}

// due is by when an order must leave; purchase orders have their own terms.
func (k *Keeper) due(c Calendar, o order.Kind, p order.Platform, channel string, placed time.Time) time.Time {
	if o != order.Consumer {
		return time.Time{}
	}
	return c.Due(p, channel, placed, k.loc)
}

// Apply gives every open order the time that the calendar in force makes of
// it. progress is told how many orders were looked at.
func (k *Keeper) Apply(ctx context.Context, orders store.Orders, progress func(looked, changed int)) error {
	c, err := k.Calendar(ctx)
	if err != nil {
		return err
	}
	open := order.Term{Field: order.FieldStatus, Text: []string{string(order.Confirmed), string(order.Pending), string(order.Processing)}}
	looked, changed := 0, 0
	var batch []order.ID
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		done, err := orders.UpdateMany(ctx, batch, func(o *order.Order) error {
			o.Due(k.due(c, o.Kind, o.Platform, o.Ref.Channel, o.Facts.OrderedAt))
			return nil
		})
		for _, d := range done {
			if d.Err != nil && err == nil && !errors.Is(d.Err, store.ErrNotFound) {
				err = d.Err
			}
		}
		changed += len(batch)
		batch = batch[:0]
		progress(looked, changed)
		return err
	}
	const many = 500
	err = orders.Each(ctx, order.Query{Where: open}, func(o order.Order) error {
		looked++
		if !o.DueAt.Equal(k.due(c, o.Kind, o.Platform, o.Ref.Channel, o.Facts.OrderedAt)) {
			batch = append(batch, o.ID)
		}
		if len(batch) == many {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	return err
}
