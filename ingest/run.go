package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// run is one run while it goes on.
type run struct {
	channel.Run
	s  *Syncer
	of channel.Channel
	// progress and state are nil for runs that do not move the cursor.
	progress *channel.Progress
	state    *state
	pageDone int
	news     int // records nobody had seen before
	stored   bool
	// tap sees the records of each page that was stored. Optional.
	tap     func([]order.Report)
	limited bool // ended by a rate limit
}

// lastWords bounds the writes that end a run whose own context is over.
const lastWords = 5 * time.Second

func (s *Syncer) newRun(channelID, by string) *run {
	return &run{s: s, Run: channel.Run{
		ID: strings.ToLower(rand.Text()), Channel: channelID, Kind: channel.Pull, By: by, Started: s.c.Now(),
	}}
}

// closeDead ends the run that a process left open when it died, so that every
// page sees it. The caller reads the channel now, or is the one who may.
func (s *Syncer) closeDead(ctx context.Context, p *channel.Progress) {
	if p.LastRun.ID == "" || !p.LastRun.Finished.IsZero() {
		return
	}
	closed := *p
	closed.LastRun.Finished, closed.LastRun.Error = s.c.Now(), "interrupted; the next run goes on from here"
	err := s.c.Store.Channels().SaveProgress(ctx, closed)
	if errors.Is(err, store.ErrStale) {
		return // it lives
	}
	if err == nil {
		closed.Version++
		*p = closed
		err = s.c.Store.Channels().SaveRun(ctx, p.LastRun)
	}
	if err != nil {
		s.c.Log.Warn("run record not closed", "channel", p.Channel, "err", err)
	}
}

// leftRuns is how many of a channel's newest runs a start looks through.
const leftRuns = 20

// closeLeft ends the records of runs, of imports too, that nobody goes on with:
// this process has just begun and is the only one.
func (s *Syncer) closeLeft(ctx context.Context, channels []channel.Channel) {
	for _, ch := range channels {
		runs, err := s.c.Store.Channels().Runs(ctx, ch.ID, leftRuns)
		if err != nil {
			s.c.Log.Warn("runs not read", "channel", ch.ID, "err", err)
			return
		}
		for _, r := range runs {
			if !r.Finished.IsZero() {
				continue
			}
			r.Finished, r.Error = s.c.Now(), "interrupted; what was done before stays"
			if err := s.c.Store.Channels().SaveRun(ctx, r); err != nil {
				s.c.Log.Warn("run record not closed", "channel", ch.ID, "err", err)
			}
		}
	}
}

// do opens the channel's platform, lets fn read from it and closes the record.
// A channel that may not be read leaves no record; one whose settings do not
// work does.
func (r *run) do(ctx context.Context, fn func(ctx context.Context, p Platform) error) (_ channel.Run, err error) {
	ctx, span := r.s.c.Traces.Begin(ctx, "channel "+string(r.Kind))
	defer func() {
		span.Count("fetched", r.Fetched)
		span.Count("created", r.Created)
		span.Count("updated", r.Updated)
		span.Count("rejected", r.Rejected)
		span.End(err)
	}()
	ch, p, err := r.s.Platform(ctx, r.Channel)
	span.Channel(ch.ID)
	r.of = ch
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, ErrNoAPI):
		return r.Run, err
	case err == nil && !ch.Enabled:
		return r.Run, fmt.Errorf("channel %s: %w", ch.ID, ErrDisabled)
	case err == nil:
		err = fn(ctx, p)
	}
	return r.finish(ctx, err)
}

// save writes the live figures and how far the channel is read.
func (r *run) save(ctx context.Context) error {
	if r.progress != nil {
		last := r.progress.LastRun
		r.progress.LastRun = r.Run
		if !r.Finished.IsZero() && r.keepCalm(last) {
			if r.s.c.Notify != nil {
				r.s.c.Notify(r.Run)
			}
			return nil
		}
		if err := r.saveProgress(ctx); err != nil {
			return err
		}
	}
	if r.notable() {
		if err := r.s.c.Store.Channels().SaveRun(ctx, r.Run); err != nil {
			return fmt.Errorf("save run: %w", err)
		}
		r.stored = true
	}
	if r.s.c.Notify != nil {
		r.s.c.Notify(r.Run)
	}
	return nil
}

