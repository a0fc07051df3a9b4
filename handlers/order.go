package handlers

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

func (s *Server) showOrder(c echo.Context) error {
	if _, err := readQuery(c, "in"); err != nil {
		return err
	}
	o, err := s.order(c)
	if err != nil {
		return err
	}
	v, err := s.orderView(c, o)
	if err != nil {
		return err
	}
	return s.answerOrder(c, http.StatusOK, v)
}

// order reads the order that the address names.
func (s *Server) order(c echo.Context) (order.Order, error) {
	id, err := order.ParseID(c.Param("id"))
	if err != nil {
		return order.Order{}, err
	}
	return s.Store.Orders().Get(c.Request().Context(), id)
}

// inDrawer reports whether the request comes from the drawer over the list,
// which drawer.js marks.
func inDrawer(c echo.Context) bool { return c.Request().Header.Get("X-Drawer") == "1" }

// answerOrder is the whole page, or what lies inside #order.
func (s *Server) answerOrder(c echo.Context, status int, v views.OrderView) error {
	if partial(c) {
		v.Drawer = inDrawer(c)
		c.Response().Header().Add("Vary", "X-Drawer")
		return html(c, status, views.OrderBody(v))
	}
	name := v.Order.Facts.OrderNumber
	if name == "" {
		name = v.Order.Ref.PlatformOrderID
	}
	p := s.page(c, "Order "+name, "/orders")
	p.Path, p.Events = "/orders/"+v.Order.ID.String(), "/events"
	return html(c, status, views.Order(p, v))
}

func (s *Server) statusForm(c echo.Context, u account.User, o order.Order) views.StatusFormView {
	f := views.StatusFormView{ID: o.ID, Current: o.Status, Version: o.Version}
	switch {
	case !u.May(account.OrdersStatus):
		f.Blocked = "You may look, but not change orders."
		return f
	case o.Desk.Archived:
		f.Blocked = "An archived order is not worked on."
		return f
	}
	var why error
	f.Next, why = s.orderDesk.Choices(c.Request().Context(), o)
	if why != nil {
		f.Blocked = s.whyNot(c, why)
	}
	return f
}

// whyNot words for people why a platform cannot be told a status. Only what an
// adapter says itself is meant for them.
func (s *Server) whyNot(c echo.Context, err error) string {
	if refusal := (*ingest.UnsupportedError)(nil); errors.As(err, &refusal) {
		return sentence(refusal.Error())
	}
	s.Log.Error("channel cannot be told a status", slog.String("request", requestID(c)), slog.Any("err", err))
	return "The order's channel does not work right now, so its platform cannot be told."
}
