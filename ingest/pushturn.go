package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

const (
	// maxLooks is how often an accepted wish is looked for before a person is
	// asked: about a day.
	maxLooks   = 36
	firstLook  = 20 * time.Second
	latestLook = 10 * time.Minute
	// maxFaults is how often a push may fail in a way that time alone does not
	// mend.
	maxFaults = 8
)

// turn tells the platform of one order, or looks whether it did what it was
// told. An error ends the round.
func (r *pushRound) turn(ctx context.Context, id order.ID) (err error) {
	ctx, span := r.s.c.Traces.Begin(ctx, "push")
	span.Channel(r.of.ID)
	span.Order(id)
	defer span.Ended(&err)
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	o, before, err := r.claim(ctx, id)
	if errors.Is(err, errNotDue) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("order %s: %w", id, err)
	}
	if before.State == order.WishSent || before.Attempts > 0 {
		seen, err := r.look(ctx, o)
		if err != nil && !errors.Is(err, ErrUntold) { // told again, since nobody can look
			return r.failed(ctx, o, before, err)
		}
		o = seen
		if over, err := r.met(ctx, o, before.Key); over || err != nil {
			return err
		}
		if before.State == order.WishSent {
			return r.wait(ctx, o, before)
		}
	}
	err = r.tell(ctx, o)
	var refused *RefusedError
	if errors.As(err, &refused) {
		// It may refuse because it did so already, or because of something that
		// the desk has not heard of; either is worth a look.
		if seen, lerr := r.look(ctx, o); lerr == nil {
			if over, err := r.met(ctx, seen, before.Key); over || err != nil {
				return err
			}
		}
	}
	return r.settle(ctx, o, before, err)
}

// tell asks the adapter, then the platform.
func (r *pushRound) tell(ctx context.Context, o order.Order) error {
	p, ok := r.platform.(Pusher)
	if !ok {
		return &UnsupportedError{Reason: "this channel's platform cannot be told a status"}
	}
	if !o.WishPossible() {
		return &UnsupportedError{Reason: fmt.Sprintf("the platform says meanwhile that the order is %s", o.Reported.Status)}
	}
	_, err := guard(func() (struct{}, error) {
		if err := p.CanPush(o, o.Wish.Status); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, p.Push(ctx, o, *o.Wish)
	})
	return err
}

// look reads the order at the platform and returns it as the desk has it then.
func (r *pushRound) look(ctx context.Context, o order.Order) (order.Order, error) {
	report, err := guard(func() (order.Report, error) { return r.platform.FetchOne(ctx, o.Ref.PlatformOrderID) })
	if err != nil {
		return o, err
	}
	r.s.own(&report, r.of)
	done, err := r.s.c.Store.Orders().Absorb(ctx, []order.Report{report}, r.s.c.Now())
	if err == nil {
		err = done[0].Err
	}
	if err != nil {
		return o, fmt.Errorf("store what the platform says: %w", err)
	}
	return r.s.c.Store.Orders().Get(ctx, o.ID)
}

// met ends the turn when the wish with the key is met, or no longer the one
// that was claimed.
func (r *pushRound) met(ctx context.Context, o order.Order, key string) (over bool, err error) {
	if o.Wish != nil && o.Wish.Key == key {
		if o.WishOpen() {
			return false, nil
		}
		if err := r.mark(ctx, o.ID, func(o *order.Order) bool { return o.MarkMet(key, r.s.c.Now()) }); err != nil {
			return true, err
		}
	}
	r.trouble.Store(0)
	r.count(&r.done.Confirmed)
	return true, nil
}

// wait goes on waiting for a platform that accepted a wish and does not show
// it, but not for ever, nor when it went elsewhere.
func (r *pushRound) wait(ctx context.Context, o order.Order, before order.Wish) error {
	r.trouble.Store(0)
	switch {
	case !o.WishPossible():
		return r.refuse(ctx, o, before.Key, fmt.Sprintf("it accepted the change, but says now that the order is %s", o.Reported.Status))
	case before.Attempts+1 >= maxLooks:
		return r.refuse(ctx, o, before.Key, "it accepted the change, but has not shown it since")
	}
	next := r.s.c.Now().Add(max(firstLook, min(firstLook<<min(before.Attempts+1, 20), pushBackoff)))
	return r.mark(ctx, o.ID, func(o *order.Order) bool { return o.MarkFailed(before.Key, "", next) })
}

