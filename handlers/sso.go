package handlers

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/sso"
	"github.com/palmonas/palmonas-crm/staff"
	"github.com/palmonas/palmonas-crm/views/access"
)

// SSODeps let people sign in at a provider of OpenID Connect.
type SSODeps struct {
	// SSO is the provider; nil: there is none. It needs ChannelDeps.Keys.
	SSO *sso.Provider
	// SSOName is what the button calls it.
	SSOName string
	// SSODomains are those of the addresses for which an account is made at the
	// first sign-in.
	SSODomains []string
}

// Addresses of single sign-on. SSOBack is where the provider sends people back
// to.
const (
	ssoPath   = "/login/sso"
	SSOBack   = "/login/sso/back"
	ssoLeave  = "/login/sso/leave"
	outAbroad = "sso" // the value of out after a session that began there
)

func (s *Server) ssoRoutes() []route {
	get := http.MethodGet
	return []route{
		{get, ssoPath, anyone, s.beginSSO, limits{time: callTime}},
		{get, SSOBack, anyone, s.endSSO, limits{time: callTime}},
		{get, ssoLeave, anyone, s.leaveSSO, limits{time: callTime}},
	}
}

// What the sign-in page says of a sign-in that came to nothing, by the code in
// its address. A text from there would let others put words on it.
const (
	ssoAway     = "away"
	ssoRefused  = "refused"
	ssoDeclined = "declined"
	ssoNobody   = "nobody"
	ssoMail     = "unverified"
	ssoTaken    = "taken"
	ssoOften    = "often"
)

func ssoMessage(code string) string {
	switch code {
	case ssoAway:
		return "The single sign-on provider does not answer right now. Try again in a minute, or sign in with your password."
	case ssoRefused:
		return "The sign-in could not be completed: it took too long, was used before, or began in another browser. Try again."
	case ssoDeclined:
		return "You did not sign in at the provider."
	case ssoNobody:
		return "There is no account here for that address, or it is disabled. Ask an administrator."
	case ssoMail:
		return "The provider has not checked your e-mail address. Confirm it there, then try again."
	case ssoTaken:
		return "Your account here belongs to another login of the provider. Ask an administrator to unbind it."
	case ssoOften:
		return "Too many attempts. Wait a little, then try again."
	}
	return ""
}

// attemptTime is how long somebody may take at the provider.
const attemptTime = 10 * time.Minute

func (s *Server) attemptCookie() string {
	if s.PublicURL.Scheme == "https" {
		return "__Host-palmonas_sso"
	}
	return "palmonas_sso"
}

// The attempt travels in a cookie that only we can read or make, so that
// strangers who begin and never return leave nothing behind here.
const (
	attemptPlace = "sso-attempt"
	keyUser      = "user" // who proves themselves again, or empty
)

func (s *Server) keepAttempt(c echo.Context, a sso.Attempt, next string, id account.ID) error {
	sealed, err := s.Keys.Seal(attemptPlace, channel.Secrets{Credentials: map[string]string{"state": a.State, "nonce": a.Nonce,
		"verifier": a.Verifier, "at": strconv.FormatInt(a.At.UnixMilli(), 10), "anew": strconv.FormatBool(a.Anew), "next": next, keyUser: string(id)}})
	if err != nil {
		return err
	}
	s.setAttempt(c, base64.RawURLEncoding.EncodeToString(sealed), int(attemptTime/time.Second))
	return nil
}

func (s *Server) setAttempt(c echo.Context, value string, age int) {
	http.SetCookie(c.Response(), &http.Cookie{Name: s.attemptCookie(), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.PublicURL.Scheme == "https", SameSite: http.SameSiteLaxMode})
}

// takeAttempt reads the attempt of this browser and forgets it; the zero one
// when there is none, or it is too old.
func (s *Server) takeAttempt(c echo.Context) (a sso.Attempt, next string, id account.ID) {
	all := c.Request().CookiesNamed(s.attemptCookie())
	s.setAttempt(c, "", -1)
	if len(all) != 1 {
		return a, "", ""
	}
	sealed, err := base64.RawURLEncoding.DecodeString(all[0].Value)
	if err != nil || len(sealed) == 0 {
		return a, "", ""
	}
	kept, err := s.Keys.Open(attemptPlace, sealed)
	if err != nil {
		return a, "", ""
	}
	v := kept.Credentials
	at, err := strconv.ParseInt(v["at"], 10, 64)
	if age := s.Now().Sub(time.UnixMilli(at)); err != nil || age < 0 || age > attemptTime {
		return a, "", ""
	}
	return sso.Attempt{State: v["state"], Nonce: v["nonce"], Verifier: v["verifier"], Anew: v["anew"] == "true", At: time.UnixMilli(at)},
		afterLogin(v["next"]), account.ID(v[keyUser])
}

// beginSSO leads to the provider. It is a link and no form, since the policy of
// our pages lets forms lead nowhere else; links of other sites lead to the
// sign-in page.
func (s *Server) beginSSO(c echo.Context) error {
	q, err := readQuery(c, "next", "anew")
	if err != nil {
		return err
	}
	if s.SSO == nil {
		return errGone
	}
	next := afterLogin(q.Get("next"))
	if from := c.Request().Header.Get("Sec-Fetch-Site"); from == "cross-site" || from == "same-site" {
		return c.Redirect(http.StatusSeeOther, loginAddress(next))
	}
	if len(next) > 1000 { // the cookie has bounds
		next = "/"
	}
	var who account.ID
	if q.Has("anew") {
		if who = userOf(c).ID; who == "" {
			return errSignIn
		}
	}
	if !s.ssoAllowed(c) {
		return s.ssoFailed(c, ssoOften)
	}
	address, a, err := s.SSO.Begin(c.Request().Context(), who != "")
	if err != nil {
		return s.ssoProblem(c, err)
	}
	if err := s.keepAttempt(c, a, next, who); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, address)
}

