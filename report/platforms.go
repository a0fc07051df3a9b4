package report

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Platforms is the answer of /analytics/platforms.
type Platforms struct {
	Overview
	Platforms []PlatformRow `json:"platforms"`
	Channels  []ChannelRow  `json:"channels"`
	// Unfiltered says that the filter asks for a payment method or a state, by
	// which times are not kept, and for more orders than are counted on the spot:
	// times are left out then.
	Unfiltered bool `json:"timesLeftOut,omitempty"`
}

// PlatformRow is how one platform did.
type PlatformRow struct {
	Platform order.Platform `json:"platform"`
	Totals
	// Share is the percent of the net revenue, OrderShare that of all orders.
	Share      float64 `json:"share"`
	OrderShare float64 `json:"orderShare"`
	Before     *Totals `json:"previous,omitempty"`
	// Growth is the change of net revenue in percent; nil without a previous
	// period, or when that had none.
	Growth *float64 `json:"growth,omitempty"`
	Times  []Timing `json:"times"`
}

// ChannelRow is how one channel did.
type ChannelRow struct {
	ID       string         `json:"channel"`
	Platform order.Platform `json:"platform"`
	Totals
	Share  float64 `json:"share"`
	Before *Totals `json:"previous,omitempty"`
}

// Timing is how long orders took to a step, from when they were placed.
type Timing struct {
	Step   StepName `json:"step"`
	Orders int      `json:"orders"` // that reached it
	// Median and P90 are minutes: half, and nine in ten, were as quick.
	Median int64 `json:"medianMinutes"`
	P90    int64 `json:"p90Minutes"`
}

// StepName is a Step in answers.
type StepName string

// Name is the step's word in answers.
func (s Step) Name() StepName {
	switch s {
	case ToConfirmed:
		return "confirmed"
	case ToShipped:
		return "shipped"
	}
	return "delivered"
}

func (f Filter) byChannel(fig Figures, r Range) []Sums {
	by := make([]Sums, len(fig.Names.Channels))
	f.each(fig, r, func(_ Day, c Cell) { by[c.Channel].Add(c) })
	return by
}

// ComparePlatforms is the answer for a filter. fig must hold the days of Needs.
func (f Filter) ComparePlatforms(fig Figures) Platforms {
	a := Platforms{Overview: f.overview(fig), Platforms: []PlatformRow{}, Channels: []ChannelRow{}}
	now := f.byChannel(fig, f.Range)
	var before []Sums
	if r, ok := f.Previous(); ok {
		before = f.byChannel(fig, r)
	}
	parts, told := f.parts(fig)
	waits := f.waits(parts)
	a.Unfiltered = !told
	for _, p := range order.Platforms() {
		var sums, was Sums
		var spreads [3]Spread
		for i, ch := range fig.Names.Channels {
			if ch.Platform != p {
				continue
			}
			sums.Merge(now[i])
			if before != nil {
				was.Merge(before[i])
			}
		}
		for i, ch := range parts.Names.Channels {
			if ch.Platform == p {
				for s := range spreads {
					spreads[s].Merge(&waits[i][s])
				}
			}
		}
		if sums.Orders+was.Orders == 0 {
			continue
		}
		row := PlatformRow{Platform: p, Totals: sums.Totals(), Share: share(sums.Net, a.Totals.Net.Minor), OrderShare: rate(sums.Orders, a.Totals.Orders), Times: timings(spreads)}
		if before != nil {
			t := was.Totals()
			row.Before, row.Growth = &t, growth(sums.Net, was.Net)
		}
		a.Platforms = append(a.Platforms, row)
	}
	for i, ch := range fig.Names.Channels {
		if now[i].Orders == 0 {
			continue
		}
		row := ChannelRow{ID: ch.ID, Platform: ch.Platform, Totals: now[i].Totals(), Share: share(now[i].Net, a.Totals.Net.Minor)}
		if before != nil {
			t := before[i].Totals()
			row.Before = &t
		}
		a.Channels = append(a.Channels, row)
	}
	slices.SortStableFunc(a.Channels, func(x, y ChannelRow) int { return cmp.Compare(y.Net.Minor, x.Net.Minor) })
	return a
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(float64(part)/float64(whole)*10000) / 100
}

// growth is the change in percent, with one decimal; nil from nothing.
func growth(now, before int64) *float64 {
	if before == 0 {
		return nil
	}
	g := math.Round((float64(now)/float64(before)-1)*1000) / 10
	return &g
}

// waits are the spreads of each channel's steps.
func (f Filter) waits(fig Figures) [][3]Spread {
	all := make([][3]Spread, len(fig.Names.Channels))
	in := f.channels(fig.Names)
	for _, d := range fig.in(f.Range) {
		for _, w := range d.Waits {
			if in[w.Channel] && int(w.Step) < 3 {
				all[w.Channel][w.Step].Add(w.Bucket, w.Orders)
			}
		}
	}
	return all
}

func timings(spreads [3]Spread) []Timing {
	times := []Timing{}
	for _, s := range Steps() {
		median, ok := spreads[s].Quantile(.5)
		if !ok {
			continue
		}
		p90, _ := spreads[s].Quantile(.9)
		times = append(times, Timing{Step: s.Name(), Orders: spreads[s].Orders(), Median: int64(median / time.Minute), P90: int64(p90 / time.Minute)})
	}
	return times
}
