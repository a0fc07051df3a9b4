package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// healthz says that the process turns; it asks nobody.
func (s *Server) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz says whether requests should be sent here: the database answers
// within a second, the rest of the program works, and nobody asked it to stop.
func (s *Server) readyz(c echo.Context) error {
	if s.draining.Load() {
		return c.String(http.StatusServiceUnavailable, "stopping\n")
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), time.Second)
	defer cancel()
	if err := s.Store.Ping(ctx); err != nil {
		s.Log.Error("not ready", slog.String("part", "database"), slog.Any("err", err))
		return c.String(http.StatusServiceUnavailable, "the database does not answer\n")
	}
	if s.Ready != nil {
		if err := s.Ready(ctx); err != nil {
			s.Log.Error("not ready", slog.String("part", "schedule"), slog.Any("err", err))
			return c.String(http.StatusServiceUnavailable, "the schedule does not run\n")
		}
	}
	return c.String(http.StatusOK, "ready\n")
}
