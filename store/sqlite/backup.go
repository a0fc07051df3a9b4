package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/palmonas/palmonas-crm/migrations"
	"github.com/palmonas/palmonas-crm/store"
)

// Copy is what is known about a copy of a database.
type Copy struct {
	Bytes    int64
	SHA256   string // of the file, in hex
	Orders   int64
	Users    int64
	Channels int64
	Version  int // the newest migration in it
}

// Backup writes a consistent copy of the database at path to the new file to,
// while others read and write it, and checks the copy from end to end. The copy
// is one file, holds no sessions (they would come back to life with it), and is
// readable by its owner alone; it appears under its name only when it is whole.
// An existing file is refused with fs.ErrExist.
//
// The write-ahead log of the original cannot be cut while the copy is made.
func Backup(ctx context.Context, path, to string) (Copy, error) {
	c, err := backup(ctx, path, to)
	if err != nil {
		return Copy{}, fmt.Errorf("back up %s: %w", path, err)
	}
	return c, nil
}

func backup(ctx context.Context, path, to string) (_ Copy, err error) {
	if _, err := os.Stat(path); err != nil {
		return Copy{}, err // connecting would make an empty one
	}
	if _, err := os.Lstat(to); err == nil {
		return Copy{}, fmt.Errorf("%s: %w", to, fs.ErrExist)
	}
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a copy that was broken off
		return Copy{}, err
	}
	if err := private(part); err != nil {
		return Copy{}, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part) // nothing more can be done about it
		}
	}()
	if err := vacuumInto(ctx, path, part); err != nil {
		return Copy{}, explain(err)
	}
	if err := forget(ctx, part); err != nil {
		return Copy{}, explain(err)
	}
	c, err := Check(ctx, part)
	if err != nil {
		return Copy{}, err
	}
	// A link, unlike a rename, never replaces a file made meanwhile.
	if err := os.Link(part, to); err != nil {
		return Copy{}, err
	}
	return c, errors.Join(os.Remove(part), syncDir(filepath.Dir(to)))
}

// vacuumInto reads inside one transaction of its own, so that writers go on.
func vacuumInto(ctx context.Context, path, to string) (err error) {
	r, err := connect(path, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	_, err = r.ExecContext(ctx, "VACUUM INTO ?", to)
	return err
}

// forget takes the sessions out of a copy and puts it into a mode that leaves
// no files beside it.
func forget(ctx context.Context, path string) (err error) {
	w, err := connect(path, 1, "journal_mode(DELETE)", "synchronous(FULL)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	_, err = w.ExecContext(ctx, "DELETE FROM sessions")
	return err
}

// Check reads a copy from end to end. It fails on a file that is no palmonas
// database or is damaged, and with store.ErrNewer on one that a newer program
// wrote. It changes nothing and leaves nothing beside the file.
func Check(ctx context.Context, path string) (c Copy, err error) {
	if _, err := os.Stat(path); err != nil {
		return Copy{}, err
	}
	r, err := connect(path, 1, "query_only(1)")
	if err != nil {
		return Copy{}, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if err := sound(ctx, r); err != nil {
		return Copy{}, explain(err)
	}
	for text, into := range map[string]any{
		"SELECT count(*) FROM docs": &c.Orders, "SELECT count(*) FROM users": &c.Users, "SELECT count(*) FROM channels": &c.Channels,
		"SELECT ifnull(max(number), 0) FROM migrations": &c.Version,
	} {
		if err := r.QueryRowContext(ctx, text).Scan(into); err != nil {
			return Copy{}, explain(err)
		}
	}
	steps, err := migrations.Steps(migrations.SQLite)
	if err != nil {
		return Copy{}, err
	}
	if c.Version > len(steps) {
		return Copy{}, fmt.Errorf("%w (its version is %d, this program knows %d)", store.ErrNewer, c.Version, len(steps))
	}
	c.Bytes, c.SHA256, err = sum(path)
	return c, err
}

func sound(ctx context.Context, r *sql.DB) error {
	var id int
	if err := r.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		return errors.New("it is not a palmonas database")
	}
	var verdict string
	if err := r.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, verdict)
	}
	return nil
}

func sum(path string) (int64, string, error) {
	f, err := os.Open(path) //nolint:gosec // the file that was asked for
	if err != nil {
		return 0, "", err
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	n, err := io.Copy(h, f)
	return n, hex.EncodeToString(h.Sum(nil)), err
}

// syncDir makes a new name in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path) //nolint:gosec // the folder of a file we wrote
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
