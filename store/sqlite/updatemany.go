package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// revision is one order of UpdateMany, worked out ahead of the transaction on
// what a reader saw. The transaction repeats the work only for orders that
// somebody else changed in between.
type revision struct {
	at     int // where the order stands in the results
	old    *stored
	record *record // nil when there is nothing to store
	err    error
}

// UpdateMany implements store.Orders.
func (s *orders) UpdateMany(ctx context.Context, ids []order.ID, fn func(*order.Order) error) ([]store.Updated, error) {
	results := make([]store.Updated, len(ids))
	for i, id := range ids {
		results[i] = store.Updated{ID: id, Err: store.ErrNotFound}
	}
	batch, err := s.revisions(ctx, ids)
	if err != nil {
		for i := range results {
			results[i].Err = err
		}
		return results, fmt.Errorf("update many: %w", explain(err))
	}
	for _, r := range batch {
		r.workOut(fn)
	}
	if err = s.storeRevisions(ctx, batch, fn, results); err != nil {
		err = fmt.Errorf("update many: %w", explain(err))
	}
	first := make(map[order.ID]int, len(ids))
	for i, id := range ids {
		if at, twice := first[id]; twice {
			results[i] = results[at]
		} else {
			first[id] = i
		}
	}
	return results, err
}

// revisions reads the orders that exist, each once.
func (s *orders) revisions(ctx context.Context, ids []order.ID) ([]*revision, error) {
	at := make(map[order.ID]int, len(ids))
	var keys []order.ID
	for i, id := range ids {
		if _, twice := at[id]; !twice {
			at[id] = i
			keys = append(keys, id)
		}
	}
	var batch []*revision
	err := inChunks(keys, func(args []any) error {
		rows, err := s.statements.query(ctx, selectStored+"docs d WHERE d.id IN "+marks, args...)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // Err tells
		for rows.Next() {
			old, err := scanStored(rows.Scan)
			if err != nil {
				return err
			}
			batch = append(batch, &revision{at: at[old.order.ID], old: old})
		}
		return rows.Err()
	})
	return batch, err
}

// workOut applies fn to the order as it was read.
func (r *revision) workOut(fn func(*order.Order) error) {
	r.record = nil
	var next order.Order
	// A second copy for fn: it may change what slices and pointers share.
	if next, r.err = decodeOrder(r.old.order.ID, encodeOrder(r.old.order)); r.err != nil {
		return
	}
	if r.err = fn(&next); r.err != nil || next.Version == r.old.order.Version {
		return
	}
	next.ID, next.Ref, next.Platform, next.Kind = r.old.order.ID, r.old.order.Ref, r.old.order.Platform, r.old.order.Kind
	r.record = newRecord(next)
}

// storeRevisions writes what is to be written, in turns; when one fails, those
// before it stand. Each result is set when its fate is known.
func (s *orders) storeRevisions(ctx context.Context, batch []*revision, fn func(*order.Order) error, results []store.Updated) error {
	for len(batch) > 0 {
		n := 0
		err := s.write(ctx, func(whole context.Context, tx *sql.Tx) error {
			for end := time.Now().Add(writeTurn); n < len(batch) && time.Now().Before(end); n++ {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := s.storeRevision(whole, tx, batch[n], fn); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			for _, r := range batch {
				results[r.at].Err = err
			}
			return err
		}
		for _, r := range batch[:n] {
			results[r.at].Changed, results[r.at].Err = r.record != nil, r.err
			if r.record != nil {
				s.writes.dictionary.add(r.record.words)
			}
		}
		batch = batch[n:]
	}
	return nil
}

// storeRevision writes one order. An order that is not to be changed, going by
// what the reader saw, is left alone.
func (s *orders) storeRevision(ctx context.Context, tx *sql.Tx, r *revision, fn func(*order.Order) error) error {
	if r.record == nil {
		return nil
	}
	var rev int64
	if err := rowIn(ctx, tx, s.writes.rev, r.old.order.ID).Scan(&rev); err != nil {
		return err
	}
	if rev != r.old.rev {
		now, err := scanStored(rowIn(ctx, tx, s.writes.byID, r.old.order.ID).Scan)
		if err != nil {
			return err
		}
		r.old = now
		if r.workOut(fn); r.record == nil {
			return nil
		}
	}
	return s.writes.replace(ctx, tx, r.old, r.record)
}
