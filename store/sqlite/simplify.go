package sqlite

import (
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// simplify brings a condition into the form that planning works on: And and Or
// are flat and have two conditions or more, constants are gone from inside, no
// term is without a value. A condition that always holds becomes an empty And,
// one that never does an empty Or.
func simplify(e order.Expr) order.Expr {
	switch e := e.(type) {
	case nil:
		return order.And{}
	case order.And:
		return simplifyAnd(e)
	case order.Or:
		return simplifyOr(e)
	case order.Not:
		switch x := simplify(e.X).(type) {
		case order.Not:
			return x.X
		case order.And:
			if len(x) == 0 {
				return order.Or{}
			}
			return order.Not{X: x}
		case order.Or:
			if len(x) == 0 {
				return order.And{}
			}
			return order.Not{X: x}
		default:
			return order.Not{X: x}
		}
	case order.Term:
		return simplifyTerm(e)
	}
	return order.Or{}
}

// never reports whether a simplified condition is the one that never holds.
func never(e order.Expr) bool {
	any, ok := e.(order.Or)
	return ok && len(any) == 0
}

func simplifyAnd(list order.And) order.Expr {
	var all order.And
	for _, e := range list {
		switch e := simplify(e).(type) {
		case order.And:
			all = append(all, e...)
		case order.Or:
			if len(e) == 0 {
				return order.Or{}
			}
			all = append(all, e)
		default:
			all = append(all, e)
		}
	}
	if all = intersect(all); all == nil {
		return order.Or{}
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

// intersect makes one range of all that conditions say of a number, so that an
// index is read from its one end to its other; nil when no number is in all of
// them. An order has one value of each.
func intersect(all order.And) order.And {
	rest, at := order.And{}, map[order.Field]int{}
	for _, e := range all {
		t, ok := e.(order.Term)
		if !ok || !t.Field.IsNumber() {
			rest = append(rest, e)
			continue
		}
		i, known := at[t.Field]
		if !known {
			at[t.Field] = len(rest)
			rest = append(rest, t)
			continue
		}
		before := rest[i].(order.Term) //nolint:forcetypeassert // put there above
		if t.Lo, t.Hi = max(t.Lo, before.Lo), min(t.Hi, before.Hi); t.Lo >= t.Hi {
			return nil
		}
		rest[i] = t
	}
	return rest
}

func simplifyOr(list order.Or) order.Expr {
	var any order.Or
	for _, e := range list {
		switch e := simplify(e).(type) {
		case order.Or:
			any = append(any, e...)
		case order.And:
			if len(e) == 0 {
				return order.And{}
			}
			any = append(any, e)
		default:
			any = append(any, e)
		}
	}
	if len(any) == 1 {
		return any[0]
	}
	return any
}

func simplifyTerm(t order.Term) order.Expr {
	never := order.Or{}
	if t.Field.IsNumber() {
		if t.Lo >= t.Hi {
			return never
		}
		return t
	}
	if t.Field == order.Words {
		if len(t.Text) == 0 {
			return never
		}
		return t
	}
	if _, ok := keyLetter(t.Field); !ok {
		return never
	}
	values := slices.DeleteFunc(slices.Clone(t.Text), func(v string) bool { return v == "" })
	slices.Sort(values)
	if values = slices.Compact(values); len(values) == 0 {
		return never
	}
	t.Text = values
	return t
}
