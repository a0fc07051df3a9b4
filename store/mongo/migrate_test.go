package mongo

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/migrations"
	"github.com/palmonas/palmonas-crm/store"
)

// hasIndex tells whether a migration creates an index on exactly these keys.
func hasIndex(t *testing.T, collection string, key bson.D) bool {
	t.Helper()
	steps, err := migrations.Steps(migrations.Mongo)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		var text struct {
			Commands []struct {
				Collection string `bson:"createIndexes"`
				Indexes    []struct {
					Key bson.D `bson:"key"`
				} `bson:"indexes"`
			} `bson:"commands"`
		}
		if err := bson.UnmarshalExtJSON([]byte(step.Text), false, &text); err != nil {
			t.Fatalf("step %d: %v", step.Number, err)
		}
		for _, c := range text.Commands {
			for _, index := range c.Indexes {
				if c.Collection == collection && cmp.Diff(asInts(index.Key), asInts(key)) == "" {
					return true
				}
			}
		}
	}
	return false
}

// asInts drops what does not matter for an ascending index that is read in
// both directions.
func asInts(key bson.D) string {
	names := make([]string, len(key))
	for i, e := range key {
		names[i] = e.Key
	}
	return strings.Join(names, ",")
}

func TestUniqueIndexes(t *testing.T) {
	t.Parallel()
	for collection, key := range map[string]bson.D{
		"orders": {{Key: "channel"}, {Key: "platformOrderId"}}, "users": {{Key: "email"}}, "sessions": {{Key: "token"}},
	} {
		if !hasIndex(t, collection, key) {
			t.Errorf("%s: no index on %v", collection, key)
		}
	}
}

func TestProcessesThatStartTogether(t *testing.T) {
	t.Parallel()
	first := openEngine(t, Config{})
	ctx := t.Context()
	if err := first.db.Drop(ctx); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Open(ctx, Config{URI: serverURI(t), Database: first.db.Name()})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	steps, err := migrations.Steps(migrations.Mongo)
	if err != nil {
		t.Fatal(err)
	}
	n, err := first.db.Collection("migrations").CountDocuments(ctx, bson.D{})
	if err != nil || int(n) != len(steps) {
		t.Errorf("%d steps recorded, %v; want %d", n, err, len(steps))
	}
}

func TestNewerAndForeignDatabasesAreRefused(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	ctx := t.Context()
	again := func() error {
		s, err := Open(ctx, Config{URI: serverURI(t), Database: e.db.Name()})
		if err == nil {
			err = s.Close()
		}
		return err
	}
	if err := again(); err != nil {
		t.Fatalf("a database that is up to date: %v", err)
	}
	done := e.db.Collection("migrations")
	if _, err := done.InsertOne(ctx, appliedDoc{Number: 9000, Name: "from_the_future", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := again(); !errors.Is(err, store.ErrNewer) {
		t.Errorf("a newer database: %v, want ErrNewer", err)
	}
	if _, err := done.DeleteOne(ctx, bson.D{{Key: "_id", Value: 9000}}); err != nil {
		t.Fatal(err)
	}
	rename := bson.D{{Key: "$set", Value: bson.D{{Key: "name", Value: "somebody_elses"}}}}
	if _, err := done.UpdateOne(ctx, bson.D{{Key: "_id", Value: 1}}, rename); err != nil {
		t.Fatal(err)
	}
	if err := again(); err == nil || errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "somebody_elses") {
		t.Errorf("somebody else's database: %v", err)
	}
}

func TestLockIsHeldByOneAndSurvivesItsHolder(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	ctx := t.Context()
	first, second := newLock(e.db, "test"), newLock(e.db, "test")
	if err := first.acquire(ctx); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	if err := second.acquire(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a lock that is held: %v, want the deadline", err)
	}
	if err := first.renew(ctx); err != nil {
		t.Fatal(err)
	}
	// The holder died: its lease ends.
	ended := bson.D{{Key: "$set", Value: bson.D{{Key: "until", Value: time.UnixMilli(0)}}}}
	if _, err := e.db.Collection("locks").UpdateOne(ctx, bson.D{{Key: "_id", Value: "test"}}, ended); err != nil {
		t.Fatal(err)
	}
	if err := second.acquire(ctx); err != nil {
		t.Fatal(err)
	}
	if err := first.renew(ctx); !errors.Is(err, errLost) {
		t.Errorf("a lost lock was renewed: %v", err)
	}
	if err := first.release(ctx); err != nil {
		t.Errorf("release of a lost lock: %v", err)
	}
	if err := second.renew(ctx); err != nil {
		t.Errorf("the lock was released by who had lost it: %v", err)
	}
}
