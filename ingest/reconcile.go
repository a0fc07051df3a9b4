package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

const (
	// deepDays is how far back the nightly reading goes.
	deepDays = 7
	// settled is how long after an hour its orders may still appear in a
	// platform's lists.
	settled = 15 * time.Minute
	// recentHours is how many hours are counted over the day, where the
	// platform counts cheaply.
	recentHours = 3
)

// Reconcile reads the orders of the last seven days once more, so that what a
// platform showed late or a run missed is found, and then compares hour by hour
// how many orders the platform had with how many the desk has. A platform that
// cannot count is counted by what it showed.
func (s *Syncer) Reconcile(ctx context.Context, channelID string) (channel.Run, error) {
	to := s.c.Now().Add(-settled).UTC().Truncate(time.Hour)
	return s.reconcile(ctx, channelID, to.AddDate(0, 0, -deepDays), to)
}

// FetchGap reads again what was ordered since an hour began, whenever it
// changed, and compares that hour anew.
func (s *Syncer) FetchGap(ctx context.Context, channelID string, hour time.Time) (channel.Run, error) {
	hour = hour.UTC().Truncate(time.Hour)
	return s.reconcile(ctx, channelID, hour, hour.Add(time.Hour))
}

// reconcile reads what changed since from and compares the hours up to to.
func (s *Syncer) reconcile(ctx context.Context, channelID string, from, to time.Time) (channel.Run, error) {
	r, seen := s.newRun(channelID, ""), tally{}
	r.Kind, r.tap = channel.Reconcile, seen.add
	return r.do(ctx, func(ctx context.Context, p Platform) error {
		// Whatever was ordered since changed since.
		if err := r.pages(ctx, p, p.Since(from, time.Time{})); err != nil {
			return err
		}
		count := seen.count
		if c, ok := p.(Counter); ok {
			count = func(hour time.Time) (int, error) {
				return guard(func() (int, error) { return c.Count(ctx, hour, hour.Add(time.Hour)) })
			}
		}
		_, err := s.compare(ctx, channelID, from, to, count)
		return err
	})
}

// tally counts distinct orders by the hour in which they were placed.
type tally map[time.Time]map[string]bool

func (t tally) add(reports []order.Report) {
	for _, r := range reports {
		hour := r.Facts.OrderedAt.UTC().Truncate(time.Hour)
		if t[hour] == nil {
			t[hour] = map[string]bool{}
		}
		t[hour][r.Ref.PlatformOrderID] = true
	}
}

func (t tally) count(hour time.Time) (int, error) { return len(t[hour]), nil }

// compare writes the ledger's lines of some hours and returns them.
func (s *Syncer) compare(ctx context.Context, channelID string, from, to time.Time, theirs func(hour time.Time) (int, error)) ([]store.Hour, error) {
	var lines []store.Hour
	for hour := from; hour.Before(to); hour = hour.Add(time.Hour) {
		n, err := theirs(hour)
		if err != nil {
			return nil, fmt.Errorf("count orders: %w", err)
		}
		line := store.Hour{Channel: channelID, Start: hour, Theirs: n, At: s.c.Now()}
		if line.Ours, err = s.c.Store.Orders().CountOrdered(ctx, channelID, hour, hour.Add(time.Hour)); err != nil {
			return nil, fmt.Errorf("count orders: %w", err)
		}
		lines = append(lines, line)
	}
	if err := s.c.Store.Ledger().Save(ctx, lines); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return lines, nil
}

// recount compares the last hours by the platform's own count, and reads again
// from the first that has more orders there than here.
func (s *Syncer) recount(ctx context.Context, channelID string, c Counter) error {
	to := s.c.Now().Add(-settled).UTC().Truncate(time.Hour)
	lines, err := s.compare(ctx, channelID, to.Add(-recentHours*time.Hour), to, func(hour time.Time) (int, error) {
		return guard(func() (int, error) { return c.Count(ctx, hour, hour.Add(time.Hour)) })
	})
	if err != nil {
		return err
	}
	for _, line := range lines {
		if line.Theirs > line.Ours {
			_, err := s.reconcile(ctx, channelID, line.Start, to)
			return err
		}
	}
	return nil
}

// Completeness says up to when a channel's orders are known to be here.
type Completeness struct {
	// UpTo is zero while the channel was never read.
	UpTo time.Time
	// Gaps are the hours of the last days in which the platform had more orders
	// than the desk has, oldest first; see FetchGap.
	Gaps []store.Hour
}

// CompleteUpTo says up to when a channel is read, as far as its last successful
// pull and the ledger agree. Orders that the platform deleted are no gap.
func (s *Syncer) CompleteUpTo(ctx context.Context, channelID string) (Completeness, error) {
	p, err := s.c.Store.Channels().Progress(ctx, channelID)
	if err != nil {
		return Completeness{}, fmt.Errorf("channel %s: progress: %w", channelID, err)
	}
	c := Completeness{UpTo: p.LastSuccess}
	if last := p.LastRun; last.Error == "" && !last.Finished.IsZero() && last.Started.Before(c.UpTo) {
		c.UpTo = last.Started
	}
	now := s.c.Now().UTC()
	lines, err := s.c.Store.Ledger().List(ctx, channelID, now.AddDate(0, 0, -deepDays-1), now)
	if err != nil {
		return Completeness{}, fmt.Errorf("channel %s: ledger: %w", channelID, err)
	}
	for _, line := range lines {
		if line.Theirs <= line.Ours {
			continue
		}
		// The orders may have come since the hours were compared.
		if line.Ours, err = s.c.Store.Orders().CountOrdered(ctx, channelID, line.Start, line.Start.Add(time.Hour)); err != nil {
			return Completeness{}, fmt.Errorf("channel %s: count orders: %w", channelID, err)
		}
		if line.Theirs > line.Ours {
			c.Gaps = append(c.Gaps, line)
		}
	}
	if len(c.Gaps) > 0 && c.Gaps[0].Start.Before(c.UpTo) {
		c.UpTo = c.Gaps[0].Start
	}
	return c, nil
}

// Stale reports whether a channel that should be read had no success for three
// of its intervals, and since when.
func Stale(ch channel.Channel, p channel.Progress, now time.Time) (since time.Time, stale bool) {
	since = p.LastSuccess
	if since.IsZero() {
		since = ch.CreatedAt
	}
	if !ch.Enabled || ch.Adapter == channel.Manual {
		return since, false
	}
	return since, now.Sub(since) > max(3*ch.Interval, time.Minute)
}
