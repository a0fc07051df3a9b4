package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Count implements store.Orders.
func (s *orders) Count(ctx context.Context, where order.Expr, limit int) (int, error) {
	q, err := s.analyse(ctx, where)
	if err != nil {
		return 0, err
	}
	if q.never || limit <= 0 {
		return 0, ctx.Err()
	}
	newest := ordering{column: "seq", descending: true}
	w, err := s.choose(ctx, q, newest)
	n := 0
	if err == nil {
		n, err = s.countUpTo(ctx, q.counting(w, newest), limit)
	}
	if err != nil {
		return 0, fmt.Errorf("count: %w", explain(err))
	}
	return n, nil
}

// eachBatch is how many orders Each holds at a time.
const eachBatch = 200

// Each implements store.Orders. It reads batch by batch and holds no
// transaction while fn runs, so that a slow reader of an export keeps the log
// from nothing. Where the sort has to be made, the places of all orders are
// collected first, 16 bytes each.
func (s *orders) Each(ctx context.Context, q order.Query, fn func(order.Order) error) error {
	o, ok := orderingOf(q.Sort)
	if !ok {
		return fmt.Errorf("%w: no sort %q", store.ErrQuery, q.Sort)
	}
	parts, err := s.analyse(ctx, q.Where)
	if err != nil {
		return err
	}
	if parts.never {
		return ctx.Err()
	}
	w, err := s.choose(ctx, parts, o)
	if err != nil {
		return fmt.Errorf("each: %w", explain(err))
	}
	if !parts.streams(w, o) {
		return s.eachCollected(ctx, parts, w, o, fn)
	}
	var at *position
	for {
		list, err := readKeyed(ctx, s, parts.keys(w, o, at), o, eachBatch, 0, "o.id, d.doc", scanDoc)
		if err != nil {
			return fmt.Errorf("each: %w", explain(err))
		}
		for _, k := range list {
			if err := fn(k.value); err != nil {
				return err
			}
		}
		if len(list) < eachBatch {
			return ctx.Err()
		}
		at = &list[len(list)-1].position
	}
}

func (s *orders) eachCollected(ctx context.Context, q query, w walk, o ordering, fn func(order.Order) error) error {
	const unlimited = -1
	list, err := readKeyed(ctx, s, q.keys(w, o, nil), o, unlimited, 0, "o.id", scanID)
	if err != nil {
		return fmt.Errorf("each: %w", explain(err))
	}
	for len(list) > 0 {
		n := min(eachBatch, len(list))
		ids := make([]order.ID, n)
		for i, k := range list[:n] {
			ids[i] = k.value
		}
		list = list[n:]
		batch, err := s.Many(ctx, ids)
		if err != nil {
			return err
		}
		for _, found := range batch {
			if err := fn(found); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func scanDoc(rows *sql.Rows) (k keyed[order.Order], err error) {
	var id order.ID
	var doc sql.RawBytes
	if err = rows.Scan(&k.position.value, &k.seq, &id, &doc); err != nil {
		return k, err
	}
	k.value, err = decodeOrder(id, doc)
	return k, err
}

func scanID(rows *sql.Rows) (k keyed[order.ID], err error) {
	err = rows.Scan(&k.position.value, &k.seq, &k.value)
	return k, err
}