// ssoAllowed counts one attempt of an address; its misses are nobody's.
func (s *Server) ssoAllowed(c echo.Context) bool {
	key := "sso " + c.RealIP()
	wait, _ := s.logins.begin(key, c.RealIP())
	s.logins.success(key, c.RealIP())
	return wait == 0
}

// ssoFailed leads to the sign-in page, which says why.
func (s *Server) ssoFailed(c echo.Context, code string) error {
	s.Log.Warn("single sign-on refused", slog.String("request", requestID(c)), slog.String("ip", c.RealIP()), slog.String("why", code))
	return c.Redirect(http.StatusSeeOther, againPath+"?sso="+code)
}

func (s *Server) ssoProblem(c echo.Context, err error) error {
	codes := []struct {
		is   error
		code string
	}{{sso.ErrAway, ssoAway}, {sso.ErrRefused, ssoRefused}, {staff.ErrNoAccount, ssoNobody}, {staff.ErrUnverified, ssoMail}, {staff.ErrTaken, ssoTaken}}
	for _, x := range codes {
		if errors.Is(err, x.is) {
			if x.code == ssoAway || x.code == ssoRefused {
				s.Log.Warn("single sign-on", slog.String("request", requestID(c)), slog.Any("err", err))
			}
			return s.ssoFailed(c, x.code)
		}
	}
	return err
}

// endSSO is where the provider sends people back to. What else it writes into
// the address is nothing to us.
func (s *Server) endSSO(c echo.Context) error {
	if s.SSO == nil {
		return errGone
	}
	back := c.Request().URL.Query()
	a, next, again := s.takeAttempt(c)
	if !s.ssoAllowed(c) {
		return s.ssoFailed(c, ssoOften)
	}
	if a.State != "" && back.Get("state") == a.State && back.Get("error") != "" {
		return s.ssoFailed(c, ssoDeclined)
	}
	ctx := c.Request().Context()
	who, err := s.SSO.End(ctx, a, back)
	if err != nil {
		return s.ssoProblem(c, err)
	}
	u, err := s.staff.Recognise(ctx, s.actor(c), staff.Identity{Issuer: who.Issuer, Subject: who.Subject, Email: who.Email, Name: who.Name, Verified: who.Verified},
		staff.Arrivals{Domains: s.SSODomains})
	if err != nil {
		return s.ssoProblem(c, err)
	}
	if again != "" {
		return s.provedAbroad(c, u, who, a, again)
	}
	return s.arrived(c, u, who, next)
}

// arrived begins the session of somebody whom the provider vouches for. Its
// word stands in for the password; the second factor of the desk is asked for
// unless the provider says that it asked for one (amr: mfa, RFC 8176). An acr
// means something else with every provider, so none is believed.
func (s *Server) arrived(c echo.Context, u account.User, who sso.Identity, next string) error {
	ctx := c.Request().Context()
	if old := s.sessions.cookie(c.Request()); old != "" {
		s.hub.End(old)
	}
	at := s.Now()
	u, err := s.Store.Users().Update(ctx, u.ID, func(now *account.User) error {
		if now.Epoch != u.Epoch || now.Disabled {
			return staff.ErrNoAccount
		}
		now.LastLoginAt = at
		return nil
	})
	if err != nil {
		return s.ssoProblem(c, err)
	}
	by := s.actor(c)
	if _, err := s.Store.Audit().Append(ctx, account.Entry{At: at, By: string(u.ID), Via: by.Via, IP: by.IP, Ref: by.Ref,
		Action: "user.arrive", Object: "user:" + string(u.ID), Note: "by single sign-on"}); err != nil {
		return err
	}
	return s.afterFirst(c, u, next, way{proved: provenAt(who, at), abroad: true, strong: who.Factors})
}

// provenAt is when somebody last proved themselves to the provider. One that
// does not tell is taken at its word.
func provenAt(who sso.Identity, now time.Time) time.Time {
	if who.Proven.IsZero() || who.Proven.After(now) {
		return now
	}
	return who.Proven
}

// provedAbroad ends proving oneself again: it has to be the same person, and a
// provider that tells when they proved themselves must say that it was now.
func (s *Server) provedAbroad(c echo.Context, u account.User, who sso.Identity, a sso.Attempt, again account.ID) error {
	have, _ := c.Get(keySession).(signed)
	if have.ID == "" || have.ID != again || u.ID != again || provenAt(who, s.Now()).Before(a.At.Add(-time.Minute)) {
		return s.ssoFailed(c, ssoRefused)
	}
	if err := s.proved(c, have); err != nil {
		return err
	}
	return html(c, http.StatusOK, access.Confirmed(s.page(c, "Confirmed", "")))
}

// leaveSSO leads to where one signs out of the provider too.
func (s *Server) leaveSSO(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	if s.SSO == nil {
		return errGone
	}
	address, err := s.SSO.Leave(c.Request().Context(), s.PublicURL.JoinPath("login").String())
	if err != nil {
		return s.ssoProblem(c, err)
	}
	if address == "" {
		address = againPath
	}
	return c.Redirect(http.StatusSeeOther, address)
}
