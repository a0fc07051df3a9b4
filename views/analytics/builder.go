package analytics

import (
	"net/url"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/chart"
)

// BuilderView is /analytics/builder.
type BuilderView struct {
	FrameView
	Build report.Build
	Pivot report.Pivot
	// MaySchedule offers to have it made again and again.
	MaySchedule bool
	// Saved are the person's own reports.
	Saved []SavedReport

	// NameFault is what is wrong with the name of a report to save.
	NameFault, Name string
}

// SavedReport is a built report kept under a name.
type SavedReport struct {
	ID, Name string
	// Query is its address without "/analytics/builder?".
	Query string
}

func (v BuilderView) value(field string) string {
	if len(v.Errors) > 0 {
		return v.Typed.Get(field)
	}
	return v.Build.Values().Get(field)
}

func (v BuilderView) is(field, value string) bool { return v.value(field) == value }

func dimensionChoices(none bool) []views.Choice {
	var all []views.Choice
	if none {
		all = append(all, views.Choice{Value: "", Label: "nothing else"})
	}
	for _, d := range report.Dimensions() {
		all = append(all, views.Choice{Value: string(d), Label: dimensionName(d)})
	}
	return all
}

func dimensionName(d report.Dimension) string {
	if d == report.PerPayment {
		return "payment method"
	}
	return string(d)
}

func amountChoices() []views.Choice {
	var all []views.Choice
	for _, a := range report.Amounts() {
		all = append(all, views.Choice{Value: string(a), Label: amountName(a)})
	}
	return all
}

func amountName(a report.Amount) string {
	switch a {
	case "gross", "net":
		return string(a) + " revenue"
	case "averageOrderValue":
		return "average order value"
	case "cancellationRate":
		return "cancellation rate"
	case "returnRate":
		return "return rate"
	}
	return string(a)
}

func amountUnit(a report.Amount) chart.Unit {
	switch a {
	case "orders", "units", "cancelled", "returned":
		return chart.Count
	case "cancellationRate", "returnRate":
		return chart.Basis
	}
	return chart.Rupees
}

// groupName words a group of a dimension.
func (v BuilderView) groupName(d report.Dimension, g report.Group) string {
	switch {
	case d == "":
		return "All"
	case g.Value == "":
		return "Not known"
	}
	switch d {
	case report.PerDay:
		return g.Part.Range.From.Format("Mon, 2 Jan 2006")
	case report.PerWeek:
		return g.Part.Range.Words()
	case report.PerMonth:
		return g.Part.Range.From.Format("January 2006")
	case report.PerWeekday:
		return g.Value[2:]
	case report.PerPlatform:
		return views.PlatformName(order.Platform(g.Value))
	case report.PerChannel:
		return v.channelName(g.Value)
	case report.PerStatus:
		return views.StatusName(order.Status(g.Value))
	case report.PerPayment:
		return views.PaymentName(order.PaymentMethod(g.Value))
	}
	return g.Value
}

// orders is the address of the orders of two groups.
func (v BuilderView) orders(r, c report.Group) string {
	if !v.Linked || !r.Linked || !c.Linked {
		return ""
	}
	p := report.Join(r.Part, c.Part)
	if a := v.Build.Amount; a == "net" || a == "averageOrderValue" || a == "discount" || a == "shipping" || a == "tax" {
		if len(p.Statuses) == 0 {
			p.Statuses = report.Earning()
		}
	}
	switch v.Build.Amount {
	case "cancelled", "cancellationRate":
		p.Statuses = cancelledOnly()
	case "returned", "returnRate":
		p.Statuses = report.SentBack()
	}
	return listAddress(v.Build.List(p))
}

// bars is the report by one dimension.
func (v BuilderView) bars() chart.BarsView {
	b := v.Build
	c := chart.BarsView{ID: "built", Title: capital(amountName(b.Amount)) + " by " + dimensionName(b.Rows), Unit: amountUnit(b.Amount), Column: capital(dimensionName(b.Rows)),
		Measure: capital(amountName(b.Amount)), Columns: []string{"Orders"}}
	all := report.Group{Linked: true}
	for i, r := range v.Pivot.Rows {
		row := chart.BarRow{Name: v.groupName(b.Rows, r), Value: b.Amount.Of(v.Pivot.Sums[i]), Link: v.orders(r, all), Cells: []chart.Cell{{Text: views.Number(v.Pivot.Sums[i].Orders)}}}
		if v.Linked && r.Linked {
			row.Cells[0].Link = listAddress(b.List(r.Part))
		}
		if b.Rows == report.PerPlatform {
			row.Class = views.PlatformClass(order.Platform(r.Value))
		}
		c.Rows = append(c.Rows, row)
	}
	c.Finding = v.said()
	return c
}

// said is what the report comes to.
func (v BuilderView) said() string {
	a, t := v.Build.Amount, v.Pivot.Total
	return amountUnit(a).Full(a.Of(t)) + " in all, of " + views.Count(t.Orders, "order", "orders") + "."
}

// pivotCell is one number of the table with a way to its orders.
type pivotCell struct{ text, link string }

// line is a row of the table with its sum; row -1 is the sums of the columns.
func (v BuilderView) line(row int) []pivotCell {
	all := report.Group{Linked: true}
	r, totals, sum := all, v.Pivot.ColumnSums, v.Pivot.Total
	if row >= 0 {
		r, totals, sum = v.Pivot.Rows[row], v.Pivot.Cells[row], v.Pivot.Sums[row]
	}
	cells := make([]pivotCell, 0, len(totals)+1)
	for k, t := range totals {
		cells = append(cells, v.cell(t, r, v.Pivot.Columns[k]))
	}
	return append(cells, v.cell(sum, r, all))
}

// cell is the amount of two groups.
func (v BuilderView) cell(t report.Totals, r, c report.Group) pivotCell {
	n := v.Build.Amount.Of(t)
	switch {
	case t.Orders == 0:
		return pivotCell{text: "–"}
	case n == 0:
		return pivotCell{text: amountUnit(v.Build.Amount).Full(n)}
	}
	return pivotCell{amountUnit(v.Build.Amount).Full(n), v.orders(r, c)}
}

func (v BuilderView) file(format string) string {
	return "/analytics/builder." + format + "?" + v.Build.Values().Encode()
}

func (v BuilderView) schedule() string { return scheduleOf(v.Build.Values().Encode(), "") }

// scheduleOf is the page that schedules a report.
func scheduleOf(query, name string) string {
	to := "/analytics/schedules?" + query
	if name != "" {
		to += "&" + url.Values{"name": {name}}.Encode()
	}
	return to
}

// builtChips are the active filters; each leads to the report without it.
func (v BuilderView) builtChips() []chip {
	return v.chips(func(f report.Filter) string {
		b := v.Build
		b.Filter = f
		return v.Path + "?" + b.Values().Encode()
	})
}

func (v BuilderView) withoutChips() string {
	b := v.Build
	b.Platforms, b.Channels, b.States, b.Payment = nil, nil, nil, ""
	return v.Path + "?" + b.Values().Encode()
}

func capital(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// carried are the parameters of the report that the form has no field for.
func (v BuilderView) carried() url.Values {
	q := v.values()
	keep := url.Values{}
	for _, name := range []string{"channel", "state", "payment"} {
		if len(q[name]) > 0 {
			keep[name] = q[name]
		}
	}
	return keep
}
