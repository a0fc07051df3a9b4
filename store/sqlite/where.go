package sqlite

import (
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// clause is SQL text with the values for its marks.
type clause struct {
	sql   strings.Builder
	args  []any
	words choices
}

func (c *clause) add(text string, args ...any) {
	c.sql.WriteString(text)
	c.args = append(c.args, args...)
}

// textColumn is the column of orders that holds a text field. Other text fields
// are answered by search alone.
func textColumn(f order.Field) (string, bool) {
	switch f {
	case order.FieldPlatform, order.FieldChannel, order.FieldStatus, order.FieldPayment, order.FieldAssignee, order.FieldCustomer:
		return string(f), true
	}
	return "", false
}

// indexed says which text columns have an index.
func indexed(f order.Field) bool {
	return f == order.FieldStatus || f == order.FieldPlatform || f == order.FieldChannel
}

// where writes a simplified condition as SQL on a row o of orders. It is never
// NULL, so that NOT means what it says.
func (c *clause) where(e order.Expr) {
	switch e := e.(type) {
	case order.And:
		c.join(e, " AND ", "1")
	case order.Or:
		c.join(e, " OR ", "0")
	case order.Not:
		c.add("NOT ")
		c.where(e.X)
	case order.Term:
		if e.Field.IsNumber() {
			c.number(e)
		} else {
			c.text(e)
		}
	}
}

func (c *clause) join(list []order.Expr, word, empty string) {
	if len(list) == 0 {
		c.add(empty)
		return
	}
	c.add("(")
	for i, e := range list {
		if i > 0 {
			c.add(word)
		}
		c.where(e)
	}
	c.add(")")
}

func (c *clause) number(t order.Term) {
	switch t.Field {
	case order.FieldOrdered:
		from, to := seqRange(t)
		c.add("(o.seq>=? AND o.seq<?)", from, to)
	case order.FieldTotal:
		c.add("(o.total>=? AND o.total<?", t.Lo, t.Hi)
		if t.Lo <= 0 && 0 < t.Hi { // elsewhere the index says it all
			c.add(" AND (o.total<>0 OR o.priced)")
		}
		c.add(")")
	case order.FieldShipBy:
		c.add("(o.ship_by IS NOT NULL AND o.ship_by>=? AND o.ship_by<?)", t.Lo, t.Hi)
	default:
		c.add("(o."+string(t.Field)+">=? AND o."+string(t.Field)+"<?)", t.Lo, t.Hi)
	}
}

// seqRange is the part of the table in which the order time lies in a term's
// range.
func seqRange(t order.Term) (from, to int64) {
	const latest = order.Highest >> 21 // milliseconds that a sort key can hold
	at := func(ms int64) int64 { return min(max(ms, 0), latest) << 21 }
	from, to = at(t.Lo), at(t.Hi)
	if t.Hi > latest {
		to = order.Highest
	}
	return from, to
}

func (c *clause) text(t order.Term) {
	column, ok := textColumn(t.Field)
	if !ok {
		match, _ := c.words.expr(t)
		c.add("o.seq IN (SELECT rowid FROM order_search WHERE order_search MATCH ?)", match)
		return
	}
	c.add("o." + column)
	if len(t.Text) == 1 {
		c.add("=?", t.Text[0])
		return
	}
	c.add(" IN (?" + strings.Repeat(",?", len(t.Text)-1) + ")")
	for _, v := range t.Text {
		c.args = append(c.args, v)
	}
}
