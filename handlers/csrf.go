package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// sameOrigin refuses writes that another site started. The browser tells with
// Sec-Fetch-Site, or with Origin where that is missing; a request that has our
// cookie but neither header cannot be told apart from a forged one and is
// refused as well. Webhooks and the API do not look at the session, so there is
// nothing to misuse.
func (s *Server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		if strings.HasPrefix(c.Path(), "/webhooks/") || strings.HasPrefix(c.Path(), "/api/") {
			return next(c) // programs send these, and sign them or show a token
		}
		r := c.Request()
		if err := protection.Check(r); err != nil {
			return errCrossOrigin
		}
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			return next(c)
		}
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" && s.sessions.cookie(r) != "" {
			return errCrossOrigin
		}
		return next(c)
	}
}
