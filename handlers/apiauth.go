package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/bearer"
	"github.com/palmonas/palmonas-crm/order/orderjson"
	"github.com/palmonas/palmonas-crm/staff"
)

// The JSON API knows who asks by a bearer token alone. A session cookie gives
// no powers there: a browser adds cookies to requests that other sites start,
// but never an Authorization header, so that nothing under /api needs a defence
// against forged requests, and nobody can weaken it by forgetting one.

// bearerOf is the token that a request of the API came with.
func bearerOf(c echo.Context) bearer.Bearer {
	b, _ := c.Get(keyBearer).(bearer.Bearer)
	return b
}

// bearerText is the token of a request, or empty. It is looked for in the
// Authorization header only: addresses end up in logs and histories.
func bearerText(r *http.Request) string {
	all := r.Header.Values("Authorization")
	if len(all) != 1 {
		return ""
	}
	scheme, text, ok := strings.Cut(all[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(text)
}

// admitBearer finds out whose token a request carries and refuses those who
// lack what the route needs, or have asked too much.
func (s *Server) admitBearer(c echo.Context, r route) error {
	text := bearerText(c.Request())
	if text == "" {
		return errNoToken
	}
	b, err := s.tokens.Check(c.Request().Context(), text)
	if errors.Is(err, bearer.ErrInvalid) {
		s.Log.Warn("token refused", slog.String("request", requestID(c)), slog.String("ip", c.RealIP()))
	}
	if err != nil {
		return err
	}
	c.Set(keyBearer, b)
	c.Set(keySession, signed{User: b.User})
	p, is := strings.CutPrefix(string(r.need), "may ")
	if is && !b.User.May(account.Permission(p)) {
		if err := s.spend(c, 1); err != nil {
			return err
		}
		return s.refused(c, p)
	}
	return s.spend(c, max(r.cost, 1))
}

// refused logs that somebody lacks a permission.
func (s *Server) refused(c echo.Context, permission string) error {
	s.Log.Warn("refused", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("permission", permission))
	return errForbidden
}

// loginBody is what POST /api/auth/login takes.
type loginBody struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Code     string `json:"code"` // of the second factor, for accounts that have one
}

// apiLogin gives a token for an address and its password, with the same
// patience and the same one answer as the sign-in page; accounts with a second
// factor send its code along.
func (s *Server) apiLogin(c echo.Context) error {
	var in loginBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	if faults := loginFaults(in.Email, in.Password); len(faults) > 0 {
		return faults
	}
	u, err := s.logins.check(c.Request().Context(), s.Store.Users(), in.Email, in.Password, c.RealIP())
	if errors.Is(err, errWrong) {
		s.Log.Warn("sign-in refused", slog.String("request", requestID(c)), slog.String("ip", c.RealIP()))
	}
	if err != nil {
		return err
	}
	if err := s.apiFactor(c, u, in.Code); err != nil {
		return err
	}
	token, expires, err := s.tokens.Begin(u)
	if err != nil {
		return err
	}
	s.Log.Info("signed in", slog.String("request", requestID(c)), slog.String("user", string(u.ID)), slog.String("ip", c.RealIP()), slog.String("via", "api"))
	return c.JSON(http.StatusOK, map[string]any{"token": token, "expiresAt": expires, "user": asUserJSON(u)})
}

// apiFactor checks the second factor of who has given the right password.
func (s *Server) apiFactor(c echo.Context, u account.User, code string) error {
	ctx := c.Request().Context()
	since, _, err := s.staff.Factor(ctx, u.ID)
	if err != nil {
		return err
	}
	if since.IsZero() {
		rules, err := s.staff.Rules(ctx)
		if err == nil && rules.Factor {
			err = errFactor
		}
		return err
	}
	if code == "" {
		return fieldFault("code", "This account has a second factor. Send its code too.")
	}
	wait, hold := s.logins.begin("code "+string(u.ID), c.RealIP())
	if wait > 0 {
		return &busyError{http.StatusTooManyRequests, "Too many attempts. Wait a little, then try again.", wait}
	}
	if err := s.logins.sleep(ctx, hold); err != nil {
		return err
	}
	switch err := s.staff.CheckFactor(ctx, u.ID, cut(code, 64)); {
	case errors.Is(err, staff.ErrCode):
		return fieldFault("code", "This code is not valid. Each code counts once.")
	case err != nil:
		return err
	}
	s.logins.success("code "+string(u.ID), c.RealIP())
	return nil
}

// apiLogout ends the token that the request came with.
func (s *Server) apiLogout(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	if err := s.tokens.End(c.Request().Context(), bearerOf(c)); err != nil {
		return err
	}
	s.Log.Info("signed out", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("via", "api"))
	return c.NoContent(http.StatusNoContent)
}

// tokenJSON says what a token is, never the token.
type tokenJSON struct {
	ID         string               `json:"id"`
	Kind       bearer.Kind          `json:"kind"`
	Name       string               `json:"name,omitempty"`
	Scopes     []account.Permission `json:"scopes,omitempty"`
	CreatedAt  orderjson.Time       `json:"createdAt,omitzero"`
	ExpiresAt  orderjson.Time       `json:"expiresAt"`
	LastUsedAt orderjson.Time       `json:"lastUsedAt,omitzero"`
}

// apiMe says who asks, with which token, and what they may do with it.
func (s *Server) apiMe(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	b := bearerOf(c)
	u, err := s.Store.Users().Get(c.Request().Context(), b.User.ID)
	if err != nil {
		return err
	}
	out := asUserJSON(u)
	out.Permissions = b.User.Allowed() // with this token
	return c.JSON(http.StatusOK, map[string]any{"user": out,
		"token": tokenJSON{ID: b.ID, Kind: b.Kind, Scopes: b.Scopes, ExpiresAt: orderjson.Time{Time: b.Expires}}})
}

// registerBody is what POST /api/auth/register takes.
type registerBody struct {
	Email    string       `json:"email"`
	Name     string       `json:"name"`
	Role     account.Role `json:"role"`
	Password string       `json:"password"`
}

// apiRegister adds a user. Without a password it makes one and tells it once.
func (s *Server) apiRegister(c echo.Context) error {
	var in registerBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	u, password, err := s.staff.Add(c.Request().Context(), s.actor(c), staff.New{Email: in.Email, Name: in.Name, Role: in.Role, Password: in.Password})
	if err != nil {
		return err
	}
	out := map[string]any{"user": asUserJSON(u)}
	if in.Password == "" {
		out["password"] = password
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/users/"+string(u.ID))
	return c.JSON(http.StatusCreated, out)
}

// actor is who makes a change, for the audit.
func (s *Server) actor(c echo.Context) staff.Actor {
	via := "page"
	if bearerOf(c).ID != "" {
		via = "api"
	}
	return staff.Actor{User: userOf(c), Via: via, IP: c.RealIP(), Ref: requestID(c)}
}
