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
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/exports"
)

const schedulesPath = "/orders/schedules"

// schedulesPage lists somebody's scheduled exports and schedules one of the
// list whose address it has.
func (s *Server) schedulesPage(c echo.Context) error {
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return errUnreadable
	}
	q, f, err := s.queryFor(c.Request().Context(), userOf(c), raw)
	if err != nil {
		return err
	}
	v := exports.SchedulesView{View: exports.View{Query: views.WholeQuery(f), Format: string(export.XLSX), Chosen: export.UsualColumns()},
		Time: "07:30"}
	return s.answerSchedules(c, http.StatusOK, v, q)
}

func (s *Server) answerSchedules(c echo.Context, status int, v exports.SchedulesView, q order.Query) error {
	ctx, u := c.Request().Context(), userOf(c)
	s.fillExport(c, &v.View, q)
	_, err := s.post().Server(ctx)
	if err != nil && !errors.Is(err, mail.ErrOff) {
		return err
	}
	v.MailOff, v.Address = errors.Is(err, mail.ErrOff), u.Email
	switch {
	case v.To != "":
	case v.MailOff:
		v.To = string(timetable.Folder)
	default:
		v.To = string(timetable.Mail)
	}
	v.Days = weekdayChoices()
	all, err := s.timetable().List(ctx, scheduleOwner(u))
	if err != nil {
		return err
	}
	names, err := s.peopleNames(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		e := k.Value
		if e.OfReport() {
			continue // on their own page
		}
		row := exports.ScheduleRow{ID: k.ID, Name: e.Name, Query: e.Spec.List, Format: string(e.Spec.Format), Hour: e.When.Hour, Minute: e.When.Minute, Days: e.When.Days,
			Mail: e.To == timetable.Mail, Last: e.Last.Ended, Fault: e.Last.Fault, Next: e.When.Next(s.Now(), s.Location)}
		if k.Owner != string(u.ID) {
			row.Owner = names[k.Owner]
		}
		v.Rows = append(v.Rows, row)
	}
	return html(c, status, exports.Schedules(s.page(c, "Scheduled exports", "/orders"), v))
}

// weekdayChoices are the days of a week, which for work begins on Monday.
func weekdayChoices() []views.Choice {
	var all []views.Choice
	for d := range 7 {
		day := time.Weekday((d + 1) % 7)
		all = append(all, views.Choice{Value: day.String(), Label: day.String()})
	}
	return all
}

// scheduleOwner is whose exports somebody sees and deletes: their own, and
// everybody's who manages users.
func scheduleOwner(u account.User) account.ID {
	if u.May(account.UsersManage) {
		return ""
	}
	return u.ID
}

func (s *Server) addSchedule(c echo.Context) error {
	f, err := readForm(c, "query", "name", "format", "column*", "time", "day*", "to")
	if err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	v := exports.SchedulesView{View: exports.View{Query: f.Get("query"), Format: f.Get("format"), Chosen: f["column"]},
		Name: f.Get("name"), Time: cut(f.Get("time"), 9), ChosenDays: f["day"], To: f.Get("to")}
	e := timetable.Export{Name: v.Name, To: timetable.Target(v.To), When: whenOf(v.Time, v.ChosenDays), Spec: export.Spec{Format: export.Format(v.Format)}}
	raw, err := url.ParseQuery(v.Query)
	if err != nil {
		return errUnreadable
	}
	q, filter, err := s.queryFor(ctx, u, raw)
	if errors.As(err, &v.Errors) {
		v.Errors = order.FieldErrors{{Field: "query", Message: v.Errors[0].Message}}
		return s.answerSchedules(c, http.StatusUnprocessableEntity, v, order.Query{Where: order.Or{}})
	}
	if err != nil {
		return err
	}
	e.Spec.List = views.WholeQuery(filter)
	if e.Spec.Format.HasColumns() {
		e.Spec.Columns = v.Chosen
	}
	id, err := s.storeSchedule(c, u, e)
	if errors.As(err, &v.Errors) {
		return s.answerSchedules(c, http.StatusUnprocessableEntity, v, q)
	}
	if err != nil {
		return err
	}
	if err := s.audit(c, account.Entry{Action: "schedule.create", Object: "schedule:" + id}); err != nil {
		return err
	}
	s.flash(c, doneScheduled, 60)
	return seeOther(c, schedulesPath)
}

// storeSchedule stores an export unless it could never be made.
func (s *Server) storeSchedule(c echo.Context, u account.User, e timetable.Export) (string, error) {
	if e.Spec.Format.HasColumns() && len(e.Spec.Columns) == 0 {
		return "", order.FieldErrors{{Field: "columns", Message: "Choose at least one column."}}
	}
	if err := s.deliverable(c.Request().Context(), e); err != nil {
		return "", err
	}
	return s.timetable().Add(c.Request().Context(), u.ID, e)
}

// deliverable refuses what could never arrive.
func (s *Server) deliverable(ctx context.Context, e timetable.Export) error {
	if _, err := s.post().Server(ctx); e.To == timetable.Mail && errors.Is(err, mail.ErrOff) {
		return order.FieldErrors{{Field: "to", Message: "No mail server is set up. Who manages settings adds one."}}
	}
	return nil
}

// whenOf reads a time of day and names of weekdays; what cannot be read becomes
// what timetable refuses.
func whenOf(clock string, days []string) timetable.When {
	w := timetable.When{Hour: -1}
	if at, err := time.Parse("15:04", clock); err == nil {
		w.Hour, w.Minute = at.Hour(), at.Minute()
	}
	for _, name := range days {
		day := time.Weekday(0)
		for day <= time.Saturday && day.String() != name {
			day++
		}
		w.Days = append(w.Days, day)
	}
	return w
}

func (s *Server) deleteSchedule(c echo.Context) error {
	id := c.Param("id")
	err := s.timetable().Delete(c.Request().Context(), scheduleOwner(userOf(c)), id)
	if errors.Is(err, store.ErrNotFound) {
		return errGone
	}
	if err != nil {
		return err
	}
	if err := s.audit(c, account.Entry{Action: "schedule.delete", Object: "schedule:" + id}); err != nil {
		return err
	}
	s.flash(c, doneUnplanned, 60)
	return seeOther(c, schedulesPath)
}
