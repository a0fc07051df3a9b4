package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/mongo"

	"github.com/palmonas/palmonas-crm/migrations"
)

// Pending lists the migrations that opening the database would carry out,
// without changing anything; all of them for an empty database. A newer
// database is store.ErrNewer.
func Pending(ctx context.Context, cfg Config) (todo []migrations.Step, err error) {
	cfg.Now, cfg.Log = time.Now, slog.New(slog.DiscardHandler)
	steps, err := migrations.Steps(migrations.Mongo)
	if err != nil {
		return nil, err
	}
	name, err := databaseName(cfg)
	if err != nil {
		return nil, err
	}
	client, err := mongo.Connect(ctx, clientOptions(cfg.URI))
	if err != nil {
		return nil, fmt.Errorf("mongo: connect: %w", err)
	}
	e := newEngine(client, name, cfg)
	defer func() { err = errors.Join(err, e.Close()) }() //nolint:contextcheck // the connections go also when ctx is over
	return e.pending(ctx, steps)
}
