package handlers

import (
	"context"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/analytics"
)

func (s *Server) revenuePage() echo.HandlerFunc {
	return figures(s, "/analytics/revenue", "Revenue",
		func(ctx context.Context, f report.Filter, _ echo.Context) (report.Revenue, error) {
			return s.insight().Revenue(ctx, f)
		},
		func(_ echo.Context, f analytics.FrameView, a report.Revenue) drawn {
			v := analytics.RevenueView{FrameView: f, Answer: a}
			return drawn{func(p views.PageView) templ.Component { return analytics.Revenue(p, v) }, analytics.RevenueFigures(v)}
		})
}

func (s *Server) platformsPage() echo.HandlerFunc {
	return figures(s, "/analytics/platforms", "Platforms",
		func(ctx context.Context, f report.Filter, _ echo.Context) (report.Platforms, error) {
			return s.insight().Platforms(ctx, f)
		},
		func(_ echo.Context, f analytics.FrameView, a report.Platforms) drawn {
			v := analytics.PlatformsView{FrameView: f, Answer: a}
			return drawn{func(p views.PageView) templ.Component { return analytics.Platforms(p, v) }, analytics.PlatformsFigures(v)}
		})
}

func (s *Server) trendsPage() echo.HandlerFunc {
	return figures(s, "/analytics/trends", "Trends",
		func(ctx context.Context, f report.Filter, _ echo.Context) (report.Trends, error) {
			return s.insight().Trends(ctx, f)
		},
		func(_ echo.Context, f analytics.FrameView, a report.Trends) drawn {
			v := analytics.TrendsView{FrameView: f, Answer: a}
			return drawn{func(p views.PageView) templ.Component { return analytics.Trends(p, v) }, analytics.TrendsFigures(v)}
		})
}

func (s *Server) customersPage() echo.HandlerFunc {
	return figures(s, "/analytics/customers", "Customers",
		func(ctx context.Context, f report.Filter, c echo.Context) (report.Loyal, error) {
			return s.insight().Customers(ctx, f, masked(userOf(c)))
		},
		func(c echo.Context, f analytics.FrameView, a report.Loyal) drawn {
			v := analytics.CustomersView{FrameView: f, Answer: a, Masked: masked(userOf(c))}
			return drawn{func(p views.PageView) templ.Component { return analytics.Customers(p, v) }, analytics.CustomersFigures(v)}
		})
}

func (s *Server) productsPage() echo.HandlerFunc {
	return figures(s, "/analytics/products", "Products",
		func(ctx context.Context, f report.Filter, _ echo.Context) (report.Products, error) {
			return s.insight().Products(ctx, f)
		},
		func(_ echo.Context, f analytics.FrameView, a report.Products) drawn {
			v := analytics.ProductsView{FrameView: f, Answer: a}
			return drawn{func(p views.PageView) templ.Component { return analytics.Products(p, v) }, analytics.ProductsFigures(v)}
		})
}
