// Package sso lets people sign in at a provider of OpenID Connect: it leads
// them there and reads who came back. Whether that somebody has an account here
// is for others to say.
//
// The code flow is used with PKCE, a state and a nonce, which their browser
// keeps until they are back. It must not know HTTP handlers, pages or the
// store.
package sso

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Errors a caller can tell apart.
var (
	// ErrAway says that the provider cannot be asked right now.
	ErrAway = errors.New("the provider does not answer")
	// ErrRefused says that what came back proves nothing: another's or an old
	// code, a token that is not valid, or not for us.
	ErrRefused = errors.New("the provider's answer is not valid")
)

// Config is what a Provider is made from.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string // empty: a public client, which PKCE alone protects
	// Redirect is the address of ours that the provider sends people back to.
	Redirect string
	Now      func() time.Time
	// Transport asks the provider; nil: the usual one.
	Transport http.RoundTripper
}

// How the provider is asked.
const (
	askTime = 10 * time.Second
	// retryAfter is how long a provider that did not answer is left alone.
	retryAfter = 10 * time.Second
	maxAnswer  = 1 << 20
)

// Provider is one OpenID Connect provider. It is asked for what it offers when
// somebody first signs in, so that one which is away keeps nothing from
// starting. It is safe for concurrent use.
type Provider struct {
	c      Config
	client *http.Client

	mu     sync.Mutex
	found  *discovered
	failed error
	again  time.Time // no earlier after a failure
}

type discovered struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
	end      string // end_session_endpoint, or empty
}

// New makes a Provider; nothing is asked yet.
func New(c Config) *Provider {
	t := c.Transport
	if t == nil {
		t = http.DefaultTransport
	}
	return &Provider{c: c, client: &http.Client{Timeout: askTime, Transport: bounded{t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// bounded keeps answers to maxAnswer bytes.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

// discover asks the provider what it offers, once; a failure is remembered for
// retryAfter only.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	now := p.c.Now()
	if now.Before(p.again) {
		return nil, p.failed
	}
	got, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.c.Issuer)
	if err != nil {
		p.failed, p.again = fmt.Errorf("sso: %w: %w", ErrAway, err), now.Add(retryAfter)
		if ctx.Err() != nil {
			p.again = now // whoever asked left; that says nothing of the provider
		}
		return nil, p.failed
	}
	var more struct {
		End string `json:"end_session_endpoint"`
	}
	_ = got.Claims(&more) // the document was read before; what it does not offer stays empty
	p.found = &discovered{provider: got, end: more.End,
		verifier: got.Verifier(&oidc.Config{ClientID: p.c.ClientID, Now: p.c.Now}),
		oauth: oauth2.Config{ClientID: p.c.ClientID, ClientSecret: p.c.ClientSecret, Endpoint: got.Endpoint(),
			RedirectURL: p.c.Redirect, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}}
	return p.found, nil
}

// Attempt is one way to the provider and back. The browser that begins it
// keeps it; without it nothing that comes back counts.
type Attempt struct {
	State, Nonce, Verifier string
	// Anew wants people to prove themselves again although the provider knows
	// them still.
	Anew bool
	At   time.Time
}

// Begin makes an attempt and the address at the provider that it leads to.
// ErrAway when the provider cannot be asked.
func (p *Provider) Begin(ctx context.Context, anew bool) (address string, a Attempt, err error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", Attempt{}, err
	}
	a = Attempt{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), Anew: anew, At: p.c.Now()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if anew {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return d.oauth.AuthCodeURL(a.State, options...), a, nil
}

// Identity is who somebody is to the provider.
type Identity struct {
	Issuer, Subject string
	Email           string // as the provider writes it; may be empty
	Verified        bool   // the provider has checked the address
	Name            string
	// Factors says that the provider asked for more than one proof (amr: mfa).
	Factors bool
	// Proven is when they proved themselves there; zero when it does not say.
	Proven time.Time
}

// End reads who came back with an attempt. ErrRefused for anything that does
// not prove it, ErrAway when the provider cannot be asked.
func (p *Provider) End(ctx context.Context, a Attempt, back url.Values) (Identity, error) {
	if a.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(back.Get("state"))) != 1 {
		return Identity{}, fmt.Errorf("sso: %w: another state", ErrRefused)
	}
	if iss := back.Get("iss"); iss != "" && iss != p.c.Issuer {
		return Identity{}, fmt.Errorf("sso: %w: another issuer", ErrRefused)
	}
	code := back.Get("code")
	if code == "" {
		return Identity{}, fmt.Errorf("sso: %w: no code", ErrRefused)
	}
	d, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := d.oauth.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError:
		return Identity{}, fmt.Errorf("sso: %w: code refused: %s", ErrRefused, cut(refused.ErrorCode))
	case err != nil:
		return Identity{}, fmt.Errorf("sso: %w: exchange the code: %w", ErrAway, err)
	}
	return p.read(ctx, d, a, tokens)
}

