package ingest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	driver "go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/mongo"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// mongoVariable names a MongoDB on which tests may make databases.
const mongoVariable = "PALMONAS_TEST_MONGODB_URI"

// Engine makes and opens databases of one kind for tests.
type Engine struct {
	Name string
	// Where is a place for a new database, which goes with the test.
	Where func(testing.TB) string
}

// Engines are the embedded one and, where the environment names a server,
// MongoDB.
func Engines() []Engine {
	all := []Engine{OnSQLite()}
	if os.Getenv(mongoVariable) != "" {
		all = append(all, OnMongoDB())
	}
	return all
}

// OnSQLite is the embedded engine.
func OnSQLite() Engine {
	return Engine{"SQLite", func(tb testing.TB) string { return filepath.Join(tb.TempDir(), "orders.db") }}
}

// OnMongoDB makes a database of its own for each test, and skips the test where
// there is no server.
func OnMongoDB() Engine {
	return Engine{"MongoDB", func(tb testing.TB) string {
		uri, err := url.Parse(os.Getenv(mongoVariable))
		if err != nil {
			tb.Fatal(err)
		}
		if uri.Host == "" {
			tb.Skip(mongoVariable + " is not set: no MongoDB to test with")
		}
		given := uri.String()
		uri.Path = "/palmonas_test_" + strings.ToLower(rand.Text()[:12])
		tb.Cleanup(func() {
			ctx := context.Background()
			client, err := driver.Connect(ctx, options.Client().ApplyURI(given))
			if err != nil {
				tb.Error(err)
				return
			}
			if err := client.Database(uri.Path[1:]).Drop(ctx); err != nil {
				tb.Error(err)
			}
			_ = client.Disconnect(ctx)
		})
		return uri.String()
	}}
}

// OpenStore opens the database at a place, beside other processes if it has to.
func OpenStore(ctx context.Context, where string, now func() time.Time, shared bool) (store.Store, error) {
	if strings.HasPrefix(where, "mongodb") {
		return mongo.Open(ctx, mongo.Config{URI: where, Now: now})
	}
	return sqlite.Open(ctx, sqlite.Config{Path: where, Shared: shared, Now: now})
}

// Open opens it until the end of the test.
func (Engine) Open(tb testing.TB, where string, now func() time.Time) store.Store {
	tb.Helper()
	st, err := OpenStore(tb.Context(), where, now, false)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	return st
}
