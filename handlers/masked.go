package handlers

import (
	"regexp"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// Who may not read customers (customers.read) gets their data masked here,
// before any page or answer is made of it. Such a person also must not find out
// by searching what the list hides: free words are then compared with order
// numbers, SKUs and AWBs only, as a whole instead of by their beginning, and
// conditions on other personal fields are refused; a pincode is one of them,
// since a page shows but half of it.

func masked(u account.User) bool { return !u.May(account.CustomersRead) }

// openFields may be asked about by anybody who may see orders.
func openFields() []order.Field {
	return []order.Field{order.FieldPlatform, order.FieldChannel, order.FieldStatus, order.FieldPayment, order.FieldTag,
		order.FieldAssignee, order.FieldFlag, order.FieldSKU, order.FieldState, order.FieldAWB,
		order.FieldOrder, order.FieldKind, order.FieldOrdered, order.FieldUpdated, order.FieldShipBy, order.FieldTotal, order.FieldUnits}
}

const maskedSearch = "Your role can search by order number, SKU and AWB, not by customer or address."

// maskedFilter is f as somebody may ask it who may not read customers.
func maskedFilter(f order.Filter) (order.Filter, error) {
	if f.Customer != "" {
		return order.Filter{}, order.FieldErrors{{Field: "customer", Message: "Your role cannot list one customer's orders."}}
	}
	f.Q = maskedText(f.Q)
	return f, nil
}

var bareWord = regexp.MustCompile(`^[\pL\pN][\pL\pN._/#-]*$`)

// maskedText replaces the free words of a query that stand alone; what is left
// of them is refused by onlyOpen.
func maskedText(q string) string {
	words := strings.Fields(q)
	for i, w := range words {
		if !bareWord.MatchString(w) || w == "OR" {
			continue
		}
		words[i] = `(order:"` + w + `" OR sku:"` + w + `" OR awb:"` + w + `")`
	}
	return strings.Join(words, " ")
}

// onlyOpen refuses conditions on personal fields.
func onlyOpen(e order.Expr) error {
	switch e := e.(type) {
	case order.And:
		return eachOpen(e)
	case order.Or:
		return eachOpen(e)
	case order.Not:
		return onlyOpen(e.X)
	case order.Term:
		if !slices.Contains(openFields(), e.Field) {
			return order.FieldErrors{{Field: "q", Message: maskedSearch}}
		}
	}
	return nil
}

func eachOpen(list []order.Expr) error {
	for _, e := range list {
		if err := onlyOpen(e); err != nil {
			return err
		}
	}
	return nil
}

// maskRow hides the customer in a row.
func maskRow(r *order.Row) {
	r.CustomerName, r.Phone, r.City = views.MaskName(r.CustomerName), views.MaskPhone(r.Phone), ""
}

// maskOrder hides the customer and free text; see order.Masked.
func maskOrder(o order.Order) order.Order { return order.Masked(o) }
