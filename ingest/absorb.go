package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/tracing"
)

// batch is how many reports go to the store at once.
const batch = 500

// store keeps the records of one page: reports in the store, what cannot be
// understood in quarantine. A bad record never stops the others; an error means
// that the database failed, and that the page must be read again.
func (r *run) store(ctx context.Context, reports []order.Report, rejects []Reject) (err error) {
	ctx, span := tracing.Step(ctx, "channel page")
	defer span.Ended(&err)
	r.Fetched += len(reports) + len(rejects)
	for i := range reports {
		r.s.own(&reports[i], r.of)
	}
	for part := range slices.Chunk(reports, batch) {
		done, err := r.s.c.Store.Orders().Absorb(ctx, part, r.s.c.Now())
		if err != nil {
			return fmt.Errorf("store %d orders: %w", len(part), err)
		}
		for i, a := range done {
			switch {
			case a.Err == nil:
				r.Add(a.Outcome)
			case errors.Is(a.Err, order.ErrBadReport):
				rejects = append(rejects, rejectOf(part[i], a.Err))
			default:
				return fmt.Errorf("store order %s: %w", part[i].Ref.PlatformOrderID, a.Err)
			}
		}
	}
	for _, x := range rejects {
		if err := r.quarantine(ctx, x); err != nil {
			return err
		}
	}
	return nil
}

// own writes into a report whose channel it came from: adapters need not know.
// What its status word means is the channel's to say, if it does.
func (*Syncer) own(report *order.Report, of channel.Channel) {
	report.Ref.Channel, report.Platform = of.ID, of.Platform
	of.Words.Translate(report)
	if report.Source == "" {
		report.Source = order.FromPlatform
	}
}

func rejectOf(report order.Report, err error) Reject {
	payload, jerr := json.Marshal(report)
	if jerr != nil {
		payload = nil
	}
	return Reject{PlatformOrderID: report.Ref.PlatformOrderID, Reason: err.Error(), Payload: payload}
}

// quarantine keeps a record for a person to look at.
func (r *run) quarantine(ctx context.Context, x Reject) error {
	r.Rejected++
	id := QuarantineID(r.Channel, order.FromPlatform, x)
	if err := r.s.keepAside(ctx, r.Channel, order.FromPlatform, x); err != nil {
		return err
	}
	if r.s.firstSight(r.Channel, id) {
		r.news++
		r.s.c.Log.Warn("record set aside", "channel", r.Channel, "order", x.PlatformOrderID, "quarantine", id)
	}
	return nil
}

// keepAside puts a record into quarantine. The same record, read again with
// every overlapping page, is kept once.
func (s *Syncer) keepAside(ctx context.Context, channelID string, source order.Source, x Reject) error {
	now := s.c.Now()
	q := channel.Quarantined{
		ID: QuarantineID(channelID, source, x), Channel: channelID, Source: source,
		PlatformOrderID: x.PlatformOrderID, Reason: x.Reason, Payload: x.Payload,
		FirstAt: now, LastAt: now, Times: 1,
	}
	if len(q.Payload) > channel.MaxPayload {
		q.Payload = q.Payload[:channel.MaxPayload]
	}
	if err := s.c.Store.Channels().Quarantine(ctx, q); err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	return nil
}

// QuarantineID names a record that could not be read by where it came from and
// what it holds.
func QuarantineID(channelID string, source order.Source, x Reject) string {
	h := sha256.New()
	content := x.Payload
	if len(content) == 0 {
		content = []byte(x.PlatformOrderID + "\x00" + x.Reason)
	}
	fmt.Fprintf(h, "%s\x00%s\x00", channelID, source)
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// release clears the quarantine of an order that could be read after all.
func (r *run) release(ctx context.Context, platformOrderID string) error {
	held, err := r.s.c.Store.Channels().Quarantined(ctx, r.Channel, 1000)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	for _, q := range held {
		if q.PlatformOrderID != platformOrderID {
			continue
		}
		if err := DropQuarantined(ctx, r.s.c.Store, q.ID); err != nil {
			return fmt.Errorf("release from quarantine: %w", err)
		}
	}
	return nil
}
