package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/insight"
	"github.com/palmonas/palmonas-crm/report"
)

// apiFigures answers one question about figures: what the page of the same name
// shows, as numbers.
func apiFigures[A any](s *Server, ask func(context.Context, insight.Reader, report.Filter, bool) (A, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		raw, err := url.ParseQuery(c.Request().URL.RawQuery)
		if err != nil {
			return errUnreadable
		}
		ctx, r := c.Request().Context(), s.insight()
		f, err := r.Filter(ctx, raw)
		if err != nil {
			return err
		}
		a, err := ask(ctx, r, f, masked(userOf(c)))
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, a)
	}
}

// The six questions.

func (s *Server) apiDashboard() echo.HandlerFunc {
	return apiFigures(s, func(ctx context.Context, r insight.Reader, f report.Filter, _ bool) (report.Dashboard, error) {
		return r.Dashboard(ctx, f)
	})
}

func (s *Server) apiRevenue() echo.HandlerFunc {
	return apiFigures(s, func(ctx context.Context, r insight.Reader, f report.Filter, _ bool) (report.Revenue, error) {
		return r.Revenue(ctx, f)
	})
}

func (s *Server) apiPlatforms() echo.HandlerFunc {
	return apiFigures(s, func(ctx context.Context, r insight.Reader, f report.Filter, _ bool) (report.Platforms, error) {
		return r.Platforms(ctx, f)
	})
}

func (s *Server) apiTrends() echo.HandlerFunc {
	return apiFigures(s, func(ctx context.Context, r insight.Reader, f report.Filter, _ bool) (report.Trends, error) {
		return r.Trends(ctx, f)
	})
}

func (s *Server) apiCustomers() echo.HandlerFunc {
	return apiFigures(s, func(ctx context.Context, r insight.Reader, f report.Filter, mask bool) (report.Loyal, error) {
		return r.Customers(ctx, f, mask)
	})
}

func (s *Server) apiProducts() echo.HandlerFunc {
	return apiFigures(s, func(ctx context.Context, r insight.Reader, f report.Filter, _ bool) (report.Products, error) {
		return r.Products(ctx, f)
	})
}
