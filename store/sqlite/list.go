package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

const (
	defaultLimit = 50
	maxLimit     = 1000
	// maxOffset bounds pages by number: what is skipped is walked. Deeper pages
	// go by cursor and cost the same as the first.
	maxOffset = 10_000
)

// keyed is something with its position in the list.
type keyed[T any] struct {
	position
	value T
}

// List implements store.Orders.
func (s *orders) List(ctx context.Context, q order.Query) (order.Page, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, maxLimit)
	sorted, at, offset, err := window(q, limit)
	if err != nil {
		return order.Page{}, err
	}
	parts, err := s.analyse(ctx, q.Where)
	if err != nil {
		return order.Page{}, err
	}
	rows, err := s.listRows(ctx, parts, sorted, at, limit+1, offset)
	if err != nil {
		return order.Page{}, fmt.Errorf("list: %w", explain(err))
	}
	return page(rows, limit, q, offset > 0), nil
}

// window says in which direction a page is read, from where, and how many rows
// are skipped.
func window(q order.Query, limit int) (o ordering, at *position, offset int, err error) {
	o, ok := orderingOf(q.Sort)
	if !ok {
		return o, nil, 0, fmt.Errorf("%w: no sort %q", store.ErrQuery, q.Sort)
	}
	switch {
	case q.After != "" && q.Before != "":
		return o, nil, 0, fmt.Errorf("%w: after and before together", store.ErrQuery)
	case q.After != "":
		p, err := parseCursor(q.After, o)
		return o, &p, 0, err
	case q.Before != "":
		p, err := parseCursor(q.Before, o)
		return o.reversed(), &p, 0, err
	}
	if q.Page > 1 {
		if q.Page-1 > maxOffset/limit {
			return o, nil, 0, fmt.Errorf("%w: page %d is too deep, use cursors", store.ErrQuery, q.Page)
		}
		offset = (q.Page - 1) * limit
	}
	return o, nil, offset, nil
}

// page cuts the row beyond the limit and makes the cursors. more says that rows
// were skipped before the first.
func page(rows []keyed[order.Row], limit int, q order.Query, more bool) order.Page {
	o, _ := orderingOf(q.Sort)
	back := q.Before != ""
	beyond := len(rows) > limit
	if beyond {
		rows = rows[:limit]
	}
	if back {
		slices.Reverse(rows)
	}
	p := order.Page{Rows: make([]order.Row, len(rows))}
	for i, r := range rows {
		p.Rows[i] = r.value
	}
	if len(rows) == 0 {
		return p
	}
	if beyond || back {
		p.Next = rows[len(rows)-1].cursor(o)
	}
	if back && beyond || q.After != "" || more {
		p.Prev = rows[0].cursor(o)
	}
	return p
}

const rowColumns = "o.id, o.head"

func scanRow(rows *sql.Rows) (k keyed[order.Row], err error) {
	var id order.ID
	var head sql.RawBytes
	if err = rows.Scan(&k.position.value, &k.seq, &id, &head); err != nil {
		return k, err
	}
	k.value, err = decodeRow(id, head)
	return k, err
}

func (s *orders) listRows(ctx context.Context, q query, o ordering, at *position, limit, offset int) ([]keyed[order.Row], error) {
	if q.never {
		return nil, ctx.Err()
	}
	w, err := s.choose(ctx, q, o)
	if err == nil && w == walkSort && !q.wide && q.testsBeside(o) {
		err = s.planTests(ctx, &q, o, at)
	}
	if err != nil {
		return nil, err
	}
	return readKeyed(ctx, s, q.keys(w, o, at), o, limit, offset, rowColumns, scanRow)
}

// readKeyed reads a part of a list in its order.
func readKeyed[T any](ctx context.Context, s *orders, keys *clause, o ordering, limit, offset int,
	columns string, scan func(*sql.Rows) (keyed[T], error)) ([]keyed[T], error) {
	text, args := keys.selected(o, columns, limit, offset)
	rows, err := s.statements.query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var list []keyed[T]
	for rows.Next() {
		k, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	// The join keeps the order of what it reads, but nothing promises it.
	slices.SortFunc(list, func(a, b keyed[T]) int {
		c := cmp.Or(cmp.Compare(a.position.value, b.position.value), cmp.Compare(a.seq, b.seq))
		if o.descending {
			return -c
		}
		return c
	})
	return list, rows.Err()
}