// saveProgress saves how far the channel is read, unless another process did
// since this run began.
func (r *run) saveProgress(ctx context.Context) error {
	err := r.s.c.Store.Channels().SaveProgress(ctx, *r.progress)
	switch {
	case err == nil:
		r.progress.Version++
		return nil
	case !errors.Is(err, store.ErrStale):
		return fmt.Errorf("save progress: %w", err)
	}
	r.progress = nil
	if r.By != "" {
		return nil
	}
	return ErrOvertaken
}

// notable tells whether a run earns a record of its own. A scheduled poll that
// found nothing, or only obeyed a limit, does not: the channel's progress shows
// it as the last run.
func (r *run) notable() bool {
	failed := r.Error != "" && !r.limited
	return r.stored || r.By != "" || r.progress == nil || failed || r.Created+r.Updated+r.news > 0
}

// finish closes the run's record, also when the run's context is over.
func (r *run) finish(ctx context.Context, err error) (channel.Run, error) {
	over := ctx.Err()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	r.Finished = r.s.c.Now()
	r.Error = r.words(err, over)
	var limit *LimitError
	r.limited = errors.As(err, &limit)
	if r.progress != nil {
		r.settle(err, over)
	}
	serr := r.save(ctx)
	if errors.Is(serr, ErrOvertaken) {
		r.Error, err = serr.Error(), errors.Join(err, serr)
		serr = r.save(ctx)
	}
	if serr != nil {
		r.s.c.Log.Error("run record not saved", "channel", r.Channel, "err", serr)
		err = errors.Join(err, serr)
	}
	r.log(ctx, err)
	if err != nil {
		err = fmt.Errorf("channel %s: %w", r.Channel, err)
	}
	return r.Run, err
}

// settle counts failures. Being stopped is none, nor is running out of time
// with pages stored, nor obeying a rate limit.
func (r *run) settle(err, over error) {
	p := r.progress
	last := p.LastRun
	r.state.note(r.of.Version, err, r.Finished)
	switch {
	case err == nil:
		p.Failures, p.LastSuccess = 0, r.Finished
	case errors.Is(over, context.Canceled), over != nil && r.pageDone > 0, r.limited:
	default:
		p.Failures++
		// A platform that is down all night is one record, not a thousand.
		if !r.stored && r.By == "" && last.Error == r.Error && r.Fetched == 0 && last.Fetched == 0 && last.By == "" {
			r.ID = last.ID
		}
	}
}

// words is an error as a person may read it on a page.
func (r *run) words(err, over error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(over, context.Canceled):
		return "stopped; the next run goes on from here"
	case over != nil:
		return "time is up; the next run goes on from here"
	}
	return shorten(err.Error())
}

// shorten keeps what a platform says in the bounds of a page.
func shorten(s string) string {
	text := []rune(s)
	if len(text) > 500 {
		text = append(text[:499], '…')
	}
	return string(text)
}

func (r *run) log(ctx context.Context, err error) {
	attrs := []slog.Attr{slog.String("channel", r.Channel), slog.String("run", r.ID),
		slog.Int("fetched", r.Fetched), slog.Int("created", r.Created), slog.Int("updated", r.Updated),
		slog.Int("unchanged", r.Unchanged), slog.Int("rejected", r.Rejected), slog.Duration("took", r.Finished.Sub(r.Started))}
	level := slog.LevelDebug
	switch {
	case errors.Is(err, ErrAuth):
		level = slog.LevelError
	case err != nil:
		level = slog.LevelWarn
	case r.Created+r.Updated+r.news > 0:
		level = slog.LevelInfo
	}
	if err != nil {
		attrs = append(attrs, slog.Any("err", err))
	}
	var p *panicError
	if errors.As(err, &p) {
		level, attrs = slog.LevelError, append(attrs, slog.String("stack", string(p.stack)))
	}
	r.s.c.Log.LogAttrs(ctx, level, "channel read", attrs...)
}
