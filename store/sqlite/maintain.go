package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// Maintain deletes what has expired, refreshes the planner's statistics and
// cuts the write-ahead log. It takes the writer in short turns.
func (s *db) Maintain(ctx context.Context, now time.Time) error {
	if err := s.trimChanges(ctx, now.Add(-keepChanges)); err != nil {
		return fmt.Errorf("maintain: change log: %w", err)
	}
	if err := s.trimInbox(ctx, now.Add(-store.KeepEvents)); err != nil {
		return fmt.Errorf("maintain: inbox: %w", err)
	}
	for _, step := range []string{
		"DELETE FROM sessions WHERE expiry < julianday(?1 / 1000.0, 'unixepoch')",
		"PRAGMA optimize",
	} {
		if err := s.exec(ctx, step, now.UnixMilli()); err != nil {
			return fmt.Errorf("maintain: %w", err)
		}
	}
	if _, err := checkpoint(ctx, s.writer); err != nil {
		return fmt.Errorf("maintain: checkpoint: %w", explain(err))
	}
	return nil
}

// exec runs one statement that writes, in a transaction of its own.
func (s *db) exec(ctx context.Context, text string, args ...any) error {
	_, err := s.execCount(ctx, text, args...)
	return err
}

func (s *db) execCount(ctx context.Context, text string, args ...any) (n int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, text, args...)
		if err != nil {
			return explain(err)
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}

// trimChanges deletes log entries older than a time, from the oldest, some
// thousands a turn. The newest entry stays: the next one counts on from it.
func (s *db) trimChanges(ctx context.Context, before time.Time) error {
	const turn = 5000
	const text = `DELETE FROM changes WHERE at < ? AND seq < (SELECT max(seq) FROM changes)
		AND seq IN (SELECT seq FROM changes ORDER BY seq LIMIT ?)`
	for {
		n, err := s.execCount(ctx, text, before.UnixMilli(), turn)
		if err != nil || n < turn {
			return err
		}
	}
}
