package handlers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/dispatch"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/setting"
)

// kindDispatch is the job that gives open orders the times of a new calendar.
const kindDispatch = "dispatch"

// The choices for a platform or channel.
const (
	asUsual  = "usual"
	ownTimes = "own"
	noTime   = "none"
)

const (
	forPlatform = ".platform."
	forChannel  = ".channel."
)

// dispatchPage shows the dispatch calendar.
func (s *Server) dispatchPage(c echo.Context) error {
	cal, err := s.Dispatch.Calendar(c.Request().Context())
	if err != nil {
		return err
	}
	return s.showDispatch(c, http.StatusOK, calendarForm(cal), nil)
}

// calendarForm is a calendar as its form sends it.
func calendarForm(cal dispatch.Calendar) url.Values {
	f := url.Values{"cutoff": {cal.Usual.Cutoff}, "leaves": {cal.Usual.Leaves}, "holidays": {strings.Join(cal.Holidays, "\n")}}
	for _, d := range cal.Workdays {
		f.Add("workday", strconv.Itoa(int(d)))
	}
	put := func(key string, r dispatch.Rule) {
		f.Set("mode"+key, ownTimes)
		if r.Off {
			f.Set("mode"+key, noTime)
		}
		f.Set("cutoff"+key, r.Cutoff)
		f.Set("leaves"+key, r.Leaves)
	}
	for p, r := range cal.Platforms {
		put(forPlatform+string(p), r)
	}
	for id, r := range cal.Channels {
		put(forChannel+id, r)
	}
	return f
}

func (s *Server) showDispatch(c echo.Context, status int, f url.Values, faults order.FieldErrors) error {
	sources, err := s.dispatchSources(c.Request().Context())
	if err != nil {
		return err
	}
	v := setting.DispatchView{Usual: setting.Source{Cutoff: f.Get("cutoff"), Leaves: f.Get("leaves")}, Holidays: f.Get("holidays"),
		Errors: faults, MayChange: userOf(c).May(account.SettingsManage)}
	for _, d := range f["workday"] {
		if n, err := strconv.Atoi(d); err == nil {
			v.Workdays = append(v.Workdays, time.Weekday(n))
		}
	}
	for _, src := range sources {
		src.Mode, src.Cutoff, src.Leaves = asUsual, f.Get("cutoff"+src.Key), f.Get("leaves"+src.Key)
		if m := f.Get("mode" + src.Key); m != "" {
			src.Mode = m
		}
		v.Sources = append(v.Sources, src)
	}
	p := s.page(c, "Dispatch clock", "/settings")
	v.CSRF = p.CSRF
	return html(c, status, setting.Dispatch(p, v))
}

// dispatchSources are what may have a rule of its own.
func (s *Server) dispatchSources(ctx context.Context) ([]setting.Source, error) {
	var list []setting.Source
	for _, p := range order.Platforms() {
		list = append(list, setting.Source{Key: forPlatform + string(p), Name: views.PlatformName(p)})
	}
	channels, err := s.Store.Channels().List(ctx)
	if err != nil {
		return nil, err
	}
	for _, ch := range channels {
		list = append(list, setting.Source{Key: forChannel + ch.ID, Name: "Channel " + ch.Name})
	}
	return list, nil
}

// saveDispatch puts a calendar in force and applies it to the open orders in
// the background.
func (s *Server) saveDispatch(c echo.Context) error {
	ctx := c.Request().Context()
	sources, err := s.dispatchSources(ctx)
	if err != nil {
		return err
	}
	fields := []string{"cutoff", "leaves", "holidays", "workday*"}
	for _, src := range sources {
		fields = append(fields, "mode"+src.Key, "cutoff"+src.Key, "leaves"+src.Key)
	}
	f, err := readForm(c, fields...)
	if err != nil {
		return err
	}
	cal, faults := calendarOf(f, sources)
	before, after, err := dispatch.Calendar{}, dispatch.Calendar{}, error(faults)
	if len(faults) == 0 {
		before, after, err = s.Dispatch.Save(ctx, cal)
	}
	if errors.As(err, &faults) {
		return s.showDispatch(c, http.StatusUnprocessableEntity, f, faults)
	}
	if err != nil {
		return err
	}
	if err := s.audit(c, account.Entry{Action: "setting.dispatch", Object: "settings:dispatch", Before: compact(before), After: compact(after)}); err != nil {
		return err
	}
	j := store.Job{ID: rand.Text(), Kind: kindDispatch, By: userOf(c).ID, Title: "Ship-by times of open orders"}
	err = s.jobs.Start(ctx, j, func(ctx context.Context, w *Work) error {
		return s.Dispatch.Apply(ctx, s.Store.Orders(), func(looked, changed int) {
			w.Update(func(j *store.Job) { j.Done, j.Tally.Fetched, j.Tally.Updated = looked, looked, changed })
		})
	})
	if err != nil {
		return err
	}
	s.flash(c, doneDispatch, 60)
	return seeOther(c, "/settings/dispatch")
}

// calendarOf reads the form. Times are checked by the calendar itself.
func calendarOf(f url.Values, sources []setting.Source) (cal dispatch.Calendar, faults order.FieldErrors) {
	cal = dispatch.Calendar{Usual: dispatch.Rule{Cutoff: f.Get("cutoff"), Leaves: f.Get("leaves")}, Holidays: dispatch.ParseHolidays(f.Get("holidays")),
		Platforms: map[order.Platform]dispatch.Rule{}, Channels: map[string]dispatch.Rule{}}
	for _, d := range f["workday"] {
		n, err := strconv.Atoi(d)
		if err != nil || n < int(time.Sunday) || n > int(time.Saturday) {
			return cal, order.FieldErrors{{Field: "workdays", Message: "There is no such day."}}
		}
		cal.Workdays = append(cal.Workdays, time.Weekday(n))
	}
	for _, src := range sources {
		r := dispatch.Rule{Cutoff: f.Get("cutoff" + src.Key), Leaves: f.Get("leaves" + src.Key)}
		switch f.Get("mode" + src.Key) {
		case asUsual, "":
			continue
		case noTime:
			r = dispatch.Rule{Off: true}
		case ownTimes:
		default:
			faults = append(faults, order.FieldError{Field: "mode" + src.Key, Message: "Choose one of the list."})
			continue
		}
		if p, ok := strings.CutPrefix(src.Key, forPlatform); ok {
			cal.Platforms[order.Platform(p)] = r
		} else {
			cal.Channels[strings.TrimPrefix(src.Key, forChannel)] = r
		}
	}
	return cal, faults
}

// compact is a setting for the audit.
func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // plain fields always encode
	}
	return string(b)
}
