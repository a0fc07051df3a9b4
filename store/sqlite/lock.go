package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

// fileLock keeps other processes away from a database: two of them would each
// believe that its schedule and its caches are the only ones. It is an
// exclusive transaction on an empty database beside the file, which works on
// every system and ends with the process however that ends.
type fileLock struct {
	pool *sql.DB
	conn *sql.Conn
}

func lockFile(ctx context.Context, path string) (_ *fileLock, err error) {
	pool, err := connect(path+".lock", 1)
	if err != nil {
		return nil, err
	}
	l := &fileLock{pool: pool}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	if l.conn, err = pool.Conn(ctx); err != nil {
		return nil, fmt.Errorf("lock file: %w", err)
	}
	for _, step := range []string{"PRAGMA busy_timeout(0)", "BEGIN EXCLUSIVE"} {
		if _, err = l.conn.ExecContext(ctx, step); err != nil {
			break
		}
	}
	if code(err)&0xff == sqlite3.SQLITE_BUSY {
		return nil, errInUse
	}
	if err != nil {
		return nil, fmt.Errorf("lock file: %w", err)
	}
	return l, nil
}

// Close lets the lock go; a nil lock has nothing to let go.
func (l *fileLock) Close() error {
	if l == nil {
		return nil
	}
	if l.conn != nil {
		_ = l.conn.Close() // closing the pool reports what matters
	}
	return l.pool.Close()
}
