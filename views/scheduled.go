package views

import (
	"fmt"
	"strings"
	"time"
)

// ScheduledView is one file that is made again and again: an export of orders
// or a report.
type ScheduledView struct {
	ID, Name, Query, Format string
	Hour, Minute            int
	Days                    []time.Weekday // none: every day
	Mail                    bool
	Owner                   string // empty: the person who looks
	// Last is when it was made last, zero for never; Fault says why it failed.
	Last  time.Time
	Fault string
	Next  time.Time
}

// about says what is made, when, and where it goes.
func (r ScheduledView) about() string {
	days := "every day"
	if len(r.Days) > 0 {
		names := make([]string, len(r.Days))
		for i, d := range r.Days {
			names[i] = d.String()
		}
		days = "on " + strings.Join(names, ", ")
	}
	to := "into the exports folder"
	if r.Mail {
		to = "by e-mail"
	}
	return fmt.Sprintf("%s %s at %02d:%02d, %s", strings.ToUpper(r.Format), days, r.Hour, r.Minute, to)
}
