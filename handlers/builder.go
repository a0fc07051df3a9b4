package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views/analytics"
)

const (
	builderPath = "/analytics/builder"
	// maxReports is how many reports one person keeps.
	maxReports = 100
)

// savedReport is a built report as it is kept.
type savedReport struct {
	Name  string `json:"name"`
	Query string `json:"query"` // its address without "/analytics/builder?"
}

func (s *Server) reports() store.Shelf[savedReport] {
	return store.Shelf[savedReport]{Records: s.Store.Records(), Kind: "report"}
}

// builderPage is a report of one's own.
func (s *Server) builderPage(c echo.Context) error {
	v, err := s.built(c)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(v.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.showBuilder(c, status, v)
}

func (s *Server) showBuilder(c echo.Context, status int, v analytics.BuilderView) error {
	owner := string(userOf(c).ID)
	kept, err := s.reports().List(c.Request().Context(), store.RecordQuery{Owner: &owner, Limit: maxReports})
	if err != nil {
		return err
	}
	for _, k := range kept {
		v.Saved = append(v.Saved, analytics.SavedReport{ID: k.ID, Name: k.Value.Name, Query: k.Value.Query})
	}
	p := s.page(c, "Build a report", "/analytics")
	p.Figures = true
	return html(c, status, analytics.Builder(p, v))
}

// builderFile is the same report as a file.
func (s *Server) builderFile(f export.Format) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := s.built(c)
		if err != nil {
			return err
		}
		if len(v.Errors) > 0 {
			return v.Errors
		}
		t := v.Build.Table(v.Pivot)
		if err := s.audit(c, account.Entry{Action: "export.figures", Object: "figures:report", Note: rowsNote(t)}); err != nil {
			return err
		}
		return sendTable(c, fmt.Sprintf("report-%s-%s", v.Build.Range.From, v.Build.Range.To), f, t)
	}
}

// built reads and answers the report of the request; faults are in the view.
func (s *Server) built(c echo.Context) (analytics.BuilderView, error) {
	ctx := c.Request().Context()
	u := userOf(c)
	v := analytics.BuilderView{FrameView: analytics.FrameView{Clock: s.clock(), Path: builderPath, Linked: u.May(account.OrdersRead)}, MaySchedule: maySchedule(u)}
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return v, errUnreadable
	}
	v.Typed = raw
	if v.Channels, err = s.channelChoices(ctx); err != nil {
		return v, err
	}
	if v.Build, err = s.insight().ParseBuild(ctx, raw); err == nil {
		v.Filter = v.Build.Filter
		v.Pivot, err = s.pivot(ctx, u, v.Build)
	}
	if errors.As(err, &v.Errors) {
		return v, nil
	}
	return v, err
}

// pivot answers a report. Its query is read as that of a list, with the limits
// of who asks.
func (s *Server) pivot(ctx context.Context, u account.User, b report.Build) (report.Pivot, error) {
	r := s.insight()
	if b.Q == "" {
		return r.Build(ctx, b, nil)
	}
	if !u.May(account.OrdersRead) {
		return report.Pivot{}, order.FieldErrors{{Field: "q", Message: "your role cannot search orders"}}
	}
	q, _, err := s.queryFor(ctx, u, b.List(report.Part{}).Values())
	if err != nil {
		return report.Pivot{}, err
	}
	return r.Build(ctx, b, q.Where)
}

// saveReport keeps a report under a name of one's own.
func (s *Server) saveReport(c echo.Context) error {
	form, err := readForm(c, "name", "query")
	if err != nil {
		return err
	}
	ctx, owner := c.Request().Context(), string(userOf(c).ID)
	raw, err := url.ParseQuery(form.Get("query"))
	if err != nil {
		return errUnreadable
	}
	b, err := s.insight().ParseBuild(ctx, raw)
	if err != nil {
		return err
	}
	name := strings.Join(strings.Fields(form.Get("name")), " ")
	n, err := s.reports().Records.Count(ctx, store.RecordQuery{Kind: "report", Owner: &owner})
	if err != nil {
		return err
	}
	fault := ""
	switch {
	case name == "":
		fault = "Give it a name."
	case len(name) > 160:
		fault = "Use at most 80 letters."
	case n >= maxReports:
		fault = "You keep 100 reports already; delete one first."
	}
	if fault != "" {
		return order.FieldErrors{{Field: "name", Message: fault}}
	}
	id := rand.Text()
	if err := s.reports().Create(ctx, store.Record{ID: id, Owner: owner, At: s.Now()}, savedReport{Name: name, Query: b.Values().Encode()}); err != nil {
		return err
	}
	if err := s.audit(c, account.Entry{Action: "report.save", Object: "report:" + id}); err != nil {
		return err
	}
	return seeOther(c, builderPath+"?"+b.Values().Encode())
}

// deleteReport forgets a report of one's own.
func (s *Server) deleteReport(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	kept, err := s.reports().Get(ctx, id)
	if err != nil {
		return err
	}
	if kept.Owner != string(userOf(c).ID) {
		return store.ErrNotFound
	}
	if err := s.reports().Delete(ctx, id); err != nil {
		return err
	}
	if err := s.audit(c, account.Entry{Action: "report.delete", Object: "report:" + id}); err != nil {
		return err
	}
	return seeOther(c, builderPath)
}
