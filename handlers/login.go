package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// maxPassword is far above what the policy takes; longer is not hashed.
const maxPassword = 1024

func (s *Server) loginPage(c echo.Context) error {
	q, err := readQuery(c, "next", "out", "chosen", "sso")
	if err != nil {
		return err
	}
	if userOf(c).ID != "" {
		return c.Redirect(http.StatusSeeOther, afterLogin(q.Get("next")))
	}
	v := views.LoginView{Next: afterLogin(q.Get("next"))}
	if q.Has("out") {
		v.Notice = "You have signed out."
		v.Leave = q.Get("out") == outAbroad && s.SSO != nil
	}
	v.Message = ssoMessage(q.Get("sso"))
	if q.Has("chosen") {
		v.Notice = "The password is set. Sign in with it."
	}
	return s.loginForm(c, http.StatusOK, v)
}

func (s *Server) loginForm(c echo.Context, status int, v views.LoginView) error {
	if s.SSO != nil {
		v.Provider = s.SSOName
	}
	return html(c, status, views.Login(s.page(c, "Sign in", ""), v))
}

func (s *Server) login(c echo.Context) error {
	f, err := readForm(c, "email", "password", "next")
	if err != nil {
		return err
	}
	email, password := f.Get("email"), f.Get("password")
	v := views.LoginView{Email: cut(email, 254), Next: afterLogin(f.Get("next"))}
	if v.Errors = loginFaults(email, password); len(v.Errors) > 0 {
		return s.loginForm(c, http.StatusUnprocessableEntity, v)
	}
	ctx := c.Request().Context()
	u, err := s.logins.check(ctx, s.Store.Users(), email, password, c.RealIP())
	var busy *busyError
	switch {
	case errors.Is(err, errWrong):
		s.Log.Warn("sign-in refused", slog.String("request", requestID(c)), slog.String("ip", c.RealIP()))
		v.Message = "E-mail or password is wrong."
		return s.loginForm(c, http.StatusUnprocessableEntity, v)
	case errors.As(err, &busy):
		s.Log.Warn("sign-in put off", slog.String("request", requestID(c)), slog.String("ip", c.RealIP()), slog.Int("status", busy.status))
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds(busy.retry)))
		v.Message = busy.what
		return s.loginForm(c, busy.status, v)
	case err != nil:
		return err
	}
	if old := s.sessions.cookie(c.Request()); old != "" {
		s.hub.End(old)
	}
	return s.afterFirst(c, u, v.Next, way{proved: s.Now()})
}

// way is how somebody came in.
type way struct {
	proved time.Time // when they proved to be there
	abroad bool      // at the provider of single sign-on
	strong bool      // which asked for a second factor
}

// afterFirst goes on behind the first proof: to the second factor of who has
// one, unless the provider asked for one of its own.
func (s *Server) afterFirst(c echo.Context, u account.User, next string, by way) error {
	ctx := c.Request().Context()
	since, _, err := s.staff.Factor(ctx, u.ID)
	if err != nil {
		return err
	}
	if !since.IsZero() && !by.strong {
		if err := s.sessions.await(ctx, c.Response(), u, next, by.abroad); err != nil {
			return err
		}
		return seeOther(c, "/login/code")
	}
	return s.letIn(c, u, next, by)
}

// letIn begins a session and leads on. Who must have a second factor and has
// none sets it up first.
func (s *Server) letIn(c echo.Context, u account.User, next string, by way) error {
	ctx := c.Request().Context()
	at := place{IP: c.RealIP(), Agent: cut(c.Request().UserAgent(), 200), proved: by.proved, abroad: by.abroad}
	rules, err := s.staff.Rules(ctx)
	if err != nil {
		return err
	}
	if rules.Factor && !by.strong {
		since, _, err := s.staff.Factor(ctx, u.ID)
		if err != nil {
			return err
		}
		at.bare = since.IsZero()
	}
	if err := s.sessions.start(ctx, c.Response(), u, at); err != nil {
		return err
	}
	s.Log.Info("signed in", slog.String("request", requestID(c)), slog.String("user", string(u.ID)), slog.String("ip", c.RealIP()))
	if at.bare {
		next = factorPath
	}
	return seeOther(c, next)
}

func loginFaults(email, password string) (faults order.FieldErrors) {
	if _, err := account.NormaliseEmail(email); err != nil {
		faults = append(faults, order.FieldError{Field: "email", Message: "Enter your e-mail address."})
	}
	switch {
	case password == "":
		faults = append(faults, order.FieldError{Field: "password", Message: "Enter your password."})
	case len(password) > maxPassword:
		faults = append(faults, order.FieldError{Field: "password", Message: "This is too long to be your password."})
	}
	return faults
}

// cut shortens what is shown back to whoever sent it.
func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// logout ends the session and its streams, and asks the browser to forget what
// it showed. It works without a session too.
func (s *Server) logout(c echo.Context) error {
	if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) {
		return err // an empty post has no content type
	}
	out := "1"
	if who, _ := c.Get(keySession).(signed); who.abroad {
		out = outAbroad
	}
	if token := s.sessions.cookie(c.Request()); token != "" {
		s.hub.End(token)
		if err := s.sessions.end(c.Request().Context(), c.Response()); err != nil {
			return err
		}
	}
	if u := userOf(c); u.ID != "" {
		s.Log.Info("signed out", slog.String("request", requestID(c)), slog.String("user", string(u.ID)))
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return seeOther(c, "/login?out="+out)
}
