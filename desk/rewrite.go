package desk

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// ErrNotByHand says that an order's facts are its platform's, so that people
// may correct the address and the contact and nothing else.
var ErrNotByHand = errors.New("the platform owns what this order says; correct its address or contact instead")

// Rewrite replaces the facts of an order that people entered: one that is known
// here alone, or one of a channel without an API. Its name, channel and status
// stay. Errors are those of Create and Edit, and ErrNotByHand.
func (d Desk) Rewrite(ctx context.Context, a Actor, id order.ID, version int64, n New) (order.Order, error) {
	o, err := d.Store.Orders().Get(ctx, id)
	if err != nil {
		return order.Order{}, err
	}
	if byHand, err := d.ByHand(ctx, o); err != nil || !byHand {
		return order.Order{}, cmp.Or(err, ErrNotByHand)
	}
	n.PlatformOrderID, n.Status, n.OrderNumber = "", "", cmp.Or(strings.TrimSpace(n.OrderNumber), o.Facts.OrderNumber)
	r, err := n.report(o.Platform, d.Now())
	var faults order.FieldErrors
	if err != nil && !errors.As(err, &faults) {
		return order.Order{}, err
	}
	if o.Facts.Customer.Address != (order.Address{}) && n.Customer.Address == (order.Address{}) {
		faults = append(faults, order.FieldError{Field: "customer.address.line1", Message: "An order that has an address keeps one."})
	}
	if len(faults) > 0 {
		return order.Order{}, faults
	}
	r.Ref, r.Kind, r.Status = o.Ref, o.Kind, ""
	return d.Edit(ctx, a, id, version, "order.rewrite", func(o *order.Order) error {
		r.At = newest(*o, d.Now())
		next, outcome := order.Absorb(o, r, d.Now())
		if outcome == order.Updated {
			next.History[len(next.History)-1].By = string(a.By)
		}
		*o = next
		return nil
	})
}

// newest is now, or just after the newest report where a clock was ahead: what
// a person has just written is newer than what they saw.
func newest(o order.Order, now time.Time) time.Time {
	for _, s := range o.Reported.Stamps {
		if !s.At.Before(now) {
			now = s.At.Add(time.Millisecond)
		}
	}
	return now
}

// ByHand reports whether an order's facts are for people to write.
func (d Desk) ByHand(ctx context.Context, o order.Order) (bool, error) {
	if o.Kind != order.Consumer {
		return false, nil
	}
	if MadeHere(o) {
		return true, nil
	}
	ch, err := d.Store.Channels().Get(ctx, o.Ref.Channel)
	if err != nil {
		return false, err
	}
	return ch.Adapter == channel.Manual, nil
}
