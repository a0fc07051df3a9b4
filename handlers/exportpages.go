package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/exports"
)

func exportFormats() []exports.FormatView {
	return []exports.FormatView{
		{Value: string(export.XLSX), Label: "Excel", Hint: "one row an order"},
		{Value: string(export.CSV), Label: "CSV", Hint: "one row an order, for any program"},
		{Value: string(export.NDJSON), Label: "NDJSON", Hint: "whole orders, one a line"},
		{Value: string(export.JSON), Label: "JSON", Hint: "whole orders in one list"},
	}
}

// exportPage orders a file of the list whose address it has, or of what the bar
// below the list sends: order for each ticked row, or all of query.
func (s *Server) exportPage(c echo.Context) error {
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return errUnreadable
	}
	var ticked []string
	if raw.Has("query") || raw.Has("order") {
		if raw.Get("all") != "yes" {
			ticked = raw["order"]
		}
		if raw, err = url.ParseQuery(raw.Get("query")); err != nil {
			return errUnreadable
		}
	}
	q, f, err := s.queryFor(c.Request().Context(), userOf(c), raw)
	if err != nil {
		return err
	}
	v := exports.View{Query: views.WholeQuery(f), IDs: ticked, Format: string(export.XLSX), Chosen: export.UsualColumns()}
	return s.answerExport(c, http.StatusOK, v, q)
}

func (s *Server) answerExport(c echo.Context, status int, v exports.View, q order.Query) error {
	s.fillExport(c, &v, q)
	var err error
	if v.Jobs, err = s.jobsOf(c, kindExport, 5); err != nil {
		return err
	}
	return html(c, status, exports.Page(s.page(c, "Export", "/orders"), v))
}

// fillExport adds what can be chosen, and what the file will hold for this
// person.
func (s *Server) fillExport(c echo.Context, v *exports.View, q order.Query) {
	u := userOf(c)
	v.Clock, v.Formats, v.Masked, v.Why = s.clock(), exportFormats(), exportMasked(u), "your role may not read them."
	if !masked(u) {
		v.Why = "taking personal data away in a file needs the permission customers.reveal."
	}
	for _, col := range export.Columns() {
		v.Columns = append(v.Columns, views.Choice{Value: col.ID, Label: col.Label})
	}
	if v.Count = len(v.IDs); v.Count == 0 {
		v.Count, v.Lower = s.countSoon(c.Request().Context(), q.Where)
	}
}

// countSoon counts orders if that takes no time; -1 otherwise.
func (s *Server) countSoon(ctx context.Context, where order.Expr) (n int, lower bool) {
	ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	n, err := s.Store.Orders().Count(ctx, where, maxCount+1)
	if err != nil {
		return -1, false
	}
	return min(n, maxCount), n > maxCount
}

// exportOrders starts the export.
func (s *Server) exportOrders(c echo.Context) error {
	f, err := readForm(c, "query", "order*", "format", "column*")
	if err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	v := exports.View{Query: f.Get("query"), IDs: f["order"], Format: f.Get("format"), Chosen: f["column"]}
	spec := export.Spec{List: f.Get("query"), Format: export.Format(v.Format)}
	if spec.Format.HasColumns() {
		spec.Columns = v.Chosen
	}
	raw, err := url.ParseQuery(spec.List)
	if err != nil {
		return errUnreadable
	}
	q, filter, err := s.queryFor(ctx, u, raw)
	if errors.As(err, &v.Errors) {
		v.Errors = order.FieldErrors{{Field: "query", Message: v.Errors[0].Message}}
		return s.answerExport(c, http.StatusUnprocessableEntity, v, order.Query{Where: order.Or{}})
	}
	if err != nil {
		return err
	}
	spec.List = views.WholeQuery(filter)
	if spec.Format.HasColumns() && len(spec.Columns) == 0 {
		v.Errors = order.FieldErrors{{Field: "columns", Message: "Choose at least one column."}}
		return s.answerExport(c, http.StatusUnprocessableEntity, v, q)
	}
	id, err := s.startTicked(c, v.IDs, spec, q)
	if errors.As(err, &v.Errors) {
		return s.answerExport(c, http.StatusUnprocessableEntity, v, q)
	}
	if err != nil {
		return err
	}
	s.Log.Info("export started", slog.String("request", requestID(c)), slog.String("user", string(u.ID)), slog.String("job", id), slog.String("format", v.Format))
	return seeOther(c, "/jobs/"+id)
}

// exportView fills the page of an export's job.
func (s *Server) exportView(c echo.Context, j store.Job, v *views.JobView) {
	v.Back, v.Counts = views.Choice{Value: "/orders", Label: "Orders"}, []views.CountView{{Label: "Orders", N: j.Done, Tone: "info"}}
	if j.State == store.JobRunning {
		return
	}
	name, size, until, ok := s.exportFile(userOf(c), j)
	switch {
	case j.State == store.JobCancelled:
		v.Said = views.NoticeView{Tone: "neutral", Text: "Cancelled. There is no file."}
	case j.State == store.JobFailed:
		v.Said = views.NoticeView{Tone: "danger", Text: "There is no file. " + j.Error}
	case !ok:
		v.Said = views.NoticeView{Tone: "neutral", Text: "The file is not here any more. Make it again."}
	default:
		v.Said = views.NoticeView{Tone: "success", Text: "The file is ready."}
		v.Result = exports.File(exports.FileView{Address: "/jobs/" + j.ID + "/files/" + name, Name: name, Size: views.Size(size), Until: v.DateTime(until)})
	}
}
