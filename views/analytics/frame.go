package analytics

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/chart"
)

// FrameView is what all pages of figures have: the period, the filters and
// what went wrong with them.
type FrameView struct {
	views.Clock
	// Path is the page's own, such as "/analytics/revenue".
	Path   string
	Filter report.Filter
	// Errors are the fields that could not be understood (answer 422). No
	// figures are then shown, and the form keeps what was Typed.
	Errors order.FieldErrors
	Typed  url.Values
	// Channels lists the configured channels, value id and label name.
	Channels []views.Choice
	// Linked says that the person may see the orders behind the numbers.
	Linked bool
	// Scoped says that the person sees some channels only, and cannot take that
	// filter away.
	Scoped bool
	// Exports names the page's tables that can be had as files.
	Exports []string
}

// address is a page of figures with a filter.
func address(path string, f report.Filter) string {
	if q := f.Values().Encode(); q != "" {
		return path + "?" + q
	}
	return path
}

// to is the address of the orders that a part of the figures counts; empty for
// who may not see them.
func (v FrameView) to(p report.Part) string {
	if !v.Linked {
		return ""
	}
	return listAddress(v.Filter.List(p))
}

func listAddress(f order.Filter) string {
	if q := f.Values().Encode(); q != "" {
		return "/orders?" + q
	}
	return "/orders"
}

// values are what the fields of the form hold.
func (v FrameView) values() url.Values {
	if len(v.Errors) > 0 {
		return v.Typed
	}
	return v.Filter.Values()
}

func (v FrameView) chosen(field, value string) bool { return slices.Contains(v.values()[field], value) }

// faulty opens the panel in which something is wrong.
func (v FrameView) faulty(fields ...string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return v.Errors.For(f) != "" })
}

func (v FrameView) used(field string) bool { return v.values().Get(field) != "" }

// period is the chosen preset, or "range".
func (v FrameView) period() string {
	q := v.values()
	switch {
	case q.Get("period") != "":
		return q.Get("period")
	case q.Get("from")+q.Get("to") != "":
		return string(report.AnyRange)
	}
	return string(report.Last30)
}

// quick are the presets that stand beside each other; the others are in a
// panel.
func quick() []report.Preset {
	return []report.Preset{report.Today, report.Last7, report.Last30, report.Last90, report.ThisMonth, report.ThisQuarter, report.ThisYear}
}

func others() []report.Preset {
	return slices.DeleteFunc(report.Presets(), func(p report.Preset) bool { return slices.Contains(quick(), p) })
}

func (v FrameView) otherUsed() bool { return !slices.Contains(quick(), report.Preset(v.period())) }

// otherLabel names the panel after what is chosen in it.
func (v FrameView) otherLabel() string {
	switch p := report.Preset(v.period()); {
	case !v.otherUsed(), len(v.Errors) > 0:
		return "Other days"
	case p == report.AnyRange:
		return v.Filter.Range.Words()
	default:
		return p.Words()
	}
}

// dayType is a text where what was typed is no day, since a date field would
// hide it.
func (v FrameView) dayType(field string) string {
	if v.Errors.For(field) != "" {
		return "text"
	}
	return "date"
}

func (v FrameView) stateChoices() []views.Choice {
	var all []views.Choice
	for _, s := range order.StatesOfIndia() {
		all = append(all, views.Choice{Value: s, Label: s})
	}
	return all
}

func platformChoices() []views.Choice {
	var all []views.Choice
	for _, p := range order.Platforms() {
		all = append(all, views.Choice{Value: string(p), Label: views.PlatformName(p)})
	}
	return all
}

func pickClass(field, value string) templ.Attributes {
	if field != "platform" {
		return nil
	}
	return templ.Attributes{"class": "platform " + views.PlatformClass(order.Platform(value))}
}

func marked(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"data-used": true}
	}
	return nil
}

func compareChoices() []views.Choice {
	return []views.Choice{{Value: "previous", Label: "the period before"}, {Value: "year", Label: "the year before"}, {Value: "none", Label: "nothing"}}
}

func grainChoices() []views.Choice {
	return []views.Choice{{Value: "", Label: "auto"}, {Value: "day", Label: "day"}, {Value: "week", Label: "week"}, {Value: "month", Label: "month"}}
}

func (v FrameView) selected(field, value, otherwise string) bool {
	now := v.values().Get(field)
	if now == "" {
		now = otherwise
	}
	return now == value
}

// chip is one active filter and the page without it.
type chip struct{ label, value, without string }

// chips are the active filters; page is the address of the page with a filter.
func (v FrameView) chips(page func(report.Filter) string) []chip {
	var all []chip
	add := func(label, value string, change func(*report.Filter)) {
		f := v.Filter
		change(&f)
		all = append(all, chip{label, value, page(f)})
	}
	for _, p := range v.Filter.Platforms {
		add("Platform", views.PlatformName(p), func(f *report.Filter) { f.Platforms = without(f.Platforms, p) })
	}
	for _, c := range v.Filter.Channels {
		add("Channel", v.channelName(c), func(f *report.Filter) { f.Channels = without(f.Channels, c) })
	}
	for _, s := range v.Filter.States {
		add("State", s, func(f *report.Filter) { f.States = without(f.States, s) })
	}
	if v.Filter.Payment != "" {
		add("Payment", views.PaymentName(v.Filter.Payment), func(f *report.Filter) { f.Payment = "" })
	}
	return all
}

// here is this page with a filter.
func (v FrameView) here(f report.Filter) string { return address(v.Path, f) }

// plain is the page without narrowing filters; the period stays.
func (v FrameView) plain() string {
	f := v.Filter
	f.Platforms, f.Channels, f.States, f.Payment = nil, nil, nil, ""
	return address(v.Path, f)
}

func without[T comparable](all []T, one T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return x == one })
}

func (v FrameView) channelName(id string) string {
	for _, c := range v.Channels {
		if c.Value == id {
			return c.Label
		}
	}
	return id
}

// scope words the period and what it is compared with.
func (v FrameView) scope() string {
	s := v.Filter.Range.Words()
	if p, ok := v.Filter.Previous(); ok {
		return s + ", compared with " + p.Words()
	}
	return s
}

// tab is one page of figures.
type tab struct{ path, label string }

func tabs() []tab {
	return []tab{{"/analytics/revenue", "Revenue"}, {"/analytics/platforms", "Platforms"}, {"/analytics/trends", "Trends"},
		{"/analytics/customers", "Customers"}, {"/analytics/products", "Products"}, {"/analytics/builder", "Build a report"}}
}

// delta is a change as a card shows it.
type delta struct{ text, tone string }

// change words how far now is from before; more says whether more is better
// (1), worse (-1) or neither (0).
func change(now, before int64, more int) delta {
	d := delta{text: chart.Change(now, before)}
	switch {
	case now == before || before == 0:
		d.tone = "neutral"
	case more == 0:
		d.tone = "neutral"
	case (now > before) == (more > 0):
		d.tone = "success"
	default:
		d.tone = "danger"
	}
	return d
}

// points is a change of rates, in points of a percent.
func points(now, before float64, more int) delta {
	d := delta{text: "no change", tone: "neutral"}
	diff := now - before
	if diff > -.05 && diff < .05 {
		return d
	}
	sign := "▲ "
	if diff < 0 {
		sign = "▼ "
		diff = -diff
	}
	d.text = sign + strconv.FormatFloat(diff, 'f', 1, 64) + " points"
	if more != 0 {
		d.tone = "danger"
		if (now > before) == (more > 0) {
			d.tone = "success"
		}
	}
	return d
}

func pct(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) + " %" }
