package sqlite

import (
	"slices"

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
	// wide: archived or purchase orders take part. Indexes on columns leave
	// both out and cannot be used, and text says which of the two is not wanted.
	wide bool
	// from and to are the part of the table (o.seq) given by date conditions.
	from, to int64
	// text are the conditions without numbers; match is all of them for search,
	// equal is set when it is one comparison with an indexed column.
	text  []order.Expr
	match string
	equal *order.Term
	words choices
	// tests is how a walk along a sort tests its rows.
	tests tests
	// number is the first condition on a number with an index.
	number *order.Term
	// rest are the other conditions, number among them.
	rest []order.Expr
}

func analyse(where order.Expr, words choices) query {
	q := query{to: order.Highest, words: words}
	list := conjuncts(simplify(where))
	list, noArchived := dropNot(list, hiddenTerm(order.FieldFlag, string(order.FlagArchived)))
	list, noPurchases := dropNot(list, hiddenTerm(order.FieldKind, string(order.Purchase)))
	noArchived, noPurchases = noArchived || !order.AsksArchived(where), noPurchases || !order.AsksPurchases(where)
	q.wide = !noArchived || !noPurchases
	if q.wide && noArchived {
		list = append(list, order.Not{X: hiddenTerm(order.FieldFlag, string(order.FlagArchived))})
	}
	if q.wide && noPurchases {
		list = append(list, order.Not{X: hiddenTerm(order.FieldKind, string(order.Purchase))})
	}
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

func hiddenTerm(f order.Field, value string) order.Term {
	return order.Term{Field: f, Text: []string{value}}
}

// dropNot drops the condition that a term does not hold from conditions that
// must all hold, and tells whether it was there: nothing of the kind is
// selected then, whatever the others say of it.
func dropNot(list []order.Expr, term order.Term) (rest []order.Expr, was bool) {
	for _, e := range list {
		if n, ok := e.(order.Not); ok {
			if t, ok := n.X.(order.Term); ok && t.Field == term.Field && slices.Equal(t.Text, term.Text) {
				was = true
				continue
			}
		}
		rest = append(rest, e)
	}
	return rest, was
}

func (q *query) planText() {
	const merged = 16 // values; more streams than that are search's business
	if t, ok := q.text[0].(order.Term); ok && len(q.text) == 1 && indexed(t.Field) && len(t.Text) <= merged && !q.wide {
		q.equal = &t
	}
	all := q.text
	if !q.wide {
		all = append(all[:len(all):len(all)], order.Not{X: hiddenTerm(order.FieldFlag, string(order.FlagArchived))},
			order.Not{X: hiddenTerm(order.FieldKind, string(order.Purchase))})
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
