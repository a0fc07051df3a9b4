package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/order"
)

// wishesUntil matches the orders of a channel whose platform is to be told of
// a wish by a time; a partial index holds no others.
func wishesUntil(channelID string, at int64) bson.D {
	return bson.D{{Key: "channel", Value: channelID}, {Key: "find.wishTry", Value: bson.D{{Key: "$lte", Value: at}}}}
}

// DueWishes implements store.Wishes.
func (r orders) DueWishes(ctx context.Context, channelID string, now time.Time, limit int) ([]order.ID, error) {
	if limit <= 0 {
		return nil, nil
	}
	opts := options.Find().SetSort(bson.D{{Key: "channel", Value: 1}, {Key: "find.wishTry", Value: 1}}).SetLimit(int64(limit)).
		SetProjection(bson.D{{Key: "_id", Value: 1}})
	cur, err := r.coll.Find(ctx, wishesUntil(channelID, now.UnixMilli()), opts)
	docs, err := readAll[struct {
		ID int64 `bson:"_id"`
	}](ctx, cur, err)
	if err != nil {
		return nil, failed("list wishes", err)
	}
	var ids []order.ID
	for _, d := range docs {
		ids = append(ids, order.ID(d.ID))
	}
	return ids, nil
}

// OpenWishes implements store.Wishes.
func (r orders) OpenWishes(ctx context.Context, channelID string) (open, refused int, err error) {
	all, err := r.coll.CountDocuments(ctx, wishesUntil(channelID, order.NoTry))
	if err != nil {
		return 0, 0, failed("count wishes", err)
	}
	no, err := r.coll.CountDocuments(ctx, bson.D{{Key: "channel", Value: channelID}, {Key: "find.wishTry", Value: int64(order.NoTry)}})
	return int(all), int(no), failed("count wishes", err)
}

// CountOrdered implements store.Wishes. It names both values of find.archived,
// with which the index on channel and time begins.
func (r orders) CountOrdered(ctx context.Context, channelID string, from, to time.Time) (int, error) {
	n, err := r.coll.CountDocuments(ctx, orderedBetween(channelID, from, to))
	return int(n), failed("count orders", err)
}

func orderedBetween(channelID string, from, to time.Time) bson.D {
	return bson.D{
		{Key: "find.archived", Value: in([]bool{false, true})},
		{Key: "find.channel", Value: channelID},
		{Key: "seq", Value: bson.D{{Key: "$gte", Value: order.SortKey(from, 0)}, {Key: "$lt", Value: order.SortKey(to, 0)}}},
	}
}

// fillWishes gives the orders stored by the first version their find.wishTry.
// Those that may have one are found by their flags. An order that is written
// meanwhile gets it by that.
func (r orders) fillWishes(ctx context.Context) error {
	flags := in([]string{key(order.FieldFlag, string(order.FlagWaiting)), key(order.FieldFlag, string(order.FlagRefused))})
	cur, err := r.coll.Find(ctx, bson.D{{Key: "find.archived", Value: in([]bool{false, true})}, {Key: "find.keys", Value: flags}})
	if err != nil {
		return failed("find wishes", err)
	}
	defer cur.Close(context.WithoutCancel(ctx)) //nolint:errcheck // Err tells
	for cur.Next(ctx) {
		var d orderDoc
		if err := cur.Decode(&d); err != nil {
			return failed("read order", err)
		}
		at, ok := d.order().WishTry()
		if !ok {
			continue
		}
		same := bson.D{{Key: "_id", Value: d.ID}, {Key: "rev", Value: d.Rev}}
		if _, err := r.coll.UpdateOne(ctx, same, bson.D{{Key: "$set", Value: bson.D{{Key: "find.wishTry", Value: at}}}}); err != nil {
			return failed("store order", err)
		}
	}
	return failed("find wishes", cur.Err())
}
