package mongo

import (
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/order"
)

// An order whose wish was made before the field came is found like any other.
func TestOldWishesAreFilledIn(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	ctx := t.Context()
	done, err := e.Orders().Absorb(ctx, []order.Report{reported("W1"), reported("W2"), reported("W3")}, moment)
	if err != nil {
		t.Fatal(err)
	}
	for i, state := range []order.WishState{order.WishWaiting, order.WishRefused} {
		_, err := e.Orders().Update(ctx, done[i].ID, func(o *order.Order) error {
			err := o.SetStatus(order.Confirmed, "u1", "", true, moment)
			o.Wish.State = state
			o.Desk.Archived = i == 0
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.orders.coll.UpdateMany(ctx, bson.D{}, bson.D{{Key: "$unset", Value: bson.D{{Key: "find.wishTry", Value: ""}}}}); err != nil {
		t.Fatal(err)
	}
	later := bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: wishesStep}}}}
	if _, err := e.db.Collection("migrations").DeleteMany(ctx, later); err != nil {
		t.Fatal(err)
	}
	if err := e.migrate(ctx); err != nil {
		t.Fatal(err)
	}
	due, err := e.Orders().DueWishes(ctx, "web", moment.Add(time.Hour), 10)
	if err != nil || !slices.Equal(due, []order.ID{done[0].ID}) {
		t.Errorf("due %v, %v; want %v", due, err, done[0].ID)
	}
	if open, refused, err := e.Orders().OpenWishes(ctx, "web"); open != 2 || refused != 1 || err != nil {
		t.Errorf("%d open, %d refused, %v; want 2 and 1", open, refused, err)
	}
}

// What the schedule asks every few seconds reads no whole collection.
func TestScheduleQueriesUseAnIndex(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	partly := plansPartly(t, e)
	for name, q := range map[string]struct {
		collection   string
		filter, sort bson.D
		hint         string // for a server that finds no index for a part of a filter, or no partial one
	}{
		"event":            {"inbox", bson.D{{Key: "channel", Value: "web"}, {Key: "eventId", Value: "1"}}, nil, ""},
		"due of a channel": {"inbox", dueMessages("web", moment), longestDue(), "channelDue"},
		"due of all":       {"inbox", dueMessages("", moment), longestDue(), "due"},
		"finished":         {"inbox", bson.D{{Key: "finished", Value: bson.D{{Key: "$lt", Value: moment}}}}, nil, ""},
		"wishes":           {"orders", wishesUntil("web", 1), bson.D{{Key: "channel", Value: 1}, {Key: "find.wishTry", Value: 1}}, "wish"},
		"ordered":          {"orders", orderedBetween("web", moment, moment.Add(time.Hour)), nil, "channel"},
		"hours":            {"ledger", bson.D{{Key: "channel", Value: "web"}, {Key: "start", Value: bson.D{{Key: "$gte", Value: moment}}}}, nil, "hour"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if partly {
				q.hint = ""
			}
			stages := winningStages(t, e, q.collection, q.filter, q.sort, q.hint)
			if stages["COLLSCAN"] || !stages["IXSCAN"] {
				t.Errorf("it scans the collection: %v", stages)
			}
		})
	}
}
