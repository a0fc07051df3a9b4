package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// measured counts each request under the pattern of its route.
func (s *Server) measured(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start, ended := time.Now(), s.Metrics.Began()
		err := next(c)
		stream := c.Response().Header().Get(echo.HeaderContentType) == "text/event-stream"
		ended(routeOf(c), knownMethod(c.Request().Method), c.Response().Status, time.Since(start), stream)
		if hook := c.Param("channel"); hook != "" && c.Path() == hookPath && c.Response().Status != http.StatusNotFound {
			s.Metrics.Hook(hook, c.Response().Status)
		}
		return err
	}
}

// routeOf is the pattern that a request matched; made-up addresses share one
// name.
func routeOf(c echo.Context) string {
	path := c.Path()
	if path == "" || c.Response().Status == http.StatusNotFound && !strings.Contains(path, ":") {
		return "(none)"
	}
	return path
}

// metricsPage is for Prometheus: with the bearer token when one is set, else
// for callers on this machine. To everybody else there is no such page.
func (s *Server) metricsPage(c echo.Context) error {
	if !s.mayScrape(c.Request()) {
		return errGone
	}
	s.Metrics.Handler().ServeHTTP(c.Response(), c.Request())
	return nil
}

func (s *Server) mayScrape(r *http.Request) bool {
	if s.MetricsToken != "" {
		// Of equal length, so that the time tells nothing about the token.
		want, got := sha256.Sum256([]byte("Bearer "+s.MetricsToken)), sha256.Sum256([]byte(r.Header.Get("Authorization")))
		return subtle.ConstantTimeCompare(want[:], got[:]) == 1
	}
	// A proxy on this machine speaks for others.
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	name := r.Host
	if h, _, err := net.SplitHostPort(name); err == nil {
		name = h
	}
	// The name keeps out pages of other sites that point theirs at this machine.
	return err == nil && ip.Unmap().IsLoopback() && isLoopback(strings.Trim(name, "[]"))
}
