package handlers

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/views"
)

// partial reports whether htmx asks for a part of the page. Everything else,
// history restores among it, gets the whole page.
func partial(c echo.Context) bool {
	h := c.Request().Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Request-Type") == "partial"
}

// pageSize is where the text of an answer begins to grow from, so that a page is
// not copied each time it doubles from nothing.
const pageSize = 32 << 10

// html answers with one component. It is rendered before anything is sent, so
// that a failure can still become an error page; an error page itself is
// rendered after its request's time is over.
func html(c echo.Context, status int, what templ.Component) error {
	var b bytes.Buffer
	b.Grow(pageSize)
	if err := what.Render(context.WithoutCancel(c.Request().Context()), &b); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Add("Vary", "HX-Request, HX-Request-Type, Cookie")
	return c.Blob(status, "text/html; charset=utf-8", b.Bytes())
}

// page is what every full page needs. active marks the navigation.
func (s *Server) page(c echo.Context, title, active string) views.PageView {
	p := views.PageView{Title: title, Active: active, Assets: s.assets.Prefix(), Path: "/"}
	if c.Request().Method == http.MethodGet {
		p.Path = c.Request().URL.RequestURI()
	}
	if u := userOf(c); u.ID != "" {
		p.User, p.Theme, p.Density, p.Keys, p.Flash = &u, u.Theme, u.Density, u.Keys, s.flashed(c)
		p.Views = s.sidebar(c, u)
		p.Bell = s.bell(c, u)
		return p
	}
	p.Theme, p.Density = rememberedLook(c)
	return p
}

func (s *Server) clock() views.Clock { return views.Clock{Now: s.Now(), Zone: s.Location} }

// seeOther sends the browser on after a write: 303, or for htmx, which would
// swap the answer of a redirect into the page, its own header.
func seeOther(c echo.Context, to string) error {
	if c.Request().Header.Get("HX-Request") == "true" {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// askToSignIn answers who is not signed in. A page leads to the login and back
// again; a part of one makes htmx do so, and anything else gets a plain 401.
func (s *Server) askToSignIn(c echo.Context) error {
	r := c.Request()
	switch {
	case r.Header.Get("HX-Request") == "true":
		c.Response().Header().Set("HX-Redirect", loginAddress(currentPath(r)))
		return c.NoContent(http.StatusUnauthorized)
	case r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
		return c.Redirect(http.StatusSeeOther, loginAddress(r.URL.RequestURI()))
	}
	return s.errorPage(c, problem{status: http.StatusUnauthorized})
}

func loginAddress(next string) string {
	if next = afterLogin(next); next == "/" {
		return "/login"
	}
	return "/login?" + url.Values{"next": {next}}.Encode()
}

// currentPath is the page that htmx is on, without its origin.
func currentPath(r *http.Request) string {
	u, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil {
		return "/"
	}
	return u.RequestURI()
}

// errorPage answers with the page of a status.
func (s *Server) errorPage(c echo.Context, p problem) error {
	if userOf(c).ID == "" && p.status == http.StatusNotFound {
		if _, err := s.recognise(c); err != nil { // the frame of the page is all that is lost
			s.Log.Debug("session not read", slog.String("request", requestID(c)), slog.Any("err", err))
		}
	}
	v := views.ErrorView{Status: p.status, Message: p.message, RequestID: requestID(c), RetryAfter: seconds(p.retry)}
	if v.Message == "" && len(p.fields) > 0 {
		v.Message = p.fields[0].Message
	}
	if partial(c) {
		return html(c, p.status, views.ErrorBody(v))
	}
	return html(c, p.status, views.Error(s.page(c, http.StatusText(p.status), ""), v))
}
