package views

import (
	"strconv"
	"time"
)

// Clock is the moment a page is rendered and the zone it is read in; every
// view that shows times carries one, so that rendering is a pure function.
type Clock struct {
	Now time.Time
	// Zone is the shop's; nil means UTC.
	Zone *time.Location
}

func (c Clock) in(t time.Time) time.Time {
	if c.Zone == nil {
		return t.UTC()
	}
	return t.In(c.Zone)
}

// Date is the day, such as "22 Nov 2026"; empty for the zero time.
func (c Clock) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.in(t).Format("2 Jan 2006")
}

// Time is the time of day with its zone, such as "14:05 IST".
func (c Clock) Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.in(t).Format("15:04 MST")
}

// DateTime is both, such as "22 Nov 2026, 14:05 IST".
func (c Clock) DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.Date(t) + ", " + c.Time(t)
}

// Short is what fits a table: the time alone today, the day without its year
// this year, else the day with it.
func (c Clock) Short(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	at, now := c.in(t), c.in(c.Now)
	switch {
	case at.Year() != now.Year():
		return at.Format("2 Jan 2006")
	case at.YearDay() != now.YearDay():
		return at.Format("2 Jan, 15:04")
	}
	return at.Format("15:04")
}

// Moment is Short with seconds today, for things that follow each other
// quickly.
func (c Clock) Moment(t time.Time) string {
	if at, now := c.in(t), c.in(c.Now); !t.IsZero() && at.Year() == now.Year() && at.YearDay() == now.YearDay() {
		return at.Format("15:04:05")
	}
	return c.Short(t)
}

// Brief is a deadline in a table: the time alone today, else the day.
func (c Clock) Brief(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	at, now := c.in(t), c.in(c.Now)
	switch {
	case at.Year() != now.Year():
		return at.Format("2 Jan 2006")
	case at.YearDay() != now.YearDay():
		return at.Format("2 Jan")
	}
	return at.Format("15:04")
}

// Ago says how far a time is from now, such as "3 min ago" or "in 2 h"; beyond
// four weeks it is the date.
func (c Clock) Ago(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	d, future := c.Now.Sub(t), false
	if d < 0 {
		d, future = -d, true
	}
	var s string
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		s = strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 24*time.Hour:
		s = strconv.Itoa(int(d/time.Hour)) + " h"
	case d < 48*time.Hour:
		s = "1 day"
	case d < 28*24*time.Hour:
		s = strconv.Itoa(int(d/(24*time.Hour))) + " days"
	default:
		return c.Date(t)
	}
	if future {
		return "in " + s
	}
	return s + " ago"
}

// Late reports whether a deadline has passed.
func (c Clock) Late(t time.Time) bool { return !t.IsZero() && t.Before(c.Now) }

// soonIs is how close to its deadline an order is marked.
const soonIs = 4 * time.Hour

// Soon reports whether a deadline is near and has not passed.
func (c Clock) Soon(t time.Time) bool {
	return !t.IsZero() && !c.Late(t) && t.Before(c.Now.Add(soonIs))
}

// machine is the value of a datetime attribute.
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// took is how long something lasted, such as "850 ms", "12.4 s" or "3 min 5 s".
func took(d time.Duration) string {
	switch {
	case d < 0:
		return ""
	case d < time.Second:
		return strconv.Itoa(int(d/time.Millisecond)) + " ms"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return strconv.Itoa(int(d/time.Minute)) + " min " + strconv.Itoa(int(d%time.Minute/time.Second)) + " s"
}
