package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
)

// Late is a channel without a success for three of its intervals.
type Late struct {
	Channel channel.Channel
	Since   time.Time // its last success, or when it was made
	Error   string    // of its last run, if that failed
}

// LateEvery is how often the schedule looks for late channels.
const LateEvery = 30 * time.Second

// Late lists the channels that are late now, by id; see Stale.
func (s *Syncer) Late(ctx context.Context) ([]Late, error) {
	all, err := s.c.Store.Channels().List(ctx)
	if err != nil {
		return nil, fmt.Errorf("channels: %w", err)
	}
	var late []Late
	for _, ch := range all {
		p, err := s.c.Store.Channels().Progress(ctx, ch.ID)
		if err != nil {
			return nil, fmt.Errorf("channel %s: progress: %w", ch.ID, err)
		}
		if since, stale := Stale(ch, p, s.c.Now()); stale {
			late = append(late, Late{Channel: ch, Since: since, Error: p.LastRun.Error})
		}
	}
	return late, nil
}

// alarm remembers which channels were late, so that each is told of once.
type alarm struct{ late map[string]bool }

// look logs channels that became late or are well again, and hands all late
// ones to whoever wants to tell people. Only the schedule calls it, one at a
// time.
func (a *alarm) look(ctx context.Context, s *Syncer) {
	late, err := s.Late(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.c.Log.Warn("freshness not checked", "err", err)
		}
		return
	}
	now := map[string]bool{}
	for _, l := range late {
		if now[l.Channel.ID] = true; !a.late[l.Channel.ID] {
			s.c.Log.Warn("channel is late", "channel", l.Channel.ID, "since", l.Since, "last_error", l.Error)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(a.late)) {
		if !now[id] {
			s.c.Log.Info("channel is on time again", "channel", id)
		}
	}
	a.late = now
	if s.c.OnLate != nil {
		s.c.OnLate(late)
	}
}
