package order

import (
	"slices"
	"strings"
)

// Match reports whether an order is selected by an expression. It is the plain
// meaning of the language, and engines must agree with it: an archived order
// is selected only when AsksArchived(e), a purchase order only when
// AsksPurchases(e); a nil expression holds for every other one.
func Match(e Expr, o Order) bool {
	if o.Desk.Archived && !AsksArchived(e) || o.Kind == Purchase && !AsksPurchases(e) {
		return false
	}
	m := matcher{order: o}
	return m.holds(e)
}

// matcher makes the words of an order once, and only when they are asked for.
type matcher struct {
	order Order
	words []string
}

func (m *matcher) holds(e Expr) bool {
	switch e := e.(type) {
	case nil:
		return true
	case And:
		for _, x := range e {
			if !m.holds(x) {
				return false
			}
		}
		return true
	case Or:
		return slices.ContainsFunc(e, m.holds)
	case Not:
		return !m.holds(e.X)
	case Term:
		return m.term(e)
	}
	return false
}

func (m *matcher) term(t Term) bool {
	switch {
	case t.Field == Words:
		if m.words == nil {
			m.words = SearchWords(m.order)
		}
		return len(t.Text) > 0 && slices.ContainsFunc(m.words, func(w string) bool { return strings.HasPrefix(w, t.Text[0]) })
	case t.Field.IsNumber():
		v, ok := NumberValue(m.order, t.Field)
		return ok && t.Lo <= v && v < t.Hi
	}
	return slices.ContainsFunc(TextValues(m.order, t.Field), func(v string) bool { return slices.Contains(t.Text, v) })
}

// IsNumber reports whether a field is compared as a number.
func (f Field) IsNumber() bool { return slices.Contains(numberFields(), f) }

// IsTime reports whether a number field holds Unix milliseconds.
func (f Field) IsTime() bool { return f == FieldOrdered || f == FieldUpdated || f == FieldShipBy }

func numberFields() []Field {
	return []Field{FieldOrdered, FieldUpdated, FieldShipBy, FieldTotal, FieldUnits}
}

func textFields() []Field {
	return []Field{FieldPlatform, FieldChannel, FieldStatus, FieldPayment, FieldTag, FieldAssignee, FieldFlag, FieldSKU,
		FieldState, FieldCity, FieldPincode, FieldAWB, FieldCustomer, FieldOrder, FieldKind}
}
