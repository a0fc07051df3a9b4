package mongo

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/storetest"
)

func TestStore(t *testing.T) {
	serverURI(t) // skips
	storetest.Run(t, func(t *testing.T) store.Store { return openEngine(t, Config{}) })
}

const uriVariable = "PALMONAS_TEST_MONGODB_URI"

// openEngine makes an empty database of its own for one test.
func openEngine(tb testing.TB, cfg Config) *engine {
	tb.Helper()
	cfg.URI = serverURI(tb)
	if cfg.Database == "" {
		cfg.Database = "palmonas_test_" + strings.ToLower(rand.Text()[:12])
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := Open(ctx, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	e := s.(*engine)
	tb.Cleanup(func() {
		if err := e.db.Drop(context.Background()); err != nil {
			tb.Errorf("drop the test database: %v", err)
		}
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	return e
}

func serverURI(tb testing.TB) string {
	tb.Helper()
	uri := os.Getenv(uriVariable)
	if uri == "" {
		tb.Skipf("%s is not set: no MongoDB to test with", uriVariable)
	}
	return uri
}

func TestFigures(t *testing.T) {
	serverURI(t) // skips
	storetest.RunFigures(t, func(t *testing.T) store.Store { return openEngine(t, Config{}) })
}
