package sso_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/sso"
	"github.com/palmonas/palmonas-crm/sso/ssotest"
)

func newProvider(t *testing.T, at *atomic.Int64) (*ssotest.Provider, *sso.Provider) {
	t.Helper()
	now := func() time.Time { return time.Unix(at.Load(), 0) }
	server := ssotest.New(t, now)
	return server, sso.New(sso.Config{Issuer: server.Issuer(), ClientID: ssotest.ClientID, ClientSecret: ssotest.Secret,
		Redirect: "https://desk.example/back", Now: now})
}

func noon() *atomic.Int64 {
	var at atomic.Int64
	at.Store(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Unix())
	return &at
}

// visit follows the provider to what it sends back.
func visit(t *testing.T, address string) url.Values {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		t.Fatalf("%s answered %d", address, res.StatusCode)
	}
	return to.Query()
}

func TestThereAndBack(t *testing.T) {
	t.Parallel()
	at := noon()
	server, p := newProvider(t, at)
	proved := at.Load() - 3600
	server.Says(map[string]any{"email": "a@example.com", "email_verified": "true", "name": "Asha", "amr": []string{"pwd", "mfa"}, "auth_time": proved})
	address, a, err := p.Begin(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	q, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"redirect_uri": "https://desk.example/back", "response_type": "code", "code_challenge_method": "S256",
		"prompt": "login", "max_age": "0", "state": a.State, "nonce": a.Nonce, "scope": "openid email profile"} {
		if got := q.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Contains(address, a.Verifier) {
		t.Error("the address tells the verifier")
	}
	back := visit(t, address)
	got, err := p.End(t.Context(), a, back)
	want := sso.Identity{Issuer: server.Issuer(), Subject: "s-1", Email: "a@example.com", Verified: true, Name: "Asha", Factors: true, Proven: time.Unix(proved, 0).UTC()}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := p.End(t.Context(), a, back); !errors.Is(err, sso.ErrRefused) {
		t.Errorf("the code counted twice: %v", err)
	}
}

// TestAddressFromUserinfo: providers that leave the address out of the token
// are asked for it, and believed about the same person only.
func TestAddressFromUserinfo(t *testing.T) {
	t.Parallel()
	server, p := newProvider(t, noon())
	server.Tells(map[string]any{"sub": "s-1", "email": "a@example.com", "email_verified": true})
	for _, subject := range []string{"s-1", "s-2"} {
		server.Says(map[string]any{"sub": subject})
		address, a, err := p.Begin(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.End(t.Context(), a, visit(t, address))
		if subject == "s-1" && (err != nil || got.Email != "a@example.com" || !got.Verified) {
			t.Errorf("%+v, %v", got, err)
		}
		if subject == "s-2" && !errors.Is(err, sso.ErrRefused) {
			t.Errorf("told about somebody else: %+v, %v", got, err)
		}
	}
}

func TestOtherAnswers(t *testing.T) {
	t.Parallel()
	server, p := newProvider(t, noon())
	server.Says(map[string]any{"email": "a@example.com"})
	address, a, err := p.Begin(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	back := visit(t, address)
	with := func(name, value string) url.Values {
		v := url.Values{}
		for k := range back {
			v.Set(k, back.Get(k))
		}
		v.Set(name, value)
		return v
	}
	for name, tc := range map[string]struct {
		a    sso.Attempt
		back url.Values
	}{
		"no attempt":     {sso.Attempt{}, back},
		"empty state":    {sso.Attempt{}, with("state", "")},
		"another state":  {a, with("state", "x")},
		"another issuer": {a, with("iss", "https://evil.example")},
		"no code":        {a, with("code", "")},
		"made-up code":   {a, with("code", "x")},
		"other verifier": {sso.Attempt{State: a.State, Nonce: a.Nonce, Verifier: "another"}, back},
	} {
		if got, err := p.End(t.Context(), tc.a, tc.back); !errors.Is(err, sso.ErrRefused) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := p.End(t.Context(), a, with("iss", server.Issuer())); err != nil {
		t.Errorf("the right one: %v", err)
	}
}

// TestAwayAndBack: a provider that is away is asked again, though not at once.
func TestAwayAndBack(t *testing.T) {
	t.Parallel()
	at := noon()
	server, p := newProvider(t, at)
	server.Down(true)
	for range 5 {
		if _, _, err := p.Begin(t.Context(), false); !errors.Is(err, sso.ErrAway) {
			t.Fatal(err)
		}
	}
	if n := server.Asked(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	server.Down(false)
	at.Add(11)
	for range 3 {
		if _, _, err := p.Begin(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
	if n := server.Asked(); n != 2 {
		t.Errorf("asked %d times", n)
	}
	to, err := p.Leave(t.Context(), "https://desk.example/login")
	if err != nil || to != server.Issuer()+"/leave?client_id="+ssotest.ClientID+"&post_logout_redirect_uri=https%3A%2F%2Fdesk.example%2Flogin" {
		t.Errorf("%s, %v", to, err)
	}
}
