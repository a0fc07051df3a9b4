package analytics

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/chart"
)

// RevenueView is /analytics/revenue.
type RevenueView struct {
	FrameView
	Answer report.Revenue
}

// splitRow is one line of how gross becomes net.
type splitRow struct {
	name, note, link string
	now, before      order.Money
	compared, sub    bool
}

// split leads from what goods cost to what remains.
func (v RevenueView) split() []splitRow {
	t := v.Answer.Totals
	var was report.Totals
	if v.Answer.Previous != nil {
		was = *v.Answer.Previous
	}
	goods := func(t report.Totals) order.Money {
		return order.INR(t.Net.Minor + t.Discount.Minor - t.Shipping.Minor)
	}
	lost := func(t report.Totals) order.Money { return order.INR(t.Net.Minor - t.Gross.Minor) }
	less := func(m order.Money) order.Money { return order.INR(-m.Minor) }
	earning, gone := v.to(report.Part{Statuses: report.Earning()}), v.to(report.Part{Statuses: []order.Status{order.Cancelled, order.Returned, order.Refunded}})
	rows := []splitRow{
		{name: "Gross revenue", note: views.Count(t.Orders, "order", "orders"), link: v.to(report.Part{}), now: t.Gross, before: was.Gross},
		{name: "Cancelled, returned and refunded", note: views.Count(t.Orders-t.Earning, "order", "orders"), link: gone, now: lost(t), before: lost(was)},
		{name: "Net revenue", note: views.Count(t.Earning, "order", "orders"), link: earning, now: t.Net, before: was.Net},
		{name: "Goods before discounts", sub: true, now: goods(t), before: goods(was)},
		{name: "Discounts", sub: true, now: less(t.Discount), before: less(was.Discount)},
		{name: "Shipping", sub: true, now: t.Shipping, before: was.Shipping},
		{name: "Tax, included in the above", sub: true, now: t.Tax, before: was.Tax},
	}
	for i := range rows {
		rows[i].compared = v.Answer.Previous != nil
	}
	return rows
}

// mark indents what is a part of the line above.
func (r splitRow) mark() templ.Attributes {
	if r.sub {
		return templ.Attributes{"class": "sub"}
	}
	return nil
}

func (r splitRow) change() delta {
	if r.now.Minor < 0 || r.before.Minor < 0 {
		return change(-r.now.Minor, -r.before.Minor, 0)
	}
	return change(r.now.Minor, r.before.Minor, 0)
}

func (v RevenueView) chart() chart.TimeView {
	m := netRevenue()
	c := v.byPlatform("revenue-chart", "Net revenue", m, v.Answer.Timeline)
	now, before, compared := sumOf(v.Answer.Overview, m)
	c.Finding = v.finding(views.Money(v.Answer.Totals.Net), now, before, compared)
	c.Height = 300
	return c
}

// averageChart is the value of an order over time.
func (v RevenueView) averageChart() chart.TimeView {
	g := v.Filter.Step()
	c := chart.TimeView{ID: "average-chart", Title: "Average order value", Unit: chart.Rupees, Lines: true, Sparse: true, Column: column(g), PreviousName: v.before()}
	s := chart.Series{Name: "Average order value", Class: "c-accent"}
	for _, m := range v.Answer.Timeline {
		p := point(m.Range, g)
		s.Links = append(s.Links, v.to(report.Part{Range: m.Range, Statuses: report.Earning()}))
		s.Values = append(s.Values, averageOf(m.Totals))
		if b := m.Before; b != nil {
			p.Before, p.BeforeLink = point(b.Range, g).Long, v.to(report.Part{Range: b.Range, Statuses: report.Earning()})
			c.Previous = append(c.Previous, averageOf(b.Totals))
		}
		c.Points = append(c.Points, p)
	}
	c.Series = []chart.Series{s}
	m := measure{of: func(t report.Totals) int64 { return t.Average.Minor }}
	now, before, compared := sumOf(v.Answer.Overview, m)
	c.Finding = v.finding(views.Money(v.Answer.Totals.Average)+" an order", now, before, compared)
	return c
}

// averageOf is below zero where no order earned anything.
func averageOf(t report.Totals) int64 {
	if t.Earning == 0 {
		return -1
	}
	return t.Average.Minor
}

// mostStates is how many states the page ranks; the others are one row.
const mostStates = 15

func (v RevenueView) stateChart() chart.BarsView {
	c := chart.BarsView{ID: "state-chart", Title: "States", Unit: chart.Rupees, Column: "State", Measure: "Net revenue", Columns: []string{"Change", "Orders"}}
	rows := v.Answer.States
	for i, r := range rows {
		if i == mostStates {
			c.Note = strconv.Itoa(len(rows)-i) + " more states are in the file."
			break
		}
		row := chart.BarRow{Name: r.Name, Value: r.Net.Minor, Cells: []chart.Cell{growthCell(r.Net, r.Before), {Text: views.Number(r.Orders)}}}
		if r.Name == "" {
			row.Name = "Not known"
		} else {
			row.Link = v.to(report.Part{State: r.Name, Statuses: report.Earning()})
			row.Cells[1].Link = v.to(report.Part{State: r.Name})
		}
		c.Rows = append(c.Rows, row)
	}
	if len(rows) > 1 && rows[0].Name != "" && v.Answer.Totals.Net.Minor > 0 {
		c.Finding = rows[0].Name + " brings " + pct(float64(rows[0].Net.Minor)/float64(v.Answer.Totals.Net.Minor)*100) + " of the net revenue."
	}
	return c
}

func (v RevenueView) paymentChart() chart.BarsView {
	c := chart.BarsView{ID: "payment-chart", Title: "How people paid", Unit: chart.Rupees, Column: "Payment", Measure: "Net revenue", Columns: []string{"Orders", "Cancelled", "Returned"}}
	for _, r := range v.Answer.Payments {
		row := chart.BarRow{Name: views.PaymentName(r.Method), Value: r.Net.Minor,
			Cells: []chart.Cell{{Text: views.Number(r.Orders)}, {Text: pct(r.CancelRate)}, {Text: pct(r.ReturnRate)}}}
		if r.Method != "" {
			row.Link = v.to(report.Part{Payment: r.Method, Statuses: report.Earning()})
			row.Cells[0].Link = v.to(report.Part{Payment: r.Method})
			row.Cells[1].Link = v.to(report.Part{Payment: r.Method, Statuses: cancelledOnly()})
			row.Cells[2].Link = v.to(report.Part{Payment: r.Method, Statuses: report.SentBack()})
		}
		if r.Method == order.COD && r.Orders > 0 {
			c.Finding = "Cash on delivery comes back in " + pct(r.ReturnRate) + " of its orders."
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}
