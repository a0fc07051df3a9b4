package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/bearer"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/staff"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views/access"
)

const accountPath = "/account"

// accountPage is what everybody may change about themselves.
func (s *Server) accountPage(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	return s.answerAccount(c, http.StatusOK, nil)
}

// answerAccount shows the page; change puts in what one of its forms has to
// say.
func (s *Server) answerAccount(c echo.Context, status int, change func(*access.AccountView)) error {
	ctx, u := c.Request().Context(), userOf(c)
	v := access.AccountView{Clock: s.clock(), User: u, Scopes: u.Allowed()}
	var err error
	if v.Sessions, err = s.sessionRows(c, u.ID); err != nil {
		return err
	}
	if v.Tokens, err = s.tokenRows(ctx, u.ID); err != nil {
		return err
	}
	since, left, err := s.staff.Factor(ctx, u.ID)
	if err != nil {
		return err
	}
	v.Factor = access.FactorState{Since: since, Left: left}
	if s.SSO != nil {
		v.Provider = s.SSOName
		if v.Bound, err = s.staff.Bound(ctx, u.ID); err != nil {
			return err
		}
	}
	if change != nil {
		change(&v)
	}
	return html(c, status, access.Account(s.page(c, "Your account", accountPath), v))
}

func (s *Server) changePassword(c echo.Context) error {
	f, err := readForm(c, "current", "password", "again")
	if err != nil {
		return err
	}
	faults := typedTwice(f.Get("password"), f.Get("again"))
	if len(faults) == 0 {
		if faults, err = faultsOf(s.checkOwn(c, f.Get("current"))); err != nil {
			return err
		}
	}
	if len(faults) == 0 {
		var u account.User
		u, err = s.staff.SetPassword(c.Request().Context(), s.actor(c), f.Get("password"))
		if faults, err = faultsOf(err); err != nil {
			return err
		}
		if len(faults) == 0 {
			return s.passwordChanged(c, u)
		}
	}
	return s.answerAccount(c, http.StatusUnprocessableEntity, func(v *access.AccountView) { v.PasswordErrors = faults })
}

// passwordChanged ends every session but this one, which gets a new token.
func (s *Server) passwordChanged(c echo.Context, u account.User) error {
	ctx := c.Request().Context()
	if old := s.sessions.cookie(c.Request()); old != "" {
		s.hub.End(old)
	}
	if _, err := s.sessions.revokeOthers(ctx, u.ID, ""); err != nil {
		return err
	}
	s.Log.Info("password changed", slog.String("request", requestID(c)), slog.String("user", string(u.ID)))
	s.flash(c, doneSaved, 60)
	who, _ := c.Get(keySession).(signed)
	return s.letIn(c, u, accountPath, way{proved: s.Now(), abroad: who.abroad, strong: who.abroad && !who.bare})
}

// onlyThis ends every session of who asks after something that outdated them
// all; this one goes on under a new token, bare if a second factor is missing.
func (s *Server) onlyThis(c echo.Context, bare bool) error {
	ctx := c.Request().Context()
	have, _ := c.Get(keySession).(signed)
	u, err := s.Store.Users().Get(ctx, have.ID)
	if err != nil {
		return err
	}
	s.hub.End(s.sessions.token(ctx))
	if _, err := s.sessions.revokeOthers(ctx, u.ID, ""); err != nil {
		return err
	}
	have.bare = bare
	at := place{IP: c.RealIP(), Agent: cut(c.Request().UserAgent(), 200), Born: have.born}
	return s.sessions.as(ctx, c.Response(), have.session, u, at)
}

// factorPage sets a second factor up, or shows that there is one.
func (s *Server) factorPage(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	since, left, err := s.staff.Factor(ctx, u.ID)
	if err != nil {
		return err
	}
	v := access.FactorView{State: access.FactorState{Since: since, Left: left}, Clock: s.clock(), Demanded: bareSession(c)}
	if since.IsZero() {
		if v.Address, v.Seed, err = s.staff.NewFactor(ctx, u, factorIssuer); err != nil {
			return err
		}
	}
	return html(c, http.StatusOK, access.Factor(s.page(c, "Second factor", accountPath), v))
}

// factorIssuer names the desk in authenticator apps.
const factorIssuer = "Palmonas"

