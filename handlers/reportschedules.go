package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/timetable"
	"github.com/palmonas/palmonas-crm/views/analytics"
)

const reportSchedulesPath = "/analytics/schedules"

// maySchedule reports whether somebody may have figures sent as files: who
// reads them and may take files away.
func maySchedule(u account.User) bool {
	return u.May(account.AnalyticsRead) && u.May(account.OrdersExport)
}

// reportSchedulesPage lists somebody's scheduled reports and schedules the
// report whose address it has.
func (s *Server) reportSchedulesPage(c echo.Context) error {
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return errUnreadable
	}
	v := analytics.SchedulesView{Format: string(export.XLSX), Time: "07:30"}
	if name := raw.Get("name"); name != "" {
		v.Name = cut(name, 4*timetable.MaxName)
		raw.Del("name")
	}
	v.New = len(raw) > 0
	b, err := s.insight().ParseBuild(c.Request().Context(), raw)
	if err != nil {
		return err
	}
	v.Build, v.Query = b, b.Values().Encode()
	return s.answerReportSchedules(c, http.StatusOK, v)
}

// reportSchedulePage changes one.
func (s *Server) reportSchedulePage(c echo.Context) error {
	k, err := s.reportSchedule(c)
	if err != nil {
		return err
	}
	e := k.Value
	v := analytics.SchedulesView{ID: k.ID, Query: e.Report, Name: e.Name, Format: string(e.Spec.Format), To: string(e.To),
		Time: time.Date(1, 1, 1, e.When.Hour, e.When.Minute, 0, 0, time.UTC).Format("15:04")}
	for _, d := range e.When.Days {
		v.ChosenDays = append(v.ChosenDays, d.String())
	}
	return s.answerReportSchedules(c, http.StatusOK, v)
}

// reportSchedule is the one of the address, if this person may change it.
func (s *Server) reportSchedule(c echo.Context) (timetable.Kept, error) {
	k, err := s.timetable().Get(c.Request().Context(), scheduleOwner(userOf(c)), c.Param("id"))
	if errors.Is(err, store.ErrNotFound) || err == nil && !k.Value.OfReport() {
		return k, errGone
	}
	return k, err
}

func (s *Server) answerReportSchedules(c echo.Context, status int, v analytics.SchedulesView) error {
	ctx, u := c.Request().Context(), userOf(c)
	if !maySchedule(u) {
		return errForbidden
	}
	_, err := s.post().Server(ctx)
	if err != nil && !errors.Is(err, mail.ErrOff) {
		return err
	}
	v.Clock, v.Days, v.MailOff, v.Address = s.clock(), weekdayChoices(), errors.Is(err, mail.ErrOff), u.Email
	switch {
	case v.To != "":
	case v.MailOff:
		v.To = string(timetable.Folder)
	default:
		v.To = string(timetable.Mail)
	}
	if v.Build.Rows == "" {
		if raw, err := url.ParseQuery(v.Query); err == nil {
			v.Build, _ = s.insight().ParseBuild(ctx, raw) // a question that was refused is not worded
		}
	}
	if v.Rows, err = s.reportRows(ctx, u); err != nil {
		return err
	}
	return html(c, status, analytics.Schedules(s.page(c, "Scheduled reports", "/analytics"), v))
}

