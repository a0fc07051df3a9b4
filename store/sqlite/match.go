package sqlite

import (
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// choices are the dictionary's words for each beginning that a query asks for.
type choices map[string][]string

// expr is a condition as an expression for MATCH; false when it looks at a
// number, which search does not know. FTS5 has no NOT without something before
// it, for which every order's token stands in.
func (c choices) expr(e order.Expr) (string, bool) {
	switch e := e.(type) {
	case order.And:
		return c.all(e)
	case order.Or:
		parts := make([]string, len(e))
		for i, x := range e {
			part, ok := c.expr(x)
			if !ok {
				return "", false
			}
			parts[i] = part
		}
		return "(" + strings.Join(parts, " OR ") + ")", true
	case order.Not:
		x, ok := c.expr(e.X)
		return "(" + phrase(tokenAny) + " NOT " + x + ")", ok
	case order.Term:
		if e.Field == order.Words {
			return wordFrom(e.Text[0], c[e.Text[0]]), true
		}
		letter, ok := keyLetter(e.Field)
		return anyKey(letter, e.Text), ok
	}
	return "", false
}

// all joins conditions that must all hold; there is at least one.
func (c choices) all(list []order.Expr) (string, bool) {
	var hold, fail []string
	for _, e := range list {
		x, negated := e.(order.Not)
		if negated {
			e = x.X
		}
		part, ok := c.expr(e)
		if !ok {
			return "", false
		}
		if negated {
			fail = append(fail, part)
		} else {
			hold = append(hold, part)
		}
	}
	if len(hold) == 0 {
		hold = []string{phrase(tokenAny)}
	}
	all := "(" + strings.Join(hold, " AND ") + ")"
	if len(fail) == 0 {
		return all, true
	}
	return "(" + all + " NOT (" + strings.Join(fail, " OR ") + "))", true
}
