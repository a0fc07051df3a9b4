package order

import "slices"

// Kind tells what sort of document an order is. It is given with the first
// report and never changes.
type Kind string

// The kinds.
const (
	// Consumer is an order of a customer.
	Consumer Kind = ""
	// Purchase is an order that a marketplace places with the brand for its own
	// stores. It is worked off like any other, but it is no sale to a customer:
	// lists show it only when asked, and no figure of revenue, no customer and
	// no completeness ledger counts it.
	Purchase Kind = "purchase"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Consumer, Purchase} }

// AsksPurchases reports whether an expression mentions kind:purchase anywhere,
// negated or not, so that purchase orders take part in it.
func AsksPurchases(e Expr) bool { return mentions(e, FieldKind, string(Purchase)) }

// AsksArchived reports whether an expression mentions flag:archived anywhere,
// negated or not, so that archived orders take part in it.
func AsksArchived(e Expr) bool { return mentions(e, FieldFlag, string(FlagArchived)) }

func mentions(e Expr, f Field, value string) bool {
	inside := func(x Expr) bool { return mentions(x, f, value) }
	switch e := e.(type) {
	case And:
		return slices.ContainsFunc(e, inside)
	case Or:
		return slices.ContainsFunc(e, inside)
	case Not:
		return inside(e.X)
	case Term:
		return e.Field == f && slices.Contains(e.Text, value)
	}
	return false
}
