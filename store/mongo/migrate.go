package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/migrations"
	"github.com/palmonas/palmonas-crm/store"
)

// migrationTimeout is for all steps together: an index over millions of orders
// takes minutes.
const migrationTimeout = time.Hour

// What only the program can fill in after a step.
const (
	wishesStep  = 2
	figuresStep = 4
)

func (e *engine) fillIn(ctx context.Context, step int) error {
	switch step {
	case wishesStep:
		return e.orders.fillWishes(ctx)
	case figuresStep:
		return e.counted.recountAll(ctx)
	}
	return nil
}

// appliedDoc records a step that was carried out.
type appliedDoc struct {
	Number int       `bson:"_id"`
	Name   string    `bson:"name"`
	At     time.Time `bson:"at"`
}

// migrate carries out the steps that this database has not seen. Processes
// that start together take turns by a lock. A step is a list of commands, each
// of which must be harmless to repeat: what a crash left half done is done
// again at the next start.
func (e *engine) migrate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, migrationTimeout)
	defer cancel()
	steps, err := migrations.Steps(migrations.Mongo)
	if err != nil {
		return fmt.Errorf("mongo: %w", err)
	}
	todo, err := e.pending(ctx, steps)
	if err != nil || len(todo) == 0 {
		return err
	}
	lock := newLock(e.db, "migrations")
	if err := lock.acquire(ctx); err != nil {
		return fmt.Errorf("mongo: wait for another process to migrate: %w", err)
	}
	if todo, err = e.pending(ctx, steps); err == nil {
		err = e.apply(ctx, lock, todo)
	}
	return errors.Join(err, lock.release(context.WithoutCancel(ctx)))
}

// pending lists the steps to do; steps that this program does not know are
// store.ErrNewer.
func (e *engine) pending(ctx context.Context, steps []migrations.Step) ([]migrations.Step, error) {
	cur, err := e.db.Collection("migrations").Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	applied, err := readAll[appliedDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("read the migrations", err)
	}
	for i, a := range applied {
		switch {
		case a.Number > len(steps):
			return nil, fmt.Errorf("mongo: %w: it has step %d %s, this program ends at %d", store.ErrNewer, a.Number, a.Name, len(steps))
		case a.Number != i+1 || a.Name != steps[i].Name:
			return nil, fmt.Errorf("mongo: step %d of the database is %q; this is not a database of palmonas", a.Number, a.Name)
		}
	}
	return steps[len(applied):], nil
}

func (e *engine) apply(ctx context.Context, lock *lock, steps []migrations.Step) error {
	for _, step := range steps {
		var text struct {
			Commands []bson.D `bson:"commands"`
		}
		if err := bson.UnmarshalExtJSON([]byte(step.Text), false, &text); err != nil {
			return fmt.Errorf("mongo: migration %d %s: %w", step.Number, step.Name, err)
		}
		for i, command := range text.Commands {
			if err := lock.renew(ctx); err != nil {
				return fmt.Errorf("mongo: migration %d %s: %w", step.Number, step.Name, err)
			}
			if err := e.db.RunCommand(ctx, command).Err(); err != nil {
				return fmt.Errorf("mongo: migration %d %s, command %d: %w", step.Number, step.Name, i+1, err)
			}
		}
		if err := e.fillIn(ctx, step.Number); err != nil {
			return fmt.Errorf("mongo: migration %d %s: %w", step.Number, step.Name, err)
		}
		done := appliedDoc{Number: step.Number, Name: step.Name, At: e.now().UTC()}
		if _, err := e.db.Collection("migrations").InsertOne(ctx, done); err != nil {
			return fmt.Errorf("mongo: record migration %d %s: %w", step.Number, step.Name, err)
		}
		e.log.Info("migrated", "step", step.Number, "name", step.Name)
	}
	return nil
}
