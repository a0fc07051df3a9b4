package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/bearer"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/orderjson"
	"github.com/palmonas/palmonas-crm/outbound"
	"github.com/palmonas/palmonas-crm/staff"
)

// userJSON is a user as the API tells of one.
type userJSON struct {
	ID          account.ID           `json:"id"`
	Email       string               `json:"email"`
	Name        string               `json:"name"`
	Role        account.Role         `json:"role"`
	Granted     []account.Permission `json:"granted"`
	Denied      []account.Permission `json:"denied"`
	Permissions []account.Permission `json:"permissions"`
	Channels    []string             `json:"channels"`
	Disabled    bool                 `json:"disabled"`
	LastLoginAt orderjson.Time       `json:"lastLoginAt"`
	Version     int64                `json:"version"`
	CreatedAt   orderjson.Time       `json:"createdAt"`
	UpdatedAt   orderjson.Time       `json:"updatedAt"`
}

func asUserJSON(u account.User) userJSON {
	some := func(list []account.Permission) []account.Permission {
		return append([]account.Permission{}, list...) // an empty list, never null
	}
	return userJSON{ID: u.ID, Email: u.Email, Name: u.Name, Role: u.Role, Granted: some(u.Granted), Denied: some(u.Denied),
		Permissions: some(u.Allowed()), Channels: append([]string{}, u.Channels...), Disabled: u.Disabled, LastLoginAt: orderjson.Time{Time: u.LastLoginAt}, Version: u.Version,
		CreatedAt: orderjson.Time{Time: u.CreatedAt}, UpdatedAt: orderjson.Time{Time: u.UpdatedAt}}
}

func (s *Server) apiListUsers(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	all, err := s.Store.Users().List(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]userJSON, len(all))
	for i, u := range all {
		out[i] = asUserJSON(u)
	}
	return c.JSON(http.StatusOK, map[string]any{"users": out})
}

func (s *Server) apiUser(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	u, err := s.Store.Users().Get(c.Request().Context(), account.ID(c.Param("id")))
	if err != nil {
		return err
	}
	return withTag(c, http.StatusOK, u.Version, asUserJSON(u))
}

// userBody is what PUT /api/users/:id takes. A member that is left out stays
// as it is.
type userBody struct {
	Name     *string               `json:"name"`
	Role     *account.Role         `json:"role"`
	Granted  *[]account.Permission `json:"granted"`
	Denied   *[]account.Permission `json:"denied"`
	Disabled *bool                 `json:"disabled"`
	Channels *[]string             `json:"channels"`
	Version  int64                 `json:"version"`
}

func (s *Server) apiChangeUser(c echo.Context) error {
	var in userBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	return s.apiStaffChange(c, in.Version, staff.Change{Name: in.Name, Role: in.Role, Granted: in.Granted, Denied: in.Denied, Disabled: in.Disabled, Channels: in.Channels})
}

// apiDeleteUser ends an account for good: nobody signs in with it any more, and
// its sessions and tokens end at once. The record itself stays, since orders
// and the audit name it.
func (s *Server) apiDeleteUser(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	disabled := true
	return s.apiStaffChange(c, 0, staff.Change{Disabled: &disabled})
}

func (s *Server) apiStaffChange(c echo.Context, version int64, change staff.Change) error {
	version, err := seenVersion(c, version)
	if err != nil {
		return err
	}
	u, err := s.staff.Change(c.Request().Context(), s.actor(c), account.ID(c.Param("id")), version, change)
	if err != nil {
		return staleTag(c, err)
	}
	if c.Request().Method == http.MethodDelete {
		return c.NoContent(http.StatusNoContent)
	}
	return withTag(c, http.StatusOK, u.Version, asUserJSON(u))
}

// apiListTokens lists the personal access tokens of who asks.
func (s *Server) apiListTokens(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	all, err := s.tokens.List(c.Request().Context(), userOf(c).ID)
	if err != nil {
		return err
	}
	out := make([]tokenJSON, len(all))
	for i, t := range all {
		out[i] = asTokenJSON(t)
	}
	return c.JSON(http.StatusOK, map[string]any{"tokens": out})
}

func asTokenJSON(t bearer.Token) tokenJSON {
	return tokenJSON{ID: t.ID, Kind: bearer.Personal, Name: t.Name, Scopes: t.Scopes,
		CreatedAt: orderjson.Time{Time: t.Created}, ExpiresAt: orderjson.Time{Time: t.Expires}, LastUsedAt: orderjson.Time{Time: t.LastUsed}}
}

// tokenBody is what POST /api/tokens takes.
type tokenBody struct {
	Name      string               `json:"name"`
	Scopes    []account.Permission `json:"scopes"`
	ExpiresAt time.Time            `json:"expiresAt"`
}

// errNeedsLogin says that a personal token cannot do what needs its owner.
var errNeedsLogin = errors.New("this needs the token of a login")

// apiCreateToken makes a personal access token. Only a login's token may: one
// that leaked could otherwise make itself successors.
func (s *Server) apiCreateToken(c echo.Context) error {
	if bearerOf(c).Kind != bearer.Login {
		return errNeedsLogin
	}
	var in tokenBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	text, t, err := s.tokens.Create(c.Request().Context(), userOf(c), in.Name, in.Scopes, in.ExpiresAt)
	if err != nil {
		return err
	}
	if err := s.noteToken(c, "token.create", t.ID); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"token": text, "details": asTokenJSON(t)})
}

func (s *Server) apiRevokeToken(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	b, id := bearerOf(c), c.Param("id")
	if b.Kind != bearer.Login && b.ID != id {
		return errNeedsLogin
	}
	if err := s.tokens.Revoke(c.Request().Context(), b.User.ID, id); err != nil {
		return err
	}
	if err := s.noteToken(c, "token.revoke", id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) noteToken(c echo.Context, action, id string) error {
	s.Log.Info("token changed", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("what", action))
	return s.audit(c, account.Entry{Action: action, Object: "token:" + id})
}

// staleTag is err, but 412 where a request with If-Match came too late: that
// is what HTTP says, and who sends a version in the body gets the 409 of it.
func staleTag(c echo.Context, err error) error {
	stale := errors.Is(err, order.ErrStale) || errors.Is(err, staff.ErrStale) || errors.Is(err, outbound.ErrStale)
	if stale && c.Request().Header.Get("If-Match") != "" {
		return errStaleTag
	}
	return err
}
