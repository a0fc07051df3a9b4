package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Restore puts the copy from in the place of the database at path. It takes the
// database's lock, so it is refused while a server runs, and changes nothing
// before the copy was read from end to end. A database that is there already is
// refused with fs.ErrExist, or with replace kept under the name that is
// returned.
func Restore(ctx context.Context, from, path string, replace bool, now time.Time) (_ Copy, kept string, err error) {
	c, kept, err := restore(ctx, from, path, replace, now)
	if err != nil {
		return Copy{}, "", fmt.Errorf("restore %s: %w", path, err)
	}
	return c, kept, nil
}

func restore(ctx context.Context, from, path string, replace bool, now time.Time) (_ Copy, kept string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Copy{}, "", err
	}
	lock, err := lockFile(ctx, path)
	if err != nil {
		return Copy{}, "", err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	_, missing := os.Lstat(path)
	if missing == nil && !replace {
		return Copy{}, "", fs.ErrExist
	}
	c, err := Check(ctx, from)
	if err != nil {
		return Copy{}, "", fmt.Errorf("%s: %w", from, err)
	}
	part := path + ".part"
	if err := copyFile(from, part); err != nil {
		return Copy{}, "", errors.Join(err, os.Remove(part))
	}
	if missing == nil {
		if kept, err = setAside(ctx, path, now); err != nil {
			return Copy{}, "", errors.Join(err, os.Remove(part))
		}
	}
	return c, kept, errors.Join(os.Rename(part, path), syncDir(filepath.Dir(path)))
}

// setAside moves a database out of the way, with what its log still holds.
func setAside(ctx context.Context, path string, now time.Time) (string, error) {
	kept := path + ".before-" + now.UTC().Format("20060102T150405Z")
	w, err := connect(path, 1)
	if err == nil {
		_, err = checkpoint(ctx, w)
		err = errors.Join(err, w.Close())
	}
	if err != nil && !errors.Is(explain(err), errDamaged) {
		return "", err
	}
	for _, end := range []string{"", "-wal", "-shm"} { // the ends are there when it is damaged
		if err := os.Rename(path+end, kept+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return kept, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from) //nolint:gosec // the file that was asked for
	if err != nil {
		return err
	}
	defer in.Close()                                                       //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // beside the configured path
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
