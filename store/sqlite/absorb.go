package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// staged is one order of a batch, worked out ahead of the transaction on what
// a reader saw. The transaction repeats the work only for orders that somebody
// else changed in between.
type staged struct {
	ref      []byte
	reports  []order.Report
	at       []int // where in the batch the reports stand
	base     *stored
	outcomes []order.Outcome
	best     order.Outcome
	record   *record
}

// Absorb implements store.Orders. Reports of one order are absorbed one after
// the other and stored in one write.
func (s *orders) Absorb(ctx context.Context, reports []order.Report, at time.Time) ([]store.Absorbed, error) {
	results := make([]store.Absorbed, len(reports))
	batch := stage(reports, results)
	if err := s.lookUp(ctx, batch); err != nil {
		return nil, fmt.Errorf("absorb: %w", explain(err))
	}
	if err := workOut(ctx, batch, at); err != nil {
		return nil, fmt.Errorf("absorb: %w", err)
	}
	if err := s.storeBatch(ctx, batch, at); err != nil {
		return nil, fmt.Errorf("absorb: %w", explain(err))
	}
	for _, st := range batch {
		s.writes.dictionary.add(st.record.words)
		for i, where := range st.at {
			results[where] = store.Absorbed{ID: st.record.order.ID, Outcome: st.outcomes[i]}
		}
	}
	return results, nil
}

// stage groups the good reports by order and notes the bad ones in results.
func stage(reports []order.Report, results []store.Absorbed) []*staged {
	batch := make([]*staged, 0, len(reports))
	byRef := make(map[order.Ref]*staged, len(reports))
	for i, r := range reports {
		if err := r.Validate(); err != nil {
			results[i].Err = err
			continue
		}
		st := byRef[r.Ref]
		if st == nil {
			st = &staged{ref: refKey(r.Ref)}
			byRef[r.Ref] = st
			batch = append(batch, st)
		}
		st.reports = append(st.reports, r)
		st.at = append(st.at, i)
	}
	return batch
}

// lookUp reads the orders that the desk holds already.
func (s *orders) lookUp(ctx context.Context, batch []*staged) error {
	byRef := make(map[string]*staged, len(batch))
	keys := make([][]byte, len(batch))
	for i, st := range batch {
		keys[i], byRef[string(st.ref)] = st.ref, st
	}
	const text = "SELECT o.ref, d.id, d.seq, d.rev, d.doc FROM orders o CROSS JOIN docs d ON d.id = o.id WHERE o.ref IN "
	return inChunks(keys, func(args []any) error {
		rows, err := s.statements.query(ctx, text+marks, args...)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // Err tells
		scan := rows.Scan
		for rows.Next() {
			var ref string
			found, err := scanStored(func(into ...any) error { return scan(append([]any{&ref}, into...)...) })
			if err != nil {
				return err
			}
			byRef[ref].base = found
		}
		return rows.Err()
	})
}

// workOut absorbs and encodes on every processor.
func workOut(ctx context.Context, batch []*staged, at time.Time) error {
	workers := min(runtime.GOMAXPROCS(0), len(batch)/16+1)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(batch) {
					return
				}
				batch[i].workOut(at)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

func (st *staged) workOut(at time.Time) {
	var current *order.Order
	if st.base != nil {
		current = &st.base.order
	}
	st.outcomes, st.best = st.outcomes[:0], order.Unchanged
	for _, r := range st.reports {
		next, outcome := order.Absorb(current, r, at)
		st.outcomes, st.best = append(st.outcomes, outcome), max(st.best, outcome)
		current = &next
	}
	switch st.best {
	case order.Unchanged:
		st.record = &record{order: *current}
	case order.Touched:
		st.record = &record{order: *current, doc: encodeOrder(*current)}
	default:
		st.record = newRecord(*current)
	}
}

// writeTurn is how long a batch keeps the writer from others, such as webhooks
// whose sender waits for an answer. Splitting one costs a wait for the disk.
const writeTurn = 15 * time.Millisecond

// storeBatch writes what changed, in turns; when one fails, those before it
// stand. A batch that changes nothing takes no lock.
func (s *orders) storeBatch(ctx context.Context, batch []*staged, at time.Time) error {
	var changed []*staged
	for _, st := range batch {
		if st.best != order.Unchanged { // it was so when the reader looked
			changed = append(changed, st)
		}
	}
	for len(changed) > 0 {
		err := s.write(ctx, func(whole context.Context, tx *sql.Tx) error {
			for end := time.Now().Add(writeTurn); len(changed) > 0 && time.Now().Before(end); changed = changed[1:] {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := s.storeOne(whole, tx, changed[0], at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *orders) storeOne(ctx context.Context, tx *sql.Tx, st *staged, at time.Time) error {
	if st.base == nil {
		err := s.writes.create(ctx, tx, st.record)
		if !errors.Is(err, errRefTaken) {
			return err
		}
	}
	if err := s.refresh(ctx, tx, st, at); err != nil {
		return err
	}
	switch st.best {
	case order.Unchanged:
		return nil
	case order.Touched:
		return s.writes.touch(ctx, tx, st.base.order.ID, st.base.seq, st.record.doc)
	}
	return s.writes.replace(ctx, tx, st.base, st.record)
}

// refresh works an order out again when it was written since the reader saw
// it.
func (s *orders) refresh(ctx context.Context, tx *sql.Tx, st *staged, at time.Time) error {
	if st.base != nil {
		var rev int64
		if err := rowIn(ctx, tx, s.writes.rev, st.base.order.ID).Scan(&rev); err != nil {
			return err
		}
		if rev == st.base.rev {
			return nil
		}
	}
	now, err := scanStored(rowIn(ctx, tx, s.writes.byRef, st.ref).Scan)
	if err != nil {
		return err
	}
	st.base = now
	st.workOut(at)
	return nil
}
