package orderfile

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// dateOrder learns from a whole column whether its numeric dates are written
// day first or month first: one row cannot tell, 06-05-2022 is both.
type dateOrder struct{ day, month int }

func (d *dateOrder) see(text string) {
	n, _, ok := numericDate(text)
	switch {
	case !ok:
	case n[0] > 12 && n[1] <= 12:
		d.day++
	case n[1] > 12 && n[0] <= 12:
		d.month++
	}
}

// monthFirst decides; unless the column tells, the layout's habit counts.
func (d dateOrder) monthFirst(habit bool) bool {
	if d.day == d.month {
		return habit
	}
	return d.month > d.day
}

// numericDate splits 05-13-22, 6/7/2022 and the like, with what follows.
func numericDate(text string) (n [3]int, rest string, ok bool) {
	rest = text
	for i := range n {
		end := 0
		for end < len(rest) && end < 4 && '0' <= rest[end] && rest[end] <= '9' {
			end++
		}
		if end == 0 || i < 2 && (end > 2 || end == len(rest) || !strings.ContainsRune("-/.", rune(rest[end]))) || i == 2 && end != 2 && end != 4 {
			return n, "", false
		}
		n[i], _ = strconv.Atoi(rest[:end])
		if rest = rest[end:]; i < 2 {
			rest = rest[1:]
		} else if end == 2 {
			n[i] += 2000
		}
	}
	return n, rest, rest == "" || strings.ContainsRune(" T,", rune(rest[0]))
}

var errDate = errors.New("not a date")

// parseDate reads the dates that order files hold: ISO 8601 with or without a
// time and zone, numeric dates in the given order, dates with the month's
// name, and spreadsheet serial numbers. Without a zone they are of loc.
func parseDate(text string, monthFirst bool, loc *time.Location) (time.Time, error) {
	if n, rest, ok := numericDate(text); ok {
		d, m := n[0], n[1]
		if monthFirst {
			d, m = m, d
		}
		return withClock(n[2], m, d, rest, loc)
	}
	if len(text) >= 8 && text[0] >= '0' && text[0] <= '9' && strings.ContainsRune("-/", rune(text[4])) {
		return firstLayout(strings.ReplaceAll(text, "/", "-"), loc, "2006-01-02T15:04:05.999999999Z07:00", "2006-01-02", "2006-01-02 15:04:05",
			"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00",
			"2006-01-02T15:04:05-0700", "2006-01-02 15:04:05 -07:00")
	}
	if serial, err := strconv.ParseFloat(text, 64); err == nil {
		return serialDate(serial, loc)
	}
	return firstLayout(text, loc, "Jan 2, 2006", "Jan 2, 2006 15:04:05", "Jan 2, 2006 15:04", "Jan 2, 2006 3:04 PM", "2-Jan-2006", "2-Jan-06", "2 Jan 2006",
		"2 January 2006", "January 2, 2006", "2-Jan-2006 15:04:05", "2-Jan-2006 15:04", "2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "2 Jan 2006, 15:04",
		"Mon, 2 Jan 2006 15:04:05 -0700")
}

func firstLayout(text string, loc *time.Location, layouts ...string) (time.Time, error) {
	for _, l := range layouts {
		if t, err := time.ParseInLocation(l, text, loc); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errDate
}

// withClock adds the time of day that follows a numeric date, if one does.
func withClock(year, month, day int, clock string, loc *time.Location) (time.Time, error) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, loc)
	if t.Month() != time.Month(month) || t.Day() != day {
		return time.Time{}, errDate
	}
	if clock = strings.ToUpper(strings.TrimLeft(clock, " T,")); clock == "" {
		return t.UTC(), nil
	}
	for _, l := range []string{"15:04", "15:04:05", "3:04 PM", "3:04:05 PM", "3:04PM", "15:04:05.999"} {
		if c, err := time.Parse(l, clock); err == nil {
			return time.Date(year, time.Month(month), day, c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), loc).UTC(), nil
		}
	}
	return time.Time{}, errDate
}

// serialDate reads the days since 30 December 1899 that spreadsheets store,
// within the years 2000 to 2100, rounded to the second.
func serialDate(serial float64, loc *time.Location) (time.Time, error) {
	if serial < 36526 || serial > 73415 {
		return time.Time{}, errDate
	}
	days := int(serial)
	seconds := int((serial-float64(days))*86400 + 0.5)
	return time.Date(1899, 12, 30+days, 0, 0, seconds, 0, loc).UTC(), nil
}
