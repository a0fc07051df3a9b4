package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// Anomaly is a day on which something was far from what was to be expected.
type Anomaly struct {
	Day      Day            `json:"day"`
	Platform order.Platform `json:"platform"`
	Measure  Measure        `json:"measure"`
	Actual   float64        `json:"actual"`   // orders, or paise for amounts
	Expected float64        `json:"expected"` // from the days before it
	// Score is how many times the usual deviation this one is; negative for a
	// drop.
	Score  float64 `json:"score"`
	Reason Reason  `json:"reason"`
}

// Measure is what an anomaly is about.
type Measure string

// The measures that are watched.
const (
	MeasureOrders  Measure = "orders"
	MeasureGross   Measure = "gross"
	MeasureAverage Measure = "average" // of gross per order
)

// Reason says why a day stands out, as far as figures can tell.
type Reason struct {
	Kind ReasonKind `json:"kind"`
	// Channel or SKU name the culprit, where one was found.
	Channel string `json:"channel,omitempty"`
	SKU     string `json:"sku,omitempty"`
	Title   string `json:"title,omitempty"`
	// Share is how much of the deviation it explains, in percent.
	Share float64 `json:"share,omitempty"`
}

// ReasonKind sorts reasons.
type ReasonKind string

// The reasons.
const (
	Unexplained  ReasonKind = ""
	ChannelStale ReasonKind = "channel-stale" // the channel was not read since: orders may still come
	PlatformDown ReasonKind = "platform-down" // no channel of the platform had an order
	OneChannel   ReasonKind = "one-channel"
	OneProduct   ReasonKind = "one-product"
	PriceChange  ReasonKind = "price" // as many orders as ever, at another value
)

const (
	watchDays   = 14  // how many of the newest days are looked at
	baseDays    = 56  // how many days before say what is usual
	alarmScore  = 3.5 // usual deviations
	alarmChange = .3  // and at least this part of what was expected
)

// Watched is the range of days that Anomalies reads.
func Watched(today Day) Range { return Range{today - watchDays - baseDays - 4*week, today - 1} }

// Anomalies finds the days among the newest that are over on which a platform
// had far more or fewer orders, or far more or less gross revenue, than the
// same weekdays before. The newest and the largest come first. A platform is
// watched from six weeks after its first order on; enough tells whether any
// was. The reasons are left to Explain. fig must hold the days of Watched.
func (f Filter) Anomalies(fig Figures, today Day) (found []Anomaly, enough bool) {
	found = []Anomaly{}
	r := Watched(today)
	byPlatform := f.dailyByPlatform(fig, r)
	for _, p := range order.Platforms() {
		days := byPlatform[p]
		orders, gross := make([]float64, len(days)), make([]float64, len(days))
		for i, s := range days {
			orders[i], gross[i] = float64(s.Orders), float64(s.Gross)
		}
		first := slices.IndexFunc(orders, func(n float64) bool { return n > 0 })
		if first < 0 || len(orders)-first <= minHistory {
			continue
		}
		enough = true
		odd, worth := outliers(orders[first:]), outliers(gross[first:])
		odd, worth = slices.Concat(make([]outlier, first), odd), slices.Concat(make([]outlier, first), worth)
		for i := len(days) - watchDays; i < len(days); i++ {
			a := Anomaly{Day: r.From + Day(i), Platform: p}
			switch {
			case odd[i].score != 0:
				a.Measure, a.Actual, a.Expected, a.Score = MeasureOrders, orders[i], odd[i].expected, odd[i].score
			case worth[i].score != 0:
				a.Measure, a.Actual, a.Expected, a.Score = MeasureGross, gross[i], math.Round(worth[i].expected), worth[i].score
			default:
				continue
			}
			found = append(found, a)
		}
	}
	slices.SortStableFunc(found, func(a, b Anomaly) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(math.Abs(b.Score), math.Abs(a.Score)))
	})
	return found, enough
}

// Explain looks for the reasons of what Anomalies found. fig must hold the days
// of Watched with their sales.
func (f Filter) Explain(fig Figures, list []Anomaly) {
	for i, a := range list {
		only := f
		only.Platforms = []order.Platform{a.Platform}
		list[i].Reason = only.reason(fig, a)
	}
}

// outlier is a day's expectation; score is 0 for a usual day.
type outlier struct{ expected, score float64 }

// outliers compares each day with the median of the four same weekdays before
// it, in units of the median deviation of the days before. Medians keep one odd
// day from hiding or causing the next.
func outliers(y []float64) []outlier {
	out := make([]outlier, len(y))
	off := make([]float64, len(y))
	for i := 4 * week; i < len(y); i++ {
		same := []float64{y[i-week], y[i-2*week], y[i-3*week], y[i-4*week]}
		out[i].expected = median(same)
		off[i] = y[i] - out[i].expected
		base := off[max(4*week, i-baseDays):i]
		if len(base) < 2*week {
			continue
		}
		usual := make([]float64, len(base))
		for k, v := range base {
			usual[k] = math.Abs(v)
		}
		// 1.4826 makes the median deviation comparable with a standard one; the
		// root keeps a handful of orders from being an event.
		spread := math.Max(1.4826*median(usual), math.Sqrt(math.Max(out[i].expected, 1)))
		score := off[i] / spread
		if math.Abs(score) >= alarmScore && math.Abs(off[i]) >= alarmChange*out[i].expected {
			out[i].score = score
		}
	}
	return out
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(list))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}
