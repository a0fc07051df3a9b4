package main

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/handlers"
	"github.com/palmonas/palmonas-crm/sso"
)

// signOn is single sign-on by OpenID Connect; without an issuer there is none.
type signOn struct {
	issuer, id, secret, name string
	domains                  []string // whose people get an account at their first sign-in
}

// signOn reads PALMONAS_OIDC_….
func (e *environment) signOn() signOn {
	o := signOn{issuer: e.get("PALMONAS_OIDC_ISSUER", ""), id: e.get("PALMONAS_OIDC_CLIENT_ID", ""),
		secret: e.get("PALMONAS_OIDC_CLIENT_SECRET", ""), name: e.get("PALMONAS_OIDC_NAME", "single sign-on")}
	list := e.get("PALMONAS_OIDC_NEW_USERS", "")
	if o.issuer == "" {
		if o.id != "" || o.secret != "" || list != "" {
			e.fault("PALMONAS_OIDC_ISSUER is missing: the other PALMONAS_OIDC settings are of no use without it")
		}
		return signOn{}
	}
	u, err := url.Parse(o.issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !onLoopback(u.Hostname())) {
		e.fault("PALMONAS_OIDC_ISSUER %q is not an address such as https://accounts.example.com", o.issuer)
	}
	if o.id == "" {
		e.fault("PALMONAS_OIDC_CLIENT_ID is missing: the provider gives it together with the secret")
	}
	if len([]rune(o.name)) > 40 {
		e.fault("PALMONAS_OIDC_NAME has more than 40 characters")
	}
	for _, d := range strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' }) {
		if strings.ContainsAny(d, "@*/:") || !strings.Contains(d, ".") {
			e.fault("PALMONAS_OIDC_NEW_USERS: %q is not a domain such as example.com", d)
			continue
		}
		o.domains = append(o.domains, d)
	}
	return o
}

func onLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// ssoDeps asks nobody yet: a provider that is away keeps nothing from starting.
func (a *app) ssoDeps() handlers.SSODeps {
	o := a.config.signOn
	if o.issuer == "" {
		return handlers.SSODeps{}
	}
	return handlers.SSODeps{SSOName: o.name, SSODomains: o.domains, SSO: sso.New(sso.Config{Issuer: o.issuer, ClientID: o.id, ClientSecret: o.secret,
		Redirect: a.config.publicURL.JoinPath(handlers.SSOBack).String(), Now: time.Now})}
}
