package dispatch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Calendar says by when orders leave.
type Calendar struct {
	// Usual holds for every order without a rule of its own.
	Usual Rule `json:"usual"`
	// Platforms and Channels have rules of their own, by name and by id; a
	// channel's comes before its platform's.
	Platforms map[order.Platform]Rule `json:"platforms,omitempty"`
	Channels  map[string]Rule         `json:"channels,omitempty"`
	// Workdays are the days on which parcels leave.
	Workdays []time.Weekday `json:"workdays"`
	// Holidays are days on which none does, as 2026-11-08.
	Holidays []string `json:"holidays,omitempty"`
}

// Rule is the day of one source of orders.
type Rule struct {
	// Off leaves the orders without a time.
	Off bool `json:"off,omitempty"`
	// Cutoff is the time of day (15:04) until which an order leaves on the same
	// day, Leaves the time by which it does.
	Cutoff string `json:"cutoff,omitempty"`
	Leaves string `json:"leaves,omitempty"`
}

// Usual is the calendar of a shop that has set none.
func Usual() Calendar {
	return Calendar{
		Usual:    Rule{Cutoff: "14:00", Leaves: "18:00"},
		Workdays: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday},
	}
}

// Rule is the one that holds for a channel of a platform.
func (c Calendar) Rule(p order.Platform, channel string) Rule {
	if r, ok := c.Channels[channel]; ok {
		return r
	}
	if r, ok := c.Platforms[p]; ok {
		return r
	}
	return c.Usual
}

// mostDays bounds the search for a working day.
const mostDays = 366

// Due is by when an order must leave that was placed at a moment, in the days
// of loc. It is the zero time where the calendar says nothing: the rule is off,
// or no working day comes within a year.
func (c Calendar) Due(p order.Platform, channel string, placed time.Time, loc *time.Location) time.Time {
	r := c.Rule(p, channel)
	cutoff, ok := timeOfDay(r.Cutoff)
	leaves, also := timeOfDay(r.Leaves)
	if r.Off || !ok || !also || placed.IsZero() {
		return time.Time{}
	}
	at := placed.In(loc)
	y, m, d := at.Date()
	if at.Hour()*60+at.Minute() >= cutoff {
		d++
	}
	for i := range mostDays {
		// Noon exists on every day; midnight does not where clocks change then.
		day := time.Date(y, m, d+i, 12, 0, 0, 0, loc)
		if c.works(day) {
			y, m, d := day.Date()
			return time.Date(y, m, d, leaves/60, leaves%60, 0, 0, loc).UTC()
		}
	}
	return time.Time{}
}

func (c Calendar) works(day time.Time) bool {
	return slices.Contains(c.Workdays, day.Weekday()) && !slices.Contains(c.Holidays, day.Format(time.DateOnly))
}

// timeOfDay reads 15:04 as minutes since midnight.
func timeOfDay(s string) (minutes int, ok bool) {
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil
}

// maxHolidays bounds the list; it is looked through for every order.
const maxHolidays = 400

// Clean brings a calendar to its canonical form. The error is
// order.FieldErrors: "cutoff" and "leaves" for the usual rule, with
// ".platform.amazon" or ".channel.website" behind them for others, "workdays",
// "holidays".
func (c Calendar) Clean() (Calendar, error) {
	var faults order.FieldErrors
	fault := func(field, format string, a ...any) {
		faults = append(faults, order.FieldError{Field: field, Message: fmt.Sprintf(format, a...)})
	}
	check := func(r Rule, suffix string) {
		cutoff, ok := timeOfDay(r.Cutoff)
		leaves, also := timeOfDay(r.Leaves)
		switch {
		case r.Off:
		case !ok:
			fault("cutoff"+suffix, "Write the time as 14:00.")
		case !also:
			fault("leaves"+suffix, "Write the time as 18:00.")
		case leaves < cutoff:
			fault("leaves"+suffix, "Orders until %s cannot leave by %s on the same day.", r.Cutoff, r.Leaves)
		}
	}
	check(c.Usual, "")
	for p, r := range c.Platforms {
		check(r, ".platform."+string(p))
	}
	for id, r := range c.Channels {
		check(r, ".channel."+id)
	}
	if len(c.Workdays) == 0 {
		fault("workdays", "Choose at least one day.")
	}
	for _, day := range c.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			fault("holidays", "%q is not a day; write it as 2026-11-08.", day)
		}
	}
	if len(c.Holidays) > maxHolidays {
		fault("holidays", "These are more than %d days.", maxHolidays)
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b order.FieldError) int { return cmp.Compare(a.Field, b.Field) })
		return c, faults
	}
	c.Workdays = slices.Compact(slices.Sorted(slices.Values(c.Workdays)))
	c.Holidays = slices.Compact(slices.Sorted(slices.Values(c.Holidays)))
	return c, nil
}

// ParseHolidays reads a list as people write it: one day a line, with a name
// behind it if they like.
func ParseHolidays(text string) []string {
	var days []string
	for line := range strings.Lines(text) {
		if day, _, _ := strings.Cut(strings.TrimSpace(line), " "); day != "" {
			days = append(days, day)
		}
	}
	return days
}
