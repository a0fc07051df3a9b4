package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// compressed packs pages for browsers that take gzip; a page of orders shrinks
// to a sixth. Streams are left alone, since a packed event would wait for the
// next one, and static files come packed already. Nothing secret that an
// attacker could guess letter by letter stands on a page: there is no token in
// it, the session is in its cookie.
func compressed() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		Level:     8, // a list of 50 orders in 6 kB (weight_test.go); the usual level is some 70 bytes short of it
		MinLength: 1400,
		Skipper: func(c echo.Context) bool {
			path := c.Request().URL.Path
			return strings.HasPrefix(path, "/static/") || strings.HasSuffix(path, "/events")
		},
	})
}
