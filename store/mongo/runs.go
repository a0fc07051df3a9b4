package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

type tallyDoc struct {
	Fetched   int `bson:"fetched"`
	Created   int `bson:"created"`
	Updated   int `bson:"updated"`
	Unchanged int `bson:"unchanged"`
	Rejected  int `bson:"rejected"`
}

type runDoc struct {
	ID       string    `bson:"_id"`
	Channel  string    `bson:"channel"`
	Kind     string    `bson:"kind,omitempty"`
	By       string    `bson:"by,omitempty"`
	Started  time.Time `bson:"started"`
	Finished time.Time `bson:"finished,omitempty"`
	Tally    tallyDoc  `bson:"tally"`
	Error    string    `bson:"error,omitempty"`
}

type progressDoc struct {
	Channel     string    `bson:"_id"`
	Cursor      string    `bson:"cursor,omitempty"`
	LastRun     runDoc    `bson:"lastRun"`
	LastSuccess time.Time `bson:"lastSuccess,omitempty"`
	Failures    int       `bson:"failures"`
	Version     int64     `bson:"version,omitempty"` // of older programs none
}

type quarantinedDoc struct {
	ID              string    `bson:"_id"`
	Channel         string    `bson:"channel"`
	Source          string    `bson:"source,omitempty"`
	PlatformOrderID string    `bson:"platformOrderId,omitempty"`
	Reason          string    `bson:"reason"`
	Payload         []byte    `bson:"payload,omitempty"`
	FirstAt         time.Time `bson:"firstAt"`
	LastAt          time.Time `bson:"lastAt"`
	Times           int       `bson:"times"`
}

func toRunDoc(r channel.Run) runDoc {
	return runDoc{ID: r.ID, Channel: r.Channel, Kind: string(r.Kind), By: r.By, Started: r.Started, Finished: r.Finished,
		Tally: tallyDoc(r.Tally), Error: r.Error}
}

func (d runDoc) run() channel.Run {
	return channel.Run{ID: d.ID, Channel: d.Channel, Kind: channel.RunKind(d.Kind), By: d.By, Started: d.Started, Finished: d.Finished,
		Tally: channel.Tally(d.Tally), Error: d.Error}
}

func toProgressDoc(p channel.Progress) progressDoc {
	return progressDoc{Channel: p.Channel, Cursor: p.Cursor, LastRun: toRunDoc(p.LastRun), LastSuccess: p.LastSuccess, Failures: p.Failures,
		Version: p.Version}
}

func (d progressDoc) progress() channel.Progress {
	return channel.Progress{Channel: d.Channel, Cursor: d.Cursor, LastRun: d.LastRun.run(), LastSuccess: d.LastSuccess, Failures: d.Failures,
		Version: d.Version}
}

// Progress implements store.Channels.
func (r channels) Progress(ctx context.Context, id string) (channel.Progress, error) {
	d := progressDoc{Channel: id}
	err := r.progress.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&d)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return channel.Progress{}, failed("read progress", err)
	}
	return d.progress(), nil
}

// SaveProgress implements store.Channels. An upsert that misses the version finds
// the id taken.
func (r channels) SaveProgress(ctx context.Context, p channel.Progress) error {
	seen := bson.D{{Key: "_id", Value: p.Channel}, {Key: "version", Value: p.Version}}
	if p.Version == 0 {
		seen[1].Value = bson.D{{Key: "$exists", Value: false}}
	}
	p.Version++
	_, err := r.progress.ReplaceOne(ctx, seen, toProgressDoc(p), options.Replace().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("progress of %s: %w", p.Channel, store.ErrStale)
	}
	return failed("store progress", err)
}

// SaveRun implements store.Channels.
func (r channels) SaveRun(ctx context.Context, run channel.Run) error {
	return save(ctx, r.runs, run.ID, toRunDoc(run))
}

// Runs implements store.Channels.
func (r channels) Runs(ctx context.Context, channelID string, limit int) ([]channel.Run, error) {
	docs, err := newest[runDoc](ctx, r.runs, bson.D{{Key: "channel", Value: channelID}}, "started", limit)
	if err != nil {
		return nil, failed("list runs", err)
	}
	var list []channel.Run
	for _, d := range docs {
		list = append(list, d.run())
	}
	return list, nil
}

// newest reads the documents with the latest time in a field, each group of
// equal ones by falling id.
func newest[D any](ctx context.Context, coll *mongo.Collection, filter bson.D, field string, limit int) ([]D, error) {
	if limit <= 0 {
		return nil, nil
	}
	sort := bson.D{{Key: field, Value: -1}, {Key: "_id", Value: -1}}
	cur, err := coll.Find(ctx, filter, options.Find().SetSort(sort).SetLimit(int64(limit)))
	return readAll[D](ctx, cur, err)
}

func toQuarantinedDoc(q channel.Quarantined) quarantinedDoc {
	return quarantinedDoc{ID: q.ID, Channel: q.Channel, Source: string(q.Source), PlatformOrderID: q.PlatformOrderID, Reason: q.Reason,
		Payload: q.Payload, FirstAt: q.FirstAt, LastAt: q.LastAt, Times: q.Times}
}

func (d quarantinedDoc) quarantined() channel.Quarantined {
	return channel.Quarantined{ID: d.ID, Channel: d.Channel, Source: order.Source(d.Source), PlatformOrderID: d.PlatformOrderID, Reason: d.Reason,
		Payload: d.Payload, FirstAt: d.FirstAt, LastAt: d.LastAt, Times: d.Times}
}

// Quarantine implements store.Channels.
func (r channels) Quarantine(ctx context.Context, q channel.Quarantined) error {
	d := toQuarantinedDoc(q)
	first := bson.D{{Key: "channel", Value: d.Channel}, {Key: "source", Value: d.Source}, {Key: "platformOrderId", Value: d.PlatformOrderID},
		{Key: "payload", Value: d.Payload}, {Key: "firstAt", Value: d.FirstAt}}
	change := bson.D{
		{Key: "$setOnInsert", Value: first},
		{Key: "$set", Value: bson.D{{Key: "reason", Value: d.Reason}}},
		{Key: "$max", Value: bson.D{{Key: "lastAt", Value: d.LastAt}}},
		{Key: "$inc", Value: bson.D{{Key: "times", Value: max(d.Times, 1)}}},
	}
	return failed("quarantine", twice(func() error {
		_, err := r.quarantine.UpdateOne(ctx, bson.D{{Key: "_id", Value: d.ID}}, change, options.Update().SetUpsert(true))
		return err
	}))
}

// Quarantined implements store.Channels.
func (r channels) Quarantined(ctx context.Context, channelID string, limit int) ([]channel.Quarantined, error) {
	docs, err := newest[quarantinedDoc](ctx, r.quarantine, bson.D{{Key: "channel", Value: channelID}}, "lastAt", limit)
	if err != nil {
		return nil, failed("list the quarantine", err)
	}
	var list []channel.Quarantined
	for _, d := range docs {
		list = append(list, d.quarantined())
	}
	return list, nil
}

// Release implements store.Channels.
func (r channels) Release(ctx context.Context, quarantineID string) error {
	res, err := r.quarantine.DeleteOne(ctx, bson.D{{Key: "_id", Value: quarantineID}})
	if err == nil && res.DeletedCount == 0 {
		err = store.ErrNotFound
	}
	return failed("release from quarantine", err)
}
