package views

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// pick is one filter that opens: its fields and, unless it is a range of days,
// what may be chosen.
type pick struct {
	label   string
	fields  []string
	choices []Choice
}

// picks are the filters that this list offers.
func (v OrdersView) picks() []pick {
	all := []pick{{"Platform", []string{"platform"}, platformChoices()}, {"Status", []string{"status"}, statusChoices()}}
	if len(v.Channels) > 1 {
		all = append(all, pick{"Channel", []string{"channel"}, v.Channels})
	}
	return append(all, pick{"Ordered", []string{"from", "to"}, nil})
}

// filtersURL is where the filters of a list are, all open.
func filtersURL(f order.Filter) templ.SafeURL {
	f = first(f)
	return templ.URL(strings.TrimSuffix("/orders/filters?"+f.Values().Encode(), "?"))
}

// marked tells the style sheet that a closed panel holds a choice.
func marked(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"data-used": true}
	}
	return nil
}

// dayType is the type of a day's field: a text when what was typed is no day,
// because a date field would hide it.
func (v OrdersView) dayType(field string) string {
	if v.Errors.For(field) != "" {
		return "text"
	}
	return "date"
}

// elsewhere are the faults that no part of the search is to blame for: that one
// says so itself.
func (v OrdersView) elsewhere() order.FieldErrors {
	if _, _, _, ok := v.misread(); !ok {
		return v.Errors
	}
	return slices.DeleteFunc(slices.Clone(v.Errors), func(e order.FieldError) bool { return e.Field == "q" })
}

// misread is the query with the part that could not be understood; ok is false
// when no part is to blame.
func (v OrdersView) misread() (before, wrong, after string, ok bool) {
	q := strings.TrimSpace(v.value("q"))
	at, end, ok := v.Errors.Place("q")
	if !ok || end > len(q) {
		return "", "", "", false
	}
	return q[:at], q[at:end], q[end:], true
}

// pickClass gives a choice the look it has in the table.
func pickClass(field, value string) string {
	switch field {
	case "platform":
		return "platform " + platformClass(order.Platform(value))
	case "status":
		return "dot t-" + statusTone(order.Status(value))
	}
	return ""
}

// fieldName is what the page calls a parameter of the list.
func fieldName(name string) string {
	switch name {
	case "q":
		return "Search"
	case "limit":
		return "Rows"
	case "from", "to":
		return "Ordered " + name
	}
	return capital(name)
}
