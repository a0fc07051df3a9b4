package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

var _ store.Transfer = (*db)(nil)

// PutOrders implements store.Transfer.
func (s *db) PutOrders(ctx context.Context, list []order.Order) error {
	records := make([]*record, len(list))
	for i, o := range list {
		records[i] = newRecord(o)
	}
	err := s.write(ctx, func(whole context.Context, tx *sql.Tx) error {
		for _, r := range records {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.orders.writes.put(whole, tx, r); err != nil {
				return fmt.Errorf("order %s: %w", r.order.ID, err)
			}
		}
		return nil
	})
	if err == nil {
		for _, r := range records {
			s.orders.writes.dictionary.add(r.words)
		}
	}
	return explain(err)
}

// put stores an order under the id it has; store.ErrConflict when that or its
// ref is taken.
func (w *writes) put(ctx context.Context, tx *sql.Tx, r *record) error {
	id := r.order.ID
	if fresh, err := inserted(execIn(ctx, tx, w.insertDoc, id, r.doc)); err != nil || !fresh {
		return conflictUnless(err)
	}
	ref, columns, seq := refKey(r.order.Ref), r.columns(), order.SortKey(r.order.Facts.OrderedAt, id)
	for i := range int64(maxTries) {
		fresh, err := inserted(execIn(ctx, tx, w.insert, append([]any{seq + i, id, ref}, columns...)...))
		if err != nil {
			return err
		}
		if !fresh {
			if _, err := scanStored(rowIn(ctx, tx, w.byRef, ref).Scan); err == nil {
				return store.ErrConflict
			}
			continue // an order that was moved has this place
		}
		if err := w.touch(ctx, tx, id, seq+i, r.doc); err != nil {
			return err
		}
		if err := w.search(ctx, tx, seq+i, r); err != nil {
			return err
		}
		return w.figures.stored(ctx, tx, nil, r.order)
	}
	return fmt.Errorf("no free place at %s", r.order.Facts.OrderedAt)
}

func conflictUnless(err error) error {
	if err == nil {
		return store.ErrConflict
	}
	return err
}

// EachRecord implements store.Transfer.
func (s *db) EachRecord(ctx context.Context, fn func(store.Record) error) error {
	rows, err := s.reader.QueryContext(ctx, "SELECT "+recordColumns+" FROM records ORDER BY kind, id")
	if err != nil {
		return wrap(explain(err), "records")
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		r, err := scanRecord(rows.Scan)
		if err != nil {
			return wrap(err, "records")
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return wrap(explain(rows.Err()), "records")
}

// PutRecords implements store.Transfer.
func (s *db) PutRecords(ctx context.Context, list []store.Record) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, r := range list {
			_, err := tx.ExecContext(ctx, "INSERT INTO records (kind, id, owner, record_key, at, version, doc) VALUES (?, ?, ?, ?, ?, ?, ?)",
				r.Kind, r.ID, r.Owner, nullable(r.Key), moment(r.At), r.Version, string(r.Doc))
			if taken(err) {
				err = store.ErrConflict
			}
			if err != nil {
				return wrap(explain(err), "record %s of %s", r.ID, r.Kind)
			}
		}
		return nil
	})
}

// EachMessage implements store.Transfer.
func (s *db) EachMessage(ctx context.Context, fn func(store.FiledMessage) error) error {
	rows, err := s.reader.QueryContext(ctx, `SELECT channel, event, received, attempts, error, taken, header, body, ifnull(due, 0), ifnull(finished, 0)
		FROM inbox ORDER BY id`)
	if err != nil {
		return wrap(explain(err), "inbox")
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		m, err := scanFiled(rows.Scan)
		if err != nil {
			return wrap(err, "inbox")
		}
		if err := fn(m); err != nil {
			return err
		}
	}
	return wrap(explain(rows.Err()), "inbox")
}

func scanFiled(scan func(...any) error) (store.FiledMessage, error) {
	var m store.FiledMessage
	var received, due, finished int64
	var header string
	if err := scan(&m.Channel, &m.EventID, &received, &m.Attempts, &m.Error, &m.Taken, &header, &m.Body, &due, &finished); err != nil {
		return m, err
	}
	m.At = time.UnixMilli(received).UTC()
	if finished != 0 {
		m.Finished = time.UnixMilli(finished).UTC()
		return m, nil
	}
	m.Next = time.UnixMilli(due).UTC()
	return m, json.Unmarshal([]byte(header), &m.Header)
}

// PutMessages implements store.Transfer.
func (s *db) PutMessages(ctx context.Context, list []store.FiledMessage) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, m := range list {
			var due, finished any
			if m.Finished.IsZero() {
				due = m.Next.UnixMilli()
			} else {
				finished = m.Finished.UnixMilli()
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO inbox (channel, event, received, due, finished, taken, attempts, error, header, body)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, m.Channel, m.EventID, m.At.UnixMilli(), due, finished, m.Taken, m.Attempts, m.Error,
				filedHeader(m), append([]byte{}, m.Body...))
			if taken(err) {
				err = store.ErrConflict
			}
			if err != nil {
				return wrap(explain(err), "inbox of %s", m.Channel)
			}
		}
		return nil
	})
}

// filedHeader is empty where the inbox has dropped the header.
func filedHeader(m store.FiledMessage) string {
	if m.Finished.IsZero() {
		return toJSON(m.Header)
	}
	return ""
}
