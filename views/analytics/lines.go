package analytics

import (
	"strings"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/chart"
)

func cancelledOnly() []order.Status { return []order.Status{order.Cancelled} }

func sparkClass(class string) string {
	if class == "" {
		return "c-accent"
	}
	return class
}

// fieldName is what the page calls a parameter.
func fieldName(name string) string {
	switch name {
	case "by":
		return "Steps"
	case "compare":
		return "Compare with"
	case "from", "to":
		return "Day " + name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// point words one step of a timeline for a chart.
func point(r report.Range, g report.Grain) chart.Point {
	switch g {
	case report.ByMonth:
		return chart.Point{Short: r.From.Format("Jan 06"), Long: r.From.Format("January 2006")}
	case report.ByWeek:
		return chart.Point{Short: r.From.Format("2 Jan"), Long: r.Words()}
	}
	return chart.Point{Short: r.From.Format("2 Jan"), Long: r.From.Format("Mon, 2 Jan 2006")}
}

func column(g report.Grain) string {
	switch g {
	case report.ByMonth:
		return "Month"
	case report.ByWeek:
		return "Week"
	}
	return "Day"
}

// measure is one way to look at totals.
type measure struct {
	unit     chart.Unit
	of       func(report.Totals) int64
	statuses []order.Status // of the orders that it counts; nil: all
}

func netRevenue() measure {
	return measure{chart.Rupees, func(t report.Totals) int64 { return t.Net.Minor }, report.Earning()}
}

func orderCount() measure {
	return measure{chart.Count, func(t report.Totals) int64 { return int64(t.Orders) }, nil}
}

// byPlatform is a measure over time, stacked by platform.
func (v FrameView) byPlatform(id, title string, m measure, line []report.Moment) chart.TimeView {
	g := v.Filter.Step()
	c := chart.TimeView{ID: id, Title: title, Unit: m.unit, Column: column(g), PreviousName: v.before()}
	for i, s := range line {
		p := point(s.Range, g)
		p.Link = v.to(report.Part{Range: s.Range, Statuses: m.statuses})
		if b := line[i].Before; b != nil {
			p.Before, p.BeforeLink = point(b.Range, g).Long, v.to(report.Part{Range: b.Range, Statuses: m.statuses})
			c.Previous = append(c.Previous, m.of(b.Totals))
		}
		c.Points = append(c.Points, p)
	}
	c.TotalLink = v.to(report.Part{Statuses: m.statuses})
	if r, ok := v.Filter.Previous(); ok {
		c.PreviousLink = v.to(report.Part{Range: r, Statuses: m.statuses})
	}
	for _, platform := range order.Platforms() {
		s := chart.Series{Name: views.PlatformName(platform), Class: views.PlatformClass(platform), TotalLink: v.to(report.Part{Platform: platform, Statuses: m.statuses})}
		seen := false
		for _, step := range line {
			t, ok := step.Platforms[platform]
			seen = seen || ok
			s.Values = append(s.Values, m.of(t))
			s.Links = append(s.Links, v.to(report.Part{Range: step.Range, Platform: platform, Statuses: m.statuses}))
		}
		if seen {
			c.Series = append(c.Series, s)
		}
	}
	return c
}

// before names the period compared with.
func (v FrameView) before() string {
	r, ok := v.Filter.Previous()
	if !ok {
		return ""
	}
	return r.Words()
}

// finding says what a number came to and how it compares.
func (v FrameView) finding(text string, now, before int64, compared bool) string {
	if !compared {
		return text + "."
	}
	switch {
	case before == 0 && now == 0:
		return text + ", as before."
	case before == 0:
		return text + "; nothing in " + v.before() + "."
	case now == before:
		return text + ", exactly as in " + v.before() + "."
	}
	word := "more"
	if now < before {
		word = "less"
	}
	c := strings.TrimLeft(chart.Change(now, before), "▲▼ ")
	if strings.HasSuffix(c, "times") {
		return text + ", " + c + " as much as in " + v.before() + "."
	}
	return text + ", " + c + " " + word + " than in " + v.before() + "."
}

// sum adds up one measure of a period and of the one before.
func sumOf(o report.Overview, m measure) (now, before int64, compared bool) {
	if o.Previous != nil {
		return m.of(o.Totals), m.of(*o.Previous), true
	}
	return m.of(o.Totals), 0, false
}
