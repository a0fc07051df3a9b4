package report

import (
	"fmt"
	"time"
)

// Day is a business day: the number of days from 1 January 1970 to it in the
// calendar of the shop's zone. It has no hours, so that sums of days never
// depend on clocks or on when summer time begins.
type Day int32

// DayOf is the business day on which a moment falls.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Date(y, m, d)
}

// Date is a day of the calendar; out-of-range values carry over as in
// time.Date.
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// ParseDay reads a day as 2026-11-30.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, fmt.Errorf("%q is not a day; write it as 2026-11-30", s)
	}
	return Date(t.Date()), nil
}

// civil is the day at midnight UTC, for its calendar fields.
func (d Day) civil() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

func (d Day) String() string { return d.civil().Format(time.DateOnly) }

// Format words the day with a layout of package time.
func (d Day) Format(layout string) string { return d.civil().Format(layout) }

// MarshalText writes the day as 2026-11-30.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Day) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDay(string(b))
	return err
}

// Start is the moment at which the day begins in a zone.
func (d Day) Start(zone *time.Location) time.Time {
	y, m, day := d.civil().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

// Weekday counts from Monday, 0, to Sunday, 6: the week of Indian business.
func (d Day) Weekday() int { return (int(d.civil().Weekday()) + 6) % 7 }

// Monday is the first day of the day's week.
func (d Day) Monday() Day { return d - Day(d.Weekday()) }

// Month is the first day of the day's month.
func (d Day) Month() Day {
	y, m, _ := d.civil().Date()
	return Date(y, m, 1)
}

// AddMonths is the same day n months on; a day that the month lacks becomes
// its last one.
func (d Day) AddMonths(n int) Day {
	y, m, day := d.civil().Date()
	first := Date(y, m+time.Month(n), 1)
	last := Date(y, m+time.Month(n)+1, 0)
	return min(first+Day(day-1), last)
}

// Quarter is the first day of the day's calendar quarter, which is also one of
// the Indian financial year.
func (d Day) Quarter() Day {
	y, m, _ := d.civil().Date()
	return Date(y, (m-1)/3*3+1, 1)
}

// FinancialYear is the first of April on or before the day.
func (d Day) FinancialYear() Day {
	y, m, _ := d.civil().Date()
	if m < time.April {
		y--
	}
	return Date(y, time.April, 1)
}

// Range is the days from From to To, both included.
type Range struct {
	From Day `json:"from"`
	To   Day `json:"to"`
}

// Days is how many days the range has.
func (r Range) Days() int { return int(r.To-r.From) + 1 }

// Has reports whether a day lies in the range.
func (r Range) Has(d Day) bool { return r.From <= d && d <= r.To }

// Before is the range of equal length that ends where r begins.
func (r Range) Before() Range { return Range{From: r.From - Day(r.Days()), To: r.From - 1} }

// YearBefore is the range a year earlier. One that begins with a month ends on
// the same day of the calendar, and whole months stay whole: a financial year
// with a 29 February is not compared with a day of the next. Any other range is
// as many days long.
func (r Range) YearBefore() Range {
	from := r.From.AddMonths(-12)
	switch end := r.To + 1; {
	case r.From != r.From.Month():
		return Range{From: from, To: from + Day(r.Days()-1)}
	case end == end.Month():
		return Range{From: from, To: end.AddMonths(-12) - 1}
	}
	return Range{From: from, To: r.To.AddMonths(-12)}
}
