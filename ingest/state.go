package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
)

const (
	maxAuthFailures = 3
	// failureCap bounds the pause of a failing channel, so that it catches up
	// soon after its platform is back.
	failureCap = 2 * time.Minute
	maxSights  = 10_000
)

// state is what the process remembers of a channel between runs. It is lost at
// a restart, which costs a few calls and no order.
type state struct {
	running, pushing atomic.Bool

	mu      sync.Mutex
	auth    int   // refused sign-ins in a row
	version int64 // of the channel when they were refused
	rest    time.Time
	sights  map[string]bool

	push   sideState
	listen sideState
	deep   time.Time // when reading deeply was begun last
}

func (s *Syncer) stateOf(channelID string) *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.state[channelID]
	if !ok {
		st = &state{sights: map[string]bool{}}
		s.state[channelID] = st
	}
	return st
}

// hold makes the caller the only one who pulls the channel.
func (s *Syncer) hold(channelID string) (*state, func(), error) {
	st := s.stateOf(channelID)
	if !st.running.CompareAndSwap(false, true) {
		return nil, nil, fmt.Errorf("channel %s: %w", channelID, ErrRunning)
	}
	return st, func() { st.running.Store(false) }, nil
}

// Running reports whether this process pulls the channel right now.
func (s *Syncer) Running(channelID string) bool { return s.stateOf(channelID).running.Load() }

// firstSight reports whether a quarantined record is new to this process.
func (s *Syncer) firstSight(channelID, quarantineID string) bool {
	st := s.stateOf(channelID)
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.sights[quarantineID] {
		return false
	}
	if len(st.sights) >= maxSights {
		clear(st.sights)
	}
	st.sights[quarantineID] = true
	return true
}

// note remembers how a run of a channel at a version ended.
func (st *state) note(version int64, err error, now time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.version != version || !errors.Is(err, ErrAuth) {
		st.auth, st.version = 0, version
	}
	if errors.Is(err, ErrAuth) {
		st.auth++
	}
	st.rest = time.Time{}
	var limit *LimitError
	if errors.As(err, &limit) {
		st.rest = now.Add(limit.RetryAfter)
	}
}

// Rest tells whether, and why, the schedule leaves a channel alone for now.
type Rest struct {
	Until  time.Time // zero when a person must act
	Paused bool      // the credentials were refused too often
}

// Resting reports whether the schedule should leave the channel alone: for
// good after three refused sign-ins, until the channel changes or somebody
// pulls it by hand; for a while after a failure or a rate limit.
func (s *Syncer) Resting(ch channel.Channel, p channel.Progress) (Rest, bool) {
	st := s.stateOf(ch.ID)
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.auth >= maxAuthFailures && st.version == ch.Version {
		return Rest{Paused: true}, true
	}
	until := st.rest
	if changed := !ch.UpdatedAt.Before(p.LastRun.Finished); p.Failures > 0 && !changed {
		if t := p.LastRun.Finished.Add(failurePause(ch.Interval, p.Failures)); t.After(until) {
			until = t
		}
	}
	return Rest{Until: until}, until.After(s.c.Now())
}

// failurePause is the least time between runs after failures in a row: the
// channel's interval, doubling up to two minutes.
func failurePause(interval time.Duration, failures int) time.Duration {
	upper := max(interval, failureCap)
	if failures > 10 {
		return upper
	}
	// A little less, so that the tick of the schedule itself is not missed.
	return min(interval<<(failures-1), upper) * 8 / 10
}

// scheduled is a Pull as the schedule makes it: only if the channel is due.
func (s *Syncer) scheduled(ctx context.Context, channelID string) {
	log := s.c.Log.With("channel", channelID)
	ch, err := s.c.Store.Channels().Get(ctx, channelID)
	if err != nil {
		log.Warn("channel not read", "err", err)
		return
	}
	p, err := s.c.Store.Channels().Progress(ctx, channelID)
	if err != nil {
		log.Warn("channel not read", "err", err)
		return
	}
	if !s.Running(channelID) {
		s.closeDead(ctx, &p)
	}
	if rest, ok := s.Resting(ch, p); ok {
		log.Debug("channel rests", "until", rest.Until, "paused", rest.Paused)
		return
	}
	// Pull logs and records its own failures.
	_, _ = s.Pull(ctx, channelID, "")
}
