package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

func (s *Server) showOrder(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
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

// answerOrder is the whole page, or what lies inside #order.
func (s *Server) answerOrder(c echo.Context, status int, v views.OrderView) error {
	if partial(c) {
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

// orderView is the order as this user may see it, with the forms this user may
// use.
func (s *Server) orderView(c echo.Context, o order.Order) (views.OrderView, error) {
	ctx, u := c.Request().Context(), userOf(c)
	names, err := s.names(ctx, people(o))
	if err != nil {
		return views.OrderView{}, err
	}
	name := o.Ref.Channel
	switch ch, err := s.Store.Channels().Get(ctx, o.Ref.Channel); {
	case err == nil:
		name = ch.Name
	case !errors.Is(err, store.ErrNotFound):
		return views.OrderView{}, err
	}
	v := views.OrderView{Clock: s.clock(), Order: o, Channel: name, Names: names, Masked: masked(u), Back: s.cameFrom(c)}
	v.Status, v.MayMove = s.statusForm(c, u, o), u.May(account.OrdersStatus)
	v.NoteForm = views.NoteFormView{ID: o.ID, Allowed: u.May(account.OrdersEdit)}
	if v.Masked {
		v.Order = maskOrder(o)
	}
	return v, nil
}

func (s *Server) statusForm(c echo.Context, u account.User, o order.Order) views.StatusFormView {
	f := views.StatusFormView{ID: o.ID, Current: o.Status, Version: o.Version}
	if !u.May(account.OrdersStatus) {
		f.Blocked = "You may look, but not change orders."
		return f
	}
	var why error
	for _, to := range o.Status.Next() {
		if _, err := s.push(c.Request().Context(), o, to); err != nil {
			why = err
			continue
		}
		f.Next = append(f.Next, to)
	}
	if len(f.Next) == 0 && why != nil {
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

// push tells whether the platform will be told; see Deps.Push.
func (s *Server) push(ctx context.Context, o order.Order, to order.Status) (bool, error) {
	if s.Push == nil {
		return false, nil
	}
	return s.Push(ctx, o, to)
}

// people are the users an order's page names.
func people(o order.Order) []string {
	ids := []string{o.Desk.Assignee}
	if o.Desk.Hold != nil {
		ids = append(ids, o.Desk.Hold.By)
	}
	if o.WishOpen() {
		ids = append(ids, o.Wish.By)
	}
	for _, n := range o.Desk.Notes {
		ids = append(ids, n.By)
	}
	for _, e := range o.History {
		ids = append(ids, e.By)
	}
	return ids
}

// cameFrom is the list that the browser says it came from, if it is ours.
func (s *Server) cameFrom(c echo.Context) string {
	u, err := url.Parse(c.Request().Referer())
	if err != nil || !strings.EqualFold(u.Host, c.Request().Host) || u.Path != "/orders" {
		return ""
	}
	return localPath(u.RequestURI())
}
