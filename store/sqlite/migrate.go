package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/migrations"
	"github.com/palmonas/palmonas-crm/store"
)

// migrate brings the schema up to date, each step in its own transaction
// together with its record, so that a crash between two steps leaves a whole
// older schema.
func migrate(ctx context.Context, w *sql.DB, now func() time.Time) error {
	steps, err := migrations.Steps(migrations.SQLite)
	if err != nil {
		return err
	}
	const table = `CREATE TABLE IF NOT EXISTS migrations (
		number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`
	if _, err := w.ExecContext(ctx, table); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	var have int
	if err := w.QueryRowContext(ctx, "SELECT ifnull(max(number), 0) FROM migrations").Scan(&have); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if have > len(steps) {
		return fmt.Errorf("%w (its version is %d, this program knows %d)", store.ErrNewer, have, len(steps))
	}
	for _, step := range steps[have:] {
		if err := apply(ctx, w, step, now()); err != nil {
			return fmt.Errorf("migrate: step %d %s: %w", step.Number, step.Name, err)
		}
	}
	return nil
}

// wishesStep adds a column that only the program can fill.
const wishesStep = 2

func apply(ctx context.Context, w *sql.DB, step migrations.Step, at time.Time) error {
	tx, err := w.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	if _, err := tx.ExecContext(ctx, step.Text); err != nil {
		return err
	}
	if step.Number == wishesStep {
		if err := fillWishes(ctx, tx); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO migrations VALUES (?, ?, ?)", step.Number, step.Name, at.UnixMilli()); err != nil {
		return err
	}
	return tx.Commit()
}
