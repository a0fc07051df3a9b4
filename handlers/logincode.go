package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/staff"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views/access"
)

const (
	factorPath = "/account/factor"
	againPath  = "/login"
)

// codePage asks for the second factor of somebody whose password was right.
func (s *Server) codePage(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	_, id, _, _, err := s.sessions.pending(c.Request())
	if err != nil {
		return err
	}
	if id == "" {
		return c.Redirect(http.StatusSeeOther, againPath)
	}
	return html(c, http.StatusOK, access.Code(s.page(c, "Second factor", ""), access.CodeView{}))
}

// enterCode ends signing in. Guesses are slowed down like those of passwords.
func (s *Server) enterCode(c echo.Context) error {
	f, err := readForm(c, "code")
	if err != nil {
		return err
	}
	ctx, id, epoch, next, err := s.sessions.pending(c.Request())
	if err != nil {
		return err
	}
	if id == "" {
		return seeOther(c, againPath)
	}
	c.SetRequest(c.Request().WithContext(ctx))
	again := func(status int, message string) error {
		return html(c, status, access.Code(s.page(c, "Second factor", ""), access.CodeView{Error: message}))
	}
	key := "code " + string(id)
	if wait, hold := s.logins.begin(key, c.RealIP()); wait > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds(wait)))
		return again(http.StatusTooManyRequests, "Too many attempts. Wait a little, then try again.")
	} else if hold > 0 {
		if err := s.logins.sleep(ctx, hold); err != nil {
			return err
		}
	}
	u, err := s.Store.Users().Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && (u.Disabled || u.Epoch != epoch) {
		return seeOther(c, againPath)
	}
	if err != nil {
		return err
	}
	switch err := s.staff.CheckFactor(ctx, id, cut(f.Get("code"), 64)); {
	case errors.Is(err, staff.ErrCode):
		s.Log.Warn("second factor refused", slog.String("request", requestID(c)), slog.String("user", string(id)), slog.String("ip", c.RealIP()))
		return again(http.StatusUnprocessableEntity, "This code is not valid. Each code counts once; wait for the next one.")
	case err != nil:
		return err
	}
	s.logins.success(key, c.RealIP())
	return s.letIn(c, u, afterLogin(next), way{proved: s.Now(), abroad: s.sessions.awaitedAbroad(ctx), strong: true})
}

// checkOwn asks for the password of who is signed in, before what they change
// could let others in. Wrong ones count as guesses.
func (s *Server) checkOwn(c echo.Context, password string) error {
	u := userOf(c)
	if password == "" || len(password) > maxPassword {
		return fieldFault("current", "Enter your current password.")
	}
	_, _, err := s.logins.verify(c.Request().Context(), s.Store.Users(), u.Email, password, c.RealIP())
	if errors.Is(err, errWrong) {
		return fieldFault("current", "This is not your password.")
	}
	return err
}

// faultsOf are the messages at fields in an error, or the error.
func faultsOf(err error) (order.FieldErrors, error) {
	var faults order.FieldErrors
	if errors.As(err, &faults) {
		return faults, nil
	}
	return nil, err
}

// linkPage is where a one-time link leads: choose a password.
func (s *Server) linkPage(c echo.Context) error {
	u, err := s.staff.Linked(c.Request().Context(), c.Param("secret"))
	if err != nil {
		return s.deadLink(c, err)
	}
	return html(c, http.StatusOK, access.Welcome(s.page(c, "Choose a password", ""), welcomeView(u)))
}

func welcomeView(u account.User) access.WelcomeView {
	return access.WelcomeView{Email: u.Email, Name: u.Name, New: u.PasswordHash == ""}
}

func (s *Server) deadLink(c echo.Context, err error) error {
	if !errors.Is(err, staff.ErrLink) {
		return err
	}
	return s.errorPage(c, problem{status: http.StatusNotFound,
		message: "This link was used already, is too old, or was replaced by a newer one. Ask an administrator for another."})
}

func (s *Server) useLink(c echo.Context) error {
	f, err := readForm(c, "password", "again")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	u, err := s.staff.Linked(ctx, c.Param("secret"))
	if err != nil {
		return s.deadLink(c, err)
	}
	v := welcomeView(u)
	if v.Errors = typedTwice(f.Get("password"), f.Get("again")); len(v.Errors) == 0 {
		_, err = s.staff.UseLink(ctx, s.actor(c), c.Param("secret"), f.Get("password"))
		if v.Errors, err = faultsOf(err); err != nil {
			return s.deadLink(c, err)
		}
	}
	if len(v.Errors) > 0 {
		return html(c, http.StatusUnprocessableEntity, access.Welcome(s.page(c, "Choose a password", ""), v))
	}
	s.Log.Info("password chosen by link", slog.String("request", requestID(c)), slog.String("user", string(u.ID)))
	return seeOther(c, "/login?chosen=1")
}

func typedTwice(password, again string) order.FieldErrors {
	switch {
	case password == "":
		return order.FieldErrors{{Field: "password", Message: "Choose a password."}}
	case password != again:
		return order.FieldErrors{{Field: "again", Message: "The two differ."}}
	}
	return nil
}

// setupPage makes the first administrator; afterwards there is no such page.
func (s *Server) setupPage(c echo.Context) error {
	if err := s.staff.CheckSetup(c.Request().Context(), c.Param("secret")); err != nil {
		return s.noSetup(err)
	}
	return html(c, http.StatusOK, access.Setup(s.page(c, "First administrator", ""), access.SetupView{}))
}

func (s *Server) noSetup(err error) error {
	if errors.Is(err, staff.ErrLink) {
		return errGone
	}
	return err
}

func (s *Server) setup(c echo.Context) error {
	f, err := readForm(c, "email", "name", "password", "again")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.staff.CheckSetup(ctx, c.Param("secret")); err != nil {
		return s.noSetup(err)
	}
	v := access.SetupView{Email: cut(f.Get("email"), 254), Name: cut(f.Get("name"), 400)}
	if v.Errors = typedTwice(f.Get("password"), f.Get("again")); len(v.Errors) == 0 {
		u, err := s.staff.Setup(ctx, s.actor(c), c.Param("secret"), staff.New{Email: v.Email, Name: v.Name, Password: f.Get("password")})
		if err == nil {
			s.Log.Info("first administrator added", slog.String("request", requestID(c)), slog.String("user", string(u.ID)))
			return seeOther(c, "/login?chosen=1")
		}
		if v.Errors, err = faultsOf(err); err != nil {
			return s.noSetup(err)
		}
	}
	return html(c, http.StatusUnprocessableEntity, access.Setup(s.page(c, "First administrator", ""), v))
}
