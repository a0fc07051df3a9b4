package sqlite

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

func absorbAll(t testing.TB, s *db, at time.Time, reports ...order.Report) []order.ID {
	t.Helper()
	results, err := s.Orders().Absorb(t.Context(), reports, at)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]order.ID, len(results))
	for i, r := range results {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		ids[i] = r.ID
	}
	return ids
}

// TestTakenPlace: an order is moved to the very place of another one.
func TestTakenPlace(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	ids := absorbAll(t, s, ordertest.Noon(), ordertest.Minimal("c", "1", ordertest.Noon()), ordertest.Minimal("c", "2", ordertest.Noon().Add(-time.Hour)))
	// Give both the same low bits, as one pair in two million has.
	twin := order.NewID(ordertest.Noon().Add(-time.Hour), uint32(ids[0]))
	for _, text := range []string{"UPDATE orders SET seq=?1, id=?1 WHERE id=?2", "UPDATE docs SET seq=?1, id=?1 WHERE id=?2"} {
		if _, err := s.writer.Exec(text, twin, ids[1]); err != nil {
			t.Fatal(err)
		}
	}
	moved := ordertest.Minimal("c", "2", ordertest.Noon())
	moved.At = ordertest.Noon().Add(time.Minute)
	absorbAll(t, s, ordertest.Noon(), moved)
	p, err := s.Orders().List(t.Context(), order.Query{Limit: 10})
	if err != nil || len(p.Rows) != 2 || p.Rows[0].ID != twin || !p.Rows[0].OrderedAt.Equal(ordertest.Noon()) {
		t.Errorf("%+v (%v), want both orders, the moved one beside the other", p.Rows, err)
	}
	// A new order finds the moved one's id free but not its place.
	more := make([]order.Report, 50)
	for i := range more {
		more[i] = ordertest.Minimal("d", fmt.Sprint(i), ordertest.Noon())
	}
	absorbAll(t, s, ordertest.Noon(), more...)
	if n, err := s.Orders().Count(t.Context(), nil, 100); n != 52 || err != nil {
		t.Errorf("%d orders (%v), want 52", n, err)
	}
}

// TestManyChoices: more words begin so than are asked for one by one.
func TestManyChoices(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	var reports []order.Report
	for i := range 3 * maxChoices {
		r := ordertest.Minimal("c", fmt.Sprint(i), ordertest.Noon())
		r.Facts.Customer.Name = "word" + strings.Repeat(string(rune('a'+i%26)), 1+i/26) + " other"
		reports = append(reports, r)
	}
	absorbAll(t, s, ordertest.Noon(), reports...)
	if found, err := s.orders.beginningWith(t.Context(), "wor"); found != nil || err != nil {
		t.Fatalf("%d choices (%v): the test tests nothing", len(found), err)
	}
	for prefix, want := range map[string]int{"wor": len(reports), "wordz": len(reports) / 26, "oth": len(reports), "wordless": 0} {
		n, err := s.Orders().Count(t.Context(), order.Term{Field: order.Words, Text: []string{prefix}}, 10_000)
		if err != nil || n != want {
			t.Errorf("%s: %d (%v), want %d", prefix, n, err, want)
		}
	}
}

func TestMaintain(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	for i := range 30 {
		absorbAll(t, s, ordertest.Noon().Add(-48*time.Hour), ordertest.Minimal("old", fmt.Sprint(i), ordertest.Noon()))
	}
	for i := range 3 {
		absorbAll(t, s, ordertest.Noon(), ordertest.Minimal("new", fmt.Sprint(i), ordertest.Noon()))
	}
	if err := s.Sessions().Commit("gone", []byte("x"), ordertest.Noon().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Maintain(t.Context(), ordertest.Noon().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	count := func(table string) (n int) {
		if err := s.reader.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count("changes"); n != 3 {
		t.Errorf("%d changes are left, want the 3 of today", n)
	}
	if n := count("sessions"); n != 1 {
		t.Errorf("%d sessions: one that lasts by the given clock is gone", n)
	}
	if err := s.Maintain(t.Context(), ordertest.Noon().Add(72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n, last := count("changes"), int64(0); n != 1 {
		t.Errorf("%d changes are left, want the newest alone", n)
	} else if last, _ = s.LastChange(t.Context()); last != 33 {
		t.Errorf("last change %d, want 33", last)
	}
	if n := count("sessions"); n != 0 {
		t.Errorf("%d expired sessions are left", n)
	}
	if info, err := os.Stat(s.path + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("the log has %d bytes", info.Size())
	}
}

// TestReadersWhileWriting: a long write keeps no page waiting.
func TestReadersWhileWriting(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	ids := absorbAll(t, s, ordertest.Noon(), ordertest.Report("c", "1", ordertest.Noon()))
	_, err := s.Orders().Update(t.Context(), ids[0], func(o *order.Order) error {
		if _, err := s.Orders().Get(t.Context(), ids[0]); err != nil {
			return err
		}
		if _, err := s.Orders().List(t.Context(), order.Query{Limit: 10}); err != nil {
			return err
		}
		if _, _, err := s.Sessions().Find("x"); err != nil {
			return err
		}
		o.AddNote("read while writing", "u", ordertest.Noon())
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
