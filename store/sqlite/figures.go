package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// figures implements rollup.Engine.
type figures struct {
	*db
	zone   *time.Location
	keeper *rollup.Keeper
	writes figureWrites
	marked marked
}

// figureWrites are the statements of Keep; they are prepared once.
type figureWrites struct {
	mark, customer, putCustomer, dropCustomer, addSum *sql.Stmt
}

func (s *figures) prepare(ctx context.Context, shared bool) error {
	for text, into := range map[string]**sql.Stmt{
		"INSERT INTO figure_marks (day, number) VALUES (?, random()) ON CONFLICT DO UPDATE SET number=random()": &s.writes.mark,
		"SELECT visits FROM customers WHERE customer=?":                                                         &s.writes.customer,
		`INSERT INTO customers (customer, orders, net, last, visits) VALUES (?, ?, ?, ?, ?) ON CONFLICT (customer)
			DO UPDATE SET orders=excluded.orders, net=excluded.net, last=excluded.last, visits=excluded.visits`: &s.writes.putCustomer,
		"DELETE FROM customers WHERE customer=?": &s.writes.dropCustomer,
		`INSERT INTO customer_sums (kind, a, b, place, customers, orders, gross, net) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT
			DO UPDATE SET customers=customers+excluded.customers, orders=orders+excluded.orders, gross=gross+excluded.gross, net=net+excluded.net`: &s.writes.addSum,
	} {
		st, err := s.writer.PrepareContext(ctx, text) //nolint:sqlclosecheck // the pool closes it
		if err != nil {
			return fmt.Errorf("prepare: %w", explain(err))
		}
		*into = st
	}
	return s.settleZone(ctx, shared)
}

// settleZone counts everything anew when days are those of another zone than
// before, their documents have another form, or nothing was ever counted.
// Commands beside a server leave that to it.
func (s *figures) settleZone(ctx context.Context, shared bool) error {
	var name string
	err := s.reader.QueryRowContext(ctx, "SELECT name FROM figure_zone").Scan(&name)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("figures: %w", explain(err))
	}
	if name == s.form() || name != "" && shared {
		return nil
	}
	for _, text := range []string{"DELETE FROM figure_days", "DELETE FROM figure_docs", "DELETE FROM figure_marks"} {
		if err := s.exec(ctx, text); err != nil {
			return fmt.Errorf("figures: %w", err)
		}
	}
	days, err := s.Occupied(ctx)
	if err != nil {
		return fmt.Errorf("figures: %w", explain(err))
	}
	return s.Restart(ctx, days)
}

// form names what kept days depend on besides orders.
func (s *figures) form() string { return fmt.Sprint(s.zone, " ", rollup.Form) }

// marked are the days that a transaction has made dirty already. It belongs to
// whoever has the writer.
type marked struct {
	tx   *sql.Tx
	days map[report.Day]bool
}

// stored makes the days of an order dirty, in the transaction that stores it.
// before is nil for a new one.
func (s *figures) stored(ctx context.Context, tx *sql.Tx, before *order.Order, after order.Order) error {
	if before != nil {
		if !report.Affects(*before, after) {
			return nil
		}
		if err := s.mark(ctx, tx, report.DayOf(before.Facts.OrderedAt, s.zone)); err != nil {
			return err
		}
	}
	return s.mark(ctx, tx, report.DayOf(after.Facts.OrderedAt, s.zone))
}

func (s *figures) mark(ctx context.Context, tx *sql.Tx, d report.Day) error {
	if s.marked.tx != tx {
		s.marked = marked{tx: tx, days: map[report.Day]bool{}}
	}
	if s.marked.days[d] {
		return nil
	}
	s.marked.days[d] = true
	_, err := execIn(ctx, tx, s.writes.mark, d)
	return err
}

// Marks implements rollup.Engine.
func (s *figures) Marks(ctx context.Context, r report.Range, limit int) ([]rollup.Mark, error) {
	const text = "SELECT day, number FROM figure_marks WHERE day>=? AND day<=? ORDER BY day DESC LIMIT ?"
	return readRows(ctx, s.db, func(m *rollup.Mark) []any { return []any{&m.Day, &m.Number} }, text, r.From, r.To, limit)
}

// Revisions implements rollup.Engine.
func (s *figures) Revisions(ctx context.Context, r report.Range) ([]rollup.Revision, error) {
	const text = "SELECT day, revision FROM figure_days WHERE day>=? AND day<=? ORDER BY day"
	return readRows(ctx, s.db, func(r *rollup.Revision) []any { return []any{&r.Day, &r.Number} }, text, r.From, r.To)
}

