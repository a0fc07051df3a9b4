package mongo

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

// orders implements store.Orders.
type orders struct {
	coll    *mongo.Collection
	changes changes
	marks   marks
	warn    *slog.Logger
}

// Get implements store.Orders.
func (r orders) Get(ctx context.Context, id order.ID) (order.Order, error) {
	d, err := r.one(ctx, bson.D{{Key: "_id", Value: int64(id)}})
	return d.order(), err
}

// ByRef implements store.Orders.
func (r orders) ByRef(ctx context.Context, ref order.Ref) (order.Order, error) {
	d, err := r.one(ctx, bson.D{{Key: "channel", Value: ref.Channel}, {Key: "platformOrderId", Value: ref.PlatformOrderID}})
	return d.order(), err
}

func (r orders) one(ctx context.Context, filter bson.D) (orderDoc, error) {
	var d orderDoc
	if err := r.coll.FindOne(ctx, filter).Decode(&d); err != nil {
		return orderDoc{}, failed("read order", err)
	}
	return d, nil
}

// Many implements store.Orders.
func (r orders) Many(ctx context.Context, ids []order.ID) ([]order.Order, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys := make([]int64, len(ids))
	for i, id := range ids {
		keys[i] = int64(id)
	}
	cur, err := r.coll.Find(ctx, bson.D{{Key: "_id", Value: in(keys)}})
	docs, err := readAll[orderDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("read orders", err)
	}
	byID := make(map[order.ID]orderDoc, len(docs))
	for _, d := range docs {
		byID[order.ID(d.ID)] = d
	}
	var found []order.Order
	for _, id := range ids {
		if d, ok := byID[id]; ok {
			found = append(found, d.order())
		}
	}
	return found, nil
}

// Update implements store.Orders. What an order is known by stays as it was,
// whatever fn does to it.
func (r orders) Update(ctx context.Context, id order.ID, fn func(*order.Order) error) (order.Order, error) {
	var stored order.Order
	err := untilWritten(ctx, func(attempt int) (bool, error) {
		d, err := r.one(ctx, bson.D{{Key: "_id", Value: int64(id)}})
		if err != nil {
			return false, err
		}
		next := d.order()
		if err := fn(&next); err != nil {
			return false, err
		}
		if next.Version == d.Version {
			stored = d.order() // fn may have touched what it did not want stored
			return true, nil
		}
		next.ID, next.Ref, next.Platform = order.ID(d.ID), d.ref(), order.Platform(d.Platform)
		was := d.order() // fn may have touched what it shares
		days := r.marks.of(&was, next)
		if err := r.marks.mark(ctx, days); err != nil {
			return false, err
		}
		defer r.markAgain(ctx, days)
		var done bool
		stored, done, err = r.replace(ctx, toOrderDoc(next, seqOf(next, d.Seq, attempt), d.Rev+1))
		return done, err
	})
	if err != nil {
		return order.Order{}, err
	}
	return stored, nil
}

// replace stores the document if its predecessor is still there, and returns
// the order as it will be read.
func (r orders) replace(ctx context.Context, d orderDoc) (order.Order, bool, error) {
	raw, err := marshal(d)
	if err != nil {
		return order.Order{}, false, failed("store order", err)
	}
	res, err := r.coll.ReplaceOne(ctx, predecessor(d), raw)
	switch {
	case mongo.IsDuplicateKeyError(err): // the seq is taken
		return order.Order{}, false, nil
	case err != nil:
		return order.Order{}, false, failed("store order", err)
	case res.MatchedCount == 0:
		return order.Order{}, false, nil
	}
	r.announce(ctx, []store.Change{{Order: order.ID(d.ID), Channel: d.Channel, At: d.UpdatedAt}})
	var written orderDoc
	if err := bson.Unmarshal(raw, &written); err != nil {
		return order.Order{}, false, fmt.Errorf("mongo: decode order: %w", err)
	}
	return written.order(), true, nil
}

// predecessor matches the revision of an order before this one. It names the
// channel and the platform's id so that a sharded cluster asks one shard.
func predecessor(d orderDoc) bson.D {
	return bson.D{{Key: "_id", Value: d.ID}, {Key: "channel", Value: d.Channel}, {Key: "platformOrderId", Value: d.PlatformOrderID},
		{Key: "rev", Value: d.Rev - 1}}
}

// seqOf is the place of a stored order in the lists: the one it has, or a new
// one when the platform corrected the order time. That may be taken by an
// order of the same millisecond; then the next attempt draws another.
func seqOf(o order.Order, stored int64, attempt int) int64 {
	seq := order.SortKey(o.Facts.OrderedAt, o.ID)
	switch {
	case seq>>seqBits == stored>>seqBits:
		return stored
	case attempt > 0:
		return order.SortKey(o.Facts.OrderedAt, order.ID(rand.Uint32())) //nolint:gosec // a place keeps no secret
	}
	return seq
}

// markAgain marks days after their orders were written. A failure is not the
// caller's either: the first mark stays open and is counted later.
func (r orders) markAgain(ctx context.Context, days []report.Day) {
	if err := r.marks.mark(context.WithoutCancel(ctx), days); err != nil {
		r.warn.Warn("figures lag", "days", len(days), "err", err)
	}
}

// announce writes the change log. The orders are stored already, so a failure
// is not the caller's: pages learn of the change a little later.
func (r orders) announce(ctx context.Context, entries []store.Change) {
	if err := r.changes.append(ctx, entries); err != nil {
		r.warn.Warn("change log entries lost", "count", len(entries), "err", err)
	}
}
