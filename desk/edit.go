package desk

import (
	"context"
	"errors"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// What people do to one order besides its status; see Edit for versions and
// errors. Acts that cannot collide take no version.

// AddNote appends a private note.
func (d Desk) AddNote(ctx context.Context, a Actor, id order.ID, text string) (order.Order, error) {
	at := d.Now()
	return d.Edit(ctx, a, id, 0, "order.note", func(o *order.Order) error {
		o.AddNote(text, string(a.By), at)
		return nil
	})
}

// Tag adds tags; order.FieldErrors at tag.
func (d Desk) Tag(ctx context.Context, a Actor, id order.ID, tags ...string) (order.Order, error) {
	at := d.Now()
	return d.Edit(ctx, a, id, 0, "order.tags", func(o *order.Order) error {
		return o.SetTags(append(o.Desk.Tags[:len(o.Desk.Tags):len(o.Desk.Tags)], tags...), string(a.By), at)
	})
}

// Untag takes tags away.
func (d Desk) Untag(ctx context.Context, a Actor, id order.ID, tags ...string) (order.Order, error) {
	at := d.Now()
	return d.Edit(ctx, a, id, 0, "order.tags", func(o *order.Order) error {
		for _, t := range tags {
			o.RemoveTag(t, string(a.By), at)
		}
		return nil
	})
}

// SetTags replaces the tags; order.FieldErrors at tag.
func (d Desk) SetTags(ctx context.Context, a Actor, id order.ID, version int64, tags []string) (order.Order, error) {
	at := d.Now()
	return d.Edit(ctx, a, id, version, "order.tags", func(o *order.Order) error { return o.SetTags(tags, string(a.By), at) })
}

// Assign gives the order to a user, or to nobody with an empty id. A user who
// does not exist or may not sign in is order.FieldErrors at assignee.
func (d Desk) Assign(ctx context.Context, a Actor, id order.ID, to account.ID) (order.Order, error) {
	if err := d.mayWork(ctx, to); err != nil {
		return order.Order{}, err
	}
	at := d.Now()
	return d.Edit(ctx, a, id, 0, "order.assign", func(o *order.Order) error {
		o.Assign(string(to), string(a.By), at)
		return nil
	})
}

// mayWork checks that a user can be given orders.
func (d Desk) mayWork(ctx context.Context, id account.ID) error {
	if id == "" {
		return nil
	}
	u, err := d.Store.Users().Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return order.FieldErrors{{Field: "assignee", Message: "There is no such user."}}
	case err != nil:
		return err
	case !u.May(account.OrdersRead):
		return order.FieldErrors{{Field: "assignee", Message: "This user cannot work on orders."}}
	}
	return nil
}

// Hold stops work on the order until a moment, or with the zero time until it
// is released; order.FieldErrors at reason and until.
func (d Desk) Hold(ctx context.Context, a Actor, id order.ID, version int64, reason string, until time.Time) (order.Order, error) {
	at := d.Now()
	return d.Edit(ctx, a, id, version, "order.hold", func(o *order.Order) error {
		return o.PutOnHold(reason, until, string(a.By), at)
	})
}

// Release ends a hold.
func (d Desk) Release(ctx context.Context, a Actor, id order.ID, version int64) (order.Order, error) {
	at := d.Now()
	return d.Edit(ctx, a, id, version, "order.release", func(o *order.Order) error {
		o.Release(string(a.By), at)
		return nil
	})
}

// Correction is what replaces the platform's word about the customer. A nil
// part stays as it is; Revert takes the platform's again.
type Correction struct {
	Address       *order.Address
	Contact       *order.Contact
	RevertAddress bool
	RevertContact bool
}

// Correct changes where the order goes or how the customer is reached;
// order.FieldErrors at the fields of both.
func (d Desk) Correct(ctx context.Context, a Actor, id order.ID, version int64, k Correction) (order.Order, error) {
	at, by := d.Now(), string(a.By)
	return d.Edit(ctx, a, id, version, "order.correct", func(o *order.Order) error {
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
	})
}

// joined makes one list of several lists of field errors.
func joined(errs []error) error {
	var all order.FieldErrors
	for _, err := range errs {
		var faults order.FieldErrors
		switch {
		case errors.As(err, &faults):
			all = append(all, faults...)
		case err != nil:
			return err
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// Archive hides an order from lists and figures; order.FieldErrors at reason.
func (d Desk) Archive(ctx context.Context, a Actor, id order.ID, version int64, reason string) (order.Order, error) {
	at := d.Now()
	return d.edit(ctx, a, id, version, "order.archive", func(o *order.Order) error {
		return o.Archive(reason, string(a.By), at)
	})
}

// Restore brings an archived order back.
func (d Desk) Restore(ctx context.Context, a Actor, id order.ID) (order.Order, error) {
	at := d.Now()
	return d.edit(ctx, a, id, 0, "order.restore", func(o *order.Order) error {
		o.Restore(string(a.By), at)
		return nil
	})
}

// RetryWish tells the platform once more what it refused; order.ErrNoWish when
// nothing waits.
func (d Desk) RetryWish(ctx context.Context, a Actor, id order.ID, version int64) (order.Order, error) {
	at := d.Now()
	return d.edit(ctx, a, id, version, "order.push", func(o *order.Order) error { return o.RetryWish(string(a.By), at) })
}

// DropWish takes the platform's status instead of the decision that it refused;
// order.ErrNoWish when nothing waits.
func (d Desk) DropWish(ctx context.Context, a Actor, id order.ID, version int64) (order.Order, error) {
	at := d.Now()
	return d.edit(ctx, a, id, version, "order.status", func(o *order.Order) error { return o.DropWish(string(a.By), "", at) })
}
