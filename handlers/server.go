package handlers

import (
	"log/slog"
	"net/http"
	"time"
)

// NewHTTPServer is an http.Server with the limits every listener of the
// program has; a slow or greedy client is cut off by them. Streams clear their
// own write deadline, uploads prolong their own read deadline, and Shutdown
// ends the streams first.
func NewHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	if log != nil {
		s.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	}
	if c, ok := h.(interface{ CloseStreams() }); ok {
		s.RegisterOnShutdown(c.CloseStreams)
	}
	return s
}
