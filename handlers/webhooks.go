package handlers

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/store"
)

const hookPath = "/webhooks/:channel"

// maxHook is the largest webhook (contract.md §6).
const maxHook = 1 << 20

// hookRetry is when a sender should try again what could not be stored.
const hookRetry = 30 * time.Second

// receiveHook takes a webhook in: 202 once it is stored, 200 for a repeat and
// for topics of no interest. What it says is read later; nothing of the body
// reaches an answer or the log.
func (s *Server) receiveHook(c echo.Context) error {
	if s.Hooks == nil {
		return &busyError{http.StatusServiceUnavailable, "No webhooks are taken in this process.", hookRetry}
	}
	r := c.Request()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
			return err
		}
		return errUnreadable
	}
	fresh, err := s.Hooks.Receive(r.Context(), c.Param("channel"), r.Header, body, s.Now())
	switch {
	case err != nil:
		return s.hookRefused(c, err)
	case !fresh:
		return c.NoContent(http.StatusOK)
	}
	return c.NoContent(http.StatusAccepted)
}

// hookRefused sorts what went wrong: only the sender's own faults are told to
// it, everything else is "try again", so that no event is given up.
func (s *Server) hookRefused(c echo.Context, err error) error {
	switch {
	case errors.Is(err, ingest.ErrBadSignature):
		s.Log.Warn("webhook refused", slog.String("request", requestID(c)), slog.String("channel", c.Param("channel")), slog.String("ip", c.RealIP()))
		return errSignature
	case errors.Is(err, store.ErrNotFound), errors.Is(err, ingest.ErrNoAPI), errors.Is(err, ingest.ErrNoWebhooks):
		return errGone
	case errors.Is(err, context.Canceled):
		return err
	}
	s.Log.Error("webhook not stored", slog.String("request", requestID(c)), slog.Any("err", err))
	return &busyError{http.StatusServiceUnavailable, "This could not be stored. Send it again.", hookRetry}
}
