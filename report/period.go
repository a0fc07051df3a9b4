package report

import "fmt"

// Preset is a period that moves with today.
type Preset string

// The presets; the empty one is a range of days, which forms call AnyRange.
const (
	AnyRange    Preset = "range"
	Today       Preset = "today"
	Yesterday   Preset = "yesterday"
	Last7       Preset = "7d"
	Last30      Preset = "30d"
	Last90      Preset = "90d"
	ThisMonth   Preset = "month"
	LastMonth   Preset = "last-month"
	ThisQuarter Preset = "quarter"
	LastQuarter Preset = "last-quarter"
	ThisYear    Preset = "fy" // the Indian financial year, April to March
	LastYear    Preset = "last-fy"
)

// Presets lists the presets in the order in which pages offer them.
func Presets() []Preset {
	return []Preset{Today, Yesterday, Last7, Last30, Last90, ThisMonth, LastMonth, ThisQuarter, LastQuarter, ThisYear, LastYear}
}

// Words names the preset for people.
func (p Preset) Words() string {
	switch p {
	case Today:
		return "Today"
	case Yesterday:
		return "Yesterday"
	case Last7:
		return "7 days"
	case Last30:
		return "30 days"
	case Last90:
		return "90 days"
	case ThisMonth:
		return "Month"
	case LastMonth:
		return "Last month"
	case ThisQuarter:
		return "Quarter"
	case LastQuarter:
		return "Last quarter"
	case ThisYear:
		return "Financial year"
	case LastYear:
		return "Last financial year"
	}
	return "Any range"
}

// Range is the preset's days as of today. Periods that are not over end today.
func (p Preset) Range(today Day) Range {
	switch p {
	case Today:
		return Range{today, today}
	case Yesterday:
		return Range{today - 1, today - 1}
	case Last7:
		return Range{today - 6, today}
	case Last90:
		return Range{today - 89, today}
	case ThisMonth:
		return Range{today.Month(), today}
	case LastMonth:
		return Range{today.Month().AddMonths(-1), today.Month() - 1}
	case ThisQuarter:
		return Range{today.Quarter(), today}
	case LastQuarter:
		return Range{today.Quarter().AddMonths(-3), today.Quarter() - 1}
	case ThisYear:
		return Range{today.FinancialYear(), today}
	case LastYear:
		return Range{today.FinancialYear().AddMonths(-12), today.FinancialYear() - 1}
	}
	return Range{today - 29, today}
}

// previous is what the preset's range is compared with: a month with the same
// days of the month before it, days with as many days before them.
func (p Preset) previous(r Range) Range {
	months := 0
	switch p {
	case ThisMonth, LastMonth:
		months = 1
	case ThisQuarter, LastQuarter:
		months = 3
	case ThisYear, LastYear:
		months = 12
	}
	if months == 0 {
		return r.Before()
	}
	from := r.From.AddMonths(-months)
	if r.To+1 == r.From.AddMonths(months) { // it is over: compare with the whole one
		return Range{from, r.From - 1}
	}
	return Range{from, min(r.To.AddMonths(-months), r.From-1)}
}

// Compare says what a period is compared with.
type Compare string

// The comparisons.
const (
	ComparePrevious Compare = "previous"
	CompareYear     Compare = "year"
	CompareNone     Compare = "none"
)

// Compares lists the comparisons.
func Compares() []Compare { return []Compare{ComparePrevious, CompareYear, CompareNone} }

// Words names the comparison for people.
func (c Compare) Words() string {
	switch c {
	case CompareYear:
		return "the year before"
	case CompareNone:
		return "nothing"
	}
	return "the period before"
}

// Words is the range as people write it: "22 Nov 2026", "1 – 22 Nov 2026",
// "24 Oct – 22 Nov 2026".
func (r Range) Words() string {
	a, b := r.From.civil(), r.To.civil()
	switch {
	case r.From == r.To:
		return b.Format("2 Jan 2006")
	case a.Year() != b.Year():
		return a.Format("2 Jan 2006") + " – " + b.Format("2 Jan 2006")
	case a.Month() != b.Month():
		return a.Format("2 Jan") + " – " + b.Format("2 Jan 2006")
	}
	return fmt.Sprintf("%d – %s", a.Day(), b.Format("2 Jan 2006"))
}
