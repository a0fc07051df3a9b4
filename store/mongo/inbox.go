package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/store"
)

// inbox implements store.Inbox.
type inbox struct{ coll *mongo.Collection }

// messageDoc is a webhook. Due is when to try, or when the lease of whoever
// tries ends; a finished message has Finished instead, and of the rest only
// what recognises a repeat.
type messageDoc struct {
	ID       primitive.ObjectID  `bson:"_id"`
	Channel  string              `bson:"channel"`
	EventID  string              `bson:"eventId"`
	At       time.Time           `bson:"at"`
	Due      time.Time           `bson:"due,omitempty"`
	Finished time.Time           `bson:"finished,omitempty"`
	Taken    int                 `bson:"taken"`
	Attempts int                 `bson:"attempts"`
	Error    string              `bson:"error,omitempty"`
	Claim    *primitive.ObjectID `bson:"claim,omitempty"` // of the Take that has it
	Header   []pairDoc           `bson:"header,omitempty"`
	Body     []byte              `bson:"body,omitempty"`
}

func (d messageDoc) message() store.Message {
	return store.Message{ID: d.ID.Hex(), Channel: d.Channel, EventID: d.EventID, Header: fromPairs(d.Header), Body: d.Body, At: d.At,
		Attempts: d.Attempts, Next: d.Due, Error: d.Error, Taken: d.Taken}
}

// Put implements store.Inbox.
func (r inbox) Put(ctx context.Context, m store.Message) (fresh bool, err error) {
	if err := m.Validate(); err != nil {
		return false, failed("store message", err)
	}
	d := messageDoc{ID: primitive.NewObjectID(), Channel: m.Channel, EventID: m.EventID, At: m.At, Due: m.At, Header: toPairs(m.Header), Body: m.Body}
	_, err = r.coll.InsertOne(ctx, d)
	if mongo.IsDuplicateKeyError(err) {
		return false, nil
	}
	return err == nil, failed("store message", err)
}

// dueMessages matches the messages of a channel, of all with the empty id, that
// are due.
func dueMessages(channelID string, now time.Time) bson.D {
	due := bson.D{{Key: "due", Value: bson.D{{Key: "$lte", Value: now}}}}
	if channelID == "" {
		return due
	}
	return append(bson.D{{Key: "channel", Value: channelID}}, due...)
}

func longestDue() bson.D { return bson.D{{Key: "due", Value: 1}, {Key: "_id", Value: 1}} }

// Take implements store.Inbox. Candidates are marked with a claim, each if it
// is still due when its turn comes; what bears the claim afterwards is ours.
// Of two that want the same messages one may get fewer than there are.
func (r inbox) Take(ctx context.Context, channelID string, now time.Time, lease time.Duration, limit int) ([]store.Message, error) {
	if limit <= 0 {
		return nil, nil
	}
	opts := options.Find().SetSort(longestDue()).SetLimit(int64(limit))
	due := dueMessages(channelID, now)
	cur, err := r.coll.Find(ctx, due, opts.SetProjection(bson.D{{Key: "_id", Value: 1}, {Key: "due", Value: 1}}))
	found, err := readAll[messageDoc](ctx, cur, err)
	if err != nil || len(found) == 0 {
		return nil, failed("read the inbox", err)
	}
	keys := make([]primitive.ObjectID, len(found))
	for i, d := range found {
		keys[i] = d.ID
	}
	claim := primitive.NewObjectID()
	taken, err := r.coll.UpdateMany(ctx, append(bson.D{{Key: "_id", Value: in(keys)}}, due...), bson.D{
		{Key: "$set", Value: bson.D{{Key: "due", Value: now.Add(lease)}, {Key: "claim", Value: claim}}},
		{Key: "$inc", Value: bson.D{{Key: "taken", Value: 1}}},
	})
	if err != nil || taken.MatchedCount == 0 {
		return nil, failed("take from the inbox", err)
	}
	return r.claimed(ctx, keys, claim)
}

// claimed reads what a Take got, in the order of the keys.
func (r inbox) claimed(ctx context.Context, keys []primitive.ObjectID, claim primitive.ObjectID) ([]store.Message, error) {
	cur, err := r.coll.Find(ctx, bson.D{{Key: "_id", Value: in(keys)}, {Key: "claim", Value: claim}})
	docs, err := readAll[messageDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("read the inbox", err)
	}
	byID := make(map[primitive.ObjectID]messageDoc, len(docs))
	for _, d := range docs {
		byID[d.ID] = d
	}
	list := make([]store.Message, 0, len(docs))
	for _, key := range keys {
		if d, ok := byID[key]; ok {
			list = append(list, d.message())
		}
	}
	return list, nil
}

// Finish implements store.Inbox.
func (r inbox) Finish(ctx context.Context, id string, at time.Time) error {
	return r.change(ctx, id, "finish message", bson.D{
		{Key: "$set", Value: bson.D{{Key: "finished", Value: at}}},
		{Key: "$unset", Value: bson.D{{Key: "due", Value: ""}, {Key: "claim", Value: ""}, {Key: "error", Value: ""}, {Key: "header", Value: ""}, {Key: "body", Value: ""}}},
	})
}

// Fail implements store.Inbox.
func (r inbox) Fail(ctx context.Context, id string, reason string, next time.Time) error {
	return r.change(ctx, id, "fail message", bson.D{
		{Key: "$set", Value: bson.D{{Key: "due", Value: next}, {Key: "error", Value: reason}}},
		{Key: "$inc", Value: bson.D{{Key: "attempts", Value: 1}}},
	})
}

// change writes to a message that is not finished; an id that is not one of
// ours is no message.
func (r inbox) change(ctx context.Context, id, what string, update bson.D) error {
	key, err := primitive.ObjectIDFromHex(id)
	if err != nil {
		return nil //nolint:nilerr // an unknown message is no error
	}
	_, err = r.coll.UpdateOne(ctx, bson.D{{Key: "_id", Value: key}, {Key: "due", Value: pending()}}, update)
	return failed(what, err)
}

// pending matches any due time.
func pending() bson.D { return bson.D{{Key: "$exists", Value: true}} }

// Backlog implements store.Inbox.
func (r inbox) Backlog(ctx context.Context, channelID string) (n int, oldest time.Time, err error) {
	open := bson.D{{Key: "due", Value: pending()}}
	if channelID != "" {
		open = append(bson.D{{Key: "channel", Value: channelID}}, open...)
	}
	cur, err := r.coll.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: open}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: nil}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}},
			{Key: "oldest", Value: bson.D{{Key: "$min", Value: "$at"}}}}}},
	})
	sums, err := readAll[struct {
		N      int       `bson:"n"`
		Oldest time.Time `bson:"oldest"`
	}](ctx, cur, err)
	if err != nil || len(sums) == 0 {
		return 0, time.Time{}, failed("count the inbox", err)
	}
	return sums[0].N, sums[0].Oldest, nil
}

// trim forgets events that were finished before a time, as the TTL index does
// where the server has one that works.
func (r inbox) trim(ctx context.Context, before time.Time) error {
	_, err := r.coll.DeleteMany(ctx, bson.D{{Key: "finished", Value: bson.D{{Key: "$lt", Value: before}}}})
	return failed("delete finished messages", err)
}
