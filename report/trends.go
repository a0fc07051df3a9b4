package report

import "github.com/palmonas/palmonas-crm/order"

// Trends is the answer of /analytics/trends.
type Trends struct {
	Overview
	// Hours are orders and net revenue by weekday, Monday first, and hour of the
	// shop's clock; nil when the filter asks for a payment method or a state, by
	// which hours are not kept, and for more orders than are counted on the spot.
	Hours    *Hours      `json:"hours,omitempty"`
	Statuses []StatusRow `json:"statuses"`
	// Flow is how many orders of each step stand in which status today.
	Flow    []FlowStep `json:"flow"`
	Outlook Outlook    `json:"outlook"`
	Notable []Anomaly  `json:"notable"`
	// Watched says that there were days enough to tell what stands out.
	Watched bool `json:"watched"`
}

// Hours is the week by the hour.
type Hours struct {
	Orders [7][24]int         `json:"orders"`
	Net    [7][24]order.Money `json:"net"`
	// Weekdays is how many Mondays, Tuesdays and so on the period has.
	Weekdays [7]int `json:"weekdays"`
}

// FlowStep is one step of a timeline by status.
type FlowStep struct {
	Range
	Statuses map[order.Status]int `json:"statuses"`
}

// Trends looks for rhythm. fig must hold the days of Needs, history those of
// History; the outlook starts from yesterday, since today is not over.
func (f Filter) Trends(fig, history Figures, today Day) Trends {
	t := Trends{Overview: f.overview(fig), Hours: f.hours(fig), Statuses: f.statuses(fig), Flow: f.flow(fig), Outlook: f.Outlook(history, today)}
	t.Notable, t.Watched = f.Anomalies(history, today)
	return t
}

func (f Filter) hours(fig Figures) *Hours {
	fig, ok := f.parts(fig)
	if !ok {
		return nil
	}
	var h Hours
	var net [7][24]int64
	in := f.channels(fig.Names)
	for _, d := range fig.in(f.Range) {
		for _, x := range d.Hours {
			if in[x.Channel] && x.Hour < 24 {
				h.Orders[d.Day.Weekday()][x.Hour] += int(x.Orders)
				net[d.Day.Weekday()][x.Hour] += x.Net
			}
		}
	}
	for i := range net {
		for k, n := range net[i] {
			h.Net[i][k] = order.INR(n)
		}
	}
	for d := f.Range.From; d <= f.Range.To; d++ {
		h.Weekdays[d.Weekday()]++
	}
	return &h
}

// flow counts the statuses of each step.
func (f Filter) flow(fig Figures) []FlowStep {
	steps := f.Step().Split(f.Range)
	all := make([]FlowStep, len(steps))
	for i, r := range steps {
		all[i] = FlowStep{Range: r, Statuses: map[order.Status]int{}}
		by := make([]int, len(fates))
		f.each(fig, r, func(_ Day, c Cell) { by[min(int(c.Status), len(by)-1)] += int(c.Orders) })
		for k, s := range order.Statuses() {
			if by[k] > 0 {
				all[i].Statuses[s] = by[k]
			}
		}
	}
	return all
}

// dailyByPlatform are the sums of every day of a range, days without orders
// included, by platform; platforms without any are missing.
func (f Filter) dailyByPlatform(fig Figures, r Range) map[order.Platform][]Sums {
	days := map[order.Platform][]Sums{}
	of := make([][]Sums, len(fig.Names.Channels))
	f.each(fig, r, func(d Day, c Cell) {
		if of[c.Channel] == nil {
			p := fig.Names.Channels[c.Channel].Platform
			if days[p] == nil {
				days[p] = make([]Sums, r.Days())
			}
			of[c.Channel] = days[p]
		}
		of[c.Channel][d-r.From].Add(c)
	})
	return days
}

// historyDays is how far back forecasts look: a year and some weeks.
const historyDays = 400

// History is the range of days that an outlook as of today learns from.
func History(today Day) Range { return Range{From: today - historyDays, To: today - 1} }

// Outlook is what the coming days are likely to bring. Revenue is gross: what
// will be cancelled or come back is not known yet, and net sums of young days
// would seem to rise for that reason alone.
type Outlook struct {
	// From is the first forecast day: today, which is not over.
	From   Day               `json:"from"`
	Orders []PlatformOutlook `json:"orders"`
	Gross  []PlatformOutlook `json:"gross"` // in paise
	// TotalOrders and TotalGross are the sums of the platforms' forecasts.
	TotalOrders Forecast `json:"totalOrders"`
	TotalGross  Forecast `json:"totalGross"`
}

// PlatformOutlook is the forecast of one platform.
type PlatformOutlook struct {
	Platform order.Platform `json:"platform"`
	Forecast
}

// Outlook forecasts by platform. fig must hold the days of History.
func (f Filter) Outlook(fig Figures, today Day) Outlook {
	o := Outlook{From: today, Orders: []PlatformOutlook{}, Gross: []PlatformOutlook{}}
	r := History(today)
	var counts, sums []Forecast
	daily := f.dailyByPlatform(fig, r)
	for _, p := range order.Platforms() {
		orders, gross := make([]int64, r.Days()), make([]int64, r.Days())
		seen := false
		for i, s := range daily[p] {
			orders[i], gross[i] = int64(s.Orders), s.Gross
			seen = seen || s.Orders > 0
		}
		if !seen {
			continue
		}
		a, b := Predict(orders), Predict(gross).whole()
		o.Orders = append(o.Orders, PlatformOutlook{p, a})
		o.Gross = append(o.Gross, PlatformOutlook{p, b})
		counts, sums = append(counts, a), append(sums, b)
	}
	o.TotalOrders, o.TotalGross = Combine(counts...), Combine(sums...).whole()
	return o
}
