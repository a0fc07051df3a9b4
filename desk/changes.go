package desk

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// Changes is several edits of one order that happen together or not at all, as
// a program sends them. A nil part stays as it is.
type Changes struct {
	Tags     *[]string
	Assignee *account.ID // empty: nobody
	Hold     *HoldUntil
	Release  bool // ends a hold; not together with Hold
	Correction
	// Contact and Address of Correction may be parts of what there is: Merge
	// fills them in from the order as it stands.
	Merge func(o order.Order, k *Correction)
}

// HoldUntil is a hold to be made; see Desk.Hold.
type HoldUntil struct {
	Reason string
	Until  time.Time
}

// Change makes several edits as one, with one audit entry. Errors are those of
// Edit, and order.FieldErrors at tag, assignee, reason, until and the fields of
// a correction.
func (d Desk) Change(ctx context.Context, a Actor, id order.ID, version int64, c Changes) (order.Order, error) {
	if c.Assignee != nil {
		if err := d.mayWork(ctx, *c.Assignee); err != nil {
			return order.Order{}, err
		}
	}
	at, by := d.Now(), string(a.By)
	return d.Edit(ctx, a, id, version, "order.edit", func(o *order.Order) error {
		// Each part changes the version; what is refused leaves the store as it
		// was, whatever the copy looks like then.
		var faults []error
		if c.Tags != nil {
			faults = append(faults, o.SetTags(*c.Tags, by, at))
		}
		if c.Assignee != nil {
			o.Assign(string(*c.Assignee), by, at)
		}
		if c.Hold != nil {
			faults = append(faults, o.PutOnHold(c.Hold.Reason, c.Hold.Until, by, at))
		}
		if c.Release {
			o.Release(by, at)
		}
		k := c.Correction
		if c.Merge != nil {
			c.Merge(*o, &k)
		}
		return joined(append(faults, k.apply(o, by, at)))
	})
}

// apply is Correct on an order at hand.
func (k Correction) apply(o *order.Order, by string, at time.Time) error {
	var faults []error
	if k.RevertAddress {
		o.RevertAddress(by, at)
	}
	if k.RevertContact {
		o.RevertContact(by, at)
	}
	if k.Address != nil {
		faults = append(faults, o.CorrectAddress(*k.Address, by, at))
	}
	if k.Contact != nil {
		faults = append(faults, o.CorrectContact(*k.Contact, by, at))
	}
	return joined(faults)
}
