package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"github.com/palmonas/palmonas-crm/store"
)

// leases implements store.Leases by the server's time. Documents stay when a
// lease ends: tokens grow for good.
type leases struct{ coll *mongo.Collection }

type leaseDoc struct {
	Name   string    `bson:"_id"`
	Holder string    `bson:"holder"`
	Token  int64     `bson:"token"`
	Until  time.Time `bson:"until"`
}

func (d leaseDoc) lease() store.Lease {
	return store.Lease{Name: d.Name, Holder: d.Holder, Token: d.Token, Until: d.Until}
}

// ended is the end of a lease that nobody holds.
func ended() time.Time { return time.UnixMilli(0).UTC() }

// Acquire implements store.Leases. It reads the lease and the server's time
// together, then swaps exactly what it saw; who loses the swap looks again.
func (r leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (store.Lease, bool, error) {
	var held leaseDoc
	var ok bool
	err := untilWritten(ctx, func(int) (bool, error) {
		seen, now, err := r.look(ctx, name)
		if err != nil {
			return false, failed("read lease", err)
		}
		running := seen.Until.After(now)
		if running && seen.Holder != holder {
			held, ok = seen, false
			return true, nil
		}
		held, ok = leaseDoc{Name: name, Holder: holder, Token: seen.Token, Until: now.Add(ttl)}, true
		if !running {
			held.Token++
		}
		res, err := r.coll.UpdateOne(ctx, seen, bson.D{{Key: "$set", Value: held}})
		if err != nil {
			return false, failed("take lease", err)
		}
		return res.MatchedCount == 1, nil
	})
	if err != nil {
		return store.Lease{}, false, err
	}
	return held.lease(), ok, nil
}

// look reads a lease and the server's time, and makes the lease when it was
// never held. Whoever waits for one looks often, so looking writes nothing.
func (r leases) look(ctx context.Context, name string) (leaseDoc, time.Time, error) {
	type seen struct {
		Lease leaseDoc  `bson:",inline"`
		Asked time.Time `bson:"asked"`
	}
	one := bson.D{{Key: "_id", Value: name}}
	for {
		cur, err := r.coll.Aggregate(ctx, mongo.Pipeline{
			{{Key: "$match", Value: one}},
			{{Key: "$addFields", Value: bson.D{{Key: "asked", Value: "$$NOW"}}}},
		})
		found, err := readAll[seen](ctx, cur, err)
		if err != nil {
			return leaseDoc{}, time.Time{}, err
		}
		if len(found) > 0 {
			return found[0].Lease, found[0].Asked, nil
		}
		_, err = r.coll.InsertOne(ctx, leaseDoc{Name: name, Until: ended()})
		if err != nil && !mongo.IsDuplicateKeyError(err) {
			return leaseDoc{}, time.Time{}, err
		}
	}
}

// Release implements store.Leases.
func (r leases) Release(ctx context.Context, l store.Lease) error {
	held := bson.D{{Key: "_id", Value: l.Name}, {Key: "holder", Value: l.Holder}, {Key: "token", Value: l.Token}}
	_, err := r.coll.UpdateOne(ctx, held, bson.D{{Key: "$set", Value: bson.D{{Key: "until", Value: ended()}}}})
	return failed("release lease", err)
}
