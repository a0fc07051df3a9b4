package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/insight"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/analytics"
)

// insight answers questions about figures.
func (s *Server) insight() insight.Reader {
	return insight.Reader{Store: s.Store, Figures: s.Store.Figures(), Now: s.Now, Zone: s.Location}
}

// frame reads what a page of figures is asked. Faults of the address are in the
// frame; the error is for everything else.
func (s *Server) frame(c echo.Context, path string) (analytics.FrameView, error) {
	ctx := c.Request().Context()
	v := analytics.FrameView{Clock: s.clock(), Path: path, Linked: userOf(c).May(account.OrdersRead), Scoped: userOf(c).Scoped()}
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return v, errUnreadable
	}
	v.Typed, v.Exports = raw, insight.Tables(path)
	if v.Channels, err = s.channelChoices(ctx); err != nil {
		return v, err
	}
	if v.Filter, err = s.insight().Filter(ctx, raw); !errors.As(err, &v.Errors) {
		if v.Filter.Narrow() { // cohorts are of everybody
			v.Exports = slices.DeleteFunc(v.Exports, func(name string) bool { return name == "cohorts" })
		}
		return v, err
	}
	return v, nil
}

// drawn is one page of figures, whole and as the part that is swapped.
type drawn struct {
	page func(views.PageView) templ.Component
	part templ.Component
}

// answer sends a page of figures. Its address is pushed by htmx, unless it was
// not understood.
func (s *Server) answer(c echo.Context, v analytics.FrameView, title, active string, d drawn) error {
	status, address := http.StatusOK, v.Path
	if q := v.Filter.Values().Encode(); q != "" {
		address += "?" + q
	}
	if len(v.Errors) > 0 {
		status, address = http.StatusUnprocessableEntity, "false"
	}
	if partial(c) {
		c.Response().Header().Set("HX-Push-Url", address)
		return html(c, status, d.part)
	}
	p := s.page(c, title, active)
	p.Figures = true
	if v.Linked {
		p.Events = "/events"
	}
	return html(c, status, d.page(p))
}

// figures is a page below /analytics: what it is asked, its answer, and how
// that is drawn.
func figures[A any](s *Server, path, title string, ask func(context.Context, report.Filter, echo.Context) (A, error), draw func(echo.Context, analytics.FrameView, A) drawn) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := s.frame(c, path)
		if err != nil {
			return err
		}
		var a A
		if len(v.Errors) == 0 {
			if a, err = ask(c.Request().Context(), v.Filter, c); err != nil {
				return err
			}
		}
		return s.answer(c, v, title, "/analytics", draw(c, v, a))
	}
}

// analyticsIndex leads to the first of the pages, with the same question.
func (s *Server) analyticsIndex(c echo.Context) error {
	to := "/analytics/revenue"
	if q := c.Request().URL.RawQuery; q != "" {
		to += "?" + q
	}
	return c.Redirect(http.StatusSeeOther, to)
}
