package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/insight"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// The answers of /api/analytics are those that the pages draw, asked from the
// same reader with the same parameters.

func (s *Server) apiAnalytics(c echo.Context, ask func(context.Context, insight.Reader, report.Filter) (any, error)) error {
	raw, err := readQuery(c)
	if err != nil {
		return err
	}
	ctx, reader := c.Request().Context(), s.insight()
	f, err := reader.Filter(ctx, raw)
	if err != nil {
		var faults order.FieldErrors
		if errors.As(err, &faults) {
			return faults
		}
		return err
	}
	a, err := ask(ctx, reader, f)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, a)
}

func (s *Server) apiDashboard(c echo.Context) error {
	return s.apiAnalytics(c, func(ctx context.Context, r insight.Reader, f report.Filter) (any, error) { return r.Dashboard(ctx, f) })
}

func (s *Server) apiRevenue(c echo.Context) error {
	return s.apiAnalytics(c, func(ctx context.Context, r insight.Reader, f report.Filter) (any, error) { return r.Revenue(ctx, f) })
}

func (s *Server) apiPlatforms(c echo.Context) error {
	return s.apiAnalytics(c, func(ctx context.Context, r insight.Reader, f report.Filter) (any, error) { return r.Platforms(ctx, f) })
}

func (s *Server) apiTrends(c echo.Context) error {
	return s.apiAnalytics(c, func(ctx context.Context, r insight.Reader, f report.Filter) (any, error) { return r.Trends(ctx, f) })
}

func (s *Server) apiCustomers(c echo.Context) error {
	hidden := masked(userOf(c))
	return s.apiAnalytics(c, func(ctx context.Context, r insight.Reader, f report.Filter) (any, error) {
		return r.Customers(ctx, f, hidden)
	})
}

func (s *Server) apiProducts(c echo.Context) error {
	return s.apiAnalytics(c, func(ctx context.Context, r insight.Reader, f report.Filter) (any, error) { return r.Products(ctx, f) })
}
