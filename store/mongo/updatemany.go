package mongo

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// UpdateMany implements store.Orders.
func (r orders) UpdateMany(ctx context.Context, ids []order.ID, fn func(*order.Order) error) ([]store.Updated, error) {
	fate := make(map[order.ID]store.Updated, len(ids))
	var err error
	for chunk := range slices.Chunk(distinct(ids), absorbBatch) {
		left := chunk
		if err == nil {
			err = untilWritten(ctx, func(attempt int) (bool, error) {
				var err error
				left, err = r.updateMany(ctx, left, fn, attempt, fate)
				return len(left) == 0, err
			})
		}
		if err != nil {
			for _, id := range left {
				fate[id] = store.Updated{ID: id, Err: err}
			}
		}
	}
	results := make([]store.Updated, len(ids))
	for i, id := range ids {
		results[i] = fate[id]
	}
	if err != nil {
		err = fmt.Errorf("mongo: update many: %w", err)
	}
	return results, err
}

func distinct(ids []order.ID) []order.ID {
	seen := make(map[order.ID]bool, len(ids))
	return slices.DeleteFunc(slices.Clone(ids), func(id order.ID) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}

// updateMany reads, decides and writes once. It notes the fate of the orders
// and returns those that somebody else wrote in between; with an error, those
// whose fate is unknown.
func (r orders) updateMany(ctx context.Context, ids []order.ID, fn func(*order.Order) error, attempt int, fate map[order.ID]store.Updated) ([]order.ID, error) {
	keys := make([]int64, len(ids))
	for i, id := range ids {
		keys[i] = int64(id)
		fate[id] = store.Updated{ID: id, Err: store.ErrNotFound}
	}
	cur, err := r.coll.Find(ctx, bson.D{{Key: "_id", Value: in(keys)}})
	docs, err := readAll[orderDoc](ctx, cur, err)
	if err != nil {
		return ids, failed("read orders", err)
	}
	var writes []*staged
	for _, d := range docs {
		st, err := revise(d, fn, attempt)
		if err == nil && st != nil {
			writes = append(writes, st)
		}
		fate[order.ID(d.ID)] = store.Updated{ID: order.ID(d.ID), Changed: err == nil && st != nil, Err: err}
	}
	lost, err := r.write(ctx, writes)
	if err != nil {
		return idsOf(writes), failed("store orders", err)
	}
	entries := make([]store.Change, 0, len(writes))
	for _, st := range writes {
		if !slices.Contains(lost, st) {
			entries = append(entries, store.Change{Order: order.ID(st.doc.ID), Channel: st.ref.Channel, At: st.doc.UpdatedAt})
		}
	}
	r.announce(ctx, entries)
	return idsOf(lost), nil
}

func idsOf(batch []*staged) []order.ID {
	ids := make([]order.ID, len(batch))
	for i, st := range batch {
		ids[i] = order.ID(st.doc.ID)
	}
	return ids
}

// revise applies fn to a document; nil when there is nothing to store.
func revise(d orderDoc, fn func(*order.Order) error, attempt int) (*staged, error) {
	next := d.order()
	if err := fn(&next); err != nil || next.Version == d.Version {
		return nil, err
	}
	was := d.order() // fn may have touched what it shares
	next.ID, next.Ref, next.Platform = order.ID(d.ID), d.ref(), order.Platform(d.Platform)
	st := &staged{ref: d.ref(), best: order.Updated, was: &was, is: next, doc: toOrderDoc(next, seqOf(next, d.Seq, attempt), d.Rev+1)}
	var err error
	if st.raw, err = marshal(st.doc); err != nil {
		return nil, failed("store order", err)
	}
	if len(st.raw) > maxDocument {
		return nil, fmt.Errorf("%w: an order of %d bytes, at most %d", order.ErrBadReport, len(st.raw), maxDocument)
	}
	return st, nil
}
