package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// asset serves the embedded files. Whatever is not one of them, by its exact
// name, is our own 404 page.
func (s *Server) asset(c echo.Context) error {
	r := c.Request()
	name, ok := strings.CutPrefix(r.URL.Path, s.assets.Prefix()+"/")
	if !ok || r.URL.RawPath != "" || !s.assets.Has(name) {
		return errGone
	}
	c.Response().Header().Del("Cache-Control")
	s.assets.ServeHTTP(c.Response(), r)
	return nil
}

// favicon is for browsers that ask for it unbidden.
func (s *Server) favicon(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Redirect(http.StatusFound, s.assets.URL("favicon.svg"))
}
