package analytics

import (
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/chart"
)

// DashboardView is the first page.
type DashboardView struct {
	FrameView
	Answer report.Dashboard
	// Newest are the newest orders of the filter; nil for who may not see
	// orders.
	Newest []order.Row
	Masked bool
	// MayChannels links the channels.
	MayChannels bool
	// NoOrders says that the store holds no order at all.
	NoOrders, MayImport bool
}

func (v DashboardView) cards() []cardView {
	list := v.totals(v.Answer.Overview, v.Answer.Timeline)
	n := v.Answer.Now
	waiting := cardView{name: "To dispatch now", value: views.Number(n.ToDispatch), note: "none is late"}
	if n.Late > 0 {
		waiting.note, waiting.alarm = "", views.Number(n.Late)+" late"
	}
	if v.Linked {
		waiting.link, waiting.alarmLink = listAddress(v.Filter.ToDispatch(false)), listAddress(v.Filter.ToDispatch(true))
	}
	if n.AtLeast {
		waiting.value = "over " + waiting.value
	}
	if n.ToDispatch == 0 {
		waiting.note = "everything is on its way"
	}
	return append(list, waiting)
}

func (v DashboardView) revenueChart() chart.TimeView {
	m := netRevenue()
	c := v.byPlatform("revenue-chart", "Net revenue", m, v.Answer.Timeline)
	now, before, compared := sumOf(v.Answer.Overview, m)
	c.Finding = v.finding(views.Money(v.Answer.Totals.Net), now, before, compared)
	return c
}

func (v DashboardView) ordersChart() chart.TimeView {
	m := orderCount()
	c := v.byPlatform("orders-chart", "Orders", m, v.Answer.Timeline)
	now, before, compared := sumOf(v.Answer.Overview, m)
	c.Finding = v.finding(views.Count(v.Answer.Totals.Orders, "order", "orders"), now, before, compared)
	return c
}

func (v DashboardView) statusChart() chart.BarsView { return v.statusBars(v.Answer.Statuses) }

// statusBars are the statuses in the order of an order's life.
func (v FrameView) statusBars(rows []report.StatusRow) chart.BarsView {
	c := chart.BarsView{ID: "status-chart", Title: "Where the orders stand", Unit: chart.Count, Column: "Status", Measure: "Orders", Columns: []string{"Share", "Gross"}}
	most := report.StatusRow{}
	for _, r := range rows {
		if r.Orders > most.Orders {
			most = r
		}
		c.Rows = append(c.Rows, chart.BarRow{Name: views.StatusName(r.Status), Class: "t-" + views.StatusTone(r.Status), Value: int64(r.Orders),
			Link:  v.to(report.Part{Statuses: []order.Status{r.Status}}),
			Cells: []chart.Cell{{Text: pct(r.Share)}, {Text: views.Money(r.Gross)}}})
	}
	if most.Orders > 0 {
		c.Finding = pct(most.Share) + " of the orders are " + lower(views.StatusName(most.Status)) + "."
	}
	return c
}

func lower(s string) string {
	if s != "" && s[0] >= 'A' && s[0] <= 'Z' {
		return string(s[0]-'A'+'a') + s[1:]
	}
	return s
}

func (v DashboardView) platformChart() chart.BarsView {
	c := chart.BarsView{ID: "platform-chart", Title: "Platforms", Unit: chart.Rupees, Column: "Platform", Measure: "Net revenue", Columns: []string{"Share", "Change", "Orders"}}
	best := report.PlatformRow{}
	for _, p := range v.Answer.Platforms {
		if p.Net.Minor > best.Net.Minor {
			best = p
		}
		c.Rows = append(c.Rows, chart.BarRow{Name: views.PlatformName(p.Platform), Class: views.PlatformClass(p.Platform), Value: p.Net.Minor,
			Link: v.to(report.Part{Platform: p.Platform, Statuses: report.Earning()}),
			Cells: []chart.Cell{{Text: pct(p.Share)}, growthCell(p.Net, p.Before),
				{Text: views.Number(p.Orders), Link: v.to(report.Part{Platform: p.Platform})}}})
	}
	if best.Net.Minor > 0 {
		c.Finding = views.PlatformName(best.Platform) + " brings " + pct(best.Share) + " of the net revenue."
	}
	return c
}

func growthCell(now order.Money, before *report.Totals) chart.Cell {
	if before == nil {
		return chart.Cell{Text: "–"}
	}
	d := change(now.Minor, before.Net.Minor, 1)
	return chart.Cell{Text: d.text, Class: "delta t-" + d.tone}
}

// sourceWords says how fresh a channel is.
func (v DashboardView) sourceWords(s report.Source) (text, tone string) {
	switch {
	case !s.Enabled:
		return "paused", "neutral"
	case s.Manual:
		return "by hand and file", "neutral"
	case s.LastSuccess == nil:
		return "never read", "warning"
	case s.Failures > 0:
		return "failing, read " + v.Ago(*s.LastSuccess), "danger"
	case s.Stale:
		return "late, read " + v.Ago(*s.LastSuccess), "warning"
	}
	return "read " + v.Ago(*s.LastSuccess), "success"
}
