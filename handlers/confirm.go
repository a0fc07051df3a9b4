package handlers

import (
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/staff"
	"github.com/palmonas/palmonas-crm/views/access"
)

// Before something that could let others in (roles, second factors, tokens,
// credentials), whoever asks has proved themselves in the last proofTime: with
// their password, a code, or anew at the provider. Programs that come with a
// token of the API are exempt: there is nobody in front of them to ask, and
// their token is a proof in each request.
const proofTime = 10 * time.Minute

// The fields of the page that asks; the rest of its form is what was typed.
const (
	confirmPassword = "confirm.password"
	confirmCode     = "confirm.code"
)

// confirmed reports whether the session was proved lately enough. If not, the
// page that asks for a proof was answered: it keeps what was typed and sends it
// again, to the same address, with the proof.
func (s *Server) confirmed(c echo.Context) (bool, error) {
	r := c.Request()
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "application/x-www-form-urlencoded" {
		if err := r.ParseForm(); err != nil {
			return false, unreadable(err)
		}
	}
	password, code := r.PostForm.Get(confirmPassword), r.PostForm.Get(confirmCode)
	for _, name := range []string{confirmPassword, confirmCode} {
		r.PostForm.Del(name)
		r.Form.Del(name)
	}
	who, _ := c.Get(keySession).(signed)
	if s.Now().Sub(who.proved) < proofTime {
		return true, nil
	}
	if password == "" && code == "" {
		return false, s.askProof(c, http.StatusForbidden, nil)
	}
	err := s.prove(c, who, password, code)
	var busy *busyError
	switch faults, other := faultsOf(err); {
	case err == nil:
		return true, nil
	case errors.As(err, &busy):
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds(busy.retry)))
		return false, s.askProof(c, busy.status, order.FieldErrors{{Field: confirmField(code), Message: busy.what}})
	case other != nil:
		return false, other
	default:
		return false, s.askProof(c, http.StatusUnprocessableEntity, faults)
	}
}

func confirmField(code string) string {
	if code != "" {
		return confirmCode
	}
	return confirmPassword
}

// prove checks a code or a password; wrong ones count as guesses at signing in.
func (s *Server) prove(c echo.Context, who signed, password, code string) error {
	if code != "" {
		if err := s.proveCode(c, who, cut(code, 64)); err != nil {
			return err
		}
	} else if faults, err := faultsOf(s.checkOwn(c, password)); err != nil || len(faults) > 0 {
		if len(faults) > 0 {
			err = fieldFault(confirmPassword, faults[0].Message)
		}
		return err
	}
	return s.proved(c, who)
}

func (s *Server) proveCode(c echo.Context, who signed, code string) error {
	ctx, key := c.Request().Context(), "code "+string(who.ID)
	wait, hold := s.logins.begin(key, c.RealIP())
	if wait > 0 {
		return &busyError{http.StatusTooManyRequests, "Too many attempts. Wait a little, then try again.", wait}
	}
	if hold > 0 {
		if err := s.logins.sleep(ctx, hold); err != nil {
			return err
		}
	}
	err := s.staff.CheckFactor(ctx, who.ID, code)
	if errors.Is(err, staff.ErrCode) {
		s.Log.Warn("second factor refused", slog.String("request", requestID(c)), slog.String("user", string(who.ID)), slog.String("ip", c.RealIP()))
		return fieldFault(confirmCode, "This code is not valid. Each code counts once; wait for the next one.")
	}
	if err == nil {
		s.logins.success(key, c.RealIP())
	}
	return err
}

// proved notes a proof in the session, which gets a new token.
func (s *Server) proved(c echo.Context, who signed) error {
	s.hub.End(s.sessions.cookie(c.Request()))
	who.proved = s.Now()
	if err := s.sessions.prove(c.Request().Context(), c.Response(), who.session, who.User); err != nil {
		return err
	}
	c.Set(keySession, who)
	s.Log.Info("proved anew", slog.String("request", requestID(c)), slog.String("user", string(who.ID)), slog.String("ip", c.RealIP()))
	return nil
}

// askProof answers with the page that asks, over what was typed.
func (s *Server) askProof(c echo.Context, status int, faults order.FieldErrors) error {
	u := userOf(c)
	since, _, err := s.staff.Factor(c.Request().Context(), u.ID)
	if err != nil {
		return err
	}
	v := access.ConfirmView{Action: c.Request().URL.EscapedPath(), Kept: keptFields(c.Request().PostForm), Email: u.Email,
		Password: u.PasswordHash != "", Code: !since.IsZero(), Errors: faults}
	if s.SSO != nil && !v.Password && !v.Code {
		v.Provider = s.SSOName
	}
	if partial(c) {
		c.Response().Header().Set("HX-Retarget", "#main")
		c.Response().Header().Set("HX-Reswap", "innerHTML")
		return html(c, status, access.ConfirmCard(v))
	}
	return html(c, status, access.Confirm(s.page(c, "Confirm that it is you", ""), v))
}

// keptFields are the fields of a form in a steady order.
func keptFields(form url.Values) []access.KeptField {
	var all []access.KeptField
	for name, values := range form {
		for _, v := range values {
			all = append(all, access.KeptField{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(all, func(a, b access.KeptField) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return all
}
