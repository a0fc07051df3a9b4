package report

// Grain is the length of the steps of a series.
type Grain string

// The grains.
const (
	ByDay   Grain = "day"
	ByWeek  Grain = "week" // from Monday
	ByMonth Grain = "month"
)

// Grains lists the grains.
func Grains() []Grain { return []Grain{ByDay, ByWeek, ByMonth} }

// Steps of a series that still make a readable chart.
const (
	mostDays  = 92
	mostWeeks = 60
)

// Step is the filter's grain, or the finest that suits its range.
func (f Filter) Step() Grain {
	switch days := f.Range.Days(); {
	case f.Grain != "" && f.Grain.fits(days):
		return f.Grain
	case days <= mostDays:
		return ByDay
	case days <= mostWeeks*week:
		return ByWeek
	}
	return ByMonth
}

// fits keeps charts from having thousands of columns.
func (g Grain) fits(days int) bool {
	switch g {
	case ByDay:
		return days <= 4*mostDays
	case ByWeek:
		return days <= 4*mostWeeks*week
	}
	return true
}

// Split cuts a range into weeks or months of the calendar; the first and the
// last may be shorter.
func (g Grain) Split(r Range) []Range {
	var all []Range
	for from := r.From; from <= r.To; {
		next := from + 1
		switch g {
		case ByWeek:
			next = from.Monday() + week
		case ByMonth:
			next = from.Month().AddMonths(1)
		}
		all = append(all, Range{from, min(next-1, r.To)})
		from = next
	}
	return all
}
