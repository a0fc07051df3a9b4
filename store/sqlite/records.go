package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// records implements store.Records.
type records db

const recordColumns = "kind, id, owner, ifnull(record_key, ''), at, version, doc"

func scanRecord(scan func(...any) error) (store.Record, error) {
	var r store.Record
	var at int64
	var doc []byte
	err := scan(&r.Kind, &r.ID, &r.Owner, &r.Key, &at, &r.Version, &doc)
	r.At, r.Doc = instant(at), doc
	return r, err
}

// noInstant stands for the zero time, before every other.
const noInstant = -1 << 62

// moment is a time as a column holds it, the zero time included.
func moment(t time.Time) int64 {
	if t.IsZero() {
		return noInstant
	}
	return t.UnixMilli()
}

func instant(at int64) time.Time {
	if at == noInstant {
		return time.Time{}
	}
	return time.UnixMilli(at).UTC()
}

// nullable is a text as a column holds it that is NULL when empty.
func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (s *records) Get(ctx context.Context, kind, id string) (store.Record, error) {
	r, err := scanRecord(s.reader.QueryRowContext(ctx, "SELECT "+recordColumns+" FROM records WHERE kind=? AND id=?", kind, id).Scan)
	return r, wrap(missing(err), "record %s of %s", id, kind)
}

func (s *records) ByKey(ctx context.Context, kind, key string) (store.Record, error) {
	r, err := scanRecord(s.reader.QueryRowContext(ctx, "SELECT "+recordColumns+" FROM records WHERE kind=? AND record_key=?", kind, key).Scan)
	return r, wrap(missing(err), "record of %s by key", kind)
}

// selected writes the conditions of a query, and its order where it has a
// limit or is to be sorted.
func selectRecords(c *clause, q store.RecordQuery, sorted bool) {
	c.add(" FROM records WHERE kind=?", q.Kind)
	if q.Owner != nil {
		c.add(" AND owner=?", *q.Owner)
	}
	if !q.From.IsZero() {
		c.add(" AND at>=?", q.From.UnixMilli())
	}
	if !q.Until.IsZero() {
		c.add(" AND at<?", q.Until.UnixMilli())
	}
	if !sorted {
		return
	}
	by := " ORDER BY at DESC, id DESC"
	if q.OldestFirst {
		by = " ORDER BY at, id"
	}
	c.add(by)
	if q.Limit > 0 {
		c.add(" LIMIT ?", q.Limit)
	}
}

func (s *records) List(ctx context.Context, q store.RecordQuery) ([]store.Record, error) {
	c := &clause{}
	c.add("SELECT " + recordColumns)
	selectRecords(c, q, true)
	rows, err := s.statements.query(ctx, c.sql.String(), c.args...)
	if err != nil {
		return nil, wrap(explain(err), "records of %s", q.Kind)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var list []store.Record
	for rows.Next() {
		r, err := scanRecord(rows.Scan)
		if err != nil {
			return nil, wrap(err, "records of %s", q.Kind)
		}
		list = append(list, r)
	}
	return list, wrap(explain(rows.Err()), "records of %s", q.Kind)
}

func (s *records) Count(ctx context.Context, q store.RecordQuery) (int, error) {
	c := &clause{}
	c.add("SELECT count(*)")
	selectRecords(c, q, false)
	var n int
	err := s.statements.row(ctx, c.sql.String(), c.args, &n)
	return n, wrap(explain(err), "records of %s", q.Kind)
}

// Create implements store.Records; the version of a new record is 1.
func (s *records) Create(ctx context.Context, r store.Record) error {
	err := insertNew(ctx, (*db)(s), "INSERT INTO records (kind, id, owner, record_key, at, version, doc) VALUES (?, ?, ?, ?, ?, 1, ?)",
		r.Kind, r.ID, r.Owner, nullable(r.Key), moment(r.At), string(r.Doc))
	return wrap(err, "record %s of %s", r.ID, r.Kind)
}

// Update implements store.Records.
func (s *records) Update(ctx context.Context, kind, id string, fn func(*store.Record) error) (store.Record, error) {
	var result store.Record
	err := (*db)(s).write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, err := scanRecord(tx.QueryRowContext(ctx, "SELECT "+recordColumns+" FROM records WHERE kind=? AND id=?", kind, id).Scan)
		if err != nil {
			return wrap(missing(err), "record %s of %s", id, kind)
		}
		version := r.Version
		if err := fn(&r); err != nil {
			return err
		}
		r.Kind, r.ID, r.Version, r.At = kind, id, version+1, ms(r.At)
		result = r
		_, err = tx.ExecContext(ctx, "UPDATE records SET owner=?, record_key=?, at=?, version=?, doc=? WHERE kind=? AND id=?",
			r.Owner, nullable(r.Key), moment(r.At), r.Version, string(r.Doc), kind, id)
		if taken(err) {
			err = store.ErrConflict
		}
		return wrap(err, "record %s of %s", id, kind)
	})
	if err != nil {
		return store.Record{}, err
	}
	return result, nil
}

func (s *records) Delete(ctx context.Context, kind, id string) error {
	n, err := (*db)(s).execCount(ctx, "DELETE FROM records WHERE kind=? AND id=?", kind, id)
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	return wrap(err, "record %s of %s", id, kind)
}

func (s *records) DeleteWhere(ctx context.Context, q store.RecordQuery) (int, error) {
	c := &clause{}
	if q.Limit > 0 {
		c.add("DELETE FROM records WHERE (kind, id) IN (SELECT kind, id")
		selectRecords(c, q, true)
		c.add(")")
	} else {
		c.add("DELETE")
		selectRecords(c, q, false)
	}
	n, err := (*db)(s).execCount(ctx, c.sql.String(), c.args...)
	return int(n), wrap(err, "records of %s", q.Kind)
}

// prefixEnd is the first text after all that begin with a prefix, as far as
// texts are UTF-8.
func prefixEnd(prefix string) string { return prefix + "\U0010ffff" }
