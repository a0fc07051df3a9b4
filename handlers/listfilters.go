package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// filtersPage is what lies under the filters of a list, whose address it has:
// the list fetches it when somebody reaches for them. It has no orders and counts
// none.
func (s *Server) filtersPage(c echo.Context) error {
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return errUnreadable
	}
	v := views.OrdersView{Clock: s.clock(), Count: -1, Typed: raw}
	if v.Channels, err = s.channelChoices(c.Request().Context()); err != nil {
		return err
	}
	status := http.StatusOK
	v.Filter, err = order.ParseFilter(raw)
	if errors.As(err, &v.Errors) {
		status = http.StatusUnprocessableEntity
	} else if err != nil {
		return err
	}
	if partial(c) {
		return html(c, status, views.Picks(v))
	}
	return html(c, status, views.FiltersPage(s.page(c, "Filters", "/orders"), v))
}
