package analytics

import (
	"slices"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
)

// SchedulesView is /analytics/schedules, and /analytics/schedules/{id}, which
// changes one. The form posts query, name, format, time (15:04), day (once for
// each weekday by its English name; none: every day) and to (mail or folder).
// Refused: 422 with Errors.
type SchedulesView struct {
	views.Clock
	Rows []ScheduleRow
	// ID is of the one to change; New shows the form for another.
	ID  string
	New bool
	// Build is what Query asks; zero where it could not be read.
	Build report.Build

	Query, Name, Format, Time, To string
	Days                          []views.Choice
	ChosenDays                    []string
	// MailOff says that no mail server is set up; Address is where e-mails go.
	MailOff bool
	Address string
	Errors  order.FieldErrors
}

// ScheduleRow is one scheduled report.
type ScheduleRow = views.ScheduledView

func (v SchedulesView) action() string {
	if v.ID != "" {
		return "/analytics/schedules/" + v.ID
	}
	return "/analytics/schedules"
}

func (v SchedulesView) title() string {
	if v.ID != "" {
		return "Change this schedule"
	}
	return "New scheduled report"
}

// form reports whether there is a report to schedule.
func (v SchedulesView) form() bool { return v.ID != "" || v.New || len(v.Errors) > 0 }

func (v SchedulesView) onDay(day string) bool { return slices.Contains(v.ChosenDays, day) }

// builtWords says what a report shows: "Net revenue by platform and status, last
// 30 days".
func builtWords(b report.Build) string {
	if b.Rows == "" {
		return "This report"
	}
	s := capital(amountName(b.Amount)) + " by " + dimensionName(b.Rows)
	if b.Columns != "" {
		s += " and " + dimensionName(b.Columns)
	}
	if b.Preset == "" {
		return s + ", always " + b.Range.Words()
	}
	switch b.Preset {
	case report.Last7, report.Last30, report.Last90:
		return s + ", last " + b.Preset.Words()
	case report.ThisMonth, report.ThisQuarter, report.ThisYear:
		return s + ", this " + lower(b.Preset.Words())
	}
	return s + ", " + lower(b.Preset.Words())
}

func tableFormats() []views.Choice {
	return []views.Choice{{Value: "xlsx", Label: "Excel (XLSX)"}, {Value: "csv", Label: "CSV"}, {Value: "json", Label: "JSON"}}
}
