package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

const (
	// pushers is how many orders of one channel are told at a time; the
	// adapter's limits decide how fast.
	pushers   = 4
	pushBatch = 200
	pushCap   = 2000 // of one round; the next goes on
	// pushTimeout bounds one order's turn, pushClaim is how long nobody else
	// takes it up: longer, so that a turn is over when another begins.
	pushTimeout = 4 * time.Minute
	pushClaim   = 5 * time.Minute
	pushBackoff = time.Hour
	// maxTrouble is how many orders in a row may fail before the channel rests.
	maxTrouble = 3
)

// PushTally counts what became of wishes in one round.
type PushTally struct{ Sent, Confirmed, Refused, Failed int }

// pushRound is one round of pushes to a channel.
type pushRound struct {
	s        *Syncer
	of       channel.Channel
	platform Platform
	trouble  atomic.Int32 // temporary failures in a row

	mu   sync.Mutex
	done PushTally
	stop error // why the round ends early
}

// Push tells the channel's platform what people decided: every wish that is
// due, see order.Order.WishTry. A wish that was tried before, also by a process
// that ended in the middle, is looked up at the platform before it is told
// again, so that each takes effect once. What the platform accepted is looked
// up later until its own report confirms it.
//
// With nothing due it costs one query. Errors: ErrRunning, ErrDisabled, those
// of Platform, of the store, and what made the round end early; one order's
// trouble is none.
func (s *Syncer) Push(ctx context.Context, channelID string) (PushTally, error) {
	st := s.stateOf(channelID)
	if !st.pushing.CompareAndSwap(false, true) {
		return PushTally{}, fmt.Errorf("channel %s: %w", channelID, ErrRunning)
	}
	defer st.pushing.Store(false)
	ids, err := s.dueWishes(ctx, channelID)
	if err != nil || len(ids) == 0 {
		return PushTally{}, err
	}
	ch, p, err := s.Platform(ctx, channelID)
	switch {
	case err != nil:
		return PushTally{}, err
	case !ch.Enabled:
		return PushTally{}, fmt.Errorf("channel %s: %w", channelID, ErrDisabled)
	}
	r := &pushRound{s: s, of: ch, platform: p}
	for n := 0; len(ids) > 0 && err == nil; {
		r.batch(ctx, ids)
		if n += len(ids); r.stop != nil || ctx.Err() != nil || n >= pushCap || len(ids) < pushBatch {
			break
		}
		ids, err = s.dueWishes(ctx, channelID)
	}
	err = errors.Join(err, r.stop, ctx.Err())
	if ctx.Err() == nil {
		st.notePush(ch, err, s.c.Now())
	}
	r.log(ctx, err)
	if err != nil {
		err = fmt.Errorf("channel %s: push: %w", channelID, err)
	}
	return r.done, err
}

func (s *Syncer) dueWishes(ctx context.Context, channelID string) ([]order.ID, error) {
	ids, err := s.c.Store.Orders().DueWishes(ctx, channelID, s.c.Now(), pushBatch)
	if err != nil {
		return nil, fmt.Errorf("channel %s: wishes: %w", channelID, err)
	}
	return ids, nil
}

// batch works on orders until they are done or the round is to end. Orders that
// are being told are told to the end: a push cut short has an unknown outcome.
func (r *pushRound) batch(ctx context.Context, ids []order.ID) {
	work := make(chan order.ID)
	var all sync.WaitGroup
	for range min(pushers, len(ids)) {
		all.Go(func() {
			for id := range work {
				if r.ended() {
					continue // it was handed over while the round came to its end
				}
				if err := r.turn(ctx, id); err != nil {
					r.end(err)
				}
			}
		})
	}
	for _, id := range ids {
		if r.ended() || ctx.Err() != nil {
			break
		}
		work <- id
	}
	close(work)
	all.Wait()
}

func (r *pushRound) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop == nil {
		r.stop = err
	}
}

func (r *pushRound) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stop != nil
}

func (r *pushRound) count(n *int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*n++
}

func (r *pushRound) log(ctx context.Context, err error) {
	d, level := r.done, slog.LevelInfo
	attrs := []slog.Attr{slog.String("channel", r.of.ID), slog.Int("sent", d.Sent), slog.Int("confirmed", d.Confirmed),
		slog.Int("refused", d.Refused), slog.Int("failed", d.Failed)}
	switch {
	case errors.Is(err, ErrAuth):
		level = slog.LevelError
	case err != nil:
		level = slog.LevelWarn
	}
	if err != nil {
		attrs = append(attrs, slog.Any("err", err))
	}
	r.s.c.Log.LogAttrs(ctx, level, "channel told", attrs...)
}

// errNotDue says that somebody else was quicker with a wish.
var errNotDue = errors.New("wish is not due")

// claim takes an order for this turn; the wish returned is as it was before.
func (r *pushRound) claim(ctx context.Context, id order.ID) (o order.Order, before order.Wish, err error) {
	now := r.s.c.Now()
	o, err = r.s.c.Store.Orders().Update(ctx, id, func(o *order.Order) error {
		at, ok := o.WishTry()
		if !ok || at > now.UnixMilli() {
			return errNotDue
		}
		before = *o.Wish
		o.MarkTried(now.Add(pushClaim))
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = errNotDue
	}
	return o, before, err
}

// mark stores how a turn ended, also when the turn's context is over.
func (r *pushRound) mark(ctx context.Context, id order.ID, fn func(*order.Order) bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	_, err := r.s.c.Store.Orders().Update(ctx, id, func(o *order.Order) error {
		if !fn(o) {
			return errNotDue
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNotDue) {
		return fmt.Errorf("order %s: %w", id, err)
	}
	return nil
}

// pause is how long after a number of tries a wish rests.
func (s *Syncer) pause(tries int, limit time.Duration) time.Duration {
	return backoff(max(tries-1, 0), limit, s.c.Jitter())
}
