package analytics

import (
	"strconv"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/chart"
)

// TrendsView is /analytics/trends.
type TrendsView struct {
	FrameView
	Answer report.Trends
}

func weekdays() []string { return []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} }

func longWeekday(i int) string {
	return []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}[i]
}

func clockHours() []string {
	all := make([]string, 24)
	for i := range all {
		all[i] = strconv.Itoa(i)
	}
	return all
}

// heat is the week by the hour.
func (v TrendsView) heat() chart.HeatView {
	c := chart.HeatView{ID: "hours-chart", Title: "Orders by weekday and hour", Unit: chart.Count, Rows: weekdays(), Columns: clockHours(), Corner: "Weekday and hour"}
	h := v.Answer.Hours
	if h == nil {
		return c
	}
	total, day, hour, most := 0, 0, 0, -1
	for d := range h.Orders {
		row := make([]int64, 24)
		for k, n := range h.Orders[d] {
			row[k] = int64(n)
			total += n
			if n > most {
				day, hour, most = d, k, n
			}
		}
		c.Values = append(c.Values, row)
	}
	if total > 0 {
		c.Finding = "Busiest: " + longWeekday(day) + " from " + strconv.Itoa(hour) + " to " + strconv.Itoa(hour+1) + " o’clock with " + pct(float64(most)/float64(total)*100) + " of all orders."
	}
	return c
}

// flow is how the orders of each step stand today.
func (v TrendsView) flow() chart.TimeView {
	g := v.Filter.Step()
	c := chart.TimeView{ID: "flow-chart", Title: "What became of the orders", Unit: chart.Count, Column: column(g)}
	c.TotalLink = v.to(report.Part{})
	for _, s := range v.Answer.Flow {
		p := point(s.Range, g)
		p.Link = v.to(report.Part{Range: s.Range})
		c.Points = append(c.Points, p)
	}
	for _, st := range order.Statuses() {
		s := chart.Series{Name: views.StatusName(st), Class: statusClass(st), TotalLink: v.to(report.Part{Statuses: []order.Status{st}})}
		seen := 0
		for _, step := range v.Answer.Flow {
			n := step.Statuses[st]
			seen += n
			s.Values = append(s.Values, int64(n))
			s.Links = append(s.Links, v.to(report.Part{Range: step.Range, Statuses: []order.Status{st}}))
		}
		if seen > 0 {
			c.Series = append(c.Series, s)
		}
	}
	open := 0
	for _, r := range v.Answer.Statuses {
		switch r.Status {
		case order.Pending, order.Confirmed, order.Processing:
			open += r.Orders
		}
	}
	c.Finding = views.Count(open, "order of this period still waits", "orders of this period still wait") + " to be shipped."
	if open == 0 {
		c.Finding = "Every order of this period is on its way or settled."
	}
	return c
}

// statusClass tells statuses of one tone apart.
func statusClass(s order.Status) string {
	class := "t-" + views.StatusTone(s)
	switch s {
	case order.Confirmed, order.OutForDelivery, order.Refunded:
		return class + " pale"
	}
	return class
}

// outlook is the forecast of one measure, with the four weeks before it.
func (v TrendsView) outlook(id, title string, unit chart.Unit, list []report.PlatformOutlook, total report.Forecast) chart.TimeView {
	c := chart.TimeView{ID: id, Title: title, Unit: unit, Lines: true, Column: "Day", Sparse: true}
	past := total.Recent(4 * 7)
	c.Outlook = len(past)
	from := v.Answer.Outlook.From
	for i := range len(past) + len(total.Points) {
		c.Points = append(c.Points, point(report.Range{From: from + report.Day(i-len(past)), To: from + report.Day(i-len(past))}, report.ByDay))
	}
	s := chart.Series{Name: "All platforms", Class: "c-accent"}
	for _, n := range past {
		s.Values = append(s.Values, int64(n))
		c.Low, c.High = append(c.Low, int64(n)), append(c.High, int64(n))
	}
	for _, p := range total.Points {
		s.Values = append(s.Values, int64(p.Value+.5))
		c.Low, c.High = append(c.Low, int64(p.Low)), append(c.High, int64(p.High+.5))
	}
	c.Series = []chart.Series{s}
	sum := 0.0
	for _, p := range total.Points {
		sum += p.Value
	}
	c.Finding = "About " + unit.Short(int64(sum+.5)) + " in the next " + strconv.Itoa(report.Horizon) + " days, today among them."
	return c
}

func (v TrendsView) ordersOutlook() chart.TimeView {
	o := v.Answer.Outlook
	return v.outlook("outlook-orders", "Orders to expect", chart.Count, o.Orders, o.TotalOrders)
}

func (v TrendsView) grossOutlook() chart.TimeView {
	o := v.Answer.Outlook
	return v.outlook("outlook-gross", "Gross revenue to expect", chart.Rupees, o.Gross, o.TotalGross)
}

// testRow is how well one forecast did on days that are over.
type testRow struct {
	name, class, sum, method string
	test                     report.Backtest
}

func (v TrendsView) tests(unit chart.Unit, list []report.PlatformOutlook, total report.Forecast) []testRow {
	row := func(name, class string, f report.Forecast) testRow {
		sum := 0.0
		for _, p := range f.Points {
			sum += p.Value
		}
		return testRow{name: name, class: class, sum: unit.Short(int64(sum + .5)), method: f.Method.Words(), test: f.Test}
	}
	var rows []testRow
	for _, p := range list {
		if p.Method == "" {
			rows = append(rows, testRow{name: views.PlatformName(p.Platform), class: views.PlatformClass(p.Platform)})
			continue
		}
		rows = append(rows, row(views.PlatformName(p.Platform), views.PlatformClass(p.Platform), p.Forecast))
	}
	if total.Method != "" {
		rows = append(rows, row("All platforms", "c-accent", total))
	}
	return rows
}