func bareSession(c echo.Context) bool {
	who, _ := c.Get(keySession).(signed)
	return who.bare
}

// confirmFactor ends setting up, and shows the recovery codes this once.
func (s *Server) confirmFactor(c echo.Context) error {
	f, err := readForm(c, "code")
	if err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	codes, err := s.staff.ConfirmFactor(ctx, s.actor(c), cut(f.Get("code"), 64))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return seeOther(c, factorPath)
	case err != nil && !errors.Is(err, staff.ErrCode):
		return err
	case err != nil:
		faults := order.FieldErrors{{Field: "code", Message: "This code is not valid. Check the time of your phone and take the next one."}}
		seed, err := s.staff.PendingSeed(ctx, u.ID)
		if err != nil {
			return err
		}
		v := access.FactorView{Clock: s.clock(), Seed: seed, Address: staff.FactorAddress(u, factorIssuer, seed), Errors: faults, Demanded: bareSession(c)}
		return html(c, http.StatusUnprocessableEntity, access.Factor(s.page(c, "Second factor", accountPath), v))
	}
	if err := s.onlyThis(c, false); err != nil {
		return err
	}
	return html(c, http.StatusOK, access.Recovery(s.page(c, "Recovery codes", accountPath), codes))
}

func (s *Server) removeFactor(c echo.Context) error {
	if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) { // an empty post has no content type
		return err
	}
	ctx := c.Request().Context()
	if err := s.staff.RemoveFactor(ctx, s.actor(c), userOf(c).ID); err != nil {
		return err
	}
	rules, err := s.staff.Rules(ctx)
	if err != nil {
		return err
	}
	if err := s.onlyThis(c, rules.Factor); err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, accountPath)
}

// endSession ends one of one's own sessions, or all others.
func (s *Server) endSession(c echo.Context) error {
	f, err := readForm(c, "session")
	if err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	if name := f.Get("session"); name == "others" {
		_, err = s.sessions.revokeOthers(ctx, u.ID, s.sessions.token(ctx))
	} else {
		err = s.sessions.revoke(ctx, u.ID, name)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) { // one that ended by itself is as good
		return err
	}
	if err := s.audit(c, account.Entry{Action: "user.sessions", Object: "user:" + string(u.ID), Note: "own sessions ended"}); err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, accountPath)
}

// createToken makes a personal access token and shows it, this once.
func (s *Server) createToken(c echo.Context) error {
	f, err := readForm(c, "name", "days", "scope*")
	if err != nil {
		return err
	}
	var faults order.FieldErrors
	days, bad := strconv.Atoi(f.Get("days"))
	if bad != nil || days < 1 || time.Duration(days)*24*time.Hour > bearer.MaxAge {
		faults = append(faults, order.FieldError{Field: "days", Message: "From 1 to 366 days."})
	}
	var scopes []account.Permission
	for _, p := range f["scope"] {
		scopes = append(scopes, account.Permission(p))
	}
	ctx, u := c.Request().Context(), userOf(c)
	if len(faults) == 0 {
		text, t, err := s.tokens.Create(ctx, u, f.Get("name"), scopes, s.Now().Add(time.Duration(days)*24*time.Hour))
		if err == nil {
			if err := s.audit(c, account.Entry{Action: "token.create", Object: "user:" + string(u.ID), Note: "token " + t.ID}); err != nil {
				return err
			}
			return s.answerAccount(c, http.StatusCreated, func(v *access.AccountView) { v.NewToken = text })
		}
		if faults, err = faultsOf(err); err != nil {
			return err
		}
	}
	return s.answerAccount(c, http.StatusUnprocessableEntity, func(v *access.AccountView) {
		v.TokenErrors, v.TokenName, v.TokenDays, v.TokenScopes = faults, cut(f.Get("name"), 400), cut(f.Get("days"), 9), scopes
	})
}

func (s *Server) revokeToken(c echo.Context) error {
	if _, err := readForm(c, "revoke"); err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	id, err := url.PathUnescape(c.Param("token"))
	if err != nil {
		return errUnreadable
	}
	if err := s.tokens.Revoke(ctx, u.ID, id); err != nil {
		return err
	}
	if err := s.audit(c, account.Entry{Action: "token.revoke", Object: "user:" + string(u.ID), Note: "token " + id}); err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, accountPath)
}
