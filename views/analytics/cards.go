package analytics

import (
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
)

// cardView is one number of a row of cards.
type cardView struct {
	name, value, link, note string
	delta                   delta
	course                  []int64 // its values over the period
	class                   string
	alarm, alarmLink        string // what must not wait
}

// totals are the cards of a period.
func (v FrameView) totals(o report.Overview, line []report.Moment) []cardView {
	t := o.Totals
	was := t
	if o.Previous != nil {
		was = *o.Previous
	}
	compared := o.Previous != nil
	course := func(of func(report.Totals) int64) []int64 {
		all := make([]int64, len(line))
		for i, m := range line {
			all[i] = of(m.Totals)
		}
		return all
	}
	diff := func(of func(report.Totals) int64, more int) delta {
		if !compared {
			return delta{}
		}
		return change(of(t), of(was), more)
	}
	rates := func(now, before float64) delta {
		if !compared {
			return delta{}
		}
		return points(now, before, -1)
	}
	orders := func(t report.Totals) int64 { return int64(t.Orders) }
	net := func(t report.Totals) int64 { return t.Net.Minor }
	gross := func(t report.Totals) int64 { return t.Gross.Minor }
	average := func(t report.Totals) int64 { return t.Average.Minor }
	units := func(t report.Totals) int64 { return int64(t.Units) }
	cancelled := func(t report.Totals) int64 { return int64(t.Cancelled) }
	back := func(t report.Totals) int64 { return int64(t.SentBack) }
	return []cardView{
		{name: "Net revenue", value: views.Money(t.Net), link: v.to(report.Part{Statuses: report.Earning()}), delta: diff(net, 1), course: course(net), note: "without cancelled and returned"},
		{name: "Orders", value: views.Number(t.Orders), link: v.to(report.Part{}), delta: diff(orders, 1), course: course(orders)},
		{name: "Average order value", value: views.Money(t.Average), link: v.to(report.Part{Statuses: report.Earning()}), delta: diff(average, 1), course: course(average)},
		{name: "Units", value: views.Number(t.Units), link: v.to(report.Part{}), delta: diff(units, 1), course: course(units)},
		{name: "Gross revenue", value: views.Money(t.Gross), link: v.to(report.Part{}), delta: diff(gross, 1), course: course(gross), note: "every order"},
		{name: "Cancellation rate", value: pct(t.CancelRate), link: v.to(report.Part{Statuses: cancelledOnly()}), delta: rates(t.CancelRate, was.CancelRate),
			course: course(cancelled), class: "t-danger", note: views.Count(t.Cancelled, "order", "orders")},
		{name: "Return rate", value: pct(t.ReturnRate), link: v.to(report.Part{Statuses: report.SentBack()}), delta: rates(t.ReturnRate, was.ReturnRate),
			course: course(back), class: "t-returned", note: views.Count(t.SentBack, "order", "orders")},
	}
}
