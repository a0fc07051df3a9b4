package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// changes is the change log: one small document per stored change, numbered by
// a counter and removed by a TTL index after a day. It is written after the
// order, so an entry always tells of something that is there; a crash between
// the two loses the entry, which delays a page and nothing else.
type changes struct {
	log      *mongo.Collection
	counters *mongo.Collection
	now      func() time.Time
}

type changeDoc struct {
	Seq     int64     `bson:"_id"`
	Order   int64     `bson:"order"`
	Channel string    `bson:"channel"`
	Created bool      `bson:"created,omitempty"`
	At      time.Time `bson:"at"`
	// LoggedAt is our clock, At the caller's: the TTL index and settle count by
	// it.
	LoggedAt time.Time `bson:"loggedAt"`
}

// append numbers the changes and writes them.
func (c changes) append(ctx context.Context, entries []store.Change) error {
	if len(entries) == 0 {
		return nil
	}
	seq, err := c.reserve(ctx, int64(len(entries)))
	if err != nil {
		return err
	}
	docs := make([]any, len(entries))
	for i, e := range entries {
		docs[i] = changeDoc{Seq: seq + int64(i), Order: int64(e.Order), Channel: e.Channel, Created: e.Created, At: e.At, LoggedAt: c.now()}
	}
	if _, err := c.log.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false)); err != nil {
		return fmt.Errorf("mongo: append to the change log: %w", err)
	}
	return nil
}

// reserve takes n numbers and returns the first.
func (c changes) reserve(ctx context.Context, n int64) (int64, error) {
	var counter struct {
		Value int64 `bson:"value"`
	}
	err := twice(func() error {
		opts := options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)
		return c.counters.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: "changes"}},
			bson.D{{Key: "$inc", Value: bson.D{{Key: "value", Value: n}}}}, opts).Decode(&counter)
	})
	if err != nil {
		return 0, fmt.Errorf("mongo: number the changes: %w", err)
	}
	return counter.Value - n + 1, nil
}

// settle is how long a missing number is waited for. Another process may have
// reserved it and still be writing; after this time it never will.
const settle = 2 * time.Second

// after reads the log. Entries behind a gap that may still be filled are held
// back, since a reader that went past it would never see what fills it.
func (c changes) after(ctx context.Context, seq int64, limit int) ([]store.Change, error) {
	if limit <= 0 {
		return nil, nil
	}
	opts := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit))
	cur, err := c.log.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: seq}}}}, opts)
	docs, err := readAll[changeDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("read the change log", err)
	}
	return settled(docs, seq, c.now()), nil
}

func settled(docs []changeDoc, seq int64, now time.Time) []store.Change {
	var list []store.Change
	for _, d := range docs {
		if d.Seq != seq+1 && now.Sub(d.LoggedAt).Abs() < settle {
			break
		}
		seq = d.Seq
		list = append(list, store.Change{Seq: d.Seq, Order: order.ID(d.Order), Channel: d.Channel, Created: d.Created, At: d.At})
	}
	return list
}

// last is the newest number in the log.
func (c changes) last(ctx context.Context) (int64, error) {
	var d changeDoc
	err := c.log.FindOne(ctx, bson.D{}, options.FindOne().SetSort(bson.D{{Key: "_id", Value: -1}})).Decode(&d)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return 0, failed("read the change log", err)
	}
	return d.Seq, nil
}

// Changes implements store.Store.
func (e *engine) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	return e.orders.changes.after(ctx, after, limit)
}

// LastChange implements store.Store.
func (e *engine) LastChange(ctx context.Context) (int64, error) { return e.orders.changes.last(ctx) }
