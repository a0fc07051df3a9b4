package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// lock is a lease in the database. It is counted in the server's time, so that
// the clocks of the processes that want it need not agree.
type lock struct {
	coll *mongo.Collection
	held lockDoc
}

type lockDoc struct {
	Name  string             `bson:"_id"`
	Owner primitive.ObjectID `bson:"owner"`
	Until time.Time          `bson:"until"`
}

// lease is how long a lock outlives a process that died with it. It is renewed
// before every command; a command that takes longer is harmless to repeat.
const lease = 2 * time.Minute

var errLost = errors.New("another process took the lock")

func newLock(db *mongo.Database, name string) *lock {
	return &lock{coll: db.Collection("locks"), held: lockDoc{Name: name, Owner: primitive.NewObjectID()}}
}

// acquire waits for the lock until the context ends.
func (l *lock) acquire(ctx context.Context) error {
	for attempt := 0; ; attempt++ {
		ok, err := l.try(ctx)
		if ok || err != nil {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (l *lock) try(ctx context.Context) (bool, error) {
	current, now, err := l.look(ctx)
	if err != nil || current.Until.After(now) {
		return false, err
	}
	return l.swap(ctx, current, now)
}

// renew lengthens the lease; it is errLost when somebody else took the lock
// after the lease had ended.
func (l *lock) renew(ctx context.Context) error {
	_, now, err := l.look(ctx)
	if err != nil {
		return err
	}
	ok, err := l.swap(ctx, l.held, now)
	if err == nil && !ok {
		err = errLost
	}
	return err
}

// release lets the next one in at once. A lock that was lost is not an error.
func (l *lock) release(ctx context.Context) error {
	_, err := l.swap(ctx, l.held, time.UnixMilli(0).Add(-lease))
	return failed("release the lock", err)
}

// look reads the lock and the server's time.
func (l *lock) look(ctx context.Context) (seen lockDoc, now time.Time, err error) {
	var found struct {
		Lock  lockDoc   `bson:",inline"`
		Asked time.Time `bson:"asked"`
	}
	ask := bson.D{
		{Key: "$currentDate", Value: bson.D{{Key: "asked", Value: true}}},
		{Key: "$setOnInsert", Value: bson.D{{Key: "owner", Value: primitive.NilObjectID}, {Key: "until", Value: time.UnixMilli(0)}}},
	}
	err = twice(func() error {
		opts := options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)
		return l.coll.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: l.held.Name}}, ask, opts).Decode(&found)
	})
	return found.Lock, found.Asked, err
}

// swap takes exactly the lock that was seen, for a lease from now.
func (l *lock) swap(ctx context.Context, seen lockDoc, now time.Time) (bool, error) {
	next := lockDoc{Name: l.held.Name, Owner: l.held.Owner, Until: now.Add(lease)}
	res, err := l.coll.UpdateOne(ctx, seen, bson.D{{Key: "$set", Value: next}})
	if err != nil || res.MatchedCount == 0 {
		return false, err
	}
	l.held = next
	return true, nil
}
