// Package exports shows the page that orders a file of the list's orders.
package exports

import (
	"slices"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// View is /orders/export. Its form posts there query (the list's address
// without "/orders?"), format and, for tables, column, once for each; started:
// 303 to /jobs/{id}. Refused: 422 with Errors.
type View struct {
	views.Clock
	Query string
	// IDs are single orders that were ticked; none: the whole list.
	IDs []string
	// Count is the number of orders, at least that many when it is Lower; -1:
	// not known.
	Count int
	Lower bool
	// Formats are the values of format; Format is the chosen one.
	Formats []FormatView
	Format  string
	// Columns can be chosen; Chosen are those that are.
	Columns []views.Choice
	Chosen  []string
	// Masked says that the file will not tell who the customers are; Why words
	// the reason.
	Masked bool
	Why    string
	Errors order.FieldErrors
	CSRF   string
	// Jobs are the person's newest exports.
	Jobs []views.JobView
}

// FormatView is one format to choose.
type FormatView struct{ Value, Label, Hint string }

// FileView is the file of an export that has ended.
type FileView struct {
	Address, Name string
	Size          string
	// Until is when it is removed.
	Until string
}

func (v View) about() string {
	switch {
	case len(v.IDs) > 0:
		return views.Count(len(v.IDs), "selected order", "selected orders")
	case v.Count < 0:
		return "The orders that match the list"
	case v.Lower:
		return "More than " + views.Number(v.Count) + " orders"
	}
	return views.Count(v.Count, "order", "orders")
}

func (v View) list() templ.SafeURL {
	if v.Query == "" {
		return "/orders"
	}
	return templ.URL("/orders?" + v.Query)
}

// schedules schedules exports of the same list.
func (v View) schedules() templ.SafeURL {
	if v.Query == "" {
		return "/orders/schedules"
	}
	return templ.URL("/orders/schedules?" + v.Query)
}

func (v View) chosen(column string) bool { return slices.Contains(v.Chosen, column) }

func (v View) mistaken(field string) templ.Attributes {
	return views.Mistaken("export-"+field, v.Errors.For(field), len(v.Errors) > 0 && v.Errors[0].Field == field)
}

func jobURL(id string) templ.SafeURL { return templ.URL("/jobs/" + id) }
