package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

const (
	selectDueWishes    = "SELECT id FROM orders INDEXED BY orders_wish WHERE channel=? AND wish_try<=? ORDER BY wish_try, seq LIMIT ?"
	selectOpenWishes   = "SELECT count(*), ifnull(sum(wish_try=?), 0) FROM orders INDEXED BY orders_wish WHERE channel=? AND wish_try IS NOT NULL"
	selectCountOrdered = `SELECT (SELECT count(*) FROM orders INDEXED BY orders_channel WHERE archived=0 AND channel=?1 AND seq>=?2 AND seq<?3) +
		(SELECT count(*) FROM orders INDEXED BY orders_channel_archived WHERE archived=1 AND channel=?1 AND seq>=?2 AND seq<?3)`
)

// DueWishes implements store.Wishes.
func (s *orders) DueWishes(ctx context.Context, channelID string, now time.Time, limit int) ([]order.ID, error) {
	if limit <= 0 {
		return nil, nil
	}
	rows, err := s.statements.query(ctx, selectDueWishes, channelID, now.UnixMilli(), limit)
	if err != nil {
		return nil, wrap(explain(err), "wishes of %s", channelID)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var ids []order.ID
	for rows.Next() {
		var id order.ID
		if err := rows.Scan(&id); err != nil {
			return nil, wrap(err, "wishes of %s", channelID)
		}
		ids = append(ids, id)
	}
	return ids, wrap(explain(rows.Err()), "wishes of %s", channelID)
}

// OpenWishes implements store.Wishes.
func (s *orders) OpenWishes(ctx context.Context, channelID string) (open, refused int, err error) {
	err = s.statements.row(ctx, selectOpenWishes, []any{int64(order.NoTry), channelID}, &open, &refused)
	return open, refused, wrap(explain(err), "wishes of %s", channelID)
}

// CountOrdered implements store.Wishes. Each index holds one half of the
// channel's orders by their time.
func (s *orders) CountOrdered(ctx context.Context, channelID string, from, to time.Time) (int, error) {
	var n int
	err := s.statements.row(ctx, selectCountOrdered, []any{channelID, order.SortKey(from, 0), order.SortKey(to, 0)}, &n)
	return n, wrap(explain(err), "orders of %s", channelID)
}

// fillWishes gives the orders stored by the first version their wish_try. Those
// that may have one are found by their flags.
func fillWishes(ctx context.Context, tx *sql.Tx) error {
	letter, _ := keyLetter(order.FieldFlag)
	flags := anyKey(letter, []string{string(order.FlagWaiting), string(order.FlagRefused)})
	const text = selectStored + `order_search s CROSS JOIN orders o ON o.seq = s.rowid CROSS JOIN docs d ON d.id = o.id
		WHERE order_search MATCH ?`
	rows, err := tx.QueryContext(ctx, text, flags)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	tries := map[int64]int64{}
	for rows.Next() {
		st, err := scanStored(rows.Scan)
		if err != nil {
			return err
		}
		if at, ok := st.order.WishTry(); ok {
			tries[st.seq] = at
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for seq, at := range tries {
		if _, err := tx.ExecContext(ctx, "UPDATE orders SET wish_try=? WHERE seq=?", at, seq); err != nil {
			return err
		}
	}
	return nil
}
