package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

// maxCount is how far orders are counted exactly (contract.md §5).
const maxCount = 10_000

// listOrders is the list; its state is its address.
func (s *Server) listOrders(c echo.Context) error {
	u := userOf(c)
	v := views.OrdersView{Clock: s.clock(), Count: -1, Masked: masked(u), MayImport: u.May(account.OrdersCreate)}
	status, err := s.fillOrders(c, &v)
	if err != nil {
		return err
	}
	if err := s.fillColumns(c, &v); err != nil {
		return err
	}
	v.Bulk, v.MayExport = bulkBar(u, v.Filter), u.May(account.OrdersExport)
	if past := lastPage(v); past > 0 {
		f := v.Filter
		f.Page = past
		return c.Redirect(http.StatusSeeOther, listAddress(f))
	}
	if !partial(c) {
		p := s.page(c, "Orders", "/orders")
		p.Events, p.Lean = "/events", true
		return html(c, status, views.Orders(p, v))
	}
	address := "false" // what was not understood is no address to come back to
	if status == http.StatusOK {
		address = listAddress(v.Filter)
	}
	c.Response().Header().Set("HX-Push-Url", address)
	return html(c, status, views.OrdersTable(v))
}

// unknownChannels refuses what no order can be of: an empty list would look
// like an answer.
func unknownChannels(f order.Filter, known []views.Choice) (faults order.FieldErrors) {
	for _, id := range f.Channels {
		if !slices.ContainsFunc(known, func(c views.Choice) bool { return c.Value == id }) {
			faults = append(faults, order.FieldError{Field: "channel", Message: fmt.Sprintf("There is no channel %q.", id)})
		}
	}
	return faults
}

// fillOrders asks the store. What the person can mend, and a store that does
// not answer, is shown inside the page with the status returned.
func (s *Server) fillOrders(c echo.Context, v *views.OrdersView) (int, error) {
	ctx := c.Request().Context()
	var err error
	if v.Channels, err = s.channelChoices(ctx); err != nil {
		return s.listFailed(c, v, err)
	}
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return 0, errUnreadable
	}
	v.Typed = raw
	q, f, err := s.queryFor(ctx, userOf(c), raw)
	if errors.As(err, &v.Errors) {
		return http.StatusUnprocessableEntity, nil
	}
	if err != nil {
		return 0, err
	}
	v.Filter = f
	if v.Errors = unknownChannels(f, v.Channels); len(v.Errors) > 0 {
		return http.StatusUnprocessableEntity, nil
	}
	page, err := s.Store.Orders().List(ctx, q)
	if errors.Is(err, store.ErrQuery) {
		v.Errors = order.FieldErrors{{Field: placeOf(f), Message: "This link into the list is not valid any more. Start from the first page."}}
		return http.StatusUnprocessableEntity, nil
	}
	if err != nil {
		return s.listFailed(c, v, err)
	}
	v.Rows, v.Next, v.Prev = page.Rows, page.Next, page.Prev
	if err := s.countInto(ctx, v, q); err != nil {
		return s.listFailed(c, v, err)
	}
	if v.Masked {
		for i := range v.Rows {
			maskRow(&v.Rows[i])
		}
	}
	if v.Names, err = s.names(ctx, assignees(f, v.Rows)); err != nil {
		return s.listFailed(c, v, err)
	}
	return http.StatusOK, nil
}

// listFailed shows the list's frame without orders.
func (s *Server) listFailed(c echo.Context, v *views.OrdersView, err error) (int, error) {
	if errors.Is(err, context.Canceled) {
		return 0, err
	}
	s.Log.Error("orders cannot be listed", slog.String("request", requestID(c)), slog.Any("err", err))
	v.Failed, v.RequestID, v.Rows, v.Count = true, requestID(c), nil, -1
	return problemOf(err).status, nil
}

// lastPage is where to go instead of a page beyond the end, or 0.
func lastPage(v views.OrdersView) int {
	if len(v.Rows) > 0 || v.Count <= 0 || v.CountIsLower || v.Filter.Page <= 1 {
		return 0
	}
	limit := v.Filter.Limit
	if limit == 0 {
		limit = order.DefaultLimit
	}
	return (v.Count + limit - 1) / limit
}

// listAddress is the canonical address of a list.
func listAddress(f order.Filter) string {
	if q := f.Values().Encode(); q != "" {
		return "/orders?" + q
	}
	return "/orders"
}

func (s *Server) channelChoices(ctx context.Context) ([]views.Choice, error) {
	all, err := s.Store.Channels().List(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]views.Choice, len(all))
	for i, ch := range all {
		out[i] = views.Choice{Value: ch.ID, Label: ch.Name}
	}
	return out, nil
}

func assignees(f order.Filter, rows []order.Row) []string {
	ids := []string{f.Assignee}
	for _, r := range rows {
		ids = append(ids, r.Assignee)
	}
	return ids
}

// names looks up the people behind ids; unknown ones are left out.
func (s *Server) names(ctx context.Context, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		if _, known := out[id]; known || id == "" {
			continue
		}
		u, err := s.Store.Users().Get(ctx, account.ID(id))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[id] = u.Name
	}
	return out, nil
}
