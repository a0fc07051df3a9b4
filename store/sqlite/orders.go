package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// orders implements store.Orders.
type orders struct {
	*db
	writes writes
}

func (s *orders) prepare(ctx context.Context) error {
	if err := s.writes.prepare(ctx, s.writer); err != nil {
		return fmt.Errorf("prepare: %w", explain(err))
	}
	return nil
}

// missing turns "no row" into store.ErrNotFound and leaves other errors.
func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return explain(err)
}

func (s *orders) Get(ctx context.Context, id order.ID) (order.Order, error) {
	var doc []byte
	if err := s.statements.row(ctx, "SELECT doc FROM docs WHERE id=?", []any{id}, &doc); err != nil {
		return order.Order{}, fmt.Errorf("order %s: %w", id, missing(err))
	}
	return decodeOrder(id, doc)
}

func (s *orders) ByRef(ctx context.Context, ref order.Ref) (order.Order, error) {
	var id order.ID
	var doc []byte
	const text = "SELECT d.id, d.doc FROM orders o CROSS JOIN docs d ON d.id = o.id WHERE o.ref=?"
	if err := s.statements.row(ctx, text, []any{refKey(ref)}, &id, &doc); err != nil {
		return order.Order{}, fmt.Errorf("order %q of %s: %w", ref.PlatformOrderID, ref.Channel, missing(err))
	}
	return decodeOrder(id, doc)
}

// chunk is how many keys one lookup takes; shorter lists are filled up with
// NULL, so that there is one statement to prepare.
const chunk = 64

var marks = "(" + strings.Repeat("?,", chunk-1) + "?)"

// inChunks calls fn with the keys, chunk by chunk, as arguments for marks.
func inChunks[K any](keys []K, fn func(args []any) error) error {
	for len(keys) > 0 {
		args := make([]any, chunk)
		n := min(chunk, len(keys))
		for i, k := range keys[:n] {
			args[i] = k
		}
		if err := fn(args); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

func (s *orders) Many(ctx context.Context, ids []order.ID) ([]order.Order, error) {
	found := make(map[order.ID]order.Order, len(ids))
	err := inChunks(ids, func(args []any) error {
		rows, err := s.statements.query(ctx, "SELECT id, doc FROM docs WHERE id IN "+marks, args...)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // Err tells
		for rows.Next() {
			var id order.ID
			var doc sql.RawBytes
			if err := rows.Scan(&id, &doc); err != nil {
				return err
			}
			if found[id], err = decodeOrder(id, doc); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("orders: %w", explain(err))
	}
	list := make([]order.Order, 0, len(ids))
	for _, id := range ids {
		if o, ok := found[id]; ok {
			list = append(list, o)
		}
	}
	return list, nil
}

func (s *orders) Update(ctx context.Context, id order.ID, fn func(*order.Order) error) (order.Order, error) {
	var result order.Order
	var words []string
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		old, err := scanStored(rowIn(ctx, tx, s.writes.byID, id).Scan)
		if err != nil {
			return fmt.Errorf("order %s: %w", id, missing(err))
		}
		// A second copy for fn: it may change what slices and pointers share.
		next, err := decodeOrder(id, encodeOrder(old.order))
		if err != nil {
			return err
		}
		if err := fn(&next); err != nil {
			return err
		}
		if next.Version == old.order.Version {
			result = old.order
			return nil
		}
		next.ID, next.Ref, next.Platform = id, old.order.Ref, old.order.Platform
		r := newRecord(next)
		words = r.words
		if result, err = decodeOrder(id, r.doc); err != nil {
			return err
		}
		if err := s.writes.replace(ctx, tx, old, r); err != nil {
			return fmt.Errorf("order %s: %w", id, explain(err))
		}
		return nil
	})
	if err != nil {
		return order.Order{}, err
	}
	s.writes.dictionary.add(words)
	return result, nil
}
