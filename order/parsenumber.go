package order

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// number reads a comparison or range of a number field. Both ends of a range
// are meant: 1000..5000 holds 5000, and a range of days its last day.
func (p *parser) number(t token, f Field) (Expr, *FieldError) {
	if len(t.parts) != 1 {
		return nil, placed(t.at, "%s takes one value or a range, as in %s", f, example(f))
	}
	text, out := t.parts[0], Term{Field: f, Lo: Lowest, Hi: Highest}
	lo, hi, isRange := strings.Cut(text, "..")
	if isRange && t.op != ":" {
		return nil, placed(t.at, "a range follows a colon, as in %s", example(f))
	}
	var err *FieldError
	switch {
	case isRange:
		if lo != "" {
			out.Lo, _, err = p.span(t, f, lo)
		}
		if hi != "" && err == nil {
			_, out.Hi, err = p.span(t, f, hi)
		}
	default:
		out.Lo, out.Hi, err = p.span(t, f, text)
		switch t.op {
		case ">":
			out.Lo, out.Hi = out.Hi, Highest
		case ">=":
			out.Hi = Highest
		case "<":
			out.Lo, out.Hi = Lowest, out.Lo
		case "<=":
			out.Lo = Lowest
		}
	}
	if err == nil && out.Lo >= out.Hi {
		err = placed(t.at, "%s starts after it ends", t.text)
	}
	return out, err
}

func example(f Field) string {
	switch {
	case f.IsTime():
		return string(f) + ":2026-11-01..2026-11-30"
	case f == FieldTotal:
		return "total:1000..5000"
	}
	return string(f) + ":2..5"
}

// span is the half-open stretch of values that one written value stands for:
// a paisa, a piece, a millisecond, or whole days.
func (p *parser) span(t token, f Field, text string) (lo, hi int64, err *FieldError) {
	if f.IsTime() {
		lo, hi, ok := p.days.span(f, text)
		if !ok {
			return 0, 0, placed(t.at, "%q is not a day; write %s, today, yesterday, now, 7d or 4h", text, example(f))
		}
		return lo, hi, nil
	}
	var n int64
	if f == FieldTotal {
		m, bad := ParseMoney(strings.TrimPrefix(text, "₹"), "INR")
		if bad != nil {
			return 0, 0, placed(t.at, "%q is not an amount in rupees", text)
		}
		n = m.Minor
	} else {
		var bad error
		if n, bad = strconv.ParseInt(text, 10, 64); bad != nil {
			return 0, 0, placed(t.at, "%q is not a whole number", text)
		}
	}
	if n <= math.MinInt64+1 || n >= math.MaxInt64-1 {
		return 0, 0, placed(t.at, "%q is out of range", text)
	}
	return n, n + 1, nil
}

// days knows the business days of a place.
type days struct {
	loc *time.Location
	now time.Time
}

// start is the first instant of the day n days after that of t.
func (d days) start(t time.Time, n int) time.Time {
	y, m, day := t.In(d.loc).Date()
	return time.Date(y, m, day+n, 0, 0, 0, 0, d.loc)
}

// instant is how a moment that is not the edge of a day is written.
const instant = "2006-01-02T15:04:05.000Z"

const dayFormat = "2006-01-02"

// span reads a day (2026-11-01), an instant in RFC 3339, or a word: today,
// yesterday, tomorrow, now, 7d for the last seven days with today, and 4h for
// the last four hours (for a ship-by time: the coming ones).
func (d days) span(f Field, text string) (lo, hi int64, ok bool) {
	of := func(from, to int) (int64, int64, bool) {
		return d.start(d.now, from).UnixMilli(), d.start(d.now, to+1).UnixMilli(), true
	}
	switch text = strings.ToLower(text); text {
	case "today":
		return of(0, 0)
	case "yesterday":
		return of(-1, -1)
	case "tomorrow":
		return of(1, 1)
	case "now":
		at := d.now.UnixMilli()
		return at, at + 1, true
	}
	if n, bad := strconv.Atoi(strings.TrimSuffix(text, "h")); bad == nil && strings.HasSuffix(text, "h") {
		if n < 1 || n > 24*366 {
			return 0, 0, false
		}
		at, span := d.now.UnixMilli(), int64(n)*time.Hour.Milliseconds()
		if f == FieldShipBy {
			return at, at + span, true
		}
		return at - span, at + 1, true
	}
	if n, bad := strconv.Atoi(strings.TrimSuffix(text, "d")); bad == nil && strings.HasSuffix(text, "d") {
		if n < 1 || n > 3660 {
			return 0, 0, false
		}
		if f == FieldShipBy {
			return of(0, n-1)
		}
		return of(1-n, 0)
	}
	if day, bad := time.ParseInLocation(dayFormat, text, d.loc); bad == nil && day.Year() > 0 {
		y, m, dd := day.Date()
		// time.Date again: the parsed day may not start at midnight.
		from := time.Date(y, m, dd, 0, 0, 0, 0, d.loc)
		return from.UnixMilli(), time.Date(y, m, dd+1, 0, 0, 0, 0, d.loc).UnixMilli(), true
	}
	if at, bad := time.Parse(time.RFC3339, strings.ToUpper(text)); bad == nil && at.UTC().Year() > 0 {
		ms := at.UnixMilli()
		return ms, ms + 1, true
	}
	return 0, 0, false
}
