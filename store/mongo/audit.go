package mongo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// audit implements store.Audit. Entries that were appended together are one
// document, since only a document is written whole or not at all. Its _id is
// the number of its first entry: of two that continue the same chain the second
// finds the number taken, and looks for the new end. The collection is never
// updated or deleted from; a database user without those rights on it is enough
// for the program.
//
// A chain has one end, so a sharded cluster leaves it on one shard.
type audit struct{ coll *mongo.Collection }

type linkDoc struct {
	First   int64      `bson:"_id"`
	Last    int64      `bson:"last"`
	Entries []entryDoc `bson:"entries"`
}

type entryDoc struct {
	Seq    int64     `bson:"seq"`
	At     time.Time `bson:"at"`
	By     string    `bson:"by"`
	Via    string    `bson:"via,omitempty"`
	IP     string    `bson:"ip,omitempty"`
	Ref    string    `bson:"ref,omitempty"`
	Action string    `bson:"action"`
	Object string    `bson:"object"`
	Note   string    `bson:"note,omitempty"`
	Before string    `bson:"before,omitempty"`
	After  string    `bson:"after,omitempty"`
	Prev   string    `bson:"prev"`
	Hash   string    `bson:"hash"`
}

// Append implements store.Audit.
func (r audit) Append(ctx context.Context, entries ...account.Entry) ([]account.Entry, error) {
	if len(entries) == 0 {
		return nil, ctx.Err()
	}
	sealed := make([]account.Entry, len(entries))
	err := untilWritten(ctx, func(int) (bool, error) {
		seq, prev, err := r.end(ctx)
		if err != nil {
			return false, err
		}
		link := linkDoc{First: seq + 1}
		for i, e := range entries {
			e = e.Seal(seq, prev)
			seq, prev, sealed[i] = e.Seq, e.Hash, e
			link.Entries = append(link.Entries, entryDoc(e))
		}
		link.Last = seq
		raw, err := marshal(link)
		if err != nil {
			return false, failed("append to the audit", err)
		}
		if len(raw) > maxDocument {
			return false, fmt.Errorf("mongo: append to the audit: %d entries together are %d bytes, at most %d", len(entries), len(raw), maxDocument)
		}
		_, err = r.coll.InsertOne(ctx, raw)
		if mongo.IsDuplicateKeyError(err) {
			return false, nil
		}
		return true, failed("append to the audit", err)
	})
	if err != nil {
		return nil, err
	}
	return sealed, nil
}

func newestLink() bson.D { return bson.D{{Key: "_id", Value: -1}} }

// end is the number and the hash of the newest entry.
func (r audit) end(ctx context.Context) (seq int64, hash string, err error) {
	opts := options.Find().SetSort(newestLink()).SetLimit(1)
	cur, err := r.coll.Find(ctx, bson.D{}, opts)
	links, err := readAll[linkDoc](ctx, cur, err)
	if err != nil || len(links) == 0 {
		return 0, "", failed("read the audit", err)
	}
	entries := links[0].Entries
	if len(entries) == 0 {
		return 0, "", fmt.Errorf("mongo: read the audit: the entries from %d are missing", links[0].First)
	}
	last := entries[len(entries)-1]
	return last.Seq, last.Hash, nil
}

const (
	auditLimit    = 100
	auditMaxLimit = 500
)

// linksWhere matches the documents that hold a selected entry, or might.
func linksWhere(q store.AuditQuery) bson.D {
	var entry bson.D
	if q.By != "" {
		entry = append(entry, bson.E{Key: "by", Value: q.By})
	}
	if q.Object != "" {
		entry = append(entry, bson.E{Key: "object", Value: q.Object})
	}
	if q.Action != "" {
		entry = append(entry, bson.E{Key: "action", Value: bson.D{{Key: "$gte", Value: q.Action}, {Key: "$lt", Value: q.Action + afterAll}}})
	}
	var at bson.D
	if !q.From.IsZero() {
		at = append(at, bson.E{Key: "$gte", Value: q.From})
	}
	if !q.Until.IsZero() {
		at = append(at, bson.E{Key: "$lt", Value: q.Until})
	}
	if at != nil {
		entry = append(entry, bson.E{Key: "at", Value: at})
	}
	filter := bson.D{}
	if q.Before > 0 {
		before := bson.D{{Key: "$lt", Value: q.Before}}
		filter = append(filter, bson.E{Key: "_id", Value: before})
		entry = append(entry, bson.E{Key: "seq", Value: before})
	}
	if entry != nil {
		filter = append(filter, bson.E{Key: "entries", Value: bson.D{{Key: "$elemMatch", Value: entry}}})
	}
	return filter
}

// selects tells whether a query selects an entry.
func selects(q store.AuditQuery, e entryDoc) bool {
	return (q.By == "" || e.By == q.By) && (q.Object == "" || e.Object == q.Object) && strings.HasPrefix(e.Action, q.Action) &&
		(q.From.IsZero() || !e.At.Before(q.From)) && (q.Until.IsZero() || e.At.Before(q.Until)) && (q.Before <= 0 || e.Seq < q.Before)
}

// List implements store.Audit.
func (r audit) List(ctx context.Context, q store.AuditQuery) ([]account.Entry, error) {
	limit := min(q.Limit, auditMaxLimit)
	if limit <= 0 {
		limit = auditLimit
	}
	// Each document holds one selected entry at least.
	opts := options.Find().SetSort(newestLink()).SetLimit(int64(limit))
	cur, err := r.coll.Find(ctx, linksWhere(q), opts)
	links, err := readAll[linkDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("list the audit", err)
	}
	var list []account.Entry
	for _, l := range links {
		for i := len(l.Entries) - 1; i >= 0 && len(list) < limit; i-- {
			if e := l.Entries[i]; selects(q, e) {
				list = append(list, account.Entry(e))
			}
		}
	}
	return list, nil
}

// Each implements store.Audit. It reads in pieces, so that what is appended
// meanwhile is seen as well, and a slow fn loses no cursor.
func (r audit) Each(ctx context.Context, after int64, fn func(account.Entry) error) error {
	const piece = 200
	start := after
	for {
		opts := options.Find().SetSort(bson.D{{Key: "last", Value: 1}}).SetLimit(piece)
		cur, err := r.coll.Find(ctx, bson.D{{Key: "last", Value: bson.D{{Key: "$gt", Value: after}}}}, opts)
		links, err := readAll[linkDoc](ctx, cur, err)
		if err != nil || len(links) == 0 {
			return failed("read the audit", err)
		}
		for _, l := range links {
			for _, e := range l.Entries {
				if l.First <= start && e.Seq <= start {
					continue
				}
				if err := fn(account.Entry(e)); err != nil {
					return err
				}
			}
			after = max(after, l.Last)
		}
	}
}
