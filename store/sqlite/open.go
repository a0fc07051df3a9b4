package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/palmonas/palmonas-crm/store"
)

// Config says which file to open.
type Config struct {
	Path string // its folder must exist
	// Shared leaves the lock to a server: commands open the file beside it and
	// run no schedule of their own.
	Shared bool
	Now    func() time.Time
	Log    *slog.Logger // nil: nothing is logged
	// Zone is that of the business days in figures; nil: India.
	Zone *time.Location
}

const (
	readers     = 4
	busyTimeout = 5 * time.Second
	// The write-ahead log is written back at walPages and cut to walBytes, so
	// that reads stay quick and the disk is not filled by it.
	walPages = 4000
	walBytes = 64 << 20
	// Caches are per connection, in KiB.
	readCache  = 8 << 10
	writeCache = 32 << 10
)

// Open opens the database, makes it when there is none, and brings it up to
// date. It refuses with a clear error: a file that is in use by another
// process, one that is no palmonas database, a damaged one, and with
// store.ErrNewer one that a newer program wrote.
func Open(ctx context.Context, c Config) (store.Store, error) {
	s, err := open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", c.Path, err)
	}
	return s, nil
}

func open(ctx context.Context, c Config) (_ *db, err error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &db{path: c.Path, now: c.Now, log: c.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if !c.Shared {
		if s.lock, err = lockFile(ctx, c.Path); err != nil {
			return nil, err
		}
	}
	if err = private(c.Path); err != nil {
		return nil, err
	}
	if s.writer, err = connect(c.Path, 1, "synchronous(FULL)", fmt.Sprintf("wal_autocheckpoint(%d)", walPages),
		fmt.Sprintf("journal_size_limit(%d)", walBytes), fmt.Sprintf("cache_size(-%d)", writeCache)); err != nil {
		return nil, err
	}
	if err = prepareFile(ctx, s.writer, c); err != nil {
		return nil, explain(err)
	}
	if err = migrate(ctx, s.writer, c.Now); err != nil {
		return nil, explain(err)
	}
	if s.reader, err = connect(c.Path, readers, "query_only(1)", fmt.Sprintf("cache_size(-%d)", readCache)); err != nil {
		return nil, err
	}
	s.statements = newStatements(s.reader)
	return s, s.prepare(ctx, c)
}

// private makes the file, when it is not there, so that only its owner can
// read it: it holds people's addresses. The files beside it take after it.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the configured path
	if err != nil {
		return err
	}
	return f.Close()
}

// connect makes a pool of size connections with these pragmas.
func connect(path string, size int, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {"immediate"}, "_dqs": {"0"}, "_error_rc": {"1"}}
	q.Set("_busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()))
	for _, p := range append([]string{"foreign_keys(1)", "temp_store(MEMORY)"}, pragmas...) {
		q.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: q.Encode()}
	pool, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// applicationID marks our files in their header: "Plms".
const applicationID = 0x506c6d73

// prepareFile checks that the file is ours and whole, puts it into WAL mode and
// writes back what a crash left in the log.
func prepareFile(ctx context.Context, w *sql.DB, c Config) error {
	var id, tables int
	if err := w.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := w.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if id != applicationID && tables > 0 {
		return errors.New("it is a database of another program")
	}
	var mode string
	if err := w.QueryRowContext(ctx, "PRAGMA journal_mode(WAL)").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("write-ahead logging is not possible here (journal mode %s)", mode)
	}
	if id != applicationID {
		if _, err := w.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id(%d)", applicationID)); err != nil {
			return err
		}
	}
	if c.Shared {
		return nil // a server beside us may grow the file at any time
	}
	if busy, err := checkpoint(ctx, w); err != nil || busy {
		return err // a command beside us keeps part of the file in the log
	}
	return checkLength(ctx, w, c.Path)
}

// checkLength compares the file with the number of pages it says it has; the
// log is empty when it is called.
func checkLength(ctx context.Context, w *sql.DB, path string) error {
	var pages, size int64
	if err := w.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return err
	}
	if err := w.QueryRowContext(ctx, "PRAGMA page_size").Scan(&size); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() < pages*size {
		return fmt.Errorf("%w: it should have %d bytes and has %d", errDamaged, pages*size, info.Size())
	}
	return nil
}

// checkpoint writes the log back and empties it; busy tells that somebody else
// still reads from it.
func checkpoint(ctx context.Context, w *sql.DB) (busy bool, err error) {
	var log, done int
	err = w.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done)
	return busy, err
}

var (
	errDamaged = errors.New("the database file is damaged, restore a backup")
	errInUse   = errors.New("the database is in use by another palmonas process")
)

// code is SQLite's result code in an error, 0 when there is none; the low byte
// is the primary code.
func code(err error) int {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return 0
}

// explain says what a damaged file is in words.
func explain(err error) error {
	switch code(err) & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w (%w)", errDamaged, err)
	}
	return err
}

// taken reports whether an error is a violated unique index or primary key.
func taken(err error) bool {
	c := code(err)
	return c == sqlite3.SQLITE_CONSTRAINT_UNIQUE || c == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || c == sqlite3.SQLITE_CONSTRAINT_ROWID
}
