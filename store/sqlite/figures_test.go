package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// undoFigures takes the figures out of a database.
const undoFigures = `DROP TABLE figure_marks; DROP TABLE figure_days; DROP TABLE figure_docs; DROP TABLE customers;
	DROP TABLE customer_sums; DROP TABLE figure_zone`

func synthetic(n int) []order.Report {
	var reports []order.Report
	for i := range n {
		r := ordertest.Synthetic(5, i, 20, ordertest.Noon())
		r.Facts.Customer.Phone = fmt.Sprint("912000", 1000+i%40)
		reports = append(reports, r)
	}
	return reports
}

func recountEverything(t testing.TB, s *db) {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = s.Figures().Recount(t.Context(), 20); err != nil {
			t.Fatal(err)
		}
	}
}

func differences(t testing.TB, s *db) (list []string) {
	t.Helper()
	err := s.Figures().Verify(t.Context(), func(d report.Difference) error {
		list = append(list, fmt.Sprintf("%s %s: %s, not %s", d.Day, d.What, d.Kept, d.Want))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// ordersCounted sums what the figures say.
func ordersCounted(t testing.TB, s *db) (n int, pending int) {
	t.Helper()
	f, err := s.Figures().Days(t.Context(), report.Ever())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Days {
		n += int(d.Orders)
	}
	return n, f.Pending
}

// A database from before there were figures counts its orders by and by.
func TestFiguresOfAnOlderDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "old.db")
	s := openPath(t, path)
	absorbAll(t, s, ordertest.Noon(), synthetic(200)...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	change(t, path, undoFigures+"; DELETE FROM migrations WHERE number >= 4")
	s = openPath(t, path)
	if n, pending := ordersCounted(t, s); n == 200 || pending == 0 {
		t.Errorf("%d orders counted, %d days pending: nothing was left to do", n, pending)
	}
	recountEverything(t, s)
	if n, pending := ordersCounted(t, s); n != 200 || pending != 0 {
		t.Errorf("%d orders counted, %d days pending", n, pending)
	}
	if d := differences(t, s); len(d) != 0 {
		t.Error(d)
	}
}

// In another zone the same orders lie on other days.
func TestFiguresOfAnotherZone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "moved.db")
	at := time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		zone *time.Location
		want string
	}{
		{nil, "2026-04-01"}, {time.UTC, "2026-03-31"}, {time.UTC, "2026-03-31"}, {time.FixedZone("Asia/Tokyo", 9*60*60), "2026-04-01"},
	} {
		opened, err := Open(t.Context(), Config{Path: path, Zone: c.zone})
		if err != nil {
			t.Fatal(err)
		}
		s := opened.(*db)
		absorbAll(t, s, at, ordertest.Report("website", "1", at))
		recountEverything(t, s)
		f, err := s.Figures().Days(t.Context(), report.Ever())
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Days) != 1 || f.Days[0].Day.String() != c.want {
			t.Errorf("%v: %d days, want %s", c.zone, len(f.Days), c.want)
		}
		if d := differences(t, s); len(d) != 0 {
			t.Errorf("%v: %v", c.zone, d)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever part of the figures is damaged, verify says so and a rebuild mends
// it.
func TestFiguresDamaged(t *testing.T) {
	t.Parallel()
	const oneDay = "(SELECT day FROM figure_days ORDER BY day LIMIT 1 OFFSET 3)"
	for _, c := range []struct{ name, text, want string }{
		{"an order vanished", "DELETE FROM orders WHERE seq=(SELECT seq FROM orders ORDER BY seq LIMIT 1 OFFSET 50)", "day: orders="},
		{"a day vanished", "DELETE FROM figure_days WHERE day=" + oneDay + "; DELETE FROM figure_docs WHERE id>>2 NOT IN (SELECT day FROM figure_days)", "day: orders=0"},
		{"the document of a day", "DELETE FROM figure_docs WHERE id=4*" + oneDay, "day: orders=0"},
		{"a day in the place of another", "UPDATE figure_docs SET doc=(SELECT doc FROM figure_docs WHERE id=4+4*" + oneDay + ") WHERE id=4*" + oneDay, "orders"},
		{"rubbish", "UPDATE figure_docs SET doc=x'0102' WHERE id=4*" + oneDay, "figures: kept figures are damaged"},
		{"rubbish for visits", "UPDATE figure_docs SET doc=x'010299' WHERE id=1+4*" + oneDay, "visits: kept figures are damaged"},
		{"rubbish for sales", "UPDATE figure_docs SET doc=x'0201' WHERE id=2+4*" + oneDay, "sales: kept figures are damaged"},
		{"no sales", "DELETE FROM figure_docs WHERE id=2+4*" + oneDay, "product / "},
		{"no visits", "UPDATE figure_docs SET doc=x'' WHERE id=1+4*" + oneDay, "visits of customer"},
		{"a customer vanished", "DELETE FROM customers WHERE id=5", "customer"},
		{"a customer who never bought", "INSERT INTO customers SELECT 999, 'x', orders, net, last, visits FROM customers WHERE id=5", "customers"},
		{"a customer's net", "UPDATE customers SET net=net+1 WHERE id=7", "net="},
		{"a customer's orders", "UPDATE customers SET orders=9 WHERE id=7", "orders=9"},
		{"two customers' visits swapped", `CREATE TEMP TABLE x AS SELECT visits FROM customers WHERE id=1;
			UPDATE customers SET visits=(SELECT visits FROM customers WHERE id=2) WHERE id=1`, "customer"},
		{"a sum", "UPDATE customer_sums SET net=net-1 WHERE kind='cohort'", "customers of 2026-11 in 2026-11"},
		{"a sum vanished", "DELETE FROM customer_sums WHERE kind='all'", "all customers"},
		{"a sum too many", "INSERT INTO customer_sums VALUES ('newcomer', 5, 0, '', 1, 1, 1, 1)", "customers new on 1970-01-06"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := openTest(t)
			absorbAll(t, s, ordertest.Noon(), synthetic(150)...)
			recountEverything(t, s)
			if d := differences(t, s); len(d) != 0 {
				t.Fatal(d)
			}
			if _, err := s.writer.ExecContext(t.Context(), c.text); err != nil {
				t.Fatal(err)
			}
			if d := strings.Join(differences(t, s), "\n"); !strings.Contains(d, c.want) {
				t.Errorf("differences %q, want %q", d, c.want)
			}
			if err := s.Figures().Rebuild(t.Context(), func(int, int) {}); err != nil {
				t.Fatal(err)
			}
			if d := differences(t, s); len(d) != 0 {
				t.Errorf("after a rebuild: %v", d)
			}
		})
	}
}

