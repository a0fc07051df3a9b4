package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// ledger implements store.Ledger.
type ledger db

func (s *ledger) Save(ctx context.Context, hours []store.Hour) error {
	if len(hours) == 0 {
		return nil
	}
	err := (*db)(s).write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `INSERT INTO ledger (channel, start, theirs, ours, at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET theirs=excluded.theirs, ours=excluded.ours, at=excluded.at WHERE excluded.at>=at`)
		if err != nil {
			return err
		}
		defer put.Close() //nolint:errcheck // the transaction tells
		for _, h := range hours {
			if _, err := put.ExecContext(ctx, h.Channel, h.Start.UnixMilli(), h.Theirs, h.Ours, h.At.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap(explain(err), "ledger")
}

func (s *ledger) List(ctx context.Context, channelID string, from, to time.Time) ([]store.Hour, error) {
	const text = "SELECT start, theirs, ours, at FROM ledger WHERE channel=? AND start>=? AND start<? ORDER BY start"
	rows, err := s.statements.query(ctx, text, channelID, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, wrap(explain(err), "ledger of %s", channelID)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var list []store.Hour
	for rows.Next() {
		h := store.Hour{Channel: channelID}
		var start, at int64
		if err := rows.Scan(&start, &h.Theirs, &h.Ours, &at); err != nil {
			return nil, wrap(err, "ledger of %s", channelID)
		}
		h.Start, h.At = time.UnixMilli(start).UTC(), time.UnixMilli(at).UTC()
		list = append(list, h)
	}
	return list, wrap(explain(rows.Err()), "ledger of %s", channelID)
}
