package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/staff"
	"github.com/palmonas/palmonas-crm/views/access"
)

func (s *Server) listUsers(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	ctx := c.Request().Context()
	all, err := s.Store.Users().List(ctx)
	if err != nil {
		return err
	}
	v := access.UsersView{Clock: s.clock(), Self: userOf(c).ID}
	if v.Rules, err = s.rulesView(c); err != nil {
		return err
	}
	for _, u := range all {
		since, _, err := s.staff.Factor(ctx, u.ID)
		if err != nil {
			return err
		}
		v.Users = append(v.Users, access.UserRow{User: u, Factor: !since.IsZero()})
	}
	return html(c, http.StatusOK, access.Users(s.page(c, "Users", "/users"), v))
}

func (s *Server) rulesView(c echo.Context) (access.RulesView, error) {
	r, err := s.staff.Rules(c.Request().Context())
	return access.RulesView{Factor: r.Factor, Allowed: userOf(c).May(account.SettingsManage)}, err
}

func (s *Server) saveRules(c echo.Context) error {
	f, err := readForm(c, "factor")
	if err != nil {
		return err
	}
	if err := s.staff.SetRules(c.Request().Context(), s.actor(c), staff.Rules{Factor: f.Get("factor") == "on"}); err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, "/users")
}

func (s *Server) newUser(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	return html(c, http.StatusOK, access.NewUser(s.page(c, "Add a user", "/users"), access.NewUserView{Role: account.Support}))
}

func (s *Server) createUser(c echo.Context) error {
	f, err := readForm(c, "email", "name", "role")
	if err != nil {
		return err
	}
	n := staff.New{Email: f.Get("email"), Name: f.Get("name"), Role: account.Role(f.Get("role")), ByLink: true}
	ctx := c.Request().Context()
	u, _, err := s.staff.Add(ctx, s.actor(c), n)
	faults, err := faultsOf(err)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		v := access.NewUserView{Email: cut(n.Email, 254), Name: cut(n.Name, 400), Role: n.Role, Errors: faults}
		return html(c, http.StatusUnprocessableEntity, access.NewUser(s.page(c, "Add a user", "/users"), v))
	}
	return s.showLink(c, http.StatusCreated, u)
}

// showLink makes a one-time link and shows it, this once.
func (s *Server) showLink(c echo.Context, status int, u account.User) error {
	secret, until, err := s.staff.Link(c.Request().Context(), s.actor(c), u.ID)
	if err != nil {
		return err
	}
	v := access.LinkView{Clock: s.clock(), User: u, Address: s.PublicURL.JoinPath("welcome", secret).String(), Until: until}
	return html(c, status, access.Link(s.page(c, "Link for "+u.Name, "/users"), v))
}

func (s *Server) linkUser(c echo.Context) error {
	if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) {
		return err
	}
	u, err := s.Store.Users().Get(c.Request().Context(), account.ID(c.Param("id")))
	if err != nil {
		return err
	}
	return s.showLink(c, http.StatusOK, u)
}

func (s *Server) showUser(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	v, err := s.userView(c)
	if err != nil {
		return err
	}
	return html(c, http.StatusOK, access.User(s.page(c, v.User.Name, "/users"), v))
}

func (s *Server) userView(c echo.Context) (access.UserView, error) {
	ctx := c.Request().Context()
	u, err := s.Store.Users().Get(ctx, account.ID(c.Param("id")))
	if err != nil {
		return access.UserView{}, err
	}
	v := access.UserView{Clock: s.clock(), User: u, Self: u.ID == userOf(c).ID, Version: u.Version,
		Name: u.Name, Role: u.Role, Grants: map[account.Permission]string{}}
	for _, p := range u.Granted {
		v.Grants[p] = access.Grant
	}
	for _, p := range u.Denied {
		v.Grants[p] = access.Deny
	}
	if v.Channels, err = s.scopeChoices(ctx, u.Channels); err != nil {
		return v, err
	}
	if v.Sessions, err = s.sessionRows(c, u.ID); err != nil {
		return v, err
	}
	if v.Tokens, err = s.tokenRows(ctx, u.ID); err != nil {
		return v, err
	}
	since, left, err := s.staff.Factor(ctx, u.ID)
	v.Factor = access.FactorState{Since: since, Left: left}
	if err == nil {
		v.Bound, err = s.staff.Bound(ctx, u.ID)
	}
	return v, err
}

// saveUser changes name, role and single permissions.
func (s *Server) saveUser(c echo.Context) error {
	fields := []string{"name", "role", "version", "channel*"}
	for _, p := range account.Permissions() {
		fields = append(fields, "p."+string(p))
	}
	f, err := readForm(c, fields...)
	if err != nil {
		return err
	}
	change, version, faults := readUserChange(f)
	if len(faults) == 0 {
		_, err = s.staff.Change(c.Request().Context(), s.actor(c), account.ID(c.Param("id")), version, change)
		if faults, err = faultsOf(err); err != nil {
			return err
		}
	}
	if len(faults) == 0 {
		s.flash(c, doneSaved, 60)
		return seeOther(c, "/users/"+url.PathEscape(c.Param("id")))
	}
	v, err := s.userView(c)
	if err != nil {
		return err
	}
	v.Name, v.Role, v.Version, v.Errors = cut(f.Get("name"), 400), account.Role(f.Get("role")), version, faults
	if v.Channels, err = s.scopeChoices(c.Request().Context(), f["channel"]); err != nil {
		return err
	}
	v.Grants = map[account.Permission]string{}
	for _, p := range account.Permissions() {
		v.Grants[p] = f.Get("p." + string(p))
	}
	return html(c, http.StatusUnprocessableEntity, access.User(s.page(c, v.User.Name, "/users"), v))
}