// cut shortens what the provider says, for the log.
func cut(s string) string { return fmt.Sprintf("%.60q", s) }

type claims struct {
	Email    string   `json:"email"`
	Verified flag     `json:"email_verified"`
	Name     string   `json:"name"`
	Party    string   `json:"azp"`
	Methods  []string `json:"amr"`
	Proven   int64    `json:"auth_time"`
}

// flag is a truth value, which some providers write as a text.
type flag bool

// UnmarshalJSON takes true and "true"; all else is false.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = string(b) == "true" || string(b) == `"true"`
	return nil
}

// read checks the ID token: its signature, issuer, audience and expiry, then
// that it answers this attempt.
func (p *Provider) read(ctx context.Context, d *discovered, a Attempt, tokens *oauth2.Token) (Identity, error) {
	refuse := func(why string) (Identity, error) { return Identity{}, fmt.Errorf("sso: %w: %s", ErrRefused, why) }
	raw, _ := tokens.Extra("id_token").(string)
	token, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("sso: %w: %w", ErrRefused, err)
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return refuse("claims cannot be read")
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(a.Nonce), []byte(token.Nonce)) != 1:
		return refuse("another nonce")
	case len(token.Audience) > 1 && c.Party != p.c.ClientID, c.Party != "" && c.Party != p.c.ClientID:
		return refuse("made for another party")
	case token.Subject == "" || len(token.Subject) > 255:
		return refuse("no subject")
	case token.AccessTokenHash != "" && token.VerifyAccessToken(tokens.AccessToken) != nil:
		return refuse("another access token")
	}
	if c.Email == "" {
		if err := p.ask(ctx, d, token.Subject, tokens, &c); err != nil {
			return Identity{}, err
		}
	}
	who := Identity{Issuer: token.Issuer, Subject: token.Subject, Email: c.Email, Verified: bool(c.Verified), Name: c.Name, Factors: slices.Contains(c.Methods, "mfa")}
	if c.Proven > 0 {
		who.Proven = time.Unix(c.Proven, 0).UTC()
	}
	return who, nil
}

// ask reads what the ID token left out from where the provider tells it.
func (p *Provider) ask(ctx context.Context, d *discovered, subject string, tokens *oauth2.Token, c *claims) error {
	if d.provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := d.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return fmt.Errorf("sso: %w: %w", ErrAway, err)
	}
	if info.Subject != subject {
		return fmt.Errorf("sso: %w: told about somebody else", ErrRefused)
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("sso: %w: claims cannot be read", ErrRefused)
	}
	c.Email, c.Verified, c.Name = more.Email, more.Verified, more.Name
	return nil
}

// Leave is the address at the provider where people sign out there too, and
// come back from to a page of ours; empty when it has none.
func (p *Provider) Leave(ctx context.Context, back string) (string, error) {
	d, err := p.discover(ctx)
	if err != nil || d.end == "" {
		return "", err
	}
	u, err := url.Parse(d.end)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("sso: %w: where to sign out", ErrRefused)
	}
	q := u.Query()
	q.Set("client_id", p.c.ClientID)
	q.Set("post_logout_redirect_uri", back)
	u.RawQuery = q.Encode()
	return u.String(), nil
}
