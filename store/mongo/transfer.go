package mongo

import (
	"context"
	"fmt"
	"math/rand/v2"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

var _ store.Transfer = (*engine)(nil)

// PutOrders implements store.Transfer.
func (e *engine) PutOrders(ctx context.Context, list []order.Order) error {
	left := make([]*staged, len(list))
	for i, o := range list {
		left[i] = &staged{ref: o.Ref, is: o}
	}
	return untilWritten(ctx, func(attempt int) (bool, error) {
		for _, st := range left {
			seq := order.SortKey(st.is.Facts.OrderedAt, st.is.ID)
			if attempt > 0 { // the place may be another order's, which was moved there
				seq = order.SortKey(st.is.Facts.OrderedAt, order.ID(rand.Uint32())) //nolint:gosec // a place keeps no secret
			}
			st.doc = toOrderDoc(st.is, seq, 1)
			var err error
			if st.raw, err = marshal(st.doc); err != nil {
				return false, failed("store order", err)
			}
			if len(st.raw) > maxDocument {
				return false, fmt.Errorf("mongo: order %s has %d bytes, at most %d", st.is.ID, len(st.raw), maxDocument)
			}
		}
		lost, err := e.orders.write(ctx, left)
		if err != nil {
			return false, failed("store orders", err)
		}
		left = lost
		return len(left) == 0, e.free(ctx, left)
	})
}

// free is store.ErrConflict unless the ids and refs of orders are.
func (e *engine) free(ctx context.Context, batch []*staged) error {
	for _, st := range batch {
		same := bson.D{{Key: "$or", Value: bson.A{
			bson.D{{Key: "_id", Value: int64(st.is.ID)}},
			bson.D{{Key: "channel", Value: st.ref.Channel}, {Key: "platformOrderId", Value: st.ref.PlatformOrderID}},
		}}}
		n, err := e.orders.coll.CountDocuments(ctx, same)
		if err == nil && n > 0 {
			err = store.ErrConflict
		}
		if err != nil {
			return fmt.Errorf("mongo: order %s: %w", st.is.ID, err)
		}
	}
	return nil
}

// EachRecord implements store.Transfer.
func (e *engine) EachRecord(ctx context.Context, fn func(store.Record) error) error {
	return walk(ctx, e.records.coll, func(d recordDoc) error { return fn(d.record()) })
}

// PutRecords implements store.Transfer.
func (e *engine) PutRecords(ctx context.Context, list []store.Record) error {
	docs := make([]any, len(list))
	for i, r := range list {
		docs[i] = toRecordDoc(r)
	}
	return insertAll(ctx, e.records.coll, docs)
}

// EachMessage implements store.Transfer.
func (e *engine) EachMessage(ctx context.Context, fn func(store.FiledMessage) error) error {
	return walk(ctx, e.inbox.coll, func(d messageDoc) error {
		return fn(store.FiledMessage{Message: d.message(), Finished: d.Finished})
	})
}

// PutMessages implements store.Transfer.
func (e *engine) PutMessages(ctx context.Context, list []store.FiledMessage) error {
	docs := make([]any, len(list))
	for i, m := range list {
		d := messageDoc{ID: primitive.NewObjectID(), Channel: m.Channel, EventID: m.EventID, At: m.At, Due: m.Next, Finished: m.Finished,
			Taken: m.Taken, Attempts: m.Attempts, Error: m.Error, Header: toPairs(m.Header), Body: m.Body}
		docs[i] = d
	}
	return insertAll(ctx, e.inbox.coll, docs)
}

func insertAll(ctx context.Context, coll *mongo.Collection, docs []any) error {
	if len(docs) == 0 {
		return nil
	}
	_, err := coll.InsertMany(ctx, docs)
	return failed("store "+coll.Name(), err)
}

// walk reads a whole collection by id, in pieces, so that a slow fn loses no
// cursor.
func walk[D any](ctx context.Context, coll *mongo.Collection, fn func(D) error) error {
	const piece = 500
	filter := bson.D{}
	for {
		cur, err := coll.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(piece))
		docs, err := readAll[bson.Raw](ctx, cur, err)
		if err != nil || len(docs) == 0 {
			return failed("read "+coll.Name(), err)
		}
		for _, raw := range docs {
			var d D
			if err := bson.Unmarshal(raw, &d); err != nil {
				return failed("read "+coll.Name(), err)
			}
			if err := fn(d); err != nil {
				return err
			}
		}
		filter = bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: docs[len(docs)-1].Lookup("_id")}}}}
	}
}
