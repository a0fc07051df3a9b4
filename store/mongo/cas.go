package mongo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/store"
)

// errBusy says that a document changed under every attempt to write it.
var errBusy = errors.New("the record kept changing while it was written; try again")

const (
	maxAttempts = 128 // the pauses between them take 12 s on average
	minPause    = 2 * time.Millisecond
	maxPause    = 200 * time.Millisecond
)

// untilWritten repeats a cycle of reading, deciding and writing until try says
// that it is done, an error ends it, or the attempts are used up (errBusy).
func untilWritten(ctx context.Context, try func(attempt int) (done bool, err error)) error {
	for attempt := range maxAttempts {
		done, err := try(attempt)
		if done || err != nil {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
	return errBusy
}

// pause waits a random time below a bound that doubles with each attempt:
// writers that met once should not meet again.
func pause(ctx context.Context, attempt int) error {
	bound := min(minPause<<min(attempt, 16), maxPause)
	timer := time.NewTimer(rand.N(bound) + 1) //nolint:gosec // jitter keeps no secret
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// failed words an error of the driver: a missing document is
// store.ErrNotFound, a taken unique key store.ErrConflict.
func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mongo.ErrNoDocuments):
		err = store.ErrNotFound
	case mongo.IsDuplicateKeyError(err):
		err = store.ErrConflict
	}
	return fmt.Errorf("mongo: %s: %w", what, err)
}

// update replaces the small document under an id by what fn makes of it.
func update[D any](ctx context.Context, coll *mongo.Collection, id string, fn func(D) (next D, version int64, err error)) (D, error) {
	return updateOne(ctx, coll, bson.D{{Key: "_id", Value: id}}, fn)
}

// updateOne replaces a small document with a version by what fn makes of it,
// again when somebody else was faster. fn returns the next document and the
// version of the one it was given. What comes back is as it will be read.
func updateOne[D any](ctx context.Context, coll *mongo.Collection, one bson.D, fn func(D) (next D, version int64, err error)) (D, error) {
	var written, none D
	err := untilWritten(ctx, func(int) (bool, error) {
		var d D
		if err := coll.FindOne(ctx, one).Decode(&d); err != nil {
			return false, failed("read "+coll.Name(), err)
		}
		next, version, err := fn(d)
		if err != nil {
			return false, err
		}
		raw, err := marshal(next)
		if err != nil {
			return false, failed("store "+coll.Name(), err)
		}
		seen := append(slices.Clip(one), bson.E{Key: "version", Value: version})
		res, err := coll.ReplaceOne(ctx, seen, raw)
		if err != nil || res.MatchedCount == 0 {
			return false, failed("store "+coll.Name(), err)
		}
		return true, bson.Unmarshal(raw, &written)
	})
	if err != nil {
		return none, err
	}
	return written, nil
}

// save stores a document under its id, whether or not one is there.
func save(ctx context.Context, coll *mongo.Collection, id string, doc any) error {
	return failed("store "+coll.Name(), twice(func() error {
		_, err := coll.ReplaceOne(ctx, bson.D{{Key: "_id", Value: id}}, doc, options.Replace().SetUpsert(true))
		return err
	}))
}

// twice repeats an upsert whose document somebody else inserted at the same
// moment; the second time it is there. Compatible servers have been seen to
// answer such a findAndModify with no document instead of an error.
func twice(upsert func() error) error {
	err := upsert()
	if mongo.IsDuplicateKeyError(err) || errors.Is(err, mongo.ErrNoDocuments) {
		err = upsert()
	}
	return err
}

// readAll decodes a cursor's documents and closes it. The driver's own timeout
// does not reach later batches, so it is set here.
func readAll[T any](ctx context.Context, cur *mongo.Cursor, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	var docs []T
	if err := cur.All(ctx, &docs); err != nil {
		return nil, err
	}
	return docs, nil
}
