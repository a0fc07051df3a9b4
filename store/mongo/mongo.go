// Package mongo keeps the orders in MongoDB: the engine for production and for
// several processes on one database. It asks nothing of the server but the
// atomicity of single documents, so that a standalone server, a replica set, a
// sharded cluster and compatible servers all serve: no transactions, no change
// streams, no text index, no server-side code.
//
// Everything that must change together lives in one document: an order with
// its history, its wish and what the desk decided. Concurrent writers meet in a
// compare-and-set on the document's own revision and try again (cas.go). What
// orders are found by is derived once, in Go, into the find part of the
// document (find.go), so that queries (compile.go) touch nothing else and agree
// with order.Match by construction.
//
// On a sharded cluster, shard orders on {channel: 1, platformOrderId: 1}: that
// index is unique, MongoDB can enforce it only as (a prefix of) the shard key,
// and it keeps a channel's orders together. The uniqueness of seq is then
// enforced per shard only, which is enough (see order.SortKey).
//
// The package must not know HTTP, adapters or the words of any platform.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/alexedwards/scs/mongodbstore"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/readconcern"
	"go.mongodb.org/mongo-driver/mongo/readpref"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/x/mongo/driver/connstring"

	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// Config says which database to open.
type Config struct {
	URI string // mongodb:// or mongodb+srv://
	// Database is, when empty, the one in the path of the URI, else palmonas.
	Database string
	Now      func() time.Time // time.Now when nil
	Zone     *time.Location   // of the business day; India when nil
	Log      *slog.Logger     // silent when nil
}

// DefaultDatabase is the database when neither Config nor the URI names one.
const DefaultDatabase = "palmonas"

// No call waits longer than this for the server, unless its context says so.
const (
	opTimeout      = 15 * time.Second
	connectTimeout = 5 * time.Second
)

// engine is the store.Store of this package.
type engine struct {
	client   *mongo.Client
	db       *mongo.Database
	now      func() time.Time
	log      *slog.Logger
	orders   orders
	users    users
	channels channels
	jobs     jobs
	inbox    inbox
	leases   leases
	ledger   ledger
	records  records
	audit    audit
	counted  figures // what the figures are kept in
	figures  store.Figures
	sessions *mongodbstore.MongoDBStore
}

// Open connects, brings the database up to date and returns it. A database of
// a newer version is store.ErrNewer; a server that does not answer is an error
// within seconds. Errors do not hold the password of the URI.
func Open(ctx context.Context, cfg Config) (store.Store, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
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
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, e.Close()) //nolint:contextcheck // the connections go also when ctx is over
	}
	return e, nil
}

func databaseName(cfg Config) (string, error) {
	parsed, err := connstring.Parse(cfg.URI)
	switch {
	case err != nil:
		return "", fmt.Errorf("mongo: connection string: %w", err)
	case cfg.Database != "":
		return cfg.Database, nil
	case parsed.Database != "":
		return parsed.Database, nil
	}
	return DefaultDatabase, nil
}

// clientOptions puts what the engine relies on over whatever the URI says:
// what was acknowledged is in the journals of a majority, and reads see it.
func clientOptions(uri string) *options.ClientOptions {
	journal := true
	return options.Client().ApplyURI(uri).
		SetAppName("palmonas").
		SetRegistry(registry()).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}).
		SetReadConcern(readconcern.Local()).
		SetReadPreference(readpref.Primary()).
		SetRetryWrites(true).
		SetRetryReads(true).
		SetConnectTimeout(connectTimeout).
		SetServerSelectionTimeout(opTimeout). // outlasts the election of a new primary
		SetTimeout(opTimeout)
}

func newEngine(client *mongo.Client, database string, cfg Config) *engine {
	db := client.Database(database)
	e := &engine{client: client, db: db, now: cfg.Now, log: cfg.Log}
	if cfg.Zone == nil {
		cfg.Zone = rollup.India()
	}
	marks := marks{coll: db.Collection("marks"), zone: cfg.Zone, settle: settleMarks}
	e.orders = orders{coll: db.Collection("orders"), changes: changes{log: db.Collection("changes"), counters: db.Collection("counters"), now: cfg.Now}, marks: marks, warn: cfg.Log}
	e.users = users{coll: db.Collection("users")}
	e.channels = channels{coll: db.Collection("channels"), progress: db.Collection("progress"), runs: db.Collection("runs"), quarantine: db.Collection("quarantine")}
	e.jobs = jobs{coll: db.Collection("jobs")}
	e.inbox, e.leases, e.ledger = inbox{db.Collection("inbox")}, leases{db.Collection("leases")}, ledger{db.Collection("ledger")}
	e.records, e.audit = records{db.Collection("records")}, audit{db.Collection("audit")}
	e.counted = figures{days: db.Collection("days"), customers: db.Collection("customers"), sums: db.Collection("sums"), marks: marks, orders: e.orders}
	e.figures = rollup.New(e.counted, rollup.Config{Zone: cfg.Zone, Now: cfg.Now})
	// The engine deletes expired sessions in Maintain, so that no goroutine
	// outlives Close.
	e.sessions = mongodbstore.NewWithConfig(db, mongodbstore.Config{CollectionName: "sessions"})
	return e
}

func (e *engine) start(ctx context.Context) error {
	if err := e.Ping(ctx); err != nil {
		return err
	}
	if err := e.migrate(ctx); err != nil {
		return err
	}
	return e.counted.followForm(ctx)
}

func (e *engine) Orders() store.Orders     { return e.orders }
func (e *engine) Users() store.Users       { return e.users }
func (e *engine) Channels() store.Channels { return e.channels }
func (e *engine) Jobs() store.Jobs         { return e.jobs }
func (e *engine) Inbox() store.Inbox       { return e.inbox }
func (e *engine) Leases() store.Leases     { return e.leases }
func (e *engine) Ledger() store.Ledger     { return e.ledger }
func (e *engine) Records() store.Records   { return e.records }
func (e *engine) Audit() store.Audit       { return e.audit }
func (e *engine) Figures() store.Figures   { return e.figures }

// Sessions implements store.Store. Its calls take no context; opTimeout bounds
// each.
func (e *engine) Sessions() store.Sessions { return e.sessions }

// Ping asks the primary, since that is who must answer.
func (e *engine) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := e.client.Ping(ctx, readpref.Primary()); err != nil {
		return fmt.Errorf("mongo: no answer from the database: %w", err)
	}
	return nil
}

// Close waits for running calls for a few seconds, then cuts them.
func (e *engine) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	if err := e.client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
		return fmt.Errorf("mongo: close: %w", err)
	}
	return nil
}
