package mongo

import (
	"slices"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/order"
)

// Values that people give enter a filter as strings and numbers in the place
// of a value, never as keys or documents, and never as a regular expression.

// nothing selects no order; MongoDB answers it without looking.
func nothing() bson.D { return bson.D{{Key: "_id", Value: in([]int64{})}} }

func in[T any](values []T) bson.D { return bson.D{{Key: "$in", Value: values}} }

// compile is the condition of an expression, without the rule about archived
// orders (see where).
func compile(e order.Expr) bson.D {
	switch e := e.(type) {
	case nil:
		return bson.D{}
	case order.And:
		return all(compileEach(e)...)
	case order.Or:
		if len(e) == 0 {
			return nothing()
		}
		return bson.D{{Key: "$or", Value: compileEach(e)}}
	case order.Not:
		return bson.D{{Key: "$nor", Value: []bson.D{compile(e.X)}}}
	case order.Term:
		return term(e)
	}
	return nothing() // Expr is sealed, so there is no other
}

func compileEach(exprs []order.Expr) []bson.D {
	list := make([]bson.D, len(exprs))
	for i, e := range exprs {
		list[i] = compile(e)
	}
	return list
}

// all joins conditions. Those on different fields stand side by side in one
// document, which is what every planner understands best; the others go under
// $and.
func all(conditions ...bson.D) bson.D {
	joined, taken := bson.D{}, map[string]bool{}
	var rest []bson.D
	var join func([]bson.D)
	join = func(conditions []bson.D) {
		for _, c := range conditions {
			for _, part := range c {
				switch nested, isAnd := part.Value.([]bson.D); {
				case isAnd && part.Key == "$and":
					join(nested)
				case taken[part.Key]:
					rest = append(rest, bson.D{part})
				default:
					taken[part.Key] = true
					joined = append(joined, part)
				}
			}
		}
	}
	join(conditions)
	if len(rest) > 0 {
		joined = append(joined, bson.E{Key: "$and", Value: rest})
	}
	return joined
}

func term(t order.Term) bson.D {
	switch t.Field {
	case order.Words:
		return words(t.Text)
	case order.FieldPlatform, order.FieldChannel, order.FieldStatus:
		return oneOf("find."+string(t.Field), t.Text)
	case order.FieldOrdered:
		return seqRange(t.Lo, t.Hi)
	case order.FieldUpdated:
		return numberRange("find.updated", t.Lo, t.Hi)
	case order.FieldShipBy:
		return numberRange("find.shipBy", t.Lo, t.Hi)
	case order.FieldUnits:
		return numberRange("find.units", t.Lo, t.Hi)
	case order.FieldTotal:
		return all(numberRange("find.total", t.Lo, t.Hi), bson.D{{Key: "find.totalKnown", Value: true}})
	}
	keys := make([]string, len(t.Text))
	for i, v := range t.Text {
		keys[i] = key(t.Field, v)
	}
	return oneOf("find.keys", keys)
}

// oneOf leaves out what is not UTF-8, since no stored value is like it and the
// driver would make another text of it.
func oneOf(field string, values []string) bson.D {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !utf8.ValidString(v) })
	switch len(values) {
	case 0:
		return nothing()
	case 1:
		return bson.D{{Key: field, Value: values[0]}}
	}
	return bson.D{{Key: field, Value: in(values)}}
}

// words selects the orders of which a word begins with text[0]. $elemMatch
// holds both ends of the range to one and the same word.
func words(text []string) bson.D {
	if len(text) == 0 || !utf8.ValidString(text[0]) {
		return nothing()
	}
	equal, ranged := wordPlan(text[0])
	ends := bson.D{{Key: "$elemMatch", Value: bson.D{{Key: "$gte", Value: text[0]}, {Key: "$lt", Value: text[0] + afterAll}}}}
	switch {
	case !ranged:
		return bson.D{{Key: "find.words", Value: equal}}
	case equal == "":
		return bson.D{{Key: "find.words", Value: ends}}
	}
	return bson.D{{Key: "$and", Value: []bson.D{{{Key: "find.words", Value: equal}}, {{Key: "find.words", Value: ends}}}}}
}

// numberRange is lo <= field < hi. Where the field is missing it never holds,
// since numbers compare with numbers only.
func numberRange(field string, lo, hi int64) bson.D {
	return bson.D{{Key: field, Value: bson.D{{Key: "$gte", Value: lo}, {Key: "$lt", Value: hi}}}}
}

// The order time is the upper part of seq, by which the lists are indexed.
const seqBits = 21

// seqRange selects the orders placed from lo to before hi, in Unix
// milliseconds.
func seqRange(lo, hi int64) bson.D {
	return numberRange("seq", seqAt(lo), seqAt(hi))
}

// seqAt is the first seq of a millisecond, as order.SortKey counts.
func seqAt(ms int64) int64 {
	switch {
	case ms <= 0:
		return 0
	case ms >= 1<<(63-seqBits):
		return order.Highest
	}
	return ms << seqBits
}

// where is the filter of a query: its expression, and no archived orders and no
// purchase orders unless it asks for them. Archived leads every index of the
// lists, so all cases name it.
func where(e order.Expr) bson.D {
	archived := bson.E{Key: "find.archived", Value: false}
	switch old, purchases := order.AsksArchived(e), order.AsksPurchases(e); {
	case old && purchases:
		archived.Value = in([]any{false, true, purchase, purchaseArchived})
	case old:
		archived.Value = in([]any{false, true})
	case purchases:
		archived.Value = in([]any{false, purchase})
	}
	return all(bson.D{archived}, compile(e))
}
