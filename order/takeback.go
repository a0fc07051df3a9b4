package order

import (
	"errors"
	"time"
)

// ErrTold says that a decision cannot be taken back: its platform was told or
// is being told, or somebody decided anew.
var ErrTold = errors.New("the platform has been told already, or the order has moved on")

// Told reports whether the platform may know of the wish: a try was begun.
func (w Wish) Told() bool { return w.State == WishSent || w.Attempts > 0 }

// TakeBack undoes SetStatus while its wish, known by its key, has not been told
// to the platform. before is the wish that stood then (nil: none), which stands
// again unless a report has met it since. Otherwise ErrTold, and nothing is
// changed.
func (o *Order) TakeBack(key string, before *Wish, by string, at time.Time) error {
	if o.Wish == nil || o.Wish.Key != key || o.Wish.State == WishRefused || o.Wish.Told() {
		return ErrTold
	}
	from := o.Status
	o.Wish = nil
	if before != nil {
		again := *before
		o.Wish = &again
	}
	o.settle()
	o.edited(Event{Kind: EventStatus, Source: FromUser, By: by, Status: o.Status, From: from, Note: "taken back"}, at)
	return nil
}
