package handlers

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// exportBody is what POST /api/orders/export takes.
type exportBody struct {
	Query   string        `json:"query"`
	Format  export.Format `json:"format"`
	Columns []string      `json:"columns"`
}

// apiExport makes a file of orders in the background; the job has the file.
func (s *Server) apiExport(c echo.Context) error {
	var in exportBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	q, f, err := s.queryFor(ctx, u, order.QueryText(in.Query))
	if err != nil {
		return under("query", err)
	}
	spec := export.Spec{List: views.WholeQuery(f), Format: in.Format, Columns: in.Columns}
	if spec.Format == "" {
		spec.Format = export.CSV
	}
	if len(spec.Columns) == 0 && spec.Format.HasColumns() {
		spec.Columns = export.UsualColumns()
	}
	id, err := s.startExport(ctx, s.who(c), u, spec, q, 0)
	if err != nil {
		return err
	}
	s.Log.Info("export started", slog.String("request", requestID(c)), slog.String("user", string(u.ID)), slog.String("job", id), slog.String("format", string(spec.Format)))
	c.Response().Header().Set(echo.HeaderLocation, "/api/jobs/"+id)
	return c.JSON(http.StatusAccepted, map[string]any{"jobId": id})
}
