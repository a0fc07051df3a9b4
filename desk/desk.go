// Package desk owns what people do to orders, to one or to many at a time. It
// checks that it may be done, changes the order through the methods of package
// order, and leaves one audit entry. Pages, the API and commands all come
// through here, so that the same act means the same everywhere.
//
// Who may do what is for the caller to know (account.Permission); it must not
// know HTTP or any engine.
package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// ErrChannel says that the order's channel does not work, so that nobody can
// tell whether its platform could be told. Nothing was changed.
var ErrChannel = errors.New("the order's channel does not work")

// Desk is the order desk of one store. It is safe for concurrent use.
type Desk struct {
	Store store.Store
	// Push tells whether the platform will be told a status: false where there
	// is nobody to tell, an *ingest.UnsupportedError where the platform would
	// refuse it, and why, or another error where the channel does not work. nil:
	// nobody is ever told.
	Push func(ctx context.Context, o order.Order, to order.Status) (bool, error)
	Now  func() time.Time
	Log  *slog.Logger // nil for none
}

// Actor is who does something, and from where.
type Actor struct {
	By  account.ID
	Via string // page, api, cli, job
	IP  string
	Ref string // of the request or the job
}

// Edit changes one order through methods of package order; what they refuse is
// returned untouched. version is the one that the actor saw, or 0 for whichever
// there is: another one is order.ErrStale. action names the change in the audit
// (order.tags); nothing is written where fn changes nothing. fn may run more
// than once. An archived order is order.ErrArchived. store.ErrNotFound for an
// unknown id.
func (d Desk) Edit(ctx context.Context, a Actor, id order.ID, version int64, action string, fn func(*order.Order) error) (order.Order, error) {
	return d.edit(ctx, a, id, version, action, func(o *order.Order) error {
		if o.Desk.Archived {
			return order.ErrArchived
		}
		return fn(o)
	})
}

// edit is Edit for archived orders too.
func (d Desk) edit(ctx context.Context, a Actor, id order.ID, version int64, action string, fn func(*order.Order) error) (order.Order, error) {
	var before order.Order
	after, err := d.Store.Orders().Update(ctx, id, func(o *order.Order) error {
		before = *o
		if err := o.CheckVersion(version); err != nil {
			return err
		}
		return fn(o)
	})
	if err != nil {
		return order.Order{}, err
	}
	if after.Version != before.Version {
		d.Note(ctx, changeEntry(a, action, before, after))
	}
	return after, nil
}

// SetStatus moves an order on. Errors beside those of Edit: a
// *order.TransitionError, an *ingest.UnsupportedError when the platform would
// refuse, ErrChannel.
func (d Desk) SetStatus(ctx context.Context, a Actor, id order.ID, version int64, to order.Status, note string) (order.Order, error) {
	// The platform is asked about first, because the store may run the change
	// more than once.
	o, err := d.Store.Orders().Get(ctx, id)
	if err != nil {
		return order.Order{}, err
	}
	if err := o.CheckVersion(version); err != nil {
		return order.Order{}, err
	}
	if err := order.CanMove(o.Status, to); err != nil {
		return order.Order{}, err
	}
	push, err := d.push(ctx, o, to)
	if err != nil {
		return order.Order{}, err
	}
	at := d.Now()
	return d.Edit(ctx, a, id, version, "order.status", func(o *order.Order) error {
		return o.SetStatus(to, string(a.By), note, push, at)
	})
}

// push asks whether the platform will be told.
func (d Desk) push(ctx context.Context, o order.Order, to order.Status) (bool, error) {
	if d.Push == nil || MadeHere(o) {
		return false, nil
	}
	push, err := d.Push(ctx, o, to)
	if unsupported := (*ingest.UnsupportedError)(nil); err != nil && !errors.As(err, &unsupported) {
		return false, fmt.Errorf("%w: %w", ErrChannel, err)
	}
	return push, err
}

// Choices lists the statuses to which an order may be moved now. Where there
// are none because of its platform, why says so.
func (d Desk) Choices(ctx context.Context, o order.Order) (next []order.Status, why error) {
	for _, to := range o.Status.Next() {
		if _, err := d.push(ctx, o, to); err != nil {
			why = err
			continue
		}
		next = append(next, to)
	}
	if len(next) > 0 {
		why = nil
	}
	return next, why
}
