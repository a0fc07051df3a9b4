package mongo

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/store"
)

// records implements store.Records. They are few, so that a sharded cluster
// leaves them on one shard: their two unique indexes could not both begin with
// a shard key.
type records struct{ coll *mongo.Collection }

type recordDoc struct {
	Kind    string    `bson:"kind"`
	ID      string    `bson:"id"`
	Owner   string    `bson:"owner"`
	Key     string    `bson:"key"` // see keyed
	At      time.Time `bson:"at"`
	Version int64     `bson:"version"`
	Doc     string    `bson:"doc"`
}

// keyed marks a key, so that a record without one can stand in the same unique
// index under its id. Partial indexes, which would leave it out, are not used
// for look-ups by every compatible server, and tokens are looked up often.
func keyed(key string) string { return keyMark + key }

const keyMark = "="

func toRecordDoc(r store.Record) recordDoc {
	d := recordDoc{Kind: r.Kind, ID: r.ID, Owner: r.Owner, Key: keyed(r.Key), At: r.At, Version: r.Version, Doc: string(r.Doc)}
	if r.Key == "" {
		d.Key = "#" + r.ID
	}
	return d
}

func (d recordDoc) record() store.Record {
	r := store.Record{Kind: d.Kind, ID: d.ID, Owner: d.Owner, At: d.At, Version: d.Version, Doc: json.RawMessage(d.Doc)}
	if key, ok := strings.CutPrefix(d.Key, keyMark); ok {
		r.Key = key
	}
	return r
}

func recordNamed(kind, id string) bson.D {
	return bson.D{{Key: "kind", Value: kind}, {Key: "id", Value: id}}
}

// Get implements store.Records.
func (r records) Get(ctx context.Context, kind, id string) (store.Record, error) {
	return r.one(ctx, recordNamed(kind, id))
}

// ByKey implements store.Records. Nothing has the empty key.
func (r records) ByKey(ctx context.Context, kind, key string) (store.Record, error) {
	if key == "" {
		return store.Record{}, failed("read record", mongo.ErrNoDocuments)
	}
	return r.one(ctx, bson.D{{Key: "kind", Value: kind}, {Key: "key", Value: keyed(key)}})
}

func (r records) one(ctx context.Context, filter bson.D) (store.Record, error) {
	var d recordDoc
	if err := r.coll.FindOne(ctx, filter).Decode(&d); err != nil {
		return store.Record{}, failed("read record", err)
	}
	return d.record(), nil
}

// recordsWhere matches what a query selects, recordsSort is its order.
func recordsWhere(q store.RecordQuery) bson.D {
	filter := bson.D{{Key: "kind", Value: q.Kind}}
	if q.Owner != nil {
		filter = append(filter, bson.E{Key: "owner", Value: *q.Owner})
	}
	var at bson.D
	if !q.From.IsZero() {
		at = append(at, bson.E{Key: "$gte", Value: q.From})
	}
	if !q.Until.IsZero() {
		at = append(at, bson.E{Key: "$lt", Value: q.Until})
	}
	if at != nil {
		filter = append(filter, bson.E{Key: "at", Value: at})
	}
	return filter
}

func recordsSort(q store.RecordQuery) bson.D {
	way := -1
	if q.OldestFirst {
		way = 1
	}
	return bson.D{{Key: "at", Value: way}, {Key: "id", Value: way}}
}

// List implements store.Records.
func (r records) List(ctx context.Context, q store.RecordQuery) ([]store.Record, error) {
	opts := options.Find().SetSort(recordsSort(q)).SetLimit(int64(max(q.Limit, 0)))
	cur, err := r.coll.Find(ctx, recordsWhere(q), opts)
	docs, err := readAll[recordDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("list records", err)
	}
	var list []store.Record
	for _, d := range docs {
		list = append(list, d.record())
	}
	return list, nil
}

// Count implements store.Records.
func (r records) Count(ctx context.Context, q store.RecordQuery) (int, error) {
	n, err := r.coll.CountDocuments(ctx, recordsWhere(q))
	return int(n), failed("count records", err)
}

// Create implements store.Records.
func (r records) Create(ctx context.Context, rec store.Record) error {
	rec.Version = 1
	_, err := r.coll.InsertOne(ctx, toRecordDoc(rec))
	return failed("create record", err)
}

// Update implements store.Records.
func (r records) Update(ctx context.Context, kind, id string, fn func(*store.Record) error) (store.Record, error) {
	d, err := updateOne(ctx, r.coll, recordNamed(kind, id), func(d recordDoc) (recordDoc, int64, error) {
		rec := d.record()
		err := fn(&rec)
		rec.Kind, rec.ID, rec.Version = kind, id, d.Version+1
		return toRecordDoc(rec), d.Version, err
	})
	if err != nil {
		return store.Record{}, err
	}
	return d.record(), nil
}

// Delete implements store.Records.
func (r records) Delete(ctx context.Context, kind, id string) error {
	res, err := r.coll.DeleteOne(ctx, recordNamed(kind, id))
	if err == nil && res.DeletedCount == 0 {
		err = store.ErrNotFound
	}
	return failed("delete record", err)
}

// DeleteWhere implements store.Records. With a limit it deletes what it found
// and is still selected when its turn comes.
func (r records) DeleteWhere(ctx context.Context, q store.RecordQuery) (int, error) {
	filter := recordsWhere(q)
	if q.Limit > 0 {
		opts := options.Find().SetSort(recordsSort(q)).SetLimit(int64(q.Limit)).SetProjection(bson.D{{Key: "_id", Value: 1}})
		cur, err := r.coll.Find(ctx, filter, opts)
		found, err := readAll[struct {
			ID primitive.ObjectID `bson:"_id"`
		}](ctx, cur, err)
		if err != nil || len(found) == 0 {
			return 0, failed("find records", err)
		}
		ids := make([]primitive.ObjectID, len(found))
		for i, d := range found {
			ids[i] = d.ID
		}
		filter = append(filter, bson.E{Key: "_id", Value: in(ids)})
	}
	res, err := r.coll.DeleteMany(ctx, filter)
	if err != nil {
		return 0, failed("delete records", err)
	}
	return int(res.DeletedCount), nil
}
