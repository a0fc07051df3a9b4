package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/privacy"
	"github.com/palmonas/palmonas-crm/store"
)

const (
	maxTries = 8
	// patientTries is how often a message is tried while its platform answers
	// nobody: about a day.
	patientTries   = 40
	finishers      = 16
	inboxBackoff   = time.Hour
	inboxFirstStep = 4 // of the back-off: 8 s
	// healthy is how long after its last success a platform counts as one that
	// answers.
	healthy = 10 * time.Minute
)

// letter is one message being worked on.
type letter struct {
	store.Message
	reports []order.Report
	rejects []Reject
	refetch []string
	marks   []Mark
	erase   []string
	err     error // what failed; tried again
}

// workBatch works on messages of one channel, taken until a time. The error is
// the store's: the messages come back when their time is up.
func (s *Syncer) workBatch(ctx context.Context, channelID string, batch []store.Message, until time.Time) (err error) {
	ctx, span := s.c.Traces.Begin(ctx, "inbox")
	span.Channel(channelID)
	span.Count("messages", len(batch))
	defer span.Ended(&err)
	ch, p, err := s.Platform(ctx, channelID)
	letters := make([]letter, len(batch))
	for i, m := range batch {
		letters[i] = letter{Message: m, err: err}
		if err == nil {
			letters[i].read(p)
		}
	}
	if err == nil {
		s.refetch(ctx, p, letters, until)
		s.mark(ctx, ch, letters)
		if err := s.absorbLetters(ctx, ch, letters); err != nil {
			return err
		}
	}
	for i := range letters { // after what they report
		if l := &letters[i]; len(l.erase) > 0 && l.err == nil {
			_, l.err = privacy.Erase(ctx, s.c.Store, privacy.Request{Channel: channelID, Orders: l.erase, By: "system", Via: "webhook",
				Reason: "the platform asked to forget the customer"}, s.c.Now())
		}
	}
	return s.finishLetters(ctx, channelID, letters)
}

// finishLetters ends messages beside each other, since the store can make many
// durable at the price of one.
func (s *Syncer) finishLetters(ctx context.Context, channelID string, letters []letter) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 6*lastWords)
	defer cancel()
	work, errs := make(chan letter), make(chan error, len(letters))
	var all sync.WaitGroup
	for range min(finishers, len(letters)) {
		all.Go(func() {
			for l := range work {
				errs <- s.finishLetter(ctx, channelID, l)
			}
		})
	}
	for _, l := range letters {
		work <- l
	}
	close(work)
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// read lets the adapter read a message. What it cannot read now it will not be
// able to read later; a person may replay it after a fix.
func (l *letter) read(p Platform) {
	if l.Taken-l.Attempts > maxTries {
		l.rejects = []Reject{{Reason: "webhook: reading it ended the program again and again"}}
		return
	}
	r, ok := p.(Receiver)
	if !ok {
		l.rejects = []Reject{{Reason: ErrNoWebhooks.Error()}}
		return
	}
	d, err := guard(func() (Delivery, error) { return r.Parse(headerOf(l.Header), l.Body) })
	var fault *panicError
	switch {
	case errors.Is(err, ErrIgnored): // nothing to do
	case errors.As(err, &fault), errors.Is(err, ErrTemporary):
		l.err = err
	case err != nil:
		l.rejects = []Reject{{Reason: "webhook: " + err.Error()}}
	default:
		l.reports, l.rejects, l.refetch, l.marks, l.erase = d.Reports, d.Rejects, d.Refetch, d.Marks, d.Erase
		for i := range l.reports {
			l.reports[i].Source = order.FromWebhook
		}
	}
}

// refetch reads the orders that messages only name, each once for all of them,
// until time is up: what is left then comes back soon.
func (s *Syncer) refetch(ctx context.Context, p Platform, letters []letter, until time.Time) {
	type answer struct {
		report order.Report
		err    error
	}
	known := map[string]answer{}
	for i := range letters {
		l := &letters[i]
		for _, id := range l.refetch {
			a, ok := known[id]
			switch {
			case ok:
			case ctx.Err() != nil:
				a.err = ctx.Err()
			case s.c.Now().After(until.Add(-inboxLease / 4)):
				a.err = errLater
			default:
				a.report, a.err = guard(func() (order.Report, error) { return p.FetchOne(ctx, id) })
				known[id] = a
			}
			switch {
			case errors.Is(a.err, ErrGone): // nothing to store
			case a.err != nil:
				l.err = a.err
			default:
				l.reports = append(l.reports, a.report)
			}
		}
	}
}

// errUnknown is an order that a mark came before.
var errUnknown = errors.New("the order that it is about is not here yet")

// mark completes marks with what the desk knows of their orders. One that comes
// before its order waits for it.
func (s *Syncer) mark(ctx context.Context, ch channel.Channel, letters []letter) {
	coming := map[string]order.Report{} // of letters before
	for i := range letters {
		l := &letters[i]
		for _, r := range l.reports {
			coming[r.Ref.PlatformOrderID] = r
		}
		for _, m := range l.marks {
			r, err := s.marked(ctx, ch, m, coming)
			if err != nil {
				l.err = err
				continue
			}
			if r.At.IsZero() {
				r.At = l.At
			}
			l.reports = append(l.reports, r)
		}
	}
}

