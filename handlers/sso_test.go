package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/sso"
	"github.com/palmonas/palmonas-crm/sso/ssotest"
	"github.com/palmonas/palmonas-crm/store"
)

// abroad is an app beside a provider of single sign-on.
type abroad struct {
	*app
	provider *ssotest.Provider
}

func newAbroad(t *testing.T, domains ...string) abroad {
	t.Helper()
	var x abroad
	x.app = newApp(t, withKeys, func(d *Deps) {
		x.provider = ssotest.New(t, d.Now)
		d.SSODeps = SSODeps{SSOName: "Example ID", SSODomains: domains, SSO: sso.New(sso.Config{Issuer: x.provider.Issuer(), ClientID: ssotest.ClientID,
			ClientSecret: ssotest.Secret, Redirect: "http://localhost" + SSOBack, Now: d.Now})}
	})
	return x
}

// leave begins a sign-in and returns the address that the provider sends back
// to, without its host.
func (b *browser) leave(path string) string {
	b.a.t.Helper()
	out := b.get(path).want(b.a.t, http.StatusSeeOther).header.Get("Location")
	r, err := http.NewRequestWithContext(b.a.t.Context(), http.MethodGet, out, nil)
	if err != nil {
		b.a.t.Fatal(err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		b.a.t.Fatal(err)
	}
	defer res.Body.Close()
	back, err := res.Location()
	if err != nil {
		b.a.t.Fatalf("the provider at %s answered %d", out, res.StatusCode)
	}
	return back.RequestURI()
}

// comeBack comes back from the provider, as browsers do from another site.
func (b *browser) comeBack(uri string) answer {
	b.a.t.Helper()
	r := b.request(http.MethodGet, uri, nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	return b.do(r)
}

func (x answer) wantTo(t *testing.T, to string) answer {
	t.Helper()
	if got := x.want(t, http.StatusSeeOther).header.Get("Location"); got != to {
		t.Fatalf("led to %q, want %q", got, to)
	}
	return x
}

func TestSignInAbroad(t *testing.T) {
	t.Parallel()
	x := newAbroad(t)
	x.provider.Says(map[string]any{"email": "Support@Example.com"})
	b := x.browser()
	b.get("/login?next=%2Forders%3Fq%3Dring").want(t, http.StatusOK).wantText(t, "Sign in with Example ID", "/login/sso?next=%2Forders%3Fq%3Dring")
	b.setCookie("planted")
	b.comeBack(b.leave("/login/sso?next=%2Forders%3Fq%3Dring")).wantTo(t, "/orders?q=ring")
	if b.cookie() == "planted" || b.cookie() == "" {
		t.Errorf("the session's token is %q", b.cookie())
	}
	b.get("/account").want(t, http.StatusOK).wantText(t, "support@example.com", "You sign in with Example ID")
	x.audited(t, "user.identity", "user.arrive")

	// From then on the provider's name for them counts, not the address.
	x.provider.Says(map[string]any{"email": "admin@example.com"})
	again := x.browser()
	again.comeBack(again.leave("/login/sso")).wantTo(t, "/")
	again.get("/account").want(t, http.StatusOK).wantText(t, "support@example.com")
	// Somebody else with the address is nobody, until it is unbound.
	x.provider.Says(map[string]any{"email": "support@example.com", "sub": "s-2"})
	other := x.browser()
	other.comeBack(other.leave("/login/sso")).wantTo(t, "/login?sso=taken")
	other.get("/login?sso=taken").want(t, http.StatusOK).wantText(t, "belongs to another login")
	x.as("admin").post("/users/u-support/cut", url.Values{"what": {"identity"}}).want(t, http.StatusSeeOther)
	b.get("/account").want(t, http.StatusSeeOther) // unbinding ends sessions
	other.comeBack(other.leave("/login/sso")).wantTo(t, "/")

	// Signing out offers to do so at the provider as well.
	other.post("/logout", nil).wantTo(t, "/login?out=sso")
	other.get("/login?out=sso").wantText(t, "Sign out of Example ID too")
	if to := other.get("/login/sso/leave").want(t, http.StatusSeeOther).header.Get("Location"); !strings.HasPrefix(to, x.provider.Issuer()+"/leave?client_id=") {
		t.Errorf("leaving leads to %s", to)
	}
}

// audited wants an entry of each action.
func (x abroad) audited(t *testing.T, actions ...string) {
	t.Helper()
	page := x.as("admin").get("/audit").want(t, http.StatusOK)
	page.wantText(t, actions...)
}

func TestWhoMayNotComeFromAbroad(t *testing.T) {
	t.Parallel()
	x := newAbroad(t)
	x.user("gone", account.Support, func(u *account.User) { u.Disabled = true })
	now := x.clock.now()
	x.provider.Tells(map[string]any{"sub": "s-1"}) // and no address either
	for name, tc := range map[string]struct {
		says map[string]any
		to   string
	}{
		"unknown":         {map[string]any{"email": "nobody@example.com"}, "nobody"},
		"disabled":        {map[string]any{"email": "gone@example.com"}, "nobody"},
		"no address":      {map[string]any{}, "nobody"},
		"unverified":      {map[string]any{"email": "admin@example.com", "email_verified": false}, "unverified"},
		"not said":        {map[string]any{"email": "admin@example.com", "email_verified": nil}, "unverified"},
		"wrong nonce":     {map[string]any{"email": "admin@example.com", "nonce": "another"}, "refused"},
		"no nonce":        {map[string]any{"email": "admin@example.com", "nonce": nil}, "refused"},
		"wrong audience":  {map[string]any{"email": "admin@example.com", "aud": "another-app"}, "refused"},
		"other party":     {map[string]any{"email": "admin@example.com", "aud": []string{ssotest.ClientID, "another"}, "azp": "another"}, "refused"},
		"wrong issuer":    {map[string]any{"email": "admin@example.com", "iss": "https://evil.example"}, "refused"},
		"expired":         {map[string]any{"email": "admin@example.com", "exp": now.Add(-time.Minute).Unix()}, "refused"},
		"never expires":   {map[string]any{"email": "admin@example.com", "exp": nil}, "refused"},
		"no subject":      {map[string]any{"email": "admin@example.com", "sub": nil}, "refused"},
		"other domain":    {map[string]any{"email": "new@elsewhere.example"}, "nobody"},
		"two at once":     {map[string]any{"email": "admin@example.com,support@example.com"}, "nobody"},
		"another's token": {map[string]any{"email": "admin@example.com", "at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "refused"},
	} {
		b := x.browser()
		x.clock.add(10 * time.Second) // attempts are counted per address
		x.provider.Says(tc.says)
		got := b.comeBack(b.leave("/login/sso"))
		if to := got.header.Get("Location"); got.status != http.StatusSeeOther || to != "/login?sso="+tc.to {
			t.Errorf("%s: %d, led to %s, want %s", name, got.status, to, tc.to)
		}
		if b.get("/orders").status != http.StatusSeeOther {
			t.Errorf("%s was let in", name)
		}
	}
	x.provider.Says(map[string]any{"email": "admin@example.com"})
	x.provider.Forges(true)
	b := x.browser()
	b.comeBack(b.leave("/login/sso")).wantTo(t, "/login?sso=refused")
	if strings.Contains(x.log.String(), "admin@") || strings.Contains(x.log.String(), "nobody@") {
		t.Error("the log holds an address")
	}
}

// TestAttemptsAreBound: what comes back counts once, soon, and in the browser
// that began it.
func TestAttemptsAreBound(t *testing.T) {
	t.Parallel()
	x := newAbroad(t)
	x.provider.Says(map[string]any{"email": "admin@example.com"})
	fresh := func() (*browser, string) { b := x.browser(); return b, b.leave("/login/sso") }

	_, uri := fresh()
	victim := x.browser()
	victim.comeBack(uri).wantTo(t, "/login?sso=refused") // begun elsewhere
	other, _ := fresh()
	other.comeBack(uri).wantTo(t, "/login?sso=refused") // another's state

	b, uri := fresh()
	b.comeBack(strings.Replace(uri, "&state=", "&state=x", 1)).wantTo(t, "/login?sso=refused")
	b.comeBack(uri).wantTo(t, "/login?sso=refused") // the attempt is spent

	b, uri = fresh()
	b.comeBack(uri).wantTo(t, "/")
	b.post("/logout", nil)
	b.comeBack(uri).wantTo(t, "/login?sso=refused") // replayed
	// The same code behind a new attempt: the provider took it already, and its
	// challenge is another.
	code := url.Values{}
	if u, err := url.Parse(uri); err == nil {
		code = u.Query()
	}
	b, next := fresh()
	u, err := url.Parse(next)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("code", code.Get("code"))
	b.comeBack(SSOBack+"?"+q.Encode()).wantTo(t, "/login?sso=refused")

	b, uri = fresh()
	x.clock.add(attemptTime + time.Second)
	b.comeBack(uri).wantTo(t, "/login?sso=refused") // too late

	b, uri = fresh()
	state := strings.Split(strings.Split(uri, "&state=")[1], "&")[0]
	b.comeBack(SSOBack+"?error=access_denied&state="+state).wantTo(t, "/login?sso=declined")
	b.get("/login?sso=%3Cb%3Ehi").want(t, http.StatusOK).lacksText(t, "hi<", "&lt;b") // words come from us alone
}

func TestN47NextAbroad(t *testing.T) {
	t.Parallel()
	x := newAbroad(t)
	x.provider.Says(map[string]any{"email": "admin@example.com"})
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/%09/evil.example", "/login", "/logout", "javascript:alert(1)"} {
		x.clock.add(10 * time.Second)
		b := x.browser()
		b.comeBack(b.leave("/login/sso?"+url.Values{"next": {next}}.Encode())).wantTo(t, afterLogin(next))
		if to := afterLogin(next); to != "/" && !strings.HasPrefix(to, "/%09") {
			t.Errorf("%q leads to %q", next, to)
		}
	}
	// A link of another site begins nothing.
	r := x.browser().request(http.MethodGet, "/login/sso?next=%2Forders", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	x.browser().do(r).wantTo(t, "/login?next=%2Forders")
}

func TestProviderAway(t *testing.T) {
	t.Parallel()
	x := newAbroad(t)
	x.provider.Down(true)
	b := x.browser()
	b.get("/login").want(t, http.StatusOK).wantText(t, "Example ID")
	b.get("/login/sso").wantTo(t, "/login?sso=away")
	b.get("/login?sso=away").wantText(t, "does not answer right now")
	b.get("/login/sso").wantTo(t, "/login?sso=away")
	if n := x.provider.Asked(); n != 1 {
		t.Errorf("asked %d times in a row", n)
	}
	x.provider.Down(false)
	x.clock.add(time.Minute)
	x.provider.Says(map[string]any{"email": "admin@example.com"})
	b.comeBack(b.leave("/login/sso")).wantTo(t, "/")
}

func TestNobodyAbroadWithoutProvider(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	b := a.browser()
	b.get("/login").want(t, http.StatusOK).lacksText(t, "/login/sso")
	for _, p := range []string{"/login/sso", SSOBack + "?code=x&state=y", "/login/sso/leave"} {
		b.get(p).want(t, http.StatusNotFound)
	}
}

// TestArrivals: an address of a listed domain gets an account that may least.
func TestArrivals(t *testing.T) {
	t.Parallel()
	x := newAbroad(t, "example.com")
	x.provider.Says(map[string]any{"email": "new.person@example.com", "name": "New Person"})
	b := x.browser()
	b.comeBack(b.leave("/login/sso")).wantTo(t, "/")
	u, err := x.store.Users().ByEmail(t.Context(), "new.person@example.com")
	if err != nil || u.Role != account.ReadOnly || u.Name != "New Person" || len(u.Granted) > 0 || u.PasswordHash != "" {
		t.Fatalf("%+v, %v", u, err)
	}
	b.get("/users").want(t, http.StatusForbidden)
	for _, email := range []string{"x@sub.example.com", "x@example.com.evil.example", "x@notexample.com"} {
		x.provider.Says(map[string]any{"email": email, "sub": email})
		c := x.browser()
		c.comeBack(c.leave("/login/sso")).wantTo(t, "/login?sso=nobody")
	}
	// Disabled afterwards: neither the session nor a new sign-in.
	x.as("admin").post("/users/"+string(u.ID)+"/disabled", url.Values{"disabled": {"yes"}}).want(t, http.StatusSeeOther)
	b.get("/orders").want(t, http.StatusSeeOther)
	x.provider.Says(map[string]any{"email": "new.person@example.com"})
	b.comeBack(b.leave("/login/sso")).wantTo(t, "/login?sso=nobody")
}

// TestSecondFactorAbroad: the desk's own is asked for, unless the provider says
// that it asked for one.
func TestSecondFactorAbroad(t *testing.T) {
	t.Parallel()
	x := newAbroad(t)
	seed, _ := x.as("support").equip(t)
	x.clock.add(time.Minute)
	x.provider.Says(map[string]any{"email": "support@example.com"})
	b := x.browser()
	b.comeBack(b.leave("/login/sso?next=%2Forders")).wantTo(t, "/login/code")
	b.get("/orders").want(t, http.StatusSeeOther)
	b.post("/login/code", url.Values{"code": {x.code(t, seed)}}).wantTo(t, "/orders")
	b.post("/logout", nil).wantTo(t, "/login?out=sso")

	x.provider.Says(map[string]any{"email": "support@example.com", "amr": []string{"pwd", "mfa"}})
	strong := x.browser()
	strong.comeBack(strong.leave("/login/sso?next=%2Forders")).wantTo(t, "/orders")
	for _, weak := range []map[string]any{{"amr": []string{"pwd"}}, {"acr": "mfa"}, {"acr": "http://schemas.openid.net/pape/policies/2007/06/multi-factor"}} {
		weak["email"] = "support@example.com"
		x.provider.Says(weak)
		w := x.browser()
		w.comeBack(w.leave("/login/sso")).wantTo(t, "/login/code")
	}

	// Who is to have one and has none sets it up first.
	x.as("admin").post("/users/rules", url.Values{"factor": {"on"}}).want(t, http.StatusSeeOther)
	x.provider.Says(map[string]any{"email": "readonly@example.com", "sub": "s-3"})
	bare := x.browser()
	bare.comeBack(bare.leave("/login/sso")).wantTo(t, "/account/factor")
	bare.get("/orders").wantTo(t, "/account/factor")
	x.provider.Says(map[string]any{"email": "readonly@example.com", "sub": "s-3", "amr": []string{"mfa"}})
	bare.comeBack(bare.leave("/login/sso")).wantTo(t, "/")
	bare.get("/orders").want(t, http.StatusOK)
}

// TestAttemptCookie: nothing of an attempt can be read or made by others, and
// nothing of it is kept here.
func TestAttemptCookie(t *testing.T) {
	t.Parallel()
	x := newAbroad(t)
	b := x.browser()
	got := b.get("/login/sso").want(t, http.StatusSeeOther)
	cookie := got.header.Get("Set-Cookie")
	for _, part := range []string{"palmonas_sso=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %s", cookie, part)
		}
	}
	to, err := url.Parse(got.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if s := to.Query().Get("state"); len(s) < 43 || strings.Contains(cookie, s) {
		t.Errorf("state %q, cookie %q", s, cookie)
	}
	for _, kind := range []string{"identity", "session", "sso"} {
		if n, err := x.store.Records().Count(t.Context(), store.RecordQuery{Kind: kind}); err != nil || n != 0 {
			t.Errorf("%d records of %s, %v", n, kind, err)
		}
	}
}
