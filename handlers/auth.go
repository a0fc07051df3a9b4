package handlers

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// signed is a request's session together with its user.
type signed struct {
	session
	account.User
}

// userOf is who asks; the zero User when nobody is signed in.
func userOf(c echo.Context) account.User {
	s, _ := c.Get(keySession).(signed)
	return s.User
}

// admit finds out who asks and refuses those who lack what the route needs.
func (s *Server) admit(c echo.Context, r route) error {
	if r.anonymous {
		return nil
	}
	if r.bearer {
		return s.admitBearer(c, r)
	}
	u, err := s.recognise(c)
	if err != nil {
		return err
	}
	if u.ID != "" && !unasked(c, r) {
		if err := s.sessions.touch(c.Request().Context(), u.session); err != nil {
			return err
		}
	}
	switch p, isPermission := strings.CutPrefix(string(r.need), "may "); {
	case r.need == anyone:
		return nil
	case u.ID == "":
		return errSignIn
	case u.bare && r.path != factorPath:
		return errFactor
	case isPermission && !u.May(account.Permission(p)):
		return s.refused(c, p)
	}
	return nil
}

// unasked reports whether the page makes this request by itself. htmx names
// the element that a person used; app.js, which follows the stream of changes,
// names none. Such requests keep no session alive.
func unasked(c echo.Context, r route) bool {
	return r.stream || partial(c) && (r.passive || c.Request().Header.Get("HX-Source") == "")
}

// recognise reads the session of a request and its user into the context; it
// finds nobody when there is no session that holds.
func (s *Server) recognise(c echo.Context) (signed, error) {
	ctx, have, err := s.sessions.load(c.Request())
	if err != nil {
		return signed{}, err
	}
	c.SetRequest(c.Request().WithContext(ctx))
	u, err := s.userFor(c, have)
	if err != nil || u.ID == "" {
		return signed{}, err
	}
	who := signed{have, u}
	c.Set(keySession, who)
	return who, nil
}

// userFor reads the user of a session; the zero User when the session does not
// hold any more: its user is gone or disabled, or got a new role or password.
func (s *Server) userFor(c echo.Context, have session) (account.User, error) {
	if have.user == "" {
		return account.User{}, nil
	}
	u, err := s.Store.Users().Get(c.Request().Context(), have.user)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return account.User{}, nil
	case err != nil:
		return account.User{}, err
	case u.Disabled || u.Epoch != have.epoch:
		return account.User{}, nil
	}
	return u, nil
}

// still reports whether the session of an open stream would be let in now. It
// reads the session again, since it may have ended in another process.
func (s *Server) still(c echo.Context) bool {
	was, _ := c.Get(keySession).(signed)
	ctx, cancel := context.WithTimeout(context.Background(), requestTime) // a context of its own: the request's carries the session as it was
	defer cancel()
	_, have, err := s.sessions.load(c.Request().WithContext(ctx))
	if err != nil {
		return false
	}
	u, err := s.userFor(c, have)
	return err == nil && u.ID == was.ID && u.Role == was.Role &&
		slices.Equal(u.Granted, was.Granted) && slices.Equal(u.Denied, was.Denied) && slices.Equal(u.Channels, was.Channels)
}