func (s *Syncer) marked(ctx context.Context, ch channel.Channel, m Mark, coming map[string]order.Report) (order.Report, error) {
	r := order.Report{Ref: order.Ref{Channel: ch.ID, PlatformOrderID: m.PlatformOrderID}, Status: m.Status, At: m.At, Source: order.FromWebhook}
	switch known, err := s.known(ctx, r.Ref); {
	case err != nil:
		return r, err
	case known != nil:
		r.Kind, r.Facts = known.Kind, headOf(known.Facts)
	default:
		before, ok := coming[m.PlatformOrderID]
		if !ok {
			return r, errUnknown
		}
		r.Kind, r.Facts = before.Kind, headOf(before.Facts)
	}
	r.Facts.PlatformStatus = m.Word
	return r, nil
}

// headOf are the facts that every report has to repeat.
func headOf(f order.Facts) order.Facts {
	return order.Facts{OrderNumber: f.OrderNumber, OrderedAt: f.OrderedAt, SubStatus: f.SubStatus}
}

// errLater puts a message off without holding it against it.
var errLater = fmt.Errorf("%w: the platform's limits leave no time now", ErrTemporary)

// absorbLetters stores what all messages report, in the order of receipt.
func (s *Syncer) absorbLetters(ctx context.Context, ch channel.Channel, letters []letter) error {
	var reports []order.Report
	var from []int
	for i := range letters {
		for _, report := range letters[i].reports {
			s.own(&report, ch)
			reports, from = append(reports, report), append(from, i)
		}
	}
	for n := 0; n < len(reports); n += batch {
		part := reports[n:min(n+batch, len(reports))]
		done, err := s.c.Store.Orders().Absorb(ctx, part, s.c.Now())
		if err != nil {
			return fmt.Errorf("store %d orders: %w", len(part), err)
		}
		for i, a := range done {
			l := &letters[from[n+i]]
			switch {
			case errors.Is(a.Err, order.ErrBadReport):
				l.rejects = append(l.rejects, Reject{PlatformOrderID: part[i].Ref.PlatformOrderID, Reason: "webhook: " + a.Err.Error()})
			case a.Err != nil:
				l.err = a.Err
			}
		}
	}
	return nil
}

// finishLetter ends a message, or puts it off.
func (s *Syncer) finishLetter(ctx context.Context, channelID string, l letter) error {
	now := s.c.Now()
	if l.err != nil && !s.hopeless(ctx, channelID, l, now) {
		next := now.Add(backoff(inboxFirstStep+l.Attempts, inboxBackoff, s.c.Jitter()))
		var limit *LimitError
		if errors.As(l.err, &limit) {
			next = now.Add(max(limit.RetryAfter, time.Second))
		}
		s.c.Log.Debug("webhook put off", "channel", channelID, "message", l.ID, "attempt", l.Attempts+1, "err", l.err)
		return s.c.Store.Inbox().Fail(ctx, l.ID, shorten(l.err.Error()), next)
	}
	if l.err != nil {
		l.rejects = append(l.rejects, Reject{Reason: fmt.Sprintf("webhook: given up after %d tries: %s", l.Attempts+1, shorten(l.err.Error()))})
	}
	if err := s.setAside(ctx, channelID, l); err != nil {
		return err
	}
	return s.c.Store.Inbox().Finish(ctx, l.ID, now)
}

// hopeless reports whether trying again is of no use: after eight tries, but
// for a platform that answers nobody, whose messages wait for it.
func (s *Syncer) hopeless(ctx context.Context, channelID string, l letter, now time.Time) bool {
	tries := l.Attempts + 1
	var limit *LimitError
	switch {
	case tries < maxTries, errors.Is(l.err, context.Canceled), errors.Is(l.err, errLater), errors.As(l.err, &limit):
		return false
	case tries >= patientTries:
		return true
	case !errors.Is(l.err, ErrTemporary) && !errors.Is(l.err, ErrAuth):
		return true
	}
	p, err := s.c.Store.Channels().Progress(ctx, channelID)
	return err == nil && p.Failures == 0 && now.Sub(p.LastSuccess) < healthy
}

// setAside keeps a message that could not be read, or not in full. All of it is
// kept once, so that it can be read again as it came.
func (s *Syncer) setAside(ctx context.Context, channelID string, l letter) error {
	if len(l.rejects) == 0 {
		return nil
	}
	x := Reject{Payload: l.Body}
	var reasons []string
	for _, r := range l.rejects {
		if x.PlatformOrderID == "" {
			x.PlatformOrderID = r.PlatformOrderID
		}
		reasons = append(reasons, r.Reason)
	}
	x.Reason = shorten(strings.Join(reasons, "; "))
	if err := s.keepHeader(ctx, channelID, QuarantineID(channelID, order.FromWebhook, x), l.Header); err != nil {
		return err
	}
	return s.keepAside(ctx, channelID, order.FromWebhook, x)
}
