package report

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// Filter is what a page of figures is asked, as its address holds it.
type Filter struct {
	// Preset is empty when From and To were given.
	Preset    Preset
	Range     Range
	Platforms []order.Platform
	Channels  []string
	Payment   order.PaymentMethod // empty: all
	States    []string            // canonical names
	Compare   Compare
	Grain     Grain // empty: what suits the range
}

// The range of days a page may be asked for.
const (
	firstYear = 2000
	lastYear  = 2100
	maxDays   = 20 * 366
)

// ParseFilter reads the parameters of a page of figures as of today. Without
// any it is the last 30 days compared with the 30 before. One end of a range
// alone reaches to today or 30 days back. Everything that is not understood is
// FieldErrors, all faults together.
func ParseFilter(v url.Values, today Day) (Filter, error) {
	r := reader{values: v, seen: map[string]bool{}}
	f := Filter{Preset: oneOf(&r, "period", append(Presets(), AnyRange), ""), Compare: oneOf(&r, "compare", Compares(), ComparePrevious),
		Grain: oneOf(&r, "by", Grains(), ""), Payment: oneOf(&r, "payment", []order.PaymentMethod{order.Prepaid, order.COD}, ""),
		Platforms: manyOf(&r, "platform", order.Platforms()), Channels: distinct(r.all("channel"))}
	for _, s := range r.all("state") {
		name := order.NormaliseState(s)
		if !slices.Contains(order.StatesOfIndia(), name) {
			r.fault("state", "%q is not a state of India", s)
			continue
		}
		f.States = append(f.States, name)
	}
	slices.Sort(f.States)
	f.States = slices.Compact(f.States)
	r.days(&f, today)
	r.unknown()
	if len(r.faults) > 0 {
		return Filter{}, r.faults
	}
	return f, nil
}

// days sets the range from a preset, or from and to.
func (r *reader) days(f *Filter, today Day) {
	from, to := r.one("from"), r.one("to")
	if from == "" && to == "" {
		if f.Preset == "" || f.Preset == AnyRange {
			f.Preset = Last30
		}
		f.Range = f.Preset.Range(today)
		return
	}
	if f.Preset != "" && f.Preset != AnyRange {
		r.fault("period", "choose “Any range” to ask for days of your own, or clear them")
	}
	f.Preset = ""
	f.Range = Range{From: r.day("from", from, today-29), To: r.day("to", to, today)}
	if to == "" && f.Range.To < f.Range.From {
		f.Range.To = f.Range.From
	}
	if from == "" && to != "" {
		f.Range.From = f.Range.To - 29
	}
	switch {
	case len(r.faults) > 0:
	case f.Range.From > f.Range.To:
		r.fault("to", "the last day %s is before the first, %s", to, from)
	case f.Range.Days() > maxDays:
		r.fault("from", "a range has at most 20 years")
	}
}

func (r *reader) day(name, text string, otherwise Day) Day {
	if text == "" {
		return otherwise
	}
	d, err := ParseDay(text)
	if err != nil {
		r.fault(name, "%s", err.Error())
		return otherwise
	}
	if y := d.civil().Year(); y < firstYear || y > lastYear {
		r.fault(name, "use a day between the years %d and %d", firstYear, lastYear)
	}
	return d
}

// Values is the canonical form: nothing empty, no defaults. ParseFilter reads
// it back to the same filter on the same day.
func (f Filter) Values() url.Values {
	v := url.Values{}
	switch {
	case f.Preset == "":
		v.Set("from", f.Range.From.String())
		v.Set("to", f.Range.To.String())
	case f.Preset != Last30:
		v.Set("period", string(f.Preset))
	}
	for _, p := range f.Platforms {
		v.Add("platform", string(p))
	}
	for _, c := range f.Channels {
		v.Add("channel", c)
	}
	for _, s := range f.States {
		v.Add("state", s)
	}
	if f.Payment != "" {
		v.Set("payment", string(f.Payment))
	}
	if f.Compare != ComparePrevious && f.Compare != "" {
		v.Set("compare", string(f.Compare))
	}
	if f.Grain != "" {
		v.Set("by", string(f.Grain))
	}
	return v
}

// Previous is the range compared with; ok is false when nothing is.
func (f Filter) Previous() (r Range, ok bool) {
	switch f.Compare {
	case CompareNone:
		return Range{}, false
	case CompareYear:
		return f.Range.YearBefore(), true
	}
	return f.Preset.previous(f.Range), true
}

// Narrow reports whether the filter asks for less than every order of its
// days.
func (f Filter) Narrow() bool {
	return len(f.Platforms)+len(f.Channels)+len(f.States) > 0 || f.Payment != ""
}

// Coarse reports whether figures that are not kept by payment method and state
// (hours, products, times, customers) can answer the filter.
func (f Filter) Coarse() bool { return f.Payment == "" && len(f.States) == 0 }

// MostSifted is how many orders are counted one by one for a filter that is not
// Coarse.
const MostSifted = 20_000

// Sift reports which ranges of days are to be counted from the orders to answer
// the filter, the compared one among them; enough is false when those are more
// than MostSifted orders. fig must hold the days of Needs.
func (f Filter) Sift(fig Figures, compared bool) (ranges []Range, enough bool) {
	ranges = []Range{f.Range}
	if r, ok := f.Previous(); ok && compared {
		ranges = append(ranges, r)
	}
	orders := 0
	for _, r := range ranges {
		orders += f.sum(fig, r).Orders
	}
	return ranges, orders <= MostSifted
}

// parts are the figures that tell hours, products and times of the filter; ok is
// false when there are none.
func (f Filter) parts(fig Figures) (parts Figures, ok bool) {
	switch {
	case f.Coarse():
		return fig, true
	case fig.Sifted != nil:
		return *fig.Sifted, true
	}
	return Figures{}, false
}

// reader collects the faults of parameters.
type reader struct {
	values url.Values
	seen   map[string]bool
	faults order.FieldErrors
}

func (r *reader) fault(field, format string, a ...any) {
	r.faults = append(r.faults, order.FieldError{Field: field, Message: fmt.Sprintf(format, a...)})
}

// all returns the values of a parameter, also those with commas between them,
// without empty ones.
func (r *reader) all(name string) []string {
	r.seen[name] = true
	var out []string
	for _, v := range r.values[name] {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

func (r *reader) one(name string) string {
	v := r.all(name)
	if len(v) > 1 {
		r.fault(name, "give it once")
	}
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

func (r *reader) unknown() {
	var names []string
	for name := range r.values {
		if !r.seen[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		r.fault(name, "there is no such filter")
	}
}

func oneOf[T ~string](r *reader, name string, known []T, otherwise T) T {
	v := T(r.one(name))
	if v == "" {
		return otherwise
	}
	if !slices.Contains(known, v) {
		r.fault(name, "%q is unknown; use one of %s", v, words(known))
		return otherwise
	}
	return v
}

// manyOf returns the distinct values in the order of known.
func manyOf[T ~string](r *reader, name string, known []T) []T {
	given := r.all(name)
	for _, v := range given {
		if !slices.Contains(known, T(v)) {
			r.fault(name, "%q is unknown; use one of %s", v, words(known))
		}
	}
	var out []T
	for _, k := range known {
		if slices.Contains(given, string(k)) {
			out = append(out, k)
		}
	}
	return out
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func words[T ~string](list []T) string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = string(v)
	}
	return strings.Join(all, ", ")
}
