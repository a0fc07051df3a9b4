package report

import (
	"testing"
	"time"
)

func india(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// An order belongs to the day its customer lived in, half past five ahead of
// UTC.
func TestDayOfIndia(t *testing.T) {
	t.Parallel()
	zone := india(t)
	for utc, want := range map[string]string{
		"2026-11-21T18:29:59.999Z": "2026-11-21",
		"2026-11-21T18:30:00Z":     "2026-11-22",
		"2026-11-22T18:29:59.999Z": "2026-11-22",
		"2026-03-31T18:29:59Z":     "2026-03-31",
		"2026-03-31T18:30:00Z":     "2026-04-01",
		"1969-12-31T18:29:00Z":     "1969-12-31",
		"1969-12-31T18:30:00Z":     "1970-01-01",
	} {
		at, err := time.Parse(time.RFC3339, utc)
		if err != nil {
			t.Fatal(err)
		}
		day := DayOf(at, zone)
		if day.String() != want {
			t.Errorf("%s is the business day %s, want %s", utc, day, want)
		}
		if start := day.Start(zone); at.Before(start) || !at.Before((day + 1).Start(zone)) {
			t.Errorf("%s does not lie between %s and a day later", utc, start)
		}
	}
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	day := func(s string) Day {
		d, err := ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, c := range map[string]struct{ got, want Day }{
		"financial year in March":     {day("2026-03-31").FinancialYear(), day("2025-04-01")},
		"financial year in April":     {day("2026-04-01").FinancialYear(), day("2026-04-01")},
		"quarter in March":            {day("2026-03-31").Quarter(), day("2026-01-01")},
		"quarter in December":         {day("2026-12-01").Quarter(), day("2026-10-01")},
		"month in a leap year":        {day("2028-02-29").Month(), day("2028-02-01")},
		"a month on from the 31st":    {day("2026-01-31").AddMonths(1), day("2026-02-28")},
		"a year back from a leap day": {day("2028-02-29").AddMonths(-12), day("2027-02-28")},
		"a Sunday's Monday":           {day("2026-11-22").Monday(), day("2026-11-16")},
		"a Monday's Monday":           {day("2026-11-16").Monday(), day("2026-11-16")},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
	r := Range{day("2026-10-24"), day("2026-11-22")}
	if r.Days() != 30 || r.Before() != (Range{day("2026-09-24"), day("2026-10-23")}) {
		t.Errorf("%d days, before them %v", r.Days(), r.Before())
	}
	if got := r.YearBefore(); got != (Range{day("2025-10-24"), day("2025-11-22")}) {
		t.Errorf("a year before: %v", got)
	}
	for name, c := range map[string][4]string{
		"a financial year with a leap day":   {"2027-04-01", "2028-03-31", "2026-04-01", "2027-03-31"},
		"the one after it":                   {"2028-04-01", "2029-03-31", "2027-04-01", "2028-03-31"},
		"a financial year so far":            {"2027-04-01", "2028-03-15", "2026-04-01", "2027-03-15"},
		"a leap February":                    {"2028-02-01", "2028-02-29", "2027-02-01", "2027-02-28"},
		"the February after":                 {"2029-02-01", "2029-02-28", "2028-02-01", "2028-02-29"},
		"a leap day":                         {"2028-02-29", "2028-02-29", "2027-02-28", "2027-02-28"},
		"a week with a leap day":             {"2028-02-26", "2028-03-03", "2027-02-26", "2027-03-04"},
		"one day, the last of a month":       {"2029-02-28", "2029-02-28", "2028-02-28", "2028-02-28"},
		"one day, the first of a month":      {"2026-11-01", "2026-11-01", "2025-11-01", "2025-11-01"},
		"from the first of a leap year's on": {"2028-02-01", "2028-02-28", "2027-02-01", "2027-02-28"},
	} {
		if got, want := (Range{day(c[0]), day(c[1])}).YearBefore(), (Range{day(c[2]), day(c[3])}); got != want {
			t.Errorf("%s: a year before is %v – %v, want %v – %v", name, got.From, got.To, want.From, want.To)
		}
	}
	for _, bad := range []string{"", "2026-13-01", "2026-02-30", "22-11-2026", "0000-01-01"} {
		if _, err := ParseDay(bad); err == nil {
			t.Errorf("%q was read as a day", bad)
		}
	}
}
