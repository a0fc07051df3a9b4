package report

import (
	"fmt"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// Morning is what somebody should know before the day's work. It holds no
// personal data, so that it can be sent.
type Morning struct {
	Day       Day       // today
	Yesterday Totals    // of the day before
	Usual     Totals    // of the same weekday a week earlier
	Now       Now       // what waits
	Stale     []Source  // channels that are not read as they should be
	Notable   []Anomaly // of yesterday
	// Expected is the forecast of today's orders; empty without one.
	Expected Forecast
}

// Morning gathers a digest. fig must hold the days of History; now, sources and
// the reasons of notable are the caller's.
func (f Filter) Morning(fig Figures, today Day, now Now, sources []Source, notable []Anomaly) Morning {
	yesterday := Range{today - 1, today - 1}
	m := Morning{Day: today, Now: now, Yesterday: f.sum(fig, yesterday).Totals(), Usual: f.sum(fig, Range{today - 1 - week, today - 1 - week}).Totals(),
		Expected: f.Outlook(fig, today).TotalOrders}
	for _, s := range sources {
		if s.Enabled && (s.Stale || s.Failures > 0) {
			m.Stale = append(m.Stale, s)
		}
	}
	for _, a := range notable {
		if a.Day == today-1 {
			m.Notable = append(m.Notable, a)
		}
	}
	return m
}

// Subject is the digest in one line.
func (m Morning) Subject() string {
	return fmt.Sprintf("%s: %d orders yesterday, %d to dispatch, %d late", m.Day.Format("Mon 2 Jan"), m.Yesterday.Orders, m.Now.ToDispatch, m.Now.Late)
}

// Text is the digest as plain text; money and channel words come from the
// caller, since this package formats nothing for people but plain numbers.
func (m Morning) Text(money func(order.Money) string, channel func(id string) string) string {
	var b strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	y := m.Yesterday
	line("Yesterday, %s", (m.Day - 1).Format("Monday 2 January"))
	line("  %d orders, %d on the same weekday a week before", y.Orders, m.Usual.Orders)
	line("  %s net, %s a week before", money(y.Net), money(m.Usual.Net))
	line("  %d cancelled, %d returned", y.Cancelled, y.SentBack)
	line("")
	line("Now")
	line("  %d orders to dispatch, %d of them late", m.Now.ToDispatch, m.Now.Late)
	if m.Expected.Method != "" {
		p := m.Expected.Points[0]
		line("  about %.0f orders to expect today (%.0f to %.0f; such forecasts were off by %.0f %%)", p.Value, p.Low, p.High, m.Expected.Test.WAPE)
	}
	for _, s := range m.Stale {
		line("  %s is not read as it should be: %d failures in a row", s.Name, s.Failures)
	}
	if len(m.Notable) > 0 {
		line("")
		line("What stood out")
		for _, a := range m.Notable {
			if a.Measure == MeasureGross {
				line("  %s: %s gross instead of about %s. %s", a.Platform, money(order.INR(int64(a.Actual))), money(order.INR(int64(a.Expected))), ReasonWords(a, channel))
				continue
			}
			line("  %s: %.0f orders instead of about %.0f. %s", a.Platform, a.Actual, a.Expected, ReasonWords(a, channel))
		}
	}
	return b.String()
}
