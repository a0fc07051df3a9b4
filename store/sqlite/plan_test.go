package sqlite

import (
	"fmt"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// TestPlans asserts how SQLite answers the lists that pages offer: along an
// index, or newest first along the table, and without sorting.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	var reports []order.Report
	for i := range 200 {
		reports = append(reports, ordertest.Synthetic(1, i, 30, ordertest.Noon()))
	}
	if _, err := s.Orders().Absorb(t.Context(), reports, ordertest.Noon()); err != nil {
		t.Fatal(err)
	}
	if err := s.Maintain(t.Context(), ordertest.Noon()); err != nil {
		t.Fatal(err)
	}
	for _, c := range planCases() {
		checkPlan(t, s, c, nil)
		checkPlan(t, s, c, &position{value: 5, seq: 7})
	}
}

type planCase struct {
	name  string
	where order.Expr
	by    order.Sort
	want  string
}

const wholeTable = "SCAN o"

func planCases() []planCase {
	text := func(f order.Field, v ...string) order.Expr { return order.Term{Field: f, Text: v} }
	const table, search = wholeTable, "SCAN f VIRTUAL TABLE"
	status := text(order.FieldStatus, "delivered")
	return []planCase{
		{"all", nil, order.NewestFirst, table},
		{"all, oldest", nil, order.OldestFirst, table},
		{"days", order.Term{Field: order.FieldOrdered, Lo: 1, Hi: ordertest.Noon().UnixMilli()}, order.NewestFirst, "SEARCH o USING INTEGER PRIMARY KEY"},
		{"status", status, order.NewestFirst, "SEARCH o USING COVERING INDEX orders_status"},
		{"statuses", text(order.FieldStatus, "delivered", "pending", "shipped"), order.NewestFirst, "SEARCH o USING COVERING INDEX orders_status"},
		{"platform", text(order.FieldPlatform, "amazon"), order.NewestFirst, "SEARCH o USING COVERING INDEX orders_platform"},
		{"channel", text(order.FieldChannel, "website"), order.OldestFirst, "SEARCH o USING COVERING INDEX orders_channel"},
		{"customer", text(order.FieldCustomer, "x"), order.NewestFirst, search},
		{"assignee", text(order.FieldAssignee, "x"), order.NewestFirst, search},
		{"tag", text(order.FieldTag, "x"), order.NewestFirst, search},
		{"payment", text(order.FieldPayment, "cod"), order.NewestFirst, search},
		{"two filters", order.And{status, text(order.FieldPlatform, "amazon")}, order.NewestFirst, search},
		{"word", text(order.Words, "ring"), order.NewestFirst, search},
		{"word and status", order.And{status, text(order.Words, "ring")}, order.OldestFirst, search},
		{"largest", nil, order.LargestFirst, "USING COVERING INDEX orders_total"},
		{"smallest", nil, order.SmallestFirst, "USING COVERING INDEX orders_total"},
		{"changed", nil, order.RecentlyChanged, "USING COVERING INDEX orders_updated"},
		{"least changed", nil, order.LeastRecent, "USING COVERING INDEX orders_updated"},
		{"ship by", nil, order.ShipSoonestFirst, "USING COVERING INDEX orders_ship_by"},
	}
}

func checkPlan(t *testing.T, s *db, c planCase, at *position) {
	t.Helper()
	q, err := s.orders.analyse(t.Context(), c.where)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := orderingOf(c.by)
	w := q.textWalk()
	if o.column != "seq" {
		w = walkSort
	}
	plan, want := explainPlan(t, s, q.keys(w, o, at), o), c.want
	if at != nil && want == wholeTable {
		want = "SEARCH o USING INTEGER PRIMARY KEY" // straight to the cursor
	}
	if at != nil && o.column != "seq" && !strings.Contains(plan, "=? AND rowid") {
		t.Errorf("%s: the cursor is not looked up:\n%s", c.name, plan)
	}
	if !strings.Contains(plan, want) || strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("%s (cursor %t): want %q and no sorting, got\n%s", c.name, at != nil, want, plan)
	}
	if strings.Contains(plan, wholeTable+"\n") && want != wholeTable {
		t.Errorf("%s: the whole table is read:\n%s", c.name, plan)
	}
}

func explainPlan(t *testing.T, s *db, keys *clause, o ordering) string {
	t.Helper()
	text, args := keys.selected(o, rowColumns, 51, 0)
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
