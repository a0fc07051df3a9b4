package ingest

import (
	"context"
	"errors"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
)

// sideState is what the process remembers of a channel between rounds of
// pushes, or of listening. It is apart from that of pulls: an account may read
// and not write. A channel's state guards it.
type sideState struct {
	auth     int   // refused in a row
	version  int64 // of the channel when they were refused
	failures int   // rounds in a row that ended early
	rest     time.Time
	last     error
}

// note remembers how a round ended that recurs at a period.
func (p *sideState) note(version int64, err error, now time.Time, every time.Duration) {
	if p.version != version || !errors.Is(err, ErrAuth) {
		p.auth, p.version = 0, version
	}
	if p.last = err; err == nil {
		p.failures, p.rest = 0, time.Time{}
		return
	}
	if errors.Is(err, ErrAuth) {
		p.auth++
	}
	p.failures++
	pause := failurePause(every, p.failures)
	var limit *LimitError
	if errors.As(err, &limit) {
		p.failures, pause = 0, limit.RetryAfter
	}
	p.rest = now.Add(pause)
}

func (p *sideState) resting(version int64, now time.Time) (rest Rest, resting bool, err error) {
	switch {
	case p.version != version:
		return Rest{}, false, nil
	case p.auth >= maxAuthFailures:
		return Rest{Paused: true}, true, p.last
	}
	return Rest{Until: p.rest}, p.rest.After(now), p.last
}

// notePush remembers how a round of pushes ended.
func (st *state) notePush(ch channel.Channel, err error, now time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.push.note(ch.Version, err, now, PushEvery)
}

// PushResting tells whether, and why, the schedule tells a channel nothing for
// now: for good after three refused sign-ins, until the channel changes or Push
// succeeds by hand; for a while after failures or a rate limit. err is what the
// last round ended with, nil when it went well.
func (s *Syncer) PushResting(ch channel.Channel) (rest Rest, resting bool, err error) {
	st := s.stateOf(ch.ID)
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.push.resting(ch.Version, s.c.Now())
}

// scheduledPush is a Push as the schedule makes it: only if something is due
// and the channel does not rest.
func (s *Syncer) scheduledPush(ctx context.Context, channelID string) {
	ids, err := s.c.Store.Orders().DueWishes(ctx, channelID, s.c.Now(), 1)
	if err == nil && len(ids) == 0 {
		return
	}
	var ch channel.Channel
	if err == nil {
		ch, err = s.c.Store.Channels().Get(ctx, channelID)
	}
	if err != nil {
		s.c.Log.Warn("wishes not read", "channel", channelID, "err", err)
		return
	}
	if _, resting, _ := s.PushResting(ch); resting {
		return
	}
	// A round that called the platform has logged its error; others are about
	// settings or the store.
	if _, err := s.Push(ctx, channelID); err != nil && ctx.Err() == nil {
		s.c.Log.Debug("round of pushes ended early", "channel", channelID, "err", err)
	}
}
