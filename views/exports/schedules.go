package exports

import (
	"slices"

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
type ScheduleRow = views.ScheduledView

func (v SchedulesView) onDay(day string) bool { return slices.Contains(v.ChosenDays, day) }
