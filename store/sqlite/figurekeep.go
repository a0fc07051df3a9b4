package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// Keep implements rollup.Engine. Everything that follows from a recount is one
// transaction, so that customers and sums never disagree with their days.
func (s *figures) Keep(ctx context.Context, c rollup.Counted) (kept bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		kept = false
		var mark, revision int64
		err := tx.QueryRowContext(ctx, "SELECT number, ifnull((SELECT revision FROM figure_days WHERE day=?1), 0) FROM figure_marks WHERE day=?1",
			c.Mark.Day).Scan(&mark, &revision)
		if errors.Is(err, sql.ErrNoRows) || err == nil && revision != c.Before {
			return nil
		}
		if err != nil {
			return explain(err)
		}
		kept = true
		if mark == c.Mark.Number {
			if _, err := tx.ExecContext(ctx, "DELETE FROM figure_marks WHERE day=?", c.Mark.Day); err != nil {
				return explain(err)
			}
		}
		if err := s.keepDay(ctx, tx, c); err != nil {
			return explain(err)
		}
		return explain(s.keepCustomers(ctx, tx, c))
	})
	return kept && err == nil, err
}

func (s *figures) keepDay(ctx context.Context, tx *sql.Tx, c rollup.Counted) error {
	d := c.Mark.Day
	if len(c.Figures) == 0 {
		for _, text := range []string{"DELETE FROM figure_docs WHERE id BETWEEN ?1*4 AND ?1*4+3", "DELETE FROM figure_days WHERE day=?1"} {
			if _, err := tx.ExecContext(ctx, text, d); err != nil {
				return err
			}
		}
		return nil
	}
	docs := map[rollup.Part][]byte{rollup.PartFigures: c.Figures, rollup.PartSales: c.Sales, rollup.PartVisits: c.Visits}
	news := false
	for p, doc := range docs {
		var have []byte
		err := tx.QueryRowContext(ctx, "SELECT doc FROM figure_docs WHERE id=?", docID(d, p)).Scan(&have)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		news = news || err != nil || !bytes.Equal(have, doc)
	}
	if !news {
		return nil // readers may go on with what they have
	}
	revision := newRevision()
	for p, doc := range docs {
		if _, err := tx.ExecContext(ctx, "REPLACE INTO figure_docs (id, revision, doc) VALUES (?, ?, ?)", docID(d, p), revision, doc); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "REPLACE INTO figure_days (day, revision) VALUES (?, ?)", d, revision)
	return err
}

func (s *figures) keepCustomers(ctx context.Context, tx *sql.Tx, c rollup.Counted) error {
	sums := report.CustomerSums{}
	find, put := tx.StmtContext(ctx, s.writes.customer), tx.StmtContext(ctx, s.writes.putCustomer) //nolint:sqlclosecheck // tx closes them
	for _, change := range c.Changes {
		var doc []byte
		if err := find.QueryRowContext(ctx, change.Customer).Scan(&doc); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		was, err := rollup.DecodeVisits(doc)
		if err != nil {
			return err
		}
		is := rollup.Replace(was, c.Mark.Day, change.Visits)
		sums.AddCustomer(was, -1)
		sums.AddCustomer(is, 1)
		if len(is) == 0 {
			if _, err := execIn(ctx, tx, s.writes.dropCustomer, change.Customer); err != nil {
				return err
			}
			continue
		}
		sum := report.CustomerOf(is)
		if _, err := put.ExecContext(ctx, change.Customer, sum.Orders, sum.Net, sum.Last.UnixMilli(), rollup.EncodeVisits(is)); err != nil {
			return err
		}
	}
	return s.addSums(ctx, tx, sums)
}

func (s *figures) addSums(ctx context.Context, tx *sql.Tx, sums report.CustomerSums) error {
	const drop = "DELETE FROM customer_sums WHERE kind=? AND a=? AND b=? AND place=? AND customers=0"
	for k, v := range sums {
		if v == (report.CustomerSum{}) {
			continue
		}
		if _, err := execIn(ctx, tx, s.writes.addSum, string(k.Kind), k.A, k.B, k.Text, v.Customers, v.Orders, v.Gross, v.Net); err != nil {
			return err
		}
		if v.Customers < 0 { // nobody left, perhaps
			if _, err := tx.ExecContext(ctx, drop, string(k.Kind), k.A, k.B, k.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

// Best implements rollup.Engine.
func (s *figures) Best(ctx context.Context, by report.CustomerSort, limit, offset int) ([]report.Customer, error) {
	column := "net"
	switch by {
	case report.ByOrders:
		column = "orders"
	case report.ByLastSeen:
		column = "last"
	}
	text := "SELECT visits FROM customers INDEXED BY customers_" + column + " ORDER BY " + column + " DESC, customer LIMIT ? OFFSET ?"
	docs, err := readRows(ctx, s.db, func(doc *[]byte) []any { return []any{doc} }, text, limit, offset)
	if err != nil {
		return nil, err
	}
	list := make([]report.Customer, len(docs))
	for i, doc := range docs {
		visits, err := rollup.DecodeVisits(doc)
		if err != nil {
			return nil, err
		}
		list[i] = report.CustomerOf(visits)
	}
	return list, nil
}

// Visits implements rollup.Engine.
func (s *figures) Visits(ctx context.Context, customer string) ([]report.Visit, error) {
	var doc []byte
	err := s.statements.row(ctx, "SELECT visits FROM customers WHERE customer=?", []any{customer}, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(err)
	}
	return rollup.DecodeVisits(doc)
}

// Sums implements rollup.Engine.
func (s *figures) Sums(ctx context.Context, kinds ...report.SumKind) (report.CustomerSums, error) {
	type row struct {
		key report.SumKey
		sum report.CustomerSum
	}
	sums := report.CustomerSums{}
	for _, kind := range kinds {
		rows, err := readRows(ctx, s.db, func(r *row) []any {
			return []any{&r.key.A, &r.key.B, &r.key.Text, &r.sum.Customers, &r.sum.Orders, &r.sum.Gross, &r.sum.Net}
		}, "SELECT a, b, place, customers, orders, gross, net FROM customer_sums WHERE kind=?", string(kind))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			r.key.Kind = kind
			sums[r.key] = r.sum
		}
	}
	return sums, nil
}

// Everybody implements rollup.Engine.
func (s *figures) Everybody(ctx context.Context, fn func(report.Customer, []report.Visit) error) error {
	rows, err := s.statements.query(ctx, "SELECT customer, orders, net, last, visits FROM customers")
	if err != nil {
		return explain(err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var doc sql.RawBytes
		var key string
		var orders int
		var net, last int64
		if err := rows.Scan(&key, &orders, &net, &last, &doc); err != nil {
			return err
		}
		visits, err := rollup.DecodeVisits(doc)
		if err != nil {
			return err
		}
		c := report.CustomerOf(visits)
		c.Key, c.Orders, c.Net, c.Last = key, orders, net, instant(last)
		if err := fn(c, visits); err != nil {
			return err
		}
	}
	return explain(rows.Err())
}
