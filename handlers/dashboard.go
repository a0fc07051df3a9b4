package handlers

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/analytics"
)

// newestShown is how many of the newest orders the dashboard lists.
const newestShown = 10

// home is the dashboard; who may not read figures goes to the orders.
func (s *Server) home(c echo.Context) error {
	if !userOf(c).May(account.AnalyticsRead) {
		return c.Redirect(http.StatusSeeOther, "/orders")
	}
	v, err := s.dashboard(c)
	if err != nil {
		return err
	}
	return s.answer(c, v.FrameView, "Dashboard", "/", drawn{
		func(p views.PageView) templ.Component { return analytics.Dashboard(p, v) }, analytics.DashboardFigures(v),
	})
}

// dashboardNow is what the dashboard asks for when orders have changed.
func (s *Server) dashboardNow(c echo.Context) error {
	v, err := s.dashboard(c)
	if err != nil {
		return err
	}
	if len(v.Errors) > 0 {
		return v.Errors
	}
	return html(c, http.StatusOK, analytics.Now(v))
}

func (s *Server) dashboard(c echo.Context) (analytics.DashboardView, error) {
	ctx, u := c.Request().Context(), userOf(c)
	frame, err := s.frame(c, "/")
	v := analytics.DashboardView{FrameView: frame, Masked: masked(u), MayChannels: u.May(account.ChannelsRead), MayImport: u.May(account.OrdersCreate)}
	if err != nil || len(v.Errors) > 0 {
		return v, err
	}
	if v.Answer, err = s.insight().Dashboard(ctx, v.Filter); err != nil {
		return v, err
	}
	if v.Answer.Totals.Orders == 0 {
		n, err := s.Store.Orders().Count(ctx, nil, 1)
		if err != nil {
			return v, err
		}
		v.NoOrders = n == 0
	}
	if v.Linked {
		v.Newest, err = s.newestOrders(ctx, v.Filter, v.Masked)
	}
	return v, err
}

// newestOrders are the first of the orders that the figures count.
func (s *Server) newestOrders(ctx context.Context, f report.Filter, mask bool) ([]order.Row, error) {
	q, err := f.List(report.Part{}).QueryAt(s.Location, s.Now())
	if err != nil {
		return nil, err
	}
	page, err := s.Store.Orders().List(ctx, order.Query{Where: q.Where, Sort: order.NewestFirst, Limit: newestShown, Page: 1})
	if err != nil {
		return nil, err
	}
	rows := append([]order.Row{}, page.Rows...)
	if mask {
		for i := range rows {
			maskRow(&rows[i])
		}
	}
	return rows, nil
}
