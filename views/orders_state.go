package views

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// listURL is the address of a list: every link of the page is made from the
// same filter by the same function.
func listURL(f order.Filter) templ.SafeURL {
	if q := f.Values().Encode(); q != "" {
		return templ.URL("/orders?" + q)
	}
	return "/orders"
}

// savedURL leads to the list of a saved view.
func savedURL(id string) templ.SafeURL { return templ.URL("/views/" + id) }

// viewURL is the list of a saved view.
func viewURL(query string) templ.SafeURL {
	if query == "" {
		return "/orders"
	}
	return templ.URL("/orders?" + query)
}

// first is f at its first page: what any change of a filter leads to.
func first(f order.Filter) order.Filter {
	f.Page, f.After, f.Before = 0, "", ""
	return f
}

func (v OrdersView) sorted() order.Sort {
	if v.Filter.Sort == "" {
		return order.NewestFirst
	}
	return v.Filter.Sort
}

func (v OrdersView) limit() int {
	if v.Filter.Limit == 0 {
		return order.DefaultLimit
	}
	return v.Filter.Limit
}

// bare reports whether nothing narrows the list.
func (v OrdersView) bare() bool { return v.Filter.Q == "" && len(v.chips()) == 0 }

// chip is one active filter and the list without it.
type chip struct {
	label, value string
	without      order.Filter
}

// termChip is one condition of the search, and the list without it. fault says
// what is wrong with it.
type termChip struct {
	value, fault string
	without      templ.SafeURL
}

// termChips are the conditions of the search, of a refused one too.
func (v OrdersView) termChips() []termChip {
	q := strings.TrimSpace(v.value("q"))
	at, end, wrong := v.Errors.Place("q")
	var all []termChip
	for _, p := range order.Pieces(q) {
		values := maps.Clone(v.values())
		for _, name := range []string{"page", "after", "before", "q"} {
			values.Del(name)
		}
		if rest := strings.TrimSpace(strings.TrimSpace(q[:p.At]) + " " + strings.TrimSpace(q[p.End:])); rest != "" {
			values.Set("q", rest)
		}
		c := termChip{value: q[p.At:p.End], without: viewURL(values.Encode())}
		if wrong && at < p.End && end > p.At {
			c.fault = v.Errors.For("q")
		}
		all = append(all, c)
	}
	return all
}

func (v OrdersView) chips() []chip {
	var all []chip
	f := first(v.Filter)
	for _, p := range f.Platforms {
		g := f
		g.Platforms = without(f.Platforms, p)
		all = append(all, chip{"Platform", platformName(p), g})
	}
	for _, c := range f.Channels {
		g := f
		g.Channels = without(f.Channels, c)
		all = append(all, chip{"Channel", labelOf(v.Channels, c), g})
	}
	for _, s := range f.Statuses {
		g := f
		g.Statuses = without(f.Statuses, s)
		all = append(all, chip{"Status", StatusName(s), g})
	}
	if f.From != "" || f.To != "" {
		g := f
		g.From, g.To = "", ""
		all = append(all, chip{"Ordered", dayRange(f.From, f.To), g})
	}
	if f.Customer != "" {
		g := f
		g.Customer = ""
		all = append(all, chip{"Customer", "one customer", g})
	}
	if f.Tag != "" {
		g := f
		g.Tag = ""
		all = append(all, chip{"Tag", f.Tag, g})
	}
	if f.Assignee != "" {
		g := f
		g.Assignee = ""
		all = append(all, chip{"Assigned to", v.person(f.Assignee), g})
	}
	return all
}

// cleared is the list without any filter, sorted and sized as it was.
func (v OrdersView) cleared() order.Filter {
	return order.Filter{Sort: v.Filter.Sort, Limit: v.Filter.Limit}
}

func without[T comparable](all []T, one T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return x == one })
}

func labelOf(choices []Choice, value string) string {
	for _, c := range choices {
		if c.Value == value {
			return c.Label
		}
	}
	return value
}

// dayRange words a range of days, either end of which may be open or badly
// written; what cannot be read is shown as it was typed.
func dayRange(from, to string) string {
	switch a, b := day(from), day(to); {
	case from == to:
		return a
	case to == "":
		return "from " + a
	case from == "":
		return "until " + b
	default:
		return a + " – " + b
	}
}

func day(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.Format("2 Jan 2006")
}

// preset is a range of days one click away.
type preset struct{ label, from, to string }

func (c Clock) presets() []preset {
	today := c.in(c.Now)
	on := func(days int) string { return today.AddDate(0, 0, days).Format(time.DateOnly) }
	return []preset{
		{"Today", on(0), on(0)},
		{"Yesterday", on(-1), on(-1)},
		{"Last 7 days", on(-6), on(0)},
		{"Last 30 days", on(-29), on(0)},
	}
}

// sortState is the aria-sort of a column and the list that a click leads to.
func (v OrdersView) sortState(down, up order.Sort, downFirst bool) (state string, next order.Filter) {
	next = first(v.Filter)
	switch now := v.sorted(); {
	case now == down && down != "":
		state, next.Sort = "descending", up
	case now == up:
		state, next.Sort = "ascending", down
	case downFirst:
		next.Sort = down
	default:
		next.Sort = up
	}
	if next.Sort == "" {
		next.Sort = order.NewestFirst
	}
	return state, next
}

// countText is the number of matching orders in words.
func (v OrdersView) countText() string {
	switch {
	case v.Failed || len(v.Errors) > 0:
		return ""
	case v.Count < 0 && v.CountLater:
		return "Counting …"
	case v.Count < 0:
		return ""
	case v.CountIsLower:
		return "More than " + Number(v.Count) + " orders"
	case v.Count == 0:
		return "No orders"
	}
	return Count(v.Count, "order", "orders")
}

// countLater makes the number ask for itself.
func (v OrdersView) countLater() templ.Attributes {
	if !v.CountLater {
		return nil
	}
	f := first(v.Filter)
	f.Sort, f.Limit = "", 0
	return templ.Attributes{"hx-get": "/orders/count?" + f.Values().Encode(), "hx-trigger": "load", "hx-target": "this",
		"hx-swap": "innerHTML", "hx-push-url": "false", "hx-indicator": "this"}
}

// saveURL is where a list becomes a saved view.
func saveURL(f order.Filter) templ.SafeURL {
	f = first(f)
	f.Limit = 0
	return templ.URL("/views?" + url.Values{"save": {f.Values().Encode()}}.Encode())
}

// units says how much of what follows was ordered, if it is not one piece.
func units(r order.Row) string {
	switch {
	case r.Lines > 1:
		return strconv.Itoa(r.Lines) + " items ·"
	case r.Units > 1:
		return strconv.Itoa(r.Units) + " ×"
	}
	return ""
}

func orderURL(id order.ID) templ.SafeURL { return templ.URL("/orders/" + id.String()) }
