package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/store"
)

// ledger implements store.Ledger.
type ledger struct{ coll *mongo.Collection }

type hourDoc struct {
	Channel string    `bson:"channel"`
	Start   time.Time `bson:"start"`
	Theirs  int       `bson:"theirs"`
	Ours    int       `bson:"ours"`
	At      time.Time `bson:"at"`
}

// Save implements store.Ledger. The upsert of a line of which a newer one is
// there finds its hour taken, also the second time.
func (r ledger) Save(ctx context.Context, hours []store.Hour) error {
	if len(hours) == 0 {
		return nil
	}
	models := make([]mongo.WriteModel, len(hours))
	for i, h := range hours {
		line := bson.D{{Key: "channel", Value: h.Channel}, {Key: "start", Value: h.Start}, {Key: "at", Value: bson.D{{Key: "$lte", Value: h.At}}}}
		models[i] = mongo.NewReplaceOneModel().SetFilter(line).SetReplacement(hourDoc(h)).SetUpsert(true)
	}
	err := twice(func() error {
		_, err := r.coll.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		return err
	})
	if onlyTaken(err) {
		return nil
	}
	return failed("save the ledger", err)
}

// onlyTaken reports whether all that failed in a bulk were ids or keys that were
// taken.
func onlyTaken(err error) bool {
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil || len(bulk.WriteErrors) == 0 {
		return false
	}
	for _, e := range bulk.WriteErrors {
		if !mongo.IsDuplicateKeyError(e) {
			return false
		}
	}
	return true
}

// List implements store.Ledger.
func (r ledger) List(ctx context.Context, channelID string, from, to time.Time) ([]store.Hour, error) {
	filter := bson.D{{Key: "channel", Value: channelID}, {Key: "start", Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: to}}}}
	cur, err := r.coll.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "channel", Value: 1}, {Key: "start", Value: 1}}))
	docs, err := readAll[hourDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("read the ledger", err)
	}
	var hours []store.Hour
	for _, d := range docs {
		hours = append(hours, store.Hour(d))
	}
	return hours, nil
}