// meddling stores something more just after a day's orders were read.
type meddling struct {
	rollup.Engine
	then func()
}

func (m meddling) Placed(ctx context.Context, from, to time.Time, fn func(order.Order) error) error {
	err := m.Engine.Placed(ctx, from, to, fn)
	m.then()
	return err
}

// What happens while a day is counted leaves the day dirty.
func TestRecountMeanwhile(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	n := 0
	more := func() {
		n++
		absorbAll(t, s, ordertest.Noon(), ordertest.Report("website", fmt.Sprint(n), ordertest.Noon()))
	}
	more()
	keeper := rollup.New(meddling{s.figures, more}, rollup.Config{})
	for want := range 3 {
		if _, err := keeper.Recount(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		kept, err := s.figures.Revisions(t.Context(), report.Ever())
		if err != nil || len(kept) != 1 {
			t.Fatalf("%v, %v: a busy day is never kept", kept, err)
		}
		if marks, err := s.figures.Marks(t.Context(), report.Ever(), 5); err != nil || len(marks) != 1 {
			t.Errorf("round %d: %d marks (%v)", want, len(marks), err)
		}
	}
	recountEverything(t, s)
	if counted, _ := ordersCounted(t, s); counted != n {
		t.Errorf("%d orders, want %d", counted, n)
	}
	if d := differences(t, s); len(d) != 0 {
		t.Error(d)
	}
}

// Of two that count the same day, the slower one stores nothing.
func TestRecountTwice(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	absorbAll(t, s, ordertest.Noon(), ordertest.Report("website", "1", ordertest.Noon()))
	slow := rollup.New(meddling{s.figures, func() {
		absorbAll(t, s, ordertest.Noon(), ordertest.Report("website", "2", ordertest.Noon()))
		recountEverything(t, s)
	}}, rollup.Config{})
	if _, err := slow.Recount(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if n, _ := ordersCounted(t, s); n != 2 {
		t.Errorf("%d orders, want 2", n)
	}
	if d := differences(t, s); len(d) != 0 {
		t.Error(d)
	}
}

// Who counts a day while another process begins to rebuild stores nothing of
// it: customers would be told only what changed since before.
func TestRebuildMeanwhile(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	absorbAll(t, s, ordertest.Noon(), synthetic(60)...)
	recountEverything(t, s)
	r := synthetic(1)[0]
	r.Status, r.At = order.Returned, r.At.Add(time.Hour)
	absorbAll(t, s, ordertest.Noon(), r)
	meddled := rollup.New(meddling{s.figures, func() {
		days, err := s.figures.Occupied(t.Context())
		if err == nil {
			err = s.figures.Restart(t.Context(), days)
		}
		if err != nil {
			t.Error(err)
		}
	}}, rollup.Config{})
	if _, err := meddled.Recount(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	recountEverything(t, s)
	if d := differences(t, s); len(d) != 0 {
		t.Error(d)
	}
}
