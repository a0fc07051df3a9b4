package handlers

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// endWish is the way out when a platform refused a status: it is told once
// more, or its own status is taken.
func (s *Server) endWish(c echo.Context) error {
	f, err := readForm(c, "action", "version")
	if err != nil {
		return err
	}
	o, err := s.order(c)
	if err != nil {
		return err
	}
	var faults order.FieldErrors
	version := readVersion(f, &faults)
	done := map[string]string{"retry": doneRetry, "drop": doneTaken}[f.Get("action")]
	if done == "" {
		faults = append(faults, order.FieldError{Field: "action", Message: "Choose what to do."})
	}
	if len(faults) > 0 {
		return faults
	}
	act := s.orderDesk.DropWish
	if done == doneRetry {
		act = s.orderDesk.RetryWish
	}
	changed, err := act(c.Request().Context(), s.who(c), o.ID, version)
	if errors.Is(err, order.ErrStale) || errors.Is(err, order.ErrNoWish) {
		return s.wishRefused(c, o.ID)
	}
	if err != nil {
		return err
	}
	s.Log.Info("refused status ended", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)),
		slog.String("order", o.ID.String()), slog.String("action", f.Get("action")))
	return s.orderChanged(c, changed, done)
}

// wishRefused shows the order as it is now.
func (s *Server) wishRefused(c echo.Context, id order.ID) error {
	now, gone := s.Store.Orders().Get(c.Request().Context(), id)
	if gone != nil {
		return gone
	}
	v, failed := s.orderView(c, now)
	if failed != nil {
		return failed
	}
	k := conflict(v, problem{message: "Nothing was changed."}, "", order.ErrNoWish)
	v.Status.Conflict = k
	if partial(c) {
		return html(c, http.StatusConflict, views.Conflict(*k))
	}
	return s.answerOrder(c, http.StatusConflict, v)
}
