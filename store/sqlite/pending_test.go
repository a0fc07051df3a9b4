package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/palmonas/palmonas-crm/migrations"
	"github.com/palmonas/palmonas-crm/store"
)

func TestPending(t *testing.T) {
	t.Parallel()
	c := Config{Path: filepath.Join(t.TempDir(), "palmonas.db")}
	all, err := migrations.Steps(migrations.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	if todo, err := Pending(t.Context(), c); err != nil || len(todo) != len(all) {
		t.Errorf("no database: %d of %d steps, %v", len(todo), len(all), err)
	}
	if _, err := os.Stat(c.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("asking made a file: %v", err)
	}
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if todo, err := Pending(t.Context(), c); err != nil || len(todo) != 0 {
		t.Errorf("beside a server: %d steps, %v", len(todo), err)
	}
	w := s.(*db).writer
	if _, err := w.ExecContext(t.Context(), "DELETE FROM migrations WHERE number=?", len(all)); err != nil {
		t.Fatal(err)
	}
	if todo, err := Pending(t.Context(), c); err != nil || len(todo) != 1 || todo[0].Number != len(all) {
		t.Errorf("an older database: %v, %v", todo, err)
	}
	if _, err := w.ExecContext(t.Context(), "INSERT INTO migrations VALUES (?, 'later', 0)", len(all)+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Pending(t.Context(), c); !errors.Is(err, store.ErrNewer) {
		t.Errorf("a newer database: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
