package exports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/views"
)

// SchedulesView is /orders/schedules. Its form posts there what View's does,
// and name, time (15:04), day (once for each weekday by its English name; none:
// every day) and to (mail or folder); stored: 303 back. Refused: 422 with
// Errors. Each row posts to /orders/schedules/{id}/delete.
type SchedulesView struct {
	View
	Rows       []ScheduleRow
	Name, Time string
	Days       []views.Choice
	ChosenDays []string
	To         string
	// MailOff says that no mail server is set up; Address is where e-mails go.
	MailOff bool
	Address string
}

// ScheduleRow is one scheduled export.
type ScheduleRow struct {
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

func (r ScheduleRow) list() templ.SafeURL { return View{Query: r.Query}.list() }

func (r ScheduleRow) path() templ.SafeURL {
	return templ.URL("/orders/schedules/" + r.ID + "/delete")
}

// about says what is made, when, and where it goes.
func (r ScheduleRow) about() string {
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

func (v SchedulesView) onDay(day string) bool { return slices.Contains(v.ChosenDays, day) }
