package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/orderjson"
	"github.com/palmonas/palmonas-crm/store"
)

// pagination says which part of a list an answer is. Next and Prev are cursors
// for the parameters after and before, null at the ends; the header Link has
// the whole addresses.
type pagination struct {
	Page              *int    `json:"page"` // null when a cursor was used
	Limit             int     `json:"limit"`
	Total             int     `json:"total"`
	TotalIsLowerBound bool    `json:"totalIsLowerBound"`
	Pages             int     `json:"pages"`
	Next              *string `json:"next"`
	Prev              *string `json:"prev"`
}

// apiListOrders is the order list: the query of the page means the same here.
func (s *Server) apiListOrders(c echo.Context) error {
	ctx, u := c.Request().Context(), userOf(c)
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return errUnreadable
	}
	q, f, err := s.queryFor(c.Request().Context(), u, raw)
	if err != nil {
		return err
	}
	known, err := s.channelChoices(ctx)
	if err != nil {
		return err
	}
	if faults := unknownChannels(f, known); len(faults) > 0 {
		return faults
	}
	page, err := s.Store.Orders().List(ctx, q)
	if errors.Is(err, store.ErrQuery) {
		return fieldFault(placeOf(f), "This link into the list is not valid any more. Start from the first page.")
	}
	if err != nil {
		return err
	}
	count, err := s.Store.Orders().Count(ctx, q.Where, maxCount+1)
	if err != nil {
		return err
	}
	list, err := s.fullOrders(ctx, u, page.Rows)
	if err != nil {
		return err
	}
	p := pagination{Limit: q.Limit, Total: min(count, maxCount), TotalIsLowerBound: count > maxCount, Next: some(page.Next), Prev: some(page.Prev)}
	p.Pages = (p.Total + p.Limit - 1) / p.Limit
	if f.After+f.Before == "" {
		p.Page = &q.Page
	}
	c.Response().Header().Set("Link", links(f, page))
	return c.JSON(http.StatusOK, map[string]any{"orders": list, "pagination": p})
}

// placeOf is the parameter that says where in the list a page begins.
func placeOf(f order.Filter) string {
	switch {
	case f.After != "":
		return "after"
	case f.Before != "":
		return "before"
	}
	return "page"
}

// fullOrders reads the orders of a page. One that went away since is left out.
func (s *Server) fullOrders(ctx context.Context, u account.User, rows []order.Row) ([]orderjson.Order, error) {
	ids := make([]order.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	all, err := s.Store.Orders().Many(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]orderjson.Order, len(all))
	for i, o := range all {
		out[i] = orderFor(u, o)
	}
	return out, nil
}

// orderFor is an order as this user may see it.
func orderFor(u account.User, o order.Order) orderjson.Order {
	if masked(u) {
		return orderjson.Masked(o)
	}
	return orderjson.Of(o)
}

// some is a text, or null for an empty one.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// links are the neighbours of a page as RFC 8288 writes them.
func links(f order.Filter, page order.Page) string {
	var all []string
	add := func(rel, after, before string) {
		f.Page, f.After, f.Before = 0, after, before
		all = append(all, `</api/orders?`+f.Values().Encode()+`>; rel="`+rel+`"`)
	}
	add("first", "", "")
	if page.Next != "" {
		add("next", page.Next, "")
	}
	if page.Prev != "" {
		add("prev", "", page.Prev)
	}
	return strings.Join(all, ", ")
}

func (s *Server) apiOrder(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	o, err := s.order(c)
	if err != nil {
		return err
	}
	return withTag(c, http.StatusOK, o.Version, orderFor(userOf(c), o))
}
