package sqlite

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

// made is a closed database with n orders.
func made(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.db")
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var reports []order.Report
	for i := range n {
		reports = append(reports, ordertest.Synthetic(1, i, 30, ordertest.Noon()))
	}
	if _, err := s.Orders().Absorb(t.Context(), reports, ordertest.Noon()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReopen(t *testing.T) {
	t.Parallel()
	path := made(t, 40)
	s := openPath(t, path)
	if n, err := s.Orders().Count(t.Context(), nil, 100); n != 40 || err != nil {
		t.Errorf("%d orders (%v), want 40", n, err)
	}
	if left, err := os.Stat(path + "-wal"); err == nil && left.Size() > 0 {
		t.Errorf("the log has %d bytes after opening", left.Size())
	}
}

func TestOpenPragmas(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	for _, c := range []struct {
		pool   *sql.DB
		pragma string
		want   int
	}{
		{s.writer, "synchronous", 2}, {s.writer, "foreign_keys", 1}, {s.writer, "busy_timeout", 5000}, {s.writer, "query_only", 0},
		{s.writer, "journal_size_limit", walBytes}, {s.reader, "query_only", 1}, {s.reader, "busy_timeout", 5000}, {s.reader, "foreign_keys", 1},
		{s.writer, "application_id", applicationID},
	} {
		var got int
		if err := c.pool.QueryRow("PRAGMA " + c.pragma).Scan(&got); err != nil || got != c.want {
			t.Errorf("%s is %d (%v), want %d", c.pragma, got, err, c.want)
		}
	}
	var mode string
	if err := s.reader.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %s (%v)", mode, err)
	}
	if n := s.writer.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d writers", n)
	}
}

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "one.db")
	first, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Path: path}); !errors.Is(err, errInUse) {
		t.Errorf("second open: %v, want %v", err, errInUse)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openPath(t, path) // free again
}

// TestOpenShared: commands work beside a server, in both directions.
func TestOpenShared(t *testing.T) {
	t.Parallel()
	server := openTest(t)
	for i := range 5 {
		command, err := Open(t.Context(), Config{Path: server.path, Shared: true})
		if err != nil {
			t.Fatal(err)
		}
		absorbAll(t, server, ordertest.Noon(), ordertest.Synthetic(1, 2*i, 30, ordertest.Noon()))
		absorbAll(t, command.(*db), ordertest.Noon(), ordertest.Synthetic(1, 2*i+1, 30, ordertest.Noon()))
		for who, s := range map[string]store.Store{"server": server, "command": command} {
			if n, err := s.Orders().Count(t.Context(), nil, 100); n != 2*i+2 || err != nil {
				t.Errorf("the %s sees %d orders (%v), want %d", who, n, err, 2*i+2)
			}
		}
		if err := command.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenNewer(t *testing.T) {
	t.Parallel()
	path := made(t, 1)
	change(t, path, "INSERT INTO migrations VALUES (9999, 'from_the_future', 0)")
	if _, err := Open(t.Context(), Config{Path: path}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("%v, want ErrNewer", err)
	}
}

func TestOpenForeign(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "other.db")
	change(t, path, "CREATE TABLE contacts (name)")
	if _, err := Open(t.Context(), Config{Path: path}); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("%v, want a refusal", err)
	}
	var tables int
	pool, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close() //nolint:errcheck // read only
	if err := pool.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil || tables != 1 {
		t.Errorf("%d tables (%v): the other program's file was changed", tables, err)
	}
}

func TestOpenImpossible(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for what, path := range map[string]string{"no folder": filepath.Join(dir, "none", "x.db"), "a folder": dir} {
		if _, err := Open(t.Context(), Config{Path: path}); err == nil {
			t.Errorf("%s was opened", what)
		}
	}
}

// change runs a statement on a closed database.
func change(t *testing.T, path, text string) {
	t.Helper()
	pool, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(text); err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
	}{
		{"truncated", func(b []byte) []byte { return b[:len(b)*2/3] }},
		{"truncated by a byte", func(b []byte) []byte { return b[:len(b)-1] }},
		{"truncated to a page", func(b []byte) []byte { return b[:4096] }},
		{"a wrong header", func(b []byte) []byte { return append([]byte("not a database at all"), b[21:]...) }},
		{"a text file", func([]byte) []byte { return []byte(strings.Repeat("order;date;total\n", 500)) }},
		{"a schema page overwritten", func(b []byte) []byte { clear(b[100:4096]); return b }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := made(t, 50)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), Config{Path: path}); !errors.Is(err, errDamaged) {
				t.Errorf("%v, want %v", err, errDamaged)
			}
		})
	}
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), Config{Path: filepath.Join(dir, "palmonas.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, name := range []string{"palmonas.db", "palmonas.db-wal", "palmonas.db-shm"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
}
