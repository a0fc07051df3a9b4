package views

import (
	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// BulkBarView lets the orders of a list be ticked, and says what may be done to
// them. The bar sends the fields order (one for each ticked row), all ("yes":
// every order that matches) and query: posted to /orders/bulk, with action once
// it is chosen; asked of /orders/print, with what; asked of /orders/export.
type BulkBarView struct {
	// MayChange offers changes, which GET /orders/bulk lists (BulkChange).
	MayChange bool
	// Query is the list's address without "/orders?".
	Query string
	CSRF  string
}

// papers are what can be printed of many orders, by the values of what.
func papers() []Choice {
	return []Choice{{"slip", "Packing slips"}, {"pick", "Pick list"}, {"invoice", "Invoices"}}
}

// BulkGroup is some actions that belong together; values such as "tag" or
// "status:shipped".
type BulkGroup struct {
	Label   string
	Actions []Choice
}

// matching words the choice of all orders of the list.
func (v OrdersView) matching() string {
	switch {
	case v.Count < 0:
		return "All that match this list"
	case v.CountIsLower:
		return "All " + Number(v.Count) + " and more that match"
	}
	return "All " + Number(v.Count) + " that match"
}

// WholeQuery is the list's address without "/orders?" and without the page one
// is on: what an act on all of its orders is about.
func WholeQuery(f order.Filter) string {
	f.Page, f.Limit, f.After, f.Before = 0, 0, "", ""
	return f.Values().Encode()
}

func exportURL(f order.Filter) templ.SafeURL {
	if q := WholeQuery(f); q != "" {
		return templ.URL("/orders/export?" + q)
	}
	return "/orders/export"
}
