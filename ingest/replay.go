package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// ErrUnreadable says that a quarantined record still cannot be read; the text
// says why.
var ErrUnreadable = errors.New("the record still cannot be read")

// Difference is what reading a record again changes in one order.
type Difference struct {
	Before  *order.Order // nil when the desk does not have the order
	After   order.Order
	Outcome order.Outcome
}

// Replayed is what reading one quarantined record again led to.
type Replayed struct {
	Record channel.Quarantined
	Orders []Difference
	Err    error // nil when the record is, or would be, released
}

// Replay reads a quarantined record again with the adapter as it is now. A dry
// run tells the differences and changes nothing; otherwise they are stored and
// the record is released from quarantine. A record that was not kept in full, or
// that the adapter reads only within its page, is read from the platform anew.
// Errors: store.ErrNotFound, ErrUnreadable, those of Platform and of the store.
func (s *Syncer) Replay(ctx context.Context, quarantineID string, dryRun bool) (Replayed, error) {
	q, err := s.c.Store.Channels().QuarantinedOne(ctx, quarantineID)
	if err != nil {
		return Replayed{}, fmt.Errorf("quarantine: %w", err)
	}
	out := Replayed{Record: q}
	ch, p, err := s.Platform(ctx, q.Channel)
	if err != nil {
		out.Err = err
		return out, err
	}
	reports, err := s.reread(ctx, ch, p, q)
	for i := range reports {
		s.own(&reports[i], ch)
	}
	var serr error
	if dryRun {
		out.Orders, serr = s.preview(ctx, reports)
	} else {
		out.Orders, serr = s.take(ctx, reports)
	}
	if err = errors.Join(err, serr); err == nil && !dryRun {
		if err = DropQuarantined(ctx, s.c.Store, q.ID); errors.Is(err, store.ErrNotFound) {
			err = nil // somebody else was quicker
		}
	}
	out.Err = err
	return out, err
}

// ReplayMany replays records one after the other; each result has its own
// error. It ends early only with the context.
func (s *Syncer) ReplayMany(ctx context.Context, quarantineIDs []string, dryRun bool) []Replayed {
	var all []Replayed
	for _, id := range quarantineIDs {
		if ctx.Err() != nil {
			break
		}
		r, err := s.Replay(ctx, id, dryRun)
		if r.Record.ID == "" {
			r.Record.ID, r.Err = id, err
		}
		all = append(all, r)
	}
	return all
}

// reread makes reports of a record. What could be read of it is returned also
// beside an error.
func (s *Syncer) reread(ctx context.Context, ch channel.Channel, p Platform, q channel.Quarantined) ([]order.Report, error) {
	whole := len(q.Payload) > 0 && len(q.Payload) < channel.MaxPayload
	if receiver, ok := p.(Receiver); ok && whole && q.Source == order.FromWebhook {
		return s.rereadWebhook(ctx, ch, p, receiver, q)
	}
	if report, ok := keptReport(q.Payload); ok && whole {
		return []order.Report{report}, nil
	}
	if reader, ok := p.(Reader); ok && whole {
		report, err := guard(func() (order.Report, error) { return reader.Read(q.Payload, q.LastAt) })
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		return []order.Report{report}, nil
	}
	if q.PlatformOrderID == "" {
		return nil, fmt.Errorf("%w: neither the whole record nor the order's id is known", ErrUnreadable)
	}
	report, err := guard(func() (order.Report, error) { return p.FetchOne(ctx, q.PlatformOrderID) })
	if err != nil {
		return nil, err
	}
	return []order.Report{report}, nil
}

// rereadWebhook parses a body that was verified when it came, with the headers
// that were kept beside it.
func (s *Syncer) rereadWebhook(ctx context.Context, ch channel.Channel, p Platform, r Receiver, q channel.Quarantined) ([]order.Report, error) {
	l := letter{Message: store.Message{Body: q.Payload}}
	kept, err := s.headerShelf().Get(ctx, q.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("headers of %s: %w", q.ID, err)
	}
	d, err := guard(func() (Delivery, error) { return r.Parse(headerOf(kept.Value), q.Payload) })
	switch {
	case errors.Is(err, ErrIgnored):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	l.reports, l.refetch, l.marks, l.At = d.Reports, d.Refetch, d.Marks, q.LastAt
	letters := []letter{l}
	s.refetch(ctx, p, letters, s.c.Now().Add(inboxLease))
	s.mark(ctx, ch, letters)
	if len(d.Rejects) > 0 {
		return letters[0].reports, fmt.Errorf("%w: %s", ErrUnreadable, d.Rejects[0].Reason)
	}
	return letters[0].reports, letters[0].err
}

// keptReport recognises a report that the adapter read and the store refused.
func keptReport(payload []byte) (order.Report, bool) {
	var r order.Report
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	err := d.Decode(&r)
	return r, err == nil && r.Ref.PlatformOrderID != ""
}

// preview tells what storing reports would do.
func (s *Syncer) preview(ctx context.Context, reports []order.Report) ([]Difference, error) {
	var all []Difference
	for _, report := range reports {
		if err := report.Validate(); err != nil {
			return all, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		before, err := s.known(ctx, report.Ref)
		if err != nil {
			return all, err
		}
		after, outcome := order.Absorb(before, report, s.c.Now())
		all = append(all, Difference{Before: before, After: after, Outcome: outcome})
	}
	return all, nil
}

// take stores reports and tells what that did.
func (s *Syncer) take(ctx context.Context, reports []order.Report) ([]Difference, error) {
	var all []Difference
	for _, report := range reports {
		before, err := s.known(ctx, report.Ref)
		if err != nil {
			return all, err
		}
		done, err := s.c.Store.Orders().Absorb(ctx, []order.Report{report}, s.c.Now())
		if err == nil {
			err = done[0].Err
		}
		if errors.Is(err, order.ErrBadReport) {
			err = fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		if err != nil {
			return all, err
		}
		after, err := s.c.Store.Orders().ByRef(ctx, report.Ref)
		if err != nil {
			return all, err
		}
		all = append(all, Difference{Before: before, After: after, Outcome: done[0].Outcome})
	}
	return all, nil
}

// known is the order as the desk has it, nil when it does not.
func (s *Syncer) known(ctx context.Context, ref order.Ref) (*order.Order, error) {
	o, err := s.c.Store.Orders().ByRef(ctx, ref)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &o, nil
}
