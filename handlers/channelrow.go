package handlers

import (
	"context"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

const (
	// runLost is when a run that nobody ended counts as dead: its process is
	// gone. It is longer than the schedule lets one run.
	runLost = 20 * time.Minute
	// ledgerHours is how many hours of the ledger are drawn.
	ledgerHours = 48
)

// channelRow is what a channel is worth knowing at a glance.
func (s *Server) channelRow(ctx context.Context, ch channel.Channel) (views.ChannelRow, error) {
	row := views.ChannelRow{ID: ch.ID, Name: ch.Name, Platform: ch.Platform, Adapter: channel.Describe(ch.Adapter).Label, Interval: ch.Interval}
	p, err := s.Store.Channels().Progress(ctx, ch.ID)
	if err != nil {
		return row, err
	}
	row.LastSuccess, row.Failures = p.LastSuccess, p.Failures
	if row.Run, err = s.runView(ctx, p.LastRun); err != nil {
		return row, err
	}
	if row.Backlog, row.Oldest, err = s.Store.Inbox().Backlog(ctx, ch.ID); err != nil {
		return row, err
	}
	if row.Open, row.Refused, err = s.Store.Orders().OpenWishes(ctx, ch.ID); err != nil {
		return row, err
	}
	if row.Quarantined, err = s.Store.Channels().QuarantineCount(ctx, ch.ID); err != nil {
		return row, err
	}
	if s.Desk != nil && ch.Adapter != channel.Manual {
		complete, err := s.Desk.CompleteUpTo(ctx, ch.ID)
		if err != nil {
			return row, err
		}
		row.Complete = complete.UpTo
	}
	if s.Desk != nil && row.Open > row.Refused {
		if rest, resting, _ := s.Desk.PushResting(ch); resting {
			row.Untold, row.UntoldUntil = true, rest.Until
		}
	}
	if s.Desk != nil && ch.Enabled {
		if rest, _, err := s.Desk.ListenResting(ch); err != nil {
			row.Unheard, row.Deaf = sentence(err.Error()), rest.Paused
		}
	}
	row.State, row.Until = s.channelState(ch, p)
	s.judge(&row, ch, p)
	return row, nil
}

// channelState is the first state that fits.
func (s *Server) channelState(ch channel.Channel, p channel.Progress) (views.ChannelState, time.Time) {
	switch {
	case !ch.Enabled:
		return views.ChannelPaused, time.Time{}
	case ch.Adapter == channel.Manual:
		return views.ChannelManual, time.Time{}
	case s.reading(ch, p):
		return views.ChannelReading, time.Time{}
	}
	if s.Desk != nil {
		switch rest, resting := s.Desk.Resting(ch, p); {
		case resting && rest.Paused:
			return views.ChannelRefused, time.Time{}
		case p.Failures > 0:
			return views.ChannelFailing, rest.Until
		case resting:
			return views.ChannelResting, rest.Until
		}
	}
	switch {
	case p.Failures > 0:
		return views.ChannelFailing, time.Time{}
	case p.LastSuccess.IsZero():
		return views.ChannelNever, time.Time{}
	}
	return views.ChannelOK, time.Time{}
}

// reading tells whether a run goes on, here or in another process. A poll that
// is done with its first page does not count: a page that flickers tells
// nothing.
func (s *Server) reading(ch channel.Channel, p channel.Progress) bool {
	if p.LastSuccess.IsZero() && s.Desk != nil && s.Desk.Running(ch.ID) {
		return true
	}
	return p.LastRun.ID != "" && p.LastRun.Finished.IsZero() && s.Now().Sub(p.LastRun.Started) < runLost
}

// judge says how late a channel is: one interval after its last success, or
// after it was made, another one was due.
func (s *Server) judge(row *views.ChannelRow, ch channel.Channel, p channel.Progress) {
	since, stale := ingest.Stale(ch, p, s.Now())
	row.Stale = stale && row.State != views.ChannelReading && !since.IsZero()
	if row.Stale {
		row.Behind = s.Now().Sub(since) - ch.Interval
	}
}

func (s *Server) runView(ctx context.Context, r channel.Run) (views.RunView, error) {
	names, err := s.names(ctx, []string{r.By})
	return views.RunView{ID: r.ID, Kind: string(r.Kind), By: names[r.By], Started: r.Started, Finished: r.Finished,
		Tally: views.TallyView(r.Tally), Error: r.Error}, err
}

// mark is the part of a row that open pages should learn of at once: not the
// times, which every poll moves.
func mark(r views.ChannelRow) string {
	open := !r.Run.Started.IsZero() && r.Run.Finished.IsZero()
	return fmt.Sprintf("%+v %v %+v %s", [...]any{r.Name, r.State, r.Failures, r.Until, r.Stale, [...]any{r.Untold, r.Unheard, r.Deaf}, r.Backlog, r.Open, r.Refused, r.Quarantined}, open, r.Run.Tally, r.Run.Error)
}

// ledger is the comparison of the last hours with the platform's own count.
func (s *Server) ledger(ctx context.Context, id string) ([]store.Hour, error) {
	now := s.Now().UTC()
	return s.Store.Ledger().List(ctx, id, now.Truncate(time.Hour).Add(-ledgerHours*time.Hour), now)
}
