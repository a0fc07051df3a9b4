package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// syncChannel starts a pull of one channel without waiting for its end.
func (s *Server) syncChannel(c echo.Context) error {
	if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) {
		return err // an empty post has no content type
	}
	ctx := c.Request().Context()
	ch, err := s.Store.Channels().Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if s.Sync == nil {
		return &busyError{http.StatusServiceUnavailable, "No schedule runs in this process.", time.Minute}
	}
	if err := s.Sync.Trigger(ctx, ch.ID, string(userOf(c).ID)); err != nil {
		return err
	}
	s.Log.Info("sync started", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("channel", ch.ID))
	s.flash(c, doneSync, 60)
	return seeOther(c, "/orders")
}
