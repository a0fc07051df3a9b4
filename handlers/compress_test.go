package handlers

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestPagesAreCompressed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<p>₹1,299.00</p>", 500)
	e := echo.New()
	e.Use(compressed())
	e.GET("/orders", func(c echo.Context) error { return c.HTML(http.StatusOK, long) })
	e.GET("/short", func(c echo.Context) error { return c.HTML(http.StatusOK, "ok") })
	e.GET("/events", func(c echo.Context) error { return c.HTML(http.StatusOK, long) })
	for _, tc := range []struct {
		path, accept string
		packed       bool
	}{
		{"/orders", "gzip, deflate, br", true},
		{"/orders", "", false},
		{"/orders", "br", false},
		{"/short", "gzip", false},
		{"/events", "gzip", false},
	} {
		req := httptest.NewRequest(http.MethodGet, tc.path, nil)
		req.Header.Set("Accept-Encoding", tc.accept)
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, req)
		if got := rec.Header().Get("Content-Encoding") == "gzip"; got != tc.packed {
			t.Errorf("%s with %q: packed %v, want %v", tc.path, tc.accept, got, tc.packed)
			continue
		}
		if !tc.packed {
			continue
		}
		if rec.Body.Len() > len(long)/4 || !strings.Contains(rec.Header().Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: %d of %d bytes, Vary %q", tc.path, rec.Body.Len(), len(long), rec.Header().Get("Vary"))
		}
		z, err := gzip.NewReader(rec.Body)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(z); err != nil || string(body) != long {
			t.Errorf("%s: unpacked to %d bytes, %v", tc.path, len(body), err)
		}
	}
}
