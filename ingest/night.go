package ingest

import (
	"context"
	"hash/fnv"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
)

const (
	nightBegins = 2 // o'clock in the shop's zone
	nightLasts  = 3 * time.Hour
	// nightAgain is how long after a deep reading that failed the next begins.
	nightAgain = 2 * time.Hour
)

// lastNight is the newest moment, not after now, at which the channel was to be
// read deeply. Channels are spread over the night.
func lastNight(channelID string, now time.Time, loc *time.Location) time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(channelID)) // a hash does not fail
	spread := time.Duration(h.Sum32()) % (nightLasts / time.Minute) * time.Minute
	y, m, d := now.In(loc).Date()
	at := time.Date(y, m, d, nightBegins, 0, 0, 0, loc).Add(spread)
	if at.After(now) {
		at = time.Date(y, m, d-1, nightBegins, 0, 0, 0, loc).Add(spread)
	}
	return at
}

// scheduledReconcile reads a channel deeply once a night, or as soon as it can
// be after one that was missed, and over the day compares the hours that have
// passed where the platform counts cheaply. The ledger itself tells what was
// done, also by another process.
func (s *Syncer) scheduledReconcile(ctx context.Context, channelID string) {
	log := s.c.Log.With("channel", channelID)
	ch, p, err := s.Platform(ctx, channelID)
	if err != nil {
		return // the pull reports it
	}
	progress, err := s.c.Store.Channels().Progress(ctx, channelID)
	if err != nil || progress.LastSuccess.IsZero() || progress.Failures > 0 {
		return
	}
	if _, resting := s.Resting(ch, progress); resting {
		return
	}
	deep, err := s.deepDue(ctx, ch)
	if err == nil && deep {
		// The run logs and records its own failures.
		_, _ = s.Reconcile(ctx, channelID)
		return
	}
	if c, ok := p.(Counter); ok && err == nil {
		var due bool
		newest := s.c.Now().Add(-settled).UTC().Truncate(time.Hour).Add(-time.Hour)
		if due, err = s.uncompared(ctx, channelID, newest, time.Time{}); err == nil && due {
			err = s.recount(ctx, channelID, c)
		}
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("channel not compared", "err", err)
	}
}

// deepDue reports whether the last night's reading is missing. A new channel
// waits for its first night: it has just been read from the start.
func (s *Syncer) deepDue(ctx context.Context, ch channel.Channel) (bool, error) {
	now := s.c.Now()
	night := lastNight(ch.ID, now, s.c.Location)
	if ch.CreatedAt.After(night) {
		return false, nil
	}
	// An hour that comparing over the day does not reach.
	due, err := s.uncompared(ctx, ch.ID, night.UTC().Truncate(time.Hour).AddDate(0, 0, -2), night)
	if err != nil || !due {
		return false, err
	}
	st := s.stateOf(ch.ID)
	st.mu.Lock()
	defer st.mu.Unlock()
	if gone := now.Sub(st.deep); gone >= 0 && gone < nightAgain {
		return false, nil
	}
	st.deep = now
	return true, nil
}

// uncompared reports whether the ledger lacks an hour's line since a time.
func (s *Syncer) uncompared(ctx context.Context, channelID string, hour, since time.Time) (bool, error) {
	lines, err := s.c.Store.Ledger().List(ctx, channelID, hour, hour.Add(time.Hour))
	if err != nil {
		return false, err
	}
	return len(lines) == 0 || lines[0].At.Before(since), nil
}