// readRows reads plain rows into values; fields says where the columns go.
func readRows[T any](ctx context.Context, s *db, fields func(*T) []any, text string, args ...any) ([]T, error) {
	rows, err := s.statements.query(ctx, text, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var list []T
	for rows.Next() {
		var v T
		if err := rows.Scan(fields(&v)...); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, explain(rows.Err())
}

func docID(d report.Day, p rollup.Part) int64 { return int64(d)*4 + int64(p) }

// Read implements rollup.Engine. Days that lie close together are read in one
// walk.
func (s *figures) Read(ctx context.Context, p rollup.Part, days []report.Day, fn func(rollup.Revision, []byte) error) error {
	for len(days) > 0 {
		n := 1
		for n < len(days) && n < readDays && days[n]-days[n-1] <= readGap {
			n++
		}
		if err := s.readSome(ctx, p, days[:n], fn); err != nil {
			return err
		}
		days = days[n:]
	}
	return nil
}

const (
	readDays = 64 // documents in one walk, so that none lasts long
	readGap  = 3  // days that are rather skipped than looked for anew
)

func (s *figures) readSome(ctx context.Context, p rollup.Part, days []report.Day, fn func(rollup.Revision, []byte) error) error {
	wanted := make(map[report.Day]bool, len(days))
	for _, d := range days {
		wanted[d] = true
	}
	const text = "SELECT id, revision, doc FROM figure_docs WHERE id>=? AND id<=? AND id&3=? ORDER BY id"
	rows, err := s.statements.query(ctx, text, docID(days[0], p), docID(days[len(days)-1], p), p)
	if err != nil {
		return explain(err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var id, revision int64
		var doc sql.RawBytes
		if err := rows.Scan(&id, &revision, &doc); err != nil {
			return err
		}
		if d := report.Day(id >> 2); wanted[d] {
			if err := fn(rollup.Revision{Day: d, Number: revision}, doc); err != nil {
				return err
			}
		}
	}
	return explain(rows.Err())
}

// Placed implements rollup.Engine.
func (s *figures) Placed(ctx context.Context, from, to time.Time, fn func(order.Order) error) error {
	const text = "SELECT d.id, d.doc FROM orders o NOT INDEXED CROSS JOIN docs d ON d.id=o.id WHERE o.seq>=? AND o.seq<?"
	rows, err := s.statements.query(ctx, text, order.SortKey(from, 0), order.SortKey(to, 0))
	if err != nil {
		return explain(err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var id order.ID
		var doc sql.RawBytes
		if err := rows.Scan(&id, &doc); err != nil {
			return err
		}
		o, err := decodeOrder(id, doc)
		if err != nil {
			return err
		}
		if err := fn(o); err != nil {
			return err
		}
	}
	return explain(rows.Err())
}

// Occupied implements rollup.Engine. It steps from day to day.
func (s *figures) Occupied(ctx context.Context) ([]report.Day, error) {
	var days []report.Day
	var from int64
	for {
		var seq int64
		err := s.statements.row(ctx, "SELECT seq FROM orders WHERE seq>=? ORDER BY seq LIMIT 1", []any{from}, &seq)
		if errors.Is(err, sql.ErrNoRows) {
			return days, nil
		}
		if err != nil {
			return nil, explain(err)
		}
		d := report.DayOf(time.UnixMilli(seq>>21), s.zone)
		days = append(days, d)
		from = order.SortKey((d + 1).Start(s.zone), 0)
	}
}

// Restart implements rollup.Engine.
func (s *figures) Restart(ctx context.Context, days []report.Day) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, text := range []string{
			"DELETE FROM customers", "DELETE FROM customer_sums", fmt.Sprint("DELETE FROM figure_docs WHERE id&3=", rollup.PartVisits),
			"INSERT INTO figure_marks (day, number) SELECT day, random() FROM figure_days WHERE 1 ON CONFLICT DO UPDATE SET number=random()",
			// Who is counting a day just now has compared it with visits that are
			// forgotten, and must not store what came of it.
			"UPDATE figure_days SET revision=revision+1", "UPDATE figure_docs SET revision=revision+1",
		} {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return fmt.Errorf("figures: %w", explain(err))
			}
		}
		if _, err := tx.ExecContext(ctx, "REPLACE INTO figure_zone (one, name) VALUES (1, ?)", s.form()); err != nil {
			return fmt.Errorf("figures: %w", explain(err))
		}
		for _, d := range days {
			if err := s.mark(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// newRevision is a number that no day had before.
func newRevision() int64 { return rand.Int64N(1<<62) + 1 } //nolint:gosec // keeps no secret
