package report

import (
	"github.com/palmonas/palmonas-crm/order"
)

// Span is the period of an answer and what it is compared with.
type Span struct {
	Range
	Preset  Preset  `json:"preset,omitempty"`
	Compare Compare `json:"compare"`
	// Previous is nil when nothing is compared.
	Previous *Range `json:"previous,omitempty"`
	Grain    Grain  `json:"grain"`
}

// Span is the filter's period.
func (f Filter) Span() Span {
	s := Span{Range: f.Range, Preset: f.Preset, Compare: f.Compare, Grain: f.Step()}
	if s.Compare == "" {
		s.Compare = ComparePrevious
	}
	if r, ok := f.Previous(); ok {
		s.Previous = &r
	}
	return s
}

// Moment is one step of a timeline: a day, or the part of a week or month that
// lies in the period.
type Moment struct {
	Range
	Totals
	// Platforms holds those that sold something.
	Platforms map[order.Platform]Totals `json:"platforms"`
	// Before is the same step of the period compared with; nil where that has
	// none.
	Before *Before `json:"previous,omitempty"`
}

// Before is what a step is compared with.
type Before struct {
	Range
	Totals
}

// timeline sums the steps of the filter's period.
func (f Filter) timeline(fig Figures) []Moment {
	steps := f.Step().Split(f.Range)
	moments := make([]Moment, len(steps))
	for i, r := range steps {
		var all Sums
		by := map[order.Platform]*Sums{}
		for channel, s := range f.byChannel(fig, r) {
			if s.Orders > 0 {
				all.Merge(s)
				at(by, fig.Names.Channels[channel].Platform).Merge(s)
			}
		}
		moments[i] = Moment{Range: r, Totals: all.Totals(), Platforms: map[order.Platform]Totals{}}
		for p, s := range by {
			moments[i].Platforms[p] = s.Totals()
		}
	}
	f.compare(fig, moments)
	return moments
}

// compare sets beside each step the one that is as far into the period before.
func (f Filter) compare(fig Figures, moments []Moment) {
	previous, ok := f.Previous()
	if !ok {
		return
	}
	shift := f.Range.From - previous.From
	for i := range moments {
		r := Range{moments[i].From - shift, moments[i].To - shift}
		r.To = min(r.To, previous.To)
		if i == len(moments)-1 {
			r.To = previous.To
		}
		if r.From > r.To {
			return
		}
		moments[i].Before = &Before{Range: r, Totals: f.sum(fig, r).Totals()}
	}
}
