package handlers

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// traced shows a request to the collector of traces. Streams and what is asked
// for all the time without a person's doing are left out.
func (s *Server) traced(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Path()
		if strings.HasSuffix(path, "/events") || path == "/healthz" || path == "/readyz" || path == "/metrics" || strings.HasPrefix(path, "/static") {
			return next(c)
		}
		if path == "" {
			path = "(none)"
		}
		r := c.Request()
		ctx, span := s.Traces.Request(r.Context(), r.Header, s.trusts(r), knownMethod(r.Method), path, requestID(c))
		c.SetRequest(r.WithContext(ctx))
		defer func() { span.Answered(c.Response().Status) }()
		return next(c)
	}
}

// trusts reports whether a request comes from a proxy that is believed.
func (s *Server) trusts(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range s.TrustedProxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}
