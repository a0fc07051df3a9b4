package views

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// column is one column of the list, with how it is sorted if an index serves
// that.
type column struct {
	id, label, class string
	down, up         order.Sort
	downFirst        bool
}

// columns lists every column in the order in which lists show them; their ids
// are those of package saved.
func columns() []column {
	return []column{
		{id: "platform", label: "Platform"},
		{id: "channel", label: "Channel", class: "c-dim"},
		{id: "status", label: "Status"},
		{id: "customer", label: "Customer", class: "c-customer"},
		{id: "place", label: "Place", class: "c-dim"},
		{id: "items", label: "Items", class: "c-items"},
		{id: "payment", label: "Payment", class: "c-dim"},
		{id: "total", label: "Total", class: "c-total num", down: order.LargestFirst, up: order.SmallestFirst, downFirst: true},
		{id: "ordered", label: "Ordered", class: "c-dim", down: order.NewestFirst, up: order.OldestFirst, downFirst: true},
		{id: "shipby", label: "Ship by", class: "c-shipby c-dim", up: order.ShipSoonestFirst},
		{id: "tags", label: "Tags", class: "c-tags"},
		{id: "assignee", label: "Assigned to", class: "c-dim"},
		{id: "awb", label: "Tracking", class: "c-dim"},
		{id: "updated", label: "Changed", class: "c-dim", down: order.RecentlyChanged, up: order.LeastRecent, downFirst: true},
	}
}

// ColumnChoices are the columns one may choose, by id.
func ColumnChoices() []Choice {
	var all []Choice
	for _, c := range columns() {
		all = append(all, Choice{c.id, c.label})
	}
	return all
}

// shown are the columns of this list.
func (v OrdersView) shown() []column {
	return slices.DeleteFunc(columns(), func(c column) bool { return !v.has(c.id) })
}

// UsualColumns are those of a list when nobody chose.
func UsualColumns() []string {
	return []string{"platform", "status", "customer", "items", "total", "ordered", "shipby"}
}

// usual reports whether the list shows the usual columns: the style sheet then
// knows them by their place, and no cell has to say what it is.
func (v OrdersView) usual() bool { return v.Columns == nil || slices.Equal(v.Columns, UsualColumns()) }

func (v OrdersView) cellClass(c column) templ.Attributes {
	if v.usual() {
		return nil
	}
	return classed(c.class)
}

// place is where an order goes, as short as a table needs it.
func place(r order.Row) string {
	if r.City == "" || r.State == "" || strings.EqualFold(r.City, r.State) {
		return cmp.Or(r.City, r.State)
	}
	return r.City + ", " + r.State
}

func (v ColumnsView) has(column string) bool { return slices.Contains(v.Columns, column) }

// columnsURL is where the columns of a list are chosen.
func columnsURL(v OrdersView) templ.SafeURL {
	return templ.URL("/orders/columns?" + url.Values{"of": {v.Filter.Values().Encode()}}.Encode())
}
