package report

import "math"

// explains is the part of a deviation that one channel or product must make up
// to count as its reason.
const explains = .6

// reason looks for what made a day stand out; f is narrowed to its platform.
func (f Filter) reason(fig Figures, a Anomaly) Reason {
	if a.Measure == MeasureOrders && a.Actual == 0 && f.Coarse() && len(f.Channels) == 0 {
		return Reason{Kind: PlatformDown}
	}
	if r, ok := f.channelReason(fig, a); ok {
		return r
	}
	if r, ok := f.productReason(fig, a); ok && f.Coarse() { // products are not kept by the rest
		return r
	}
	if a.Measure == MeasureGross {
		return Reason{Kind: PriceChange}
	}
	return Reason{}
}

// usual are the same weekday in the four weeks before a day.
func usual(d Day) []Day { return []Day{d - week, d - 2*week, d - 3*week, d - 4*week} }

// channelReason tells whether one of several channels made up most of it.
func (f Filter) channelReason(fig Figures, a Anomaly) (Reason, bool) {
	now := f.byChannel(fig, Range{a.Day, a.Day})
	before := make([]Sums, len(now))
	for _, d := range usual(a.Day) {
		for i, s := range f.byChannel(fig, Range{d, d}) {
			before[i].Merge(s)
		}
	}
	active, best, most := 0, -1, 0.0
	for i := range now {
		if now[i].Orders+before[i].Orders == 0 {
			continue
		}
		active++
		if part := (float64(now[i].Orders) - float64(before[i].Orders)/4) / (a.Actual - a.Expected); a.Measure == MeasureOrders && part > most {
			best, most = i, part
		}
	}
	if active < 2 || best < 0 || most < explains {
		return Reason{}, false
	}
	return Reason{Kind: OneChannel, Channel: fig.Names.Channels[best].ID, Share: math.Round(math.Min(most, 1) * 100)}, true
}

// productReason tells whether one product made up most of it.
func (f Filter) productReason(fig Figures, a Anomaly) (Reason, bool) {
	diff := map[uint32]float64{}
	in := f.channels(fig.Names)
	count := func(d Day, times float64) {
		for _, day := range fig.in(Range{d, d}) {
			for _, s := range day.Sales {
				if !in[s.Channel] {
					continue
				}
				n := float64(s.Orders)
				if a.Measure == MeasureGross {
					n = float64(s.Gross)
				}
				diff[s.Product] += n * times
			}
		}
	}
	count(a.Day, 1)
	for _, d := range usual(a.Day) {
		count(d, -.25)
	}
	best, most := uint32(0), 0.0
	for product, d := range diff {
		part := d / (a.Actual - a.Expected)
		if part > most || part == most && product < best {
			best, most = product, part
		}
	}
	if most < explains || len(diff) < 2 {
		return Reason{}, false
	}
	p := fig.Names.Products[best]
	return Reason{Kind: OneProduct, SKU: p.SKU, Title: p.Title, Share: math.Round(math.Min(most, 1) * 100)}, true
}

// Stale sets the reason of drops on days that a channel had not been read to
// the end of; unread names them by platform.
func Stale(list []Anomaly, unread func(a Anomaly) (channel string, ok bool)) {
	for i := range list {
		if list[i].Score >= 0 {
			continue
		}
		if id, ok := unread(list[i]); ok {
			list[i].Reason = Reason{Kind: ChannelStale, Channel: id}
		}
	}
}