// reportRows are the scheduled reports that somebody sees.
func (s *Server) reportRows(ctx context.Context, u account.User) ([]analytics.ScheduleRow, error) {
	all, err := s.timetable().List(ctx, scheduleOwner(u))
	if err != nil {
		return nil, err
	}
	names, err := s.peopleNames(ctx)
	if err != nil {
		return nil, err
	}
	var rows []analytics.ScheduleRow
	for _, k := range all {
		e := k.Value
		if !e.OfReport() {
			continue
		}
		row := analytics.ScheduleRow{ID: k.ID, Name: e.Name, Query: e.Report, Format: string(e.Spec.Format), Hour: e.When.Hour, Minute: e.When.Minute, Days: e.When.Days,
			Mail: e.To == timetable.Mail, Last: e.Last.Ended, Fault: e.Last.Fault, Next: e.When.Next(s.Now(), s.Location)}
		if k.Owner != string(u.ID) {
			row.Owner = names[k.Owner]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// askedReport reads the form of a scheduled report. Faults are in the view.
func (s *Server) askedReport(c echo.Context) (timetable.Export, analytics.SchedulesView, error) {
	var v analytics.SchedulesView
	f, err := readForm(c, "query", "name", "format", "time", "day*", "to")
	if err != nil {
		return timetable.Export{}, v, err
	}
	if !maySchedule(userOf(c)) {
		return timetable.Export{}, v, errForbidden
	}
	v = analytics.SchedulesView{Query: f.Get("query"), Name: f.Get("name"), Format: f.Get("format"), Time: cut(f.Get("time"), 9), ChosenDays: f["day"], To: f.Get("to"), New: true}
	ctx := c.Request().Context()
	b, _, err := s.scheduledReport(ctx, userOf(c), v.Query)
	if errors.As(err, &v.Errors) {
		v.Errors = order.FieldErrors{{Field: "query", Message: v.Errors[0].Message}}
		return timetable.Export{}, v, nil
	}
	if err != nil {
		return timetable.Export{}, v, err
	}
	v.Build, v.Query = b, b.Values().Encode()
	e := timetable.Export{Name: v.Name, Report: v.Query, To: timetable.Target(v.To), When: whenOf(v.Time, v.ChosenDays), Spec: export.Spec{Format: export.Format(v.Format)}}
	if err := errors.Join(e.Check(), s.deliverable(ctx, e)); err != nil && !errors.As(err, &v.Errors) {
		return e, v, err
	}
	return e, v, nil
}

// addReportSchedule schedules a report.
func (s *Server) addReportSchedule(c echo.Context) error {
	e, v, err := s.askedReport(c)
	if err != nil {
		return err
	}
	id := ""
	if len(v.Errors) == 0 {
		id, err = s.timetable().Add(c.Request().Context(), userOf(c).ID, e)
		if err != nil && !errors.As(err, &v.Errors) {
			return err
		}
	}
	if len(v.Errors) > 0 {
		return s.answerReportSchedules(c, http.StatusUnprocessableEntity, v)
	}
	return s.scheduled(c, "schedule.create", id, doneScheduled)
}

// changeReportSchedule changes what is made of a report, when, and where it
// goes.
func (s *Server) changeReportSchedule(c echo.Context) error {
	k, err := s.reportSchedule(c)
	if err != nil {
		return err
	}
	e, v, err := s.askedReport(c)
	if err != nil {
		return err
	}
	if len(v.Errors) > 0 {
		v.ID, v.New = k.ID, false
		return s.answerReportSchedules(c, http.StatusUnprocessableEntity, v)
	}
	if _, err := s.timetable().Change(c.Request().Context(), scheduleOwner(userOf(c)), k.ID, e); err != nil {
		return err
	}
	return s.scheduled(c, "schedule.change", k.ID, doneReplanned)
}

// stopReportSchedule ends one for good.
func (s *Server) stopReportSchedule(c echo.Context) error {
	k, err := s.reportSchedule(c)
	if err != nil {
		return err
	}
	if err := s.timetable().Delete(c.Request().Context(), scheduleOwner(userOf(c)), k.ID); err != nil {
		return err
	}
	return s.scheduled(c, "schedule.delete", k.ID, doneStopped)
}

// scheduled notes what was done to a schedule and leads back to the list.
func (s *Server) scheduled(c echo.Context, action, id, done string) error {
	if err := s.audit(c, account.Entry{Action: action, Object: "schedule:" + id}); err != nil {
		return err
	}
	s.flash(c, done, 60)
	return seeOther(c, reportSchedulesPath)
}