func readUserChange(f url.Values) (change staff.Change, version int64, faults order.FieldErrors) {
	name, role := f.Get("name"), account.Role(f.Get("role"))
	granted, denied := []account.Permission{}, []account.Permission{}
	for _, p := range account.Permissions() {
		switch f.Get("p." + string(p)) {
		case "":
		case access.Grant:
			granted = append(granted, p)
		case access.Deny:
			denied = append(denied, p)
		default:
			faults = append(faults, order.FieldError{Field: "p." + string(p), Message: "Choose as the role, granted or denied."})
		}
	}
	version, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil || version < 0 {
		faults = append(faults, order.FieldError{Field: "version", Message: "The form is incomplete. Open the page again."})
	}
	channels := append([]string{}, f["channel"]...)
	return staff.Change{Name: &name, Role: &role, Granted: &granted, Denied: &denied, Channels: &channels}, version, faults
}

// endUser disables an account, or enables it again.
func (s *Server) disableUser(c echo.Context) error {
	f, err := readForm(c, "disabled")
	if err != nil {
		return err
	}
	to := f.Get("disabled") == "yes"
	ctx, id := c.Request().Context(), account.ID(c.Param("id"))
	if _, err := s.staff.Change(ctx, s.actor(c), id, 0, staff.Change{Disabled: &to}); err != nil {
		return err
	}
	if to {
		if _, err := s.sessions.revokeOthers(ctx, id, ""); err != nil {
			return err
		}
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, "/users/"+url.PathEscape(c.Param("id")))
}

// cutUser ends what lets somebody in: their sessions, a token, or the second
// factor that they lost.
func (s *Server) cutUser(c echo.Context) error {
	f, err := readForm(c, "what")
	if err != nil {
		return err
	}
	ctx, id := c.Request().Context(), account.ID(c.Param("id"))
	u, err := s.Store.Users().Get(ctx, id)
	if err != nil {
		return err
	}
	switch what, token := f.Get("what"), ""; {
	case what == "sessions":
		if id == userOf(c).ID {
			token = s.sessions.token(ctx)
		}
		if _, err = s.sessions.revokeOthers(ctx, id, token); err == nil {
			err = s.audit(c, account.Entry{Action: "user.sessions", Object: "user:" + string(u.ID), Note: "sessions ended"})
		}
	case what == "factor":
		if err = s.staff.RemoveFactor(ctx, s.actor(c), id); err == nil {
			err = s.endOf(c, id)
		}
	case what == "identity":
		if err = s.staff.Unbind(ctx, s.actor(c), id); err == nil {
			err = s.endOf(c, id)
		}
	case strings.HasPrefix(what, "token "):
		if err = s.tokens.Revoke(ctx, id, strings.TrimPrefix(what, "token ")); err == nil {
			err = s.audit(c, account.Entry{Action: "token.revoke", Object: "user:" + string(u.ID)})
		}
	default:
		return fieldFault("what", "There is nothing of this kind.")
	}
	if err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, "/users/"+url.PathEscape(c.Param("id")))
}

// endOf ends the sessions of somebody, all but the one that asks for it.
func (s *Server) endOf(c echo.Context, id account.ID) error {
	if id == userOf(c).ID {
		return s.onlyThis(c, false)
	}
	_, err := s.sessions.revokeOthers(c.Request().Context(), id, "")
	return err
}

// sessionRows are the open sessions of a user.
func (s *Server) sessionRows(c echo.Context, id account.ID) ([]access.SessionRow, error) {
	all, err := s.sessions.of(c.Request().Context(), id)
	if err != nil {
		return nil, err
	}
	own := ""
	if t := s.sessions.token(c.Request().Context()); t != "" {
		own = nameOf(t)
	}
	rows := make([]access.SessionRow, len(all))
	for i, k := range all {
		rows[i] = access.SessionRow{ID: k.ID, IP: k.Value.IP, Agent: browserName(k.Value.Agent), Since: k.Value.Born, This: k.ID == own}
	}
	return rows, nil
}

func (s *Server) tokenRows(ctx context.Context, id account.ID) ([]access.TokenRow, error) {
	all, err := s.tokens.List(ctx, id)
	if err != nil {
		return nil, err
	}
	rows := make([]access.TokenRow, len(all))
	for i, t := range all {
		rows[i] = access.TokenRow{ID: t.ID, Name: t.Name, Scopes: t.Scopes, Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed}
	}
	return rows, nil
}

// browserName is what people call the browser of a User-Agent header.
func browserName(agent string) string {
	pick := func(fallback string, names ...string) string {
		for i := 0; i < len(names); i += 2 {
			if strings.Contains(agent, names[i]) {
				return names[i+1]
			}
		}
		return fallback
	}
	browser := pick("A program", "Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari")
	system := pick("", "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS X", "macOS", "Linux", "Linux")
	if system == "" {
		return browser
	}
	return browser + " on " + system
}
