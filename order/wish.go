package order

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Wish is a status that a person set and the platform has not confirmed.
type Wish struct {
	Status Status
	At     time.Time
	By     string // user id
	State  WishState
	// Key makes pushes of this wish idempotent at the platform.
	Key      string
	Attempts int
	NextTry  time.Time
	// Error is the platform's own answer to the last push that failed.
	Error string
}

// WishState says how far a wish came.
type WishState string

// The states of a wish.
const (
	WishWaiting WishState = "waiting" // to be pushed
	WishSent    WishState = "sent"    // accepted by the platform, awaiting its report
	WishRefused WishState = "refused" // the platform said no; a person must choose
	WishLocal   WishState = "local"   // the channel has nobody to tell
)

// settledBy reports whether the platform did what was wished, or went beyond
// it, at or after the moment it was wished. For a channel without push any
// such report ends it.
func (w Wish) settledBy(p Reported) bool {
	return slices.ContainsFunc(p.Seen, func(s Sighting) bool {
		return !s.At.Before(w.At) && (w.State == WishLocal || w.metBy(s.Status))
	})
}

// WishOpen reports whether a wish stands that the platform's newest report
// does not already meet. A wish that was met before it was made, as platform
// clocks may show, is kept and rests: there is nothing to push and nothing to
// wait for, unless the platform goes back.
func (o Order) WishOpen() bool { return o.Wish != nil && !o.Wish.metBy(o.Reported.Status) }

func (w Wish) metBy(s Status) bool {
	switch s {
	case w.Status:
		return true
	case Refunded:
		return w.Status == Cancelled || w.Status == Returned
	}
	return w.Status.rank() >= 0 && s.rank() > w.Status.rank()
}

// ErrStale says that somebody else changed the order since the editor read it.
var ErrStale = errors.New("the order has changed since you opened it")

// CheckVersion compares the version an editor saw with the order's; zero means
// the editor does not care. A difference is ErrStale.
func (o Order) CheckVersion(seen int64) error {
	if seen != 0 && seen != o.Version {
		return fmt.Errorf("%w (you saw version %d, it is now %d)", ErrStale, seen, o.Version)
	}
	return nil
}

// SetStatus records a person's decision. A move that status.go does not allow
// is a *TransitionError and changes nothing. push tells whether the order's
// channel can be told; if not, the decision stands until a later report.
func (o *Order) SetStatus(to Status, by, note string, push bool, at time.Time) error {
	if err := CanMove(o.Status, to); err != nil {
		return err
	}
	at = ms(at)
	from := o.Status
	state := WishLocal
	if push {
		state = WishWaiting
	}
	// A platform whose clock runs ahead may have dated its last report after
	// this moment; the person has seen it and decided nevertheless.
	wished := at
	if newest, _ := o.Reported.latest(); !newest.At.Before(wished) {
		wished = newest.At.Add(time.Millisecond)
	}
	o.Wish = &Wish{Status: to, At: wished, By: by, State: state, NextTry: at, Key: fmt.Sprintf("%s-%d", o.ID, o.Version+1)}
	o.settle()
	o.edited(Event{Kind: EventStatus, Source: FromUser, By: by, Status: to, From: from, Note: note}, at)
	return nil
}

// AddNote appends a private note.
func (o *Order) AddNote(text, by string, at time.Time) {
	o.Desk.Notes = append(slices.Clip(o.Desk.Notes), Note{Text: text, By: by, At: ms(at)})
	o.edited(Event{Kind: EventEdit, Source: FromUser, By: by, Fields: []string{"notes"}}, at)
}

// edited closes every change a person makes: one history entry, one version.
func (o *Order) edited(e Event, at time.Time) {
	e.At = ms(at)
	o.record(e)
	o.Version++
	o.UpdatedAt = e.At
}

// NoTry is the WishTry of a wish that the platform refused: later than any
// time.
const NoTry = math.MaxInt64

// WishTry is when the platform is to be told of an open wish, or asked about
// one that it accepted, in Unix milliseconds; NoTry when it refused, since a
// person must choose first. ok is false when there is nothing to do: no open
// wish, or nobody to tell. Engines find orders by it.
func (o Order) WishTry() (at int64, ok bool) {
	if !o.WishOpen() {
		return 0, false
	}
	switch o.Wish.State {
	case WishWaiting, WishSent:
		if o.Wish.NextTry.IsZero() {
			return 0, true
		}
		return o.Wish.NextTry.UnixMilli(), true
	case WishRefused:
		return NoTry, true
	}
	return 0, false
}
