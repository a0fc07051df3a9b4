package order

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNoWish says that no decision about the order waits for its platform.
var ErrNoWish = errors.New("nothing waits for the platform any more")

// RetryWish tells the platform once more, after it refused or while it does
// not answer. The push gets a key of its own, since a platform may answer a
// repeated key as it did before. ErrNoWish when there is nothing to tell.
func (o *Order) RetryWish(by string, at time.Time) error {
	if !o.WishOpen() || o.Wish.State == WishLocal {
		return ErrNoWish
	}
	o.wish(func(w *Wish) {
		if w.State == WishRefused {
			w.Key, w.Attempts = fmt.Sprintf("%s-%d", o.ID, o.Version+1), 0
		}
		w.State, w.NextTry, w.Error = WishWaiting, ms(at), ""
	})
	o.settle()
	o.edited(Event{Kind: EventStatus, Source: FromUser, By: by, Status: o.Status, From: o.Status, Note: "told to the platform again"}, at)
	return nil
}

// DropWish gives a decision up and takes the platform's status. ErrNoWish when
// there is none to give up.
func (o *Order) DropWish(by, note string, at time.Time) error {
	if o.Wish == nil {
		return ErrNoWish
	}
	from := o.Status
	o.Wish = nil
	o.settle()
	o.edited(Event{Kind: EventStatus, Source: FromUser, By: by, Status: o.Status, From: from, Note: note}, at)
	return nil
}

// WishPossible reports whether the way from what the platform reported to what
// is wished is one that a person may go. It no longer is when the platform went
// elsewhere meanwhile: a parcel that left cannot be cancelled any more.
func (o Order) WishPossible() bool {
	if o.Wish == nil {
		return false
	}
	reached := []Status{o.Reported.Status}
	if !o.Reported.Status.Valid() {
		return true
	}
	for i := 0; i < len(reached); i++ {
		for _, next := range reached[i].Next() {
			if !slices.Contains(reached, next) {
				reached = append(reached, next)
			}
		}
	}
	return slices.Contains(reached, o.Wish.Status)
}

// MarkTried claims the wish before the platform is called: the attempt is
// counted, so that a process which ends in the middle leaves a trace, and
// nobody else tries before until.
func (o *Order) MarkTried(until time.Time) {
	o.wish(func(w *Wish) { w.Attempts, w.NextTry = w.Attempts+1, ms(until) })
	o.Version++
}

// The Mark functions below record how a try ended. They do nothing, and say so,
// when the wish with the key is not open any more: somebody decided anew, or a
// report was quicker.

// MarkPushed records that the platform accepted the wish; whether it did it is
// to be looked at from next on.
func (o *Order) MarkPushed(key string, next, at time.Time) bool {
	if !o.waits(key) {
		return false
	}
	again := o.Wish.State == WishSent
	o.wish(func(w *Wish) { w.State, w.Attempts, w.NextTry, w.Error = WishSent, 0, ms(next), "" })
	if again {
		o.Version++
		return true
	}
	o.edited(Event{Kind: EventPush, Source: FromPlatform, Status: o.Wish.Status, Note: "accepted"}, at)
	return true
}

// MarkRefused records the platform's no, in its own words. A person must choose
// between RetryWish and DropWish.
func (o *Order) MarkRefused(key, reason string, at time.Time) bool {
	if !o.waits(key) {
		return false
	}
	o.wish(func(w *Wish) { w.State, w.NextTry, w.Error = WishRefused, time.Time{}, reason })
	o.settle()
	o.edited(Event{Kind: EventPush, Source: FromPlatform, Status: o.Wish.Status, Note: "refused: " + reason}, at)
	return true
}

// MarkFailed records a try that told nothing; the next is due at next. The
// history does not grow with every try.
func (o *Order) MarkFailed(key, reason string, next time.Time) bool {
	if !o.waits(key) {
		return false
	}
	o.wish(func(w *Wish) { w.NextTry, w.Error = ms(next), reason })
	o.Version++
	return true
}

// MarkPostponed takes a claimed try back: the platform was not reached at all.
func (o *Order) MarkPostponed(key, reason string, next time.Time) bool {
	if !o.waits(key) {
		return false
	}
	o.wish(func(w *Wish) { w.Attempts, w.NextTry, w.Error = max(w.Attempts-1, 0), ms(next), reason })
	o.Version++
	return true
}

// MarkMet ends a wish that the platform was seen to meet, read after it was
// made. Absorb alone cannot tell where the platform's clock is behind.
func (o *Order) MarkMet(key string, at time.Time) bool {
	if o.Wish == nil || o.Wish.Key != key || o.WishOpen() {
		return false
	}
	o.Wish = nil
	o.settle()
	o.Version++
	o.UpdatedAt = ms(at)
	return true
}

func (o *Order) waits(key string) bool { return o.WishOpen() && o.Wish.Key == key }

// wish changes the wish in a copy: orders share what they point to.
func (o *Order) wish(change func(*Wish)) {
	w := *o.Wish
	change(&w)
	o.Wish = &w
}
