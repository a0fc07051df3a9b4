package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/storetest"
)

func TestStore(t *testing.T) { storetest.Run(t, func(t *testing.T) store.Store { return openTest(t) }) }

func TestFigures(t *testing.T) {
	storetest.RunFigures(t, func(t *testing.T) store.Store { return openTest(t) })
}

// openTest opens a new database that lasts as long as the test.
func openTest(t testing.TB) *db { return openPath(t, filepath.Join(t.TempDir(), "test.db")) }

func openPath(t testing.TB, path string) *db {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s.(*db)
}
