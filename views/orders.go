package views

import (
	"net/url"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// OrdersView is the list. Orders(p, v) is the whole page; OrdersTable(v) the
// answer to a partial request, which replaces #results and, through a second
// part, the count.
type OrdersView struct {
	Clock
	// Filter is the state of the list as order.ParseFilter read it.
	Filter order.Filter
	// Errors are the fields that could not be understood (answer 422). No rows
	// are then shown, and the form keeps what was Typed, the request's query.
	Errors order.FieldErrors
	Typed  url.Values
	// Rows are the orders of this page.
	Rows []order.Row
	// Count is the number of matching orders; with CountIsLower it is at least
	// that many. -1: not known.
	Count        int
	CountIsLower bool
	// Next and Prev are cursors, empty at the ends (order.Page).
	Next, Prev string
	// Channels lists the configured channels, value id and label name. The
	// channel filter is shown when there are two or more.
	Channels []Choice
	// Names maps user ids to names, for chips and assignees.
	Names map[string]string
	// Masked hides customers' names and places (no customers.read).
	Masked bool
	// NoOrders says that the store holds no order at all, which is not the
	// same as a filter that matches nothing.
	NoOrders bool
	// Failed says that the list could not be loaded; the page then offers to
	// try again. RequestID goes with it.
	Failed    bool
	RequestID string
	// CountLater says that counting takes longer than one waits for a page; the
	// page then asks for the number by itself.
	CountLater bool
	// Columns are what the table shows besides the order, by id; nil: the usual.
	Columns []string
	// View is the id of the saved view that this list is; empty for others.
	View string
	// MayImport shows the way to imports, MayExport that to exports.
	MayImport, MayExport bool
	// Bulk lets rows be ticked and changed together; nil where that may not be.
	Bulk *BulkBarView
}

// values are what the fields of the form hold.
func (v OrdersView) values() url.Values {
	if len(v.Errors) > 0 {
		return v.Typed
	}
	return v.Filter.Values()
}

func (v OrdersView) value(field string) string { return v.values().Get(field) }

func (v OrdersView) chosen(field, value string) bool {
	return slices.Contains(v.values()[field], value)
}

// used reports whether any of the fields holds something.
func (v OrdersView) used(fields ...string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return v.values().Get(f) != "" })
}

// has reports whether the table shows a column.
func (v OrdersView) has(column string) bool {
	if v.Columns == nil {
		return slices.Contains(UsualColumns(), column)
	}
	return slices.Contains(v.Columns, column)
}

// person is the name of a user, or the id where there is none any more.
func (v OrdersView) person(id string) string {
	if name := v.Names[id]; name != "" {
		return name
	}
	return id
}

func platformChoices() []Choice {
	var all []Choice
	for _, p := range order.Platforms() {
		all = append(all, Choice{string(p), platformName(p)})
	}
	return all
}

func statusChoices() []Choice {
	var all []Choice
	for _, s := range order.Statuses() {
		all = append(all, Choice{string(s), StatusName(s)})
	}
	return all
}
