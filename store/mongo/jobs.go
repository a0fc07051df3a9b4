package mongo

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

// jobs implements store.Jobs.
type jobs struct{ coll *mongo.Collection }

type jobDoc struct {
	ID       string    `bson:"_id"`
	Kind     string    `bson:"kind"`
	By       string    `bson:"by,omitempty"`
	Channel  string    `bson:"channel,omitempty"`
	Title    string    `bson:"title,omitempty"`
	State    string    `bson:"state"`
	Done     int       `bson:"done"`
	Of       int       `bson:"of"`
	Tally    tallyDoc  `bson:"tally"`
	Error    string    `bson:"error,omitempty"`
	Files    []pairDoc `bson:"files,omitempty"`
	Started  time.Time `bson:"started"`
	Updated  time.Time `bson:"updated,omitempty"`
	Finished time.Time `bson:"finished,omitempty"`
}

func toJobDoc(j store.Job) jobDoc {
	return jobDoc{ID: j.ID, Kind: j.Kind, By: string(j.By), Channel: j.Channel, Title: j.Title, State: string(j.State), Done: j.Done, Of: j.Of,
		Tally: tallyDoc(j.Tally), Error: j.Error, Files: toPairs(j.Files), Started: j.Started, Updated: j.Updated, Finished: j.Finished}
}

func (d jobDoc) job() store.Job {
	return store.Job{ID: d.ID, Kind: d.Kind, By: account.ID(d.By), Channel: d.Channel, Title: d.Title, State: store.JobState(d.State), Done: d.Done,
		Of: d.Of, Tally: channel.Tally(d.Tally), Error: d.Error, Files: fromPairs(d.Files), Started: d.Started, Updated: d.Updated, Finished: d.Finished}
}

// Get implements store.Jobs.
func (r jobs) Get(ctx context.Context, id string) (store.Job, error) {
	var d jobDoc
	err := r.coll.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&d)
	return d.job(), failed("read job", err)
}

// Save implements store.Jobs.
func (r jobs) Save(ctx context.Context, j store.Job) error {
	return save(ctx, r.coll, j.ID, toJobDoc(j))
}

// List implements store.Jobs.
func (r jobs) List(ctx context.Context, limit int) ([]store.Job, error) {
	docs, err := newest[jobDoc](ctx, r.coll, bson.D{}, "started", limit)
	if err != nil {
		return nil, failed("list jobs", err)
	}
	var list []store.Job
	for _, d := range docs {
		list = append(list, d.job())
	}
	return list, nil
}

// Maintain implements store.Store. MongoDB looks after its own statistics and
// journal, and TTL indexes trim the change log and the inbox; what remains are
// sessions, whose expiry is not a date that a TTL index understands, and the
// inbox on servers that trim late.
func (e *engine) Maintain(ctx context.Context, now time.Time) error {
	expired := bson.D{{Key: "expiration", Value: bson.D{{Key: "$lt", Value: now.UnixNano()}}}}
	if _, err := e.db.Collection("sessions").DeleteMany(ctx, expired); err != nil {
		return fmt.Errorf("mongo: delete expired sessions: %w", err)
	}
	return e.inbox.trim(ctx, now.Add(-store.KeepEvents))
}
