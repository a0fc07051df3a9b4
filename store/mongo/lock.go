package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
)

// lock is a lease in the database. It is counted in the server's time, so that
// the clocks of the processes that want it need not agree.
type lock struct {
	db   *mongo.Database
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
	return &lock{db: db, coll: db.Collection("locks"), held: lockDoc{Name: name, Owner: primitive.NewObjectID()}}
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
	now, err := l.serverTime(ctx)
	if err != nil {
		return false, err
	}
	next := lockDoc{Name: l.held.Name, Owner: l.held.Owner, Until: now.Add(lease)}
	var current lockDoc
	err = l.coll.FindOne(ctx, bson.D{{Key: "_id", Value: l.held.Name}}).Decode(&current)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		if _, err = l.coll.InsertOne(ctx, next); mongo.IsDuplicateKeyError(err) {
			return false, nil
		}
		l.held = next
		return err == nil, err
	case err != nil:
		return false, err
	case current.Until.After(now):
		return false, nil
	}
	return l.swap(ctx, current, next)
}

// renew lengthens the lease; it is errLost when somebody else took the lock
// after the lease had ended.
func (l *lock) renew(ctx context.Context) error {
	now, err := l.serverTime(ctx)
	if err != nil {
		return err
	}
	ok, err := l.swap(ctx, l.held, lockDoc{Name: l.held.Name, Owner: l.held.Owner, Until: now.Add(lease)})
	if err == nil && !ok {
		err = errLost
	}
	return err
}

// release lets the next one in at once. A lock that was lost is not an error.
func (l *lock) release(ctx context.Context) error {
	_, err := l.swap(ctx, l.held, lockDoc{Name: l.held.Name, Owner: l.held.Owner, Until: time.UnixMilli(0).UTC()})
	return failed("release the lock", err)
}

// swap replaces exactly the lock that was seen.
func (l *lock) swap(ctx context.Context, seen, next lockDoc) (bool, error) {
	res, err := l.coll.ReplaceOne(ctx, seen, next)
	if err != nil || res.MatchedCount == 0 {
		return false, err
	}
	l.held = next
	return true, nil
}

func (l *lock) serverTime(ctx context.Context) (time.Time, error) {
	var hello struct {
		LocalTime time.Time `bson:"localTime"`
	}
	if err := l.db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return time.Time{}, fmt.Errorf("server time: %w", err)
	}
	return hello.LocalTime, nil
}
