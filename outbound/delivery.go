package outbound

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// State is where a delivery stands.
type State string

// The states of a delivery.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	GivenUp   State = "given_up"
)

// Delivery is one message for one subscription.
type Delivery struct {
	ID           string // of the message, the same with every try
	Subscription string
	Event        Event
	Order        string // id, empty for a ping
	State        State
	Attempts     int
	// Status is that of the last answer, 0 when there was none; Error is what
	// went wrong then.
	Status   int
	Error    string
	Took     time.Duration
	Created  time.Time
	Next     time.Time // of the next try; zero when finished
	Finished time.Time
}

// deliveryDoc is the record of a delivery. What waits is kept under one kind,
// due at the record's time, what is finished under another, by its end.
type deliveryDoc struct {
	Event    Event        `json:"event"`
	Order    string       `json:"order,omitempty"`
	From     order.Status `json:"from,omitempty"` // of a status change
	To       order.Status `json:"to,omitempty"`
	Happened time.Time    `json:"happened"`
	Created  time.Time    `json:"created"`
	Attempts int          `json:"attempts,omitempty"`
	Status   int          `json:"status,omitempty"`
	Error    string       `json:"error,omitempty"`
	Millis   int64        `json:"millis,omitempty"`
	State    State        `json:"state,omitempty"`
	// ByHand is tried once more even when the day is over.
	ByHand bool `json:"byHand,omitempty"`
}

func (d deliveryDoc) delivery(r store.Record) Delivery {
	out := Delivery{ID: r.ID, Subscription: r.Owner, Event: d.Event, Order: d.Order, State: d.State, Attempts: d.Attempts, Status: d.Status,
		Error: d.Error, Took: time.Duration(d.Millis) * time.Millisecond, Created: d.Created}
	if d.State == "" {
		out.State, out.Next = Waiting, r.At
	} else {
		out.Finished = r.At
	}
	return out
}

// Deliveries are a subscription's newest: first those that wait, then those
// that are finished, at most limit of each.
func (s *Service) Deliveries(ctx context.Context, subscription string, limit int) ([]Delivery, error) {
	var all []Delivery
	for _, shelf := range []store.Shelf[deliveryDoc]{s.waiting, s.finished} {
		kept, err := shelf.List(ctx, store.RecordQuery{Owner: &subscription, Limit: limit})
		if err != nil {
			return nil, fmt.Errorf("outbound: %w", err)
		}
		for _, k := range kept {
			all = append(all, k.Value.delivery(k.Record))
		}
	}
	return all, nil
}

// Backlog counts what waits for a subscription.
func (s *Service) Backlog(ctx context.Context, subscription string) (int, error) {
	n, err := s.waiting.Records.Count(ctx, store.RecordQuery{Kind: s.waiting.Kind, Owner: &subscription})
	if err != nil {
		return 0, fmt.Errorf("outbound: %w", err)
	}
	return n, nil
}

// Redeliver sends a finished delivery of a subscription again, soon, under the
// same id; one that waits is tried at once. store.ErrNotFound.
func (s *Service) Redeliver(ctx context.Context, subscription, id string) error {
	now := s.c.Now().UTC().Truncate(time.Millisecond)
	hurry := func(k *store.Kept[deliveryDoc]) error {
		if k.Owner != subscription {
			return store.ErrNotFound
		}
		k.At, k.Value.ByHand = now, true
		return nil
	}
	_, err := s.waiting.Update(ctx, id, hurry)
	if !errors.Is(err, store.ErrNotFound) {
		return wrapped(err)
	}
	k, err := s.finished.Get(ctx, id)
	if err == nil && k.Owner != subscription {
		err = store.ErrNotFound
	}
	if err != nil {
		return wrapped(err)
	}
	d := k.Value
	d.State, d.ByHand = "", true
	if err := s.waiting.Create(ctx, store.Record{ID: id, Owner: subscription, At: now}, d); err != nil && !errors.Is(err, store.ErrConflict) {
		return wrapped(err)
	}
	return wrapped(s.finished.Delete(ctx, id))
}

func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("outbound: %w", err)
}

// SendPing queues a message that says nothing, to see whether a receiver works.
func (s *Service) SendPing(ctx context.Context, subscription string) error {
	if _, err := s.Get(ctx, subscription); err != nil {
		return err
	}
	now := s.c.Now().UTC().Truncate(time.Millisecond)
	return s.queue(ctx, subscription, messageID(subscription, string(Ping), now.String()), deliveryDoc{Event: Ping, Happened: now, ByHand: true})
}

// messageID names a message: the same event of the same order is the same
// message for a subscription, however often it is come upon.
func messageID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return "msg_" + hex.EncodeToString(h.Sum(nil)[:16])
}

// queue puts a message in line unless it was there before.
func (s *Service) queue(ctx context.Context, subscription, id string, d deliveryDoc) error {
	switch _, err := s.finished.Get(ctx, id); {
	case err == nil:
		return nil
	case !errors.Is(err, store.ErrNotFound):
		return wrapped(err)
	}
	d.Created = s.c.Now().UTC().Truncate(time.Millisecond)
	err := s.waiting.Create(ctx, store.Record{ID: id, Owner: subscription, At: d.Created}, d)
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return wrapped(err)
}

// When a message is tried again. The waits grow fourfold from firstWait to
// longestWait and are cut at random by up to half, so that many do not come back together;
// after keepTrying it is given up.
const (
	firstWait   = 5 * time.Second
	longestWait = 4 * time.Hour
	keepTrying  = 24 * time.Hour
	// stopAfter is how long a receiver may fail before it is switched off.
	stopAfter = 3 * 24 * time.Hour
	keepLog   = 30 * 24 * time.Hour
)

// wait is how long to wait after a number of failed tries.
func wait(attempts int) time.Duration {
	d := longestWait
	if attempts < 8 { // beyond it that is above longestWait anyway
		d = min(firstWait<<(2*max(attempts-1, 0)), longestWait)
	}
	return d/2 + rand.N(d/2) //nolint:gosec // spreading tries needs no secrecy
}
