package sqlite

import (
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// How a query is answered
//
// A query is a stream of rows in the order of its sort, cut at the limit. Four
// things can be walked: the orders table (newest first), an index on a text
// column (one value, newest first; several values are merged), the search
// index (any combination of words and exact values, newest first) and an index
// on a number. What the walk does not ensure is tested row by row.
//
// Which index is walked is written into each statement. SQLite is left no
// choice, so that statistics cannot make a page slow over night.

// walk names what a statement walks.
type walk int

const (
	walkTable  walk = iota
	walkColumn      // query.equal on its index
	walkSearch      // query.match on the search index
	walkRange       // query.number's range on its index
	walkSort        // all along the index of the sort's column
)

// query is a condition taken apart.
type query struct {
	// never: nothing is selected.
	never bool
	// archived orders take part: indexes on columns leave them out and cannot
	// be used.
	archived bool
	// from and to are the part of the table (o.seq) given by date conditions.
	from, to int64
	// text are the conditions without numbers; match is all of them for search,
	// equal is set when it is one comparison with an indexed column.
	text  []order.Expr
	match string
	equal *order.Term
	words choices
	// number is the first condition on a number with an index.
	number *order.Term
	// rest are the other conditions, number among them.
	rest []order.Expr
}

func analyse(where order.Expr, words choices) query {
	q := query{to: order.Highest, words: words}
	list := conjuncts(simplify(where))
	list, hidden := dropHidden(list)
	q.archived = !hidden && order.AsksArchived(where)
	for _, e := range list {
		if t, ok := e.(order.Term); ok && t.Field == order.FieldOrdered {
			from, to := seqRange(t)
			q.from, q.to = max(q.from, from), min(q.to, to)
			continue
		}
		if any, ok := e.(order.Or); ok && len(any) == 0 {
			q.never = true
		}
		if _, ok := words.expr(e); ok {
			q.text = append(q.text, e)
			continue
		}
		q.rest = append(q.rest, e)
		if t, ok := e.(order.Term); ok && q.number == nil && numberColumn(t.Field) != "" {
			q.number = &t
		}
	}
	q.never = q.never || q.from >= q.to
	if len(q.text) > 0 && !q.never {
		q.planText()
	}
	return q
}

func conjuncts(e order.Expr) []order.Expr {
	if all, ok := e.(order.And); ok {
		return all
	}
	return []order.Expr{e}
}

// dropHidden drops the condition "not archived" from conditions that must all
// hold, and tells whether it was there: nothing archived is selected then,
// whatever the others say of it.
func dropHidden(list []order.Expr) (rest []order.Expr, hidden bool) {
	for _, e := range list {
		if n, ok := e.(order.Not); ok {
			if t, ok := n.X.(order.Term); ok && len(t.Text) == 1 && order.AsksArchived(t) {
				hidden = true
				continue
			}
		}
		rest = append(rest, e)
	}
	return rest, hidden
}

func (q *query) planText() {
	if t, ok := q.text[0].(order.Term); ok && len(q.text) == 1 && indexed(t.Field) && !q.archived {
		q.equal = &t
	}
	all := q.text
	if !q.archived {
		hidden := order.Term{Field: order.FieldFlag, Text: []string{string(order.FlagArchived)}}
		all = append(all[:len(all):len(all)], order.Not{X: hidden})
	}
	q.match, _ = q.words.all(all)
}

// numberColumn is the column of a number field that has an index of its own.
func numberColumn(f order.Field) string {
	switch f {
	case order.FieldTotal:
		return "total"
	case order.FieldUpdated:
		return "updated"
	case order.FieldShipBy:
		return "ship_by"
	}
	return ""
}

// ordering is a sort as SQL.
type ordering struct {
	column     string // seq, or a number column that comes before it
	descending bool
}

func orderingOf(s order.Sort) (ordering, bool) {
	switch s {
	case order.NewestFirst, "":
		return ordering{"seq", true}, true
	case order.OldestFirst:
		return ordering{"seq", false}, true
	case order.LargestFirst:
		return ordering{"total", true}, true
	case order.SmallestFirst:
		return ordering{"total", false}, true
	case order.RecentlyChanged:
		return ordering{"updated", true}, true
	case order.LeastRecent:
		return ordering{"updated", false}, true
	case order.ShipSoonestFirst:
		return ordering{"ship_by", false}, true
	}
	return ordering{}, false
}

func (o ordering) reversed() ordering { return ordering{o.column, !o.descending} }

// after compares with a cursor: what comes later in this order.
func (o ordering) after() string {
	if o.descending {
		return "<"
	}
	return ">"
}

func (o ordering) by() string {
	direction := ""
	if o.descending {
		direction = " DESC"
	}
	if o.column == "seq" {
		return " ORDER BY seq" + direction
	}
	return " ORDER BY k" + direction + ", seq" + direction
}

// textWalk is how the text conditions are walked.
func (q *query) textWalk() walk {
	switch {
	case q.equal != nil:
		return walkColumn
	case q.match != "":
		return walkSearch
	}
	return walkTable
}

// streams reports whether a walk yields rows in this order by itself.
func (q *query) streams(w walk, o ordering) bool {
	switch w {
	case walkSort:
		return true
	case walkRange:
		return numberColumn(q.number.Field) == o.column
	}
	return o.column == "seq"
}

// needsSearch reports whether a text condition can be tested on a row only by
// asking the search index.
func (q *query) needsSearch() bool { return slices.ContainsFunc(q.text, needsSearch) }

func needsSearch(e order.Expr) bool {
	switch e := e.(type) {
	case order.And:
		return slices.ContainsFunc(e, needsSearch)
	case order.Or:
		return slices.ContainsFunc(e, needsSearch)
	case order.Not:
		return needsSearch(e.X)
	case order.Term:
		_, column := textColumn(e.Field)
		return !column && !e.Field.IsNumber()
	}
	return false
}

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
	for _, e := range q.tested(w) {
		c.add(" AND ")
		c.where(e)
	}
}

// source writes the tables and the first conditions, those of the index.
func (q *query) source(c *clause, w walk, o ordering, value string) {
	live := "o.archived=0"
	if q.archived {
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
