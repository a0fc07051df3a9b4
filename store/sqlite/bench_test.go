package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/storetest"
)

// BenchmarkStore measures on a new database, or on the file that
// PALMONAS_BENCH_FILE names, which is kept.
func BenchmarkStore(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) store.Store {
		path := os.Getenv("PALMONAS_BENCH_FILE")
		if path == "" {
			path = filepath.Join(b.TempDir(), "bench.db")
		}
		return openPath(b, path)
	})
}

func BenchmarkInbox(b *testing.B) {
	storetest.BenchInbox(b, func(b *testing.B) store.Store { return openTest(b) })
}
