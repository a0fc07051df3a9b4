package handlers

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// The looks one may choose; the empty one is the system's or the usual one.
func themes() []string      { return []string{"", "light", "dark"} }
func densities() []string   { return []string{"", "compact"} }
func keySettings() []string { return []string{"", "off"} }

// lookCookie remembers the look for pages before signing in, so that the login
// does not flash in the other theme.
const lookCookie = "palmonas_look"

// savePreferences stores the look that its user chose and leads back to the
// page where that happened.
func (s *Server) savePreferences(c echo.Context) error {
	f, err := readForm(c, "theme", "density", "keys", "next")
	if err != nil {
		return err
	}
	theme, density := f.Get("theme"), f.Get("density")
	var faults order.FieldErrors
	if !slices.Contains(themes(), theme) {
		faults = append(faults, order.FieldError{Field: "theme", Message: "Choose light, dark or the system's."})
	}
	if !slices.Contains(densities(), density) {
		faults = append(faults, order.FieldError{Field: "density", Message: "Choose compact or comfortable rows."})
	}
	if !slices.Contains(keySettings(), f.Get("keys")) {
		faults = append(faults, order.FieldError{Field: "keys", Message: "Turn single keys on or off."})
	}
	if len(faults) > 0 {
		return faults
	}
	u, err := s.Store.Users().Update(c.Request().Context(), userOf(c).ID, func(u *account.User) error {
		if f.Has("theme") {
			u.Theme = theme
		}
		if f.Has("density") {
			u.Density = density
		}
		if f.Has("keys") {
			u.Keys = f.Get("keys")
		}
		return nil
	})
	if err != nil {
		return err
	}
	http.SetCookie(c.Response(), &http.Cookie{Name: lookCookie, Value: u.Theme + "." + u.Density, Path: "/", MaxAge: 365 * 86400,
		HttpOnly: true, Secure: s.PublicURL.Scheme == "https", SameSite: http.SameSiteLaxMode})
	return seeOther(c, afterLogin(f.Get("next")))
}

// userMenu is what lies under the user menu of every page.
func (s *Server) userMenu(c echo.Context) error {
	u := userOf(c)
	if partial(c) {
		return html(c, http.StatusOK, views.UserPanel(u, ""))
	}
	return html(c, http.StatusOK, views.UserPage(s.page(c, u.Name, ""), u))
}

// rememberedLook reads the cookie of savePreferences; what it does not know is
// the default look.
func rememberedLook(c echo.Context) (theme, density string) {
	k, err := c.Cookie(lookCookie)
	if err != nil {
		return "", ""
	}
	for _, t := range themes() {
		for _, d := range densities() {
			if k.Value == t+"."+d {
				return t, d
			}
		}
	}
	return "", ""
}
