package sqlite

import (
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// keys writes the statement that yields (k, seq): the sort's value and the
// place of each order. at is the cursor's position, nil without one.
func (q *query) keys(w walk, o ordering, at *position) *clause {
	c := &clause{words: q.words}
	for i, b := range q.branches(w, o, at) {
		if i > 0 {
			c.add(" UNION ALL ")
		}
		q.branch(c, w, o, at, b)
	}
	return c
}

// counting writes the statement whose rows are to be counted. For the whole
// desk it walks an index instead of the table: its entries are so small that
// ten thousand of them are some fifty pages.
func (q *query) counting(w walk, o ordering) *clause {
	if q.number != nil && !q.wide && len(q.text) == 0 && len(q.rest) == 1 && q.from == 0 && q.to == order.Highest {
		w = walkRange // its entries are all that is read
	}
	if w != walkTable || q.wide || q.from > 0 || q.to < order.Highest || len(q.tested(w)) > 0 {
		return q.keys(w, o, nil)
	}
	c := &clause{words: q.words}
	c.add("SELECT 1 FROM orders INDEXED BY orders_total WHERE archived=0")
	return c
}

// branch is one of several walks whose streams are merged: one for each value
// of a column, and, behind a cursor in a sort by number, one for the rest of
// the rows with the cursor's value and one for the values behind it. Thus each
// goes straight to its place in the index.
type branch struct {
	value string
	edge  string
}

func (q *query) branches(w walk, o ordering, at *position) []branch {
	switch {
	case w == walkColumn:
		var list []branch
		for _, v := range q.equal.Text {
			list = append(list, branch{value: v})
		}
		return list
	case w == walkSort && at != nil:
		return []branch{{edge: "="}, {edge: o.after()}}
	}
	return []branch{{}}
}

// edge writes the condition that a row lies behind the cursor.
func (c *clause) edge(o ordering, at *position, b branch) {
	switch b.edge {
	case "":
		c.add(" AND (o."+o.column+", o.seq)"+o.after()+"(?, ?)", at.value, at.seq)
	case "=":
		c.add(" AND o."+o.column+"=? AND o.seq"+o.after()+"?", at.value, at.seq)
	default:
		c.add(" AND o."+o.column+b.edge+"?", at.value)
	}
}

func (q *query) branch(c *clause, w walk, o ordering, at *position, b branch) {
	from, to := q.from, q.to
	if at != nil && o.column == "seq" {
		if o.descending {
			to = min(to, at.seq)
		} else {
			from = max(from, at.seq+1)
		}
	}
	row := "o.seq"
	if w == walkSearch {
		row = "f.rowid"
	}
	if o.column == "seq" {
		c.add("SELECT " + row + " AS k, " + row + " AS seq FROM ")
	} else {
		c.add("SELECT o." + o.column + " AS k, " + row + " AS seq FROM ")
	}
	q.source(c, w, o, b.value)
	if from > 0 {
		c.add(" AND "+row+">=?", from)
	}
	if to < order.Highest {
		c.add(" AND "+row+"<?", to)
	}
	if at != nil && o.column != "seq" {
		c.edge(o, at, b)
	}
	if o.column == "ship_by" {
		c.add(" AND o.ship_by IS NOT NULL")
	}
	if w == walkSort && q.tests != (tests{}) {
		q.testRows(c)
		return
	}
	for _, e := range q.tested(w) {
		c.add(" AND ")
		c.where(e)
	}
}

// testsBeside reports whether a walk along a sort tests more than its own column.
func (q *query) testsBeside(o ordering) bool {
	return len(q.text) > 0 || slices.ContainsFunc(q.rest, func(e order.Expr) bool {
		t, ok := e.(order.Term)
		return !ok || numberColumn(t.Field) != o.column
	})
}

// testRows writes how a walk along a sort tests its rows.
func (q *query) testRows(c *clause) {
	if t := q.tests.number; t != nil {
		keys := rangeKeys(*t)
		c.add(" AND o.seq IN ("+keys.sql.String()+")", keys.args...)
	}
	if q.tests.textSet {
		c.add(" AND o.seq IN (SELECT rowid FROM order_search WHERE order_search MATCH ?)", q.match)
	} else {
		q.rowText(c)
	}
	for _, e := range q.rest {
		c.add(" AND ")
		c.where(e)
	}
}

// rowText tests the text conditions on the row at hand: by its columns first,
// then by asking the search index about it.
func (q *query) rowText(c *clause) {
	for _, e := range q.text {
		if !needsSearch(e) {
			c.add(" AND ")
			c.where(e)
		}
	}
	if q.needsSearch() {
		c.add(" AND EXISTS (SELECT 1 FROM order_search f WHERE f.order_search MATCH ? AND f.rowid=o.seq)", q.match)
	}
}

// source writes the tables and the first conditions, those of the index.
func (q *query) source(c *clause, w walk, o ordering, value string) {
	live := "o.archived=0"
	if q.wide {
		live = "1"
	}
	switch w {
	case walkTable:
		c.add("orders o NOT INDEXED WHERE " + live)
	case walkColumn:
		column, _ := textColumn(q.equal.Field)
		c.add("orders o INDEXED BY orders_"+column+" WHERE "+live+" AND o."+column+"=?", value)
	case walkRange:
		c.add("orders o INDEXED BY orders_" + numberColumn(q.number.Field) + " WHERE " + live)
	case walkSort:
		c.add("orders o INDEXED BY orders_" + o.column + " WHERE " + live)
	case walkSearch:
		c.add("order_search f ")
		if len(q.rest) > 0 || o.column != "seq" {
			c.add("CROSS JOIN orders o ON o.seq=f.rowid ")
		}
		c.add("WHERE f.order_search MATCH ?", q.match)
	}
}

// tested are the conditions that a walk does not ensure.
func (q *query) tested(w walk) []order.Expr {
	if w == walkColumn || w == walkSearch {
		return q.rest
	}
	return append(q.text[:len(q.text):len(q.text)], q.rest...)
}

// counted wraps a statement so that it counts, up to a limit.
func (c *clause) counted(limit int) (string, []any) {
	return "SELECT count(*) FROM (" + c.sql.String() + " LIMIT ?)", append(c.args, limit)
}

// selected wraps a keys statement so that it yields columns of its orders.
func (c *clause) selected(o ordering, columns string, limit, offset int) (string, []any) {
	tables := "orders o ON o.seq=k.seq"
	if strings.Contains(columns, "d.") {
		tables += " CROSS JOIN docs d ON d.id=o.id"
	}
	text := "SELECT k.k, k.seq, " + columns + " FROM (" + c.sql.String() + o.by() + " LIMIT ? OFFSET ?) k CROSS JOIN " + tables
	return text, append(c.args, limit, offset)
}
