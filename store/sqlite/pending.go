package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/palmonas/palmonas-crm/migrations"
	"github.com/palmonas/palmonas-crm/store"
)

// Pending lists the migrations that opening the database would carry out,
// without changing anything; all of them when there is no database yet. A
// newer database is store.ErrNewer.
func Pending(ctx context.Context, c Config) (todo []migrations.Step, err error) {
	steps, err := migrations.Steps(migrations.SQLite)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(c.Path); errors.Is(err, fs.ErrNotExist) {
		return steps, nil
	}
	r, err := connect(c.Path, 1, "query_only(1)")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	var have int
	const known = "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name='migrations'"
	if err := r.QueryRowContext(ctx, known).Scan(&have); err != nil || have == 0 {
		return steps, explain(err)
	}
	if err := r.QueryRowContext(ctx, "SELECT ifnull(max(number), 0) FROM migrations").Scan(&have); err != nil {
		return nil, explain(err)
	}
	if have > len(steps) {
		return nil, fmt.Errorf("%w (its version is %d, this program knows %d)", store.ErrNewer, have, len(steps))
	}
	return steps[have:], nil
}
