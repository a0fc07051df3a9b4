package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// undoWishes takes a database back to its first version.
const undoWishes = `DROP INDEX orders_wish; DROP INDEX orders_channel_archived; ALTER TABLE orders DROP COLUMN wish_try;
	DROP TABLE inbox; DROP TABLE leases; DROP TABLE ledger; DROP TABLE records; DROP TABLE audit; ` + undoFigures + `; DELETE FROM migrations WHERE number >= 2`

// An order whose wish was made before the column came is found like any other.
func TestOldWishesAreFilledIn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "old.db")
	s := openPath(t, path)
	var ids []order.ID
	for i, state := range []order.WishState{order.WishWaiting, order.WishRefused, order.WishLocal, ""} {
		r := ordertest.Minimal("website", fmt.Sprint(i), ordertest.Noon())
		r.Status = order.Pending
		done, err := s.Orders().Absorb(t.Context(), []order.Report{r}, ordertest.Noon())
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, done[0].ID)
		if state == "" {
			continue
		}
		_, err = s.Orders().Update(t.Context(), ids[i], func(o *order.Order) error {
			err := o.SetStatus(order.Confirmed, "u1", "", true, ordertest.Noon())
			o.Wish.State = state
			o.Desk.Archived = i == 0
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	change(t, path, undoWishes)
	s = openPath(t, path)
	due, err := s.Orders().DueWishes(t.Context(), "website", ordertest.Noon().Add(time.Hour), 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids[:1], due); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
	if open, refused, err := s.Orders().OpenWishes(t.Context(), "website"); open != 2 || refused != 1 || err != nil {
		t.Errorf("%d open, %d refused, %v; want 2 and 1", open, refused, err)
	}
}

// What the schedule asks every few seconds walks an index and sorts nothing.
func TestSchedulePlans(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	all, _ := dueMessages("", time.Now())
	one, _ := dueMessages("x", time.Now())
	for text, want := range map[string]string{
		"SELECT id, body FROM " + all + " ORDER BY due, received, id LIMIT 5":           "USING INDEX inbox_due (due<?)",
		"SELECT id, body FROM " + one + " ORDER BY due, received, id LIMIT 5":           "USING INDEX inbox_channel (channel=? AND due<?)",
		"SELECT count(*), min(received) FROM inbox WHERE due IS NOT NULL AND channel=?": "USING COVERING INDEX inbox_channel",
		"SELECT count(*), min(received) FROM inbox WHERE due IS NOT NULL":               "USING COVERING INDEX inbox_",
		"SELECT id FROM inbox WHERE finished < ? ORDER BY finished LIMIT ?":             "USING COVERING INDEX inbox_finished",
		selectDueWishes:    "USING INDEX orders_wish (channel=? AND wish_try<?)",
		selectOpenWishes:   "USING COVERING INDEX orders_wish",
		selectCountOrdered: "USING COVERING INDEX orders_channel (channel=? AND rowid>? AND rowid<?)",
	} {
		plan := planOf(t, s, text)
		if !strings.Contains(plan, want) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s: want %q and no sorting, got\n%s", text, want, plan)
		}
	}
}

func planOf(t *testing.T, s *db, text string) string {
	t.Helper()
	args := make([]any, strings.Count(text, "?"))
	if strings.Contains(text, "?1") {
		args = args[:3]
	}
	rows, err := s.reader.Query("EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
