package outbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// How often the worker should run, and how long one run may take.
const (
	Every    = 2 * time.Second
	Deadline = 2 * time.Minute
)

// Worker follows the change log and sends what waits. Run is to be called again
// and again, in one process at a time.
type Worker struct {
	service *Service
	client  *http.Client
	log     *slog.Logger
	agent   string
	// share is how long one run works for one subscription, so that a slow
	// receiver does not keep the others waiting for long.
	share  time.Duration
	forgot time.Time // when the log was shortened last; Run alone looks at it
}

// NewWorker makes a worker; version is told to receivers.
func NewWorker(s *Service, version string, log *slog.Logger) *Worker {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Worker{service: s, client: s.c.Guard.Client(), log: log, agent: "Palmonas-CRM/" + version, share: 20 * time.Second}
}

// position is how far the change log was followed.
type position struct {
	Seq int64 `json:"seq"`
}

const positionID = "position"

// Run looks once for changes and for what is due. What fails is logged and
// tried again by the next run.
func (w *Worker) Run(ctx context.Context) {
	// The end of the log is read first: who subscribes after that hears of what
	// comes after that.
	last, err := w.service.c.Store.LastChange(ctx)
	var subs []store.Kept[subscriptionDoc]
	if err == nil {
		subs, err = w.service.shelf.List(ctx, store.RecordQuery{OldestFirst: true})
	}
	if err == nil {
		err = w.follow(ctx, subs, last)
	}
	if err != nil && ctx.Err() == nil {
		w.log.Error("webhooks: changes not followed", slog.Any("err", err))
	}
	var all sync.WaitGroup
	for _, sub := range subs {
		all.Go(func() {
			if err := w.send(ctx, sub); err != nil && ctx.Err() == nil {
				w.log.Error("webhooks: not sent", slog.String("subscription", sub.ID), slog.Any("err", err))
			}
		})
	}
	all.Wait()
	if now := w.service.c.Now(); now.Sub(w.forgot) >= time.Hour {
		w.forgot = now
		w.forget(ctx)
	}
}

// forget drops the log's old end.
func (w *Worker) forget(ctx context.Context) {
	old := store.RecordQuery{Kind: w.service.finished.Kind, Until: w.service.c.Now().Add(-keepLog), OldestFirst: true, Limit: 500}
	if _, err := w.service.finished.Records.DeleteWhere(ctx, old); err != nil && ctx.Err() == nil {
		w.log.Warn("webhooks: log not shortened", slog.Any("err", err))
	}
}

// changesAtOnce bounds what is read of the change log in one go.
const changesAtOnce = 500

// follow queues a message for each event since the last run. The position moves
// after the messages are stored, and storing them again does nothing, so that
// none is lost and none doubled. Changes after last are left for later.
func (w *Worker) follow(ctx context.Context, subs []store.Kept[subscriptionDoc], last int64) error {
	subs = slices.Clone(subs)
	subs = slices.DeleteFunc(subs, func(k store.Kept[subscriptionDoc]) bool { return !k.Value.Enabled })
	if len(subs) == 0 {
		return w.unfollow(ctx)
	}
	seq, err := w.begin(ctx, subs)
	for err == nil && seq < last {
		var changes []store.Change
		changes, err = w.service.c.Store.Changes(ctx, seq, changesAtOnce)
		changes = slices.DeleteFunc(changes, func(c store.Change) bool { return c.Seq > last })
		if err != nil || len(changes) == 0 {
			break
		}
		if err = w.queueAll(ctx, subs, changes); err != nil {
			break
		}
		seq = changes[len(changes)-1].Seq
		_, err = w.service.positions.Update(ctx, positionID, func(k *store.Kept[position]) error { k.Value.Seq = seq; return nil })
	}
	return wrapped(err)
}

// unfollow forgets the position when nobody listens, so that the next who does
// begins with the day they came.
func (w *Worker) unfollow(ctx context.Context) error {
	_, err := w.service.positions.Get(ctx, positionID)
	if err == nil {
		err = w.service.positions.Delete(ctx, positionID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return wrapped(err)
}

// begin is the stored position, or for the first subscription the change after
// which it was made.
func (w *Worker) begin(ctx context.Context, subs []store.Kept[subscriptionDoc]) (int64, error) {
	k, err := w.service.positions.Get(ctx, positionID)
	if !errors.Is(err, store.ErrNotFound) {
		return k.Value.Seq, err
	}
	seq := subs[0].Value.From
	for _, s := range subs {
		seq = min(seq, s.Value.From)
	}
	err = w.service.positions.Create(ctx, store.Record{ID: positionID, At: w.service.c.Now()}, position{seq})
	return seq, err
}

// queueAll queues the messages of some changes.
func (w *Worker) queueAll(ctx context.Context, subs []store.Kept[subscriptionDoc], changes []store.Change) error {
	ids := make([]order.ID, 0, len(changes))
	for _, c := range changes {
		if !slices.Contains(ids, c.Order) {
			ids = append(ids, c.Order)
		}
	}
	list, err := w.service.c.Store.Orders().Many(ctx, ids)
	if err != nil {
		return err
	}
	orders := make(map[order.ID]order.Order, len(list))
	for _, o := range list {
		orders[o.ID] = o
	}
	for _, c := range changes {
		o, ok := orders[c.Order]
		if !ok {
			continue // it is gone
		}
		for _, sub := range subs {
			if c.Seq <= sub.Value.From {
				continue
			}
			if err := w.queueOne(ctx, sub, c, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// looksBack is how much older than its change a status event may be: clocks of
// other processes differ. Events are known by their content, so looking too far
// costs nothing but time.
const looksBack = 15 * time.Minute

func (w *Worker) queueOne(ctx context.Context, sub store.Kept[subscriptionDoc], c store.Change, o order.Order) error {
	id := o.ID.String()
	wants := func(e Event) bool { return slices.Contains(sub.Value.Events, e) }
	switch {
	case c.Created && wants(OrderCreated):
		if err := w.service.queue(ctx, sub.ID, messageID(sub.ID, string(OrderCreated), id), deliveryDoc{Event: OrderCreated, Order: id, Happened: c.At}); err != nil {
			return err
		}
	case !c.Created && wants(OrderUpdated):
		m := messageID(sub.ID, string(OrderUpdated), id, fmt.Sprint(o.Version))
		if err := w.service.queue(ctx, sub.ID, m, deliveryDoc{Event: OrderUpdated, Order: id, Happened: c.At}); err != nil {
			return err
		}
	}
	if !wants(StatusChanged) {
		return nil
	}
	for _, e := range o.History {
		if e.Kind != order.EventStatus || e.Status == e.From || e.At.Before(c.At.Add(-looksBack)) || e.At.Before(sub.Value.Made) {
			continue
		}
		m := messageID(sub.ID, string(StatusChanged), id, string(e.From), string(e.Status), e.At.UTC().Format(time.RFC3339Nano))
		if err := w.service.queue(ctx, sub.ID, m, deliveryDoc{Event: StatusChanged, Order: id, From: e.From, To: e.Status, Happened: e.At}); err != nil {
			return err
		}
	}
	return nil
}
