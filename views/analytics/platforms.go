package analytics

import (
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/chart"
)

// PlatformsView is /analytics/platforms.
type PlatformsView struct {
	FrameView
	Answer report.Platforms
}

func (v PlatformsView) shareChart() chart.BarsView {
	c := chart.BarsView{ID: "platform-chart", Title: "Who sells how much", Unit: chart.Rupees, Column: "Platform", Measure: "Net revenue",
		Columns: []string{"Share", "Change", "Orders", "Of all", "Average", "Units"}}
	best := report.PlatformRow{}
	for _, p := range v.Answer.Platforms {
		if p.Net.Minor > best.Net.Minor {
			best = p
		}
		c.Rows = append(c.Rows, chart.BarRow{Name: views.PlatformName(p.Platform), Class: views.PlatformClass(p.Platform), Value: p.Net.Minor,
			Link: v.to(report.Part{Platform: p.Platform, Statuses: report.Earning()}),
			Cells: []chart.Cell{{Text: pct(p.Share)}, growthCell(p.Net, p.Before), {Text: views.Number(p.Orders), Link: v.to(report.Part{Platform: p.Platform})},
				{Text: pct(p.OrderShare)}, {Text: views.Money(p.Average)}, {Text: views.Number(p.Units)}}})
	}
	if best.Net.Minor > 0 {
		c.Finding = views.PlatformName(best.Platform) + " brings " + pct(best.Share) + " of the net revenue."
	}
	return c
}

// lossChart ranks platforms by what does not stay sold.
func (v PlatformsView) lossChart() chart.BarsView {
	c := chart.BarsView{ID: "loss-chart", Title: "What does not stay sold", Unit: chart.Basis, Column: "Platform", Measure: "Cancelled",
		Columns: []string{"Orders", "Returned", "Orders", "To origin"},
		Note:    "Shares of all orders of the period. To origin: the parcel came back before it was delivered, as far as the platform says so."}
	worst, most := "", 0.0
	for _, p := range v.Answer.Platforms {
		if p.CancelRate+p.ReturnRate > most {
			worst, most = views.PlatformName(p.Platform), p.CancelRate+p.ReturnRate
		}
		c.Rows = append(c.Rows, chart.BarRow{Name: views.PlatformName(p.Platform), Class: views.PlatformClass(p.Platform), Value: int64(p.CancelRate*100 + .5),
			Cells: []chart.Cell{{Text: views.Number(p.Cancelled), Link: v.to(report.Part{Platform: p.Platform, Statuses: cancelledOnly()})}, {Text: pct(p.ReturnRate)},
				{Text: views.Number(p.SentBack), Link: v.to(report.Part{Platform: p.Platform, Statuses: report.SentBack()})}, {Text: pct(p.RTORate)}}})
	}
	if worst != "" {
		c.Finding = worst + " loses most: " + pct(most) + " of its orders are cancelled or returned."
	}
	return c
}

// timeChart ranks platforms by how long one step takes.
func (v PlatformsView) timeChart(step report.Step) chart.BarsView {
	name := step.Name()
	c := chart.BarsView{ID: "time-" + string(name), Title: "From order to " + string(name), Unit: chart.Mins, Column: "Platform", Measure: "Half within", Columns: []string{"Nine in ten within", "Orders"}}
	slow, most := "", int64(-1)
	for _, p := range v.Answer.Platforms {
		for _, t := range p.Times {
			if t.Step != name {
				continue
			}
			if t.P90 > most {
				slow, most = views.PlatformName(p.Platform), t.P90
			}
			c.Rows = append(c.Rows, chart.BarRow{Name: views.PlatformName(p.Platform), Class: views.PlatformClass(p.Platform), Value: t.Median,
				Cells: []chart.Cell{{Text: chart.Span(t.P90)}, {Text: views.Number(t.Orders)}}})
		}
	}
	if slow != "" {
		c.Finding = slow + " takes longest: nine in ten within " + chart.Span(most) + "."
	}
	return c
}

func (v PlatformsView) channelChart() chart.BarsView {
	c := chart.BarsView{ID: "channel-chart", Title: "Channels", Unit: chart.Rupees, Column: "Channel", Measure: "Net revenue", Columns: []string{"Share", "Change", "Orders"}}
	for _, r := range v.Answer.Channels {
		c.Rows = append(c.Rows, chart.BarRow{Name: v.channelName(r.ID), Class: views.PlatformClass(r.Platform), Value: r.Net.Minor,
			Link:  v.to(report.Part{Channel: r.ID, Statuses: report.Earning()}),
			Cells: []chart.Cell{{Text: pct(r.Share)}, growthCell(r.Net, r.Before), {Text: views.Number(r.Orders), Link: v.to(report.Part{Channel: r.ID})}}})
	}
	return c
}

// steps are those that any platform tells times of.
func (v PlatformsView) steps() []report.Step {
	var all []report.Step
	for _, s := range report.Steps() {
		for _, p := range v.Answer.Platforms {
			if hasStep(p.Times, s) {
				all = append(all, s)
				break
			}
		}
	}
	return all
}

func hasStep(list []report.Timing, s report.Step) bool {
	for _, t := range list {
		if t.Step == s.Name() {
			return true
		}
	}
	return false
}

// leftOut explains why something cannot be told with this filter.
func (v FrameView) leftOut(what string) string {
	by := "state"
	switch {
	case v.Filter.Payment != "" && len(v.Filter.States) > 0:
		by = "payment method or state"
	case v.Filter.Payment != "":
		by = "payment method"
	}
	return what + " are not kept by " + by + ", and these are more than the " + views.Number(report.MostSifted) +
		" orders that are counted one by one. Choose fewer days, or take that filter away."
}

// everybodyOnly explains why something cannot be told with any filter.
func (v FrameView) everybodyOnly(what string) string {
	if v.Scoped {
		return what + " is known of all orders only, and your account is restricted to some channels."
	}
	return what + " is known of all orders only. Take the filters away to see it."
}
