package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// keepChanges is how long the change log reaches back at least.
const keepChanges = 24 * time.Hour

// Changes implements store.Store.
func (s *db) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	rows, err := s.statements.query(ctx, "SELECT seq, order_id, channel, created, at FROM changes WHERE seq>? ORDER BY seq LIMIT ?", after, limit)
	if err != nil {
		return nil, fmt.Errorf("changes: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var list []store.Change
	for rows.Next() {
		var c store.Change
		var id, at int64
		if err := rows.Scan(&c.Seq, &id, &c.Channel, &c.Created, &at); err != nil {
			return nil, fmt.Errorf("changes: %w", err)
		}
		c.Order, c.At = order.ID(id), time.UnixMilli(at).UTC()
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("changes: %w", explain(err))
	}
	return list, nil
}

// LastChange implements store.Store.
func (s *db) LastChange(ctx context.Context) (int64, error) {
	var seq int64
	if err := s.statements.row(ctx, "SELECT ifnull(max(seq), 0) FROM changes", nil, &seq); err != nil {
		return 0, fmt.Errorf("changes: %w", explain(err))
	}
	return seq, nil
}