// settle records what the platform answered.
func (r *pushRound) settle(ctx context.Context, o order.Order, before order.Wish, err error) error {
	if reason, no := refusal(err); no {
		return r.refuse(ctx, o, before.Key, reason)
	}
	if err != nil {
		return r.failed(ctx, o, before, err)
	}
	r.trouble.Store(0)
	if t, ok := r.platform.(Teller); ok {
		if report, final := t.Told(o, before); final {
			return r.told(ctx, o, before, report)
		}
	}
	now := r.s.c.Now()
	next := now.Add(min(max(r.of.Interval*3/2, firstLook), latestLook))
	if err := r.mark(ctx, o.ID, func(o *order.Order) bool { return o.MarkPushed(before.Key, next, now) }); err != nil {
		return err
	}
	r.count(&r.done.Sent)
	return nil
}

// told takes an acceptance for the platform's report, where there will be no
// other.
func (r *pushRound) told(ctx context.Context, o order.Order, before order.Wish, report order.Report) error {
	r.s.own(&report, r.of)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	done, err := r.s.c.Store.Orders().Absorb(ctx, []order.Report{report}, r.s.c.Now())
	if err == nil {
		err = done[0].Err
	}
	if err != nil {
		return fmt.Errorf("order %s: %w", o.ID, err)
	}
	seen, err := r.s.c.Store.Orders().Get(ctx, o.ID)
	if err != nil {
		return fmt.Errorf("order %s: %w", o.ID, err)
	}
	_, err = r.met(ctx, seen, before.Key)
	return err
}

// refusal reports whether an error is a no that trying again will not change.
func refusal(err error) (reason string, no bool) {
	var unsupported *UnsupportedError
	var refused *RefusedError
	var status *StatusError
	switch {
	case errors.As(err, &unsupported):
		return unsupported.Reason, true
	case errors.Is(err, ErrAuth): // whatever its HTTP status: the wish was not even heard
		return "", false
	case errors.As(err, &refused):
		return refused.Reason, true
	case errors.Is(err, ErrGone):
		return ErrGone.Error(), true
	case errors.Is(err, ErrUntold):
		return ErrUntold.Error(), true
	case errors.As(err, &status) && slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
		http.StatusGone, http.StatusUnprocessableEntity}, status.Status):
		return status.Message, true
	}
	return "", false
}

func (r *pushRound) refuse(ctx context.Context, o order.Order, key, reason string) error {
	r.trouble.Store(0)
	r.count(&r.done.Refused)
	return r.mark(ctx, o.ID, func(o *order.Order) bool { return o.MarkRefused(key, shorten(reason), r.s.c.Now()) })
}

// failed records a try without an answer. Refused credentials and limits end
// the round: nothing was told, so the try does not count. A platform that fails
// again and again ends it too.
func (r *pushRound) failed(ctx context.Context, o order.Order, before order.Wish, err error) error {
	if errors.Is(err, ErrGone) {
		return r.refuse(ctx, o, before.Key, ErrGone.Error())
	}
	r.count(&r.done.Failed)
	now, reason := r.s.c.Now(), shorten(err.Error())
	var limit *LimitError
	if errors.As(err, &limit) || errors.Is(err, ErrAuth) {
		next := now
		if limit != nil {
			next = now.Add(limit.RetryAfter)
		}
		merr := r.mark(ctx, o.ID, func(o *order.Order) bool { return o.MarkPostponed(before.Key, reason, next) })
		return errors.Join(err, merr)
	}
	tries := before.Attempts + 1
	if !errors.Is(err, ErrTemporary) && ctx.Err() == nil && tries >= maxFaults {
		return r.refuse(ctx, o, before.Key, reason)
	}
	next := now.Add(r.s.pause(tries, pushBackoff))
	if merr := r.mark(ctx, o.ID, func(o *order.Order) bool { return o.MarkFailed(before.Key, reason, next) }); merr != nil {
		return merr
	}
	if r.trouble.Add(1) >= maxTrouble && errors.Is(err, ErrTemporary) {
		return err
	}
	return nil
}
