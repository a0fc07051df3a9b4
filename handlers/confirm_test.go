package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// confirm fills the page that asks for a proof in, as a browser would without
// scripts, and sends it.
func (b *browser) confirm(asked answer, name, value string) answer {
	b.a.t.Helper()
	form := asked.doc(b.a.t).Find(`form:has(input[name^="confirm."]), form:has(a[href="/login/sso?anew=1"])`)
	if form.Length() != 1 {
		b.a.t.Fatalf("%d forms ask for a proof\n%s", form.Length(), asked.body)
	}
	fields := url.Values{}
	for _, f := range form.Find("input[name]").EachIter() {
		fields.Add(f.AttrOr("name", ""), f.AttrOr("value", ""))
	}
	if name != "" {
		fields.Set(name, value)
	}
	return b.post(form.AttrOr("action", ""), fields)
}

// TestProofBeforeRolesChange: ten minutes after signing in, a role changes only
// after a proof, and then as it was typed.
func TestProofBeforeRolesChange(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	admin, other := a.as("admin"), a.as("admin")
	role := func() account.Role {
		u, err := a.store.Users().Get(t.Context(), "u-support")
		if err != nil {
			t.Fatal(err)
		}
		return u.Role
	}
	form := url.Values{"name": {"Typed <b>name"}, "role": {"readonly"}, "version": {"0"}, "p.orders.edit": {"grant"}}
	a.clock.add(proofTime + time.Second)
	asked := admin.post("/users/u-support", form).want(t, http.StatusForbidden).wantText(t, "Confirm that it is you", "Typed &lt;b&gt;name")
	if role() != account.Support {
		t.Fatal("changed without a proof")
	}
	asked = admin.confirm(asked, confirmPassword, "not the password").want(t, http.StatusUnprocessableEntity).wantText(t, "This is not your password.")
	asked.lacksText(t, "not the password")
	before := admin.cookie()
	admin.confirm(asked, confirmPassword, testPassword).wantTo(t, "/users/u-support")
	if role() != account.ReadOnly {
		t.Error("what was typed is lost")
	}
	admin.get("/users/u-support").want(t, http.StatusOK).wantText(t, "Typed &lt;b&gt;name")
	// A proof gives the session a new token; the one before is worth nothing.
	if admin.cookie() == before {
		t.Error("the token stayed")
	}
	old := a.browser()
	old.setCookie(before)
	old.get("/users").want(t, http.StatusSeeOther)
	// It holds for a while, in this session alone.
	a.clock.add(proofTime - time.Second)
	admin.post("/users/u-readonly/disabled", url.Values{"disabled": {"yes"}}).want(t, http.StatusSeeOther)
	other.post("/users/u-readonly/disabled", url.Values{"disabled": {"no"}}).want(t, http.StatusForbidden)
	a.clock.add(2 * time.Second)
	admin.post("/users/u-readonly/disabled", url.Values{"disabled": {"no"}}).want(t, http.StatusForbidden)
}

// TestProofKeepsTheVersion: proving oneself changes nothing about the account,
// so that a form about it is not out of date by that.
func TestProofKeepsTheVersion(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	admin := a.as("admin")
	version := admin.get("/users/u-admin").want(t, http.StatusOK).doc(t).Find("input[name=version]").AttrOr("value", "")
	a.clock.add(proofTime + time.Second)
	asked := admin.post("/users/u-admin", url.Values{"name": {"Another Name"}, "role": {"admin"}, "version": {version}}).want(t, http.StatusForbidden)
	admin.confirm(asked, confirmPassword, testPassword).wantTo(t, "/users/u-admin")
}

// TestEveryRouteThatWantsAProof: none of them does anything without.
func TestEveryRouteThatWantsAProof(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	admin := a.as("admin")
	a.clock.add(proofTime + time.Second)
	wanted := map[string]bool{"/users": true, "/users/rules": true, "/users/:id": true, "/users/:id/disabled": true, "/users/:id/link": true, "/users/:id/cut": true,
		"/account/factor": true, "/account/factor/remove": true, "/account/tokens": true, "/channels": true, "/channels/:id": true, "/channels/:id/secret": true,
		"/settings/webhooks": true, "/settings/webhooks/:id": true, "/settings/webhooks/:id/secret": true, "/settings/mail": true}
	for _, r := range a.srv.routes() {
		if r.fresh != (wanted[r.path] && r.method == http.MethodPost) {
			t.Errorf("%s %s: wants a proof: %v", r.method, r.path, r.fresh)
		}
		if !r.fresh {
			continue
		}
		path := strings.NewReplacer(":id", "website").Replace(r.path)
		got := admin.post(path, url.Values{"typed": {"once"}}).want(t, http.StatusForbidden).wantText(t, "Confirm that it is you", `name="typed" value="once"`)
		if to := got.doc(t).Find(`form:has(input[name="confirm.password"])`).AttrOr("action", ""); to != path {
			t.Errorf("%s goes on to %s", path, to)
		}
		part := admin.parts().post(path, url.Values{"typed": {"once"}}).want(t, http.StatusForbidden).lacksText(t, "<html")
		if part.header.Get("HX-Retarget") != "#main" {
			t.Errorf("%s: the part goes to %q", path, part.header.Get("HX-Retarget"))
		}
	}
	if n, err := a.store.Records().Count(t.Context(), store.RecordQuery{Kind: "subscription"}); err != nil || n != 0 {
		t.Errorf("%d subscriptions, %v", n, err)
	}
}

func TestProofByCode(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	b := a.as("support")
	seed, _ := b.equip(t)
	a.clock.add(proofTime + time.Second)
	form := url.Values{"name": {"Report"}, "days": {"30"}, "scope": {"orders.read", "orders.edit"}}
	asked := b.post("/account/tokens", form).want(t, http.StatusForbidden)
	b.confirm(asked, confirmCode, "000000").want(t, http.StatusUnprocessableEntity).wantText(t, "This code is not valid")
	code := a.code(t, seed)
	b.confirm(asked, confirmCode, code).want(t, http.StatusCreated).wantText(t, "plm_", "this one")
	if n := strings.Count(b.get("/account").body, "Report"); n != 1 {
		t.Errorf("listed %d times", n)
	}
	// A code counts once, here as at the sign-in.
	a.clock.add(proofTime + time.Second)
	asked = b.post("/account/factor/remove", nil).want(t, http.StatusForbidden)
	b.confirm(asked, confirmCode, code).want(t, http.StatusUnprocessableEntity)
	a.clock.add(time.Minute)
	b.confirm(asked, confirmCode, a.code(t, seed)).wantTo(t, "/account")
}

// TestGuessesAtTheProof count with those at the sign-in.
func TestGuessesAtTheProof(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	b := a.as("admin")
	a.clock.add(proofTime + time.Second)
	asked := b.post("/users/u-support/link", nil).want(t, http.StatusForbidden)
	for range freeMisses {
		b.confirm(asked, confirmPassword, "a wrong guess at it").want(t, http.StatusUnprocessableEntity)
	}
	got := b.confirm(asked, confirmPassword, testPassword).want(t, http.StatusTooManyRequests)
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// TestProofEndsWithTheSession: a proof does not prolong what 12 hours end, and
// the list of sessions shows one.
func TestProofEndsWithTheSession(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	b := a.as("admin")
	for range 25 {
		a.clock.add(28 * time.Minute) // 11 h 40 min in all
		b.get("/orders").want(t, http.StatusOK)
	}
	asked := b.post("/users/u-support/link", nil).want(t, http.StatusForbidden)
	b.confirm(asked, confirmPassword, testPassword).want(t, http.StatusOK)
	if rows, err := a.srv.sessions.of(t.Context(), "u-admin"); err != nil || len(rows) != 1 {
		t.Errorf("%d sessions, %v", len(rows), err)
	}
	a.clock.add(20*time.Minute + time.Second)
	b.get("/orders").want(t, http.StatusSeeOther)
}

// TestTokensNeedNoProof: a program has nobody in front of it to ask.
func TestTokensNeedNoProof(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	for _, r := range a.srv.routes() {
		if r.bearer && r.fresh {
			t.Errorf("%s %s asks a program", r.method, r.path)
		}
	}
	token := a.token("admin")
	a.clock.add(proofTime + time.Second)
	a.program(token).send(http.MethodPut, "/api/users/u-support", map[string]any{"role": "readonly"}).want(t, http.StatusOK)
}

// TestProofAbroad: who has neither password nor second factor proves themselves
// at the provider, in another tab.
func TestProofAbroad(t *testing.T) {
	t.Parallel()
	x := newAbroad(t)
	x.change("admin", func(u *account.User) { u.PasswordHash = "" })
	x.provider.Says(map[string]any{"email": "admin@example.com"})
	b := x.browser()
	b.comeBack(b.leave("/login/sso")).wantTo(t, "/")
	b.post("/users/u-support/link", nil).want(t, http.StatusOK) // the provider has just asked
	x.clock.add(proofTime + time.Second)
	asked := b.post("/users/u-readonly/link", nil).want(t, http.StatusForbidden).wantText(t, "Example ID")
	b.confirm(asked, "", "").want(t, http.StatusForbidden)

	// The provider knows them still and asked for nothing.
	x.provider.Says(map[string]any{"email": "admin@example.com", "auth_time": x.clock.now().Add(-time.Hour).Unix()})
	b.comeBack(b.leave("/login/sso?anew=1")).wantTo(t, "/login?sso=refused")
	// Somebody else proved themselves.
	x.provider.Says(map[string]any{"email": "support@example.com", "sub": "s-2"})
	b.comeBack(b.leave("/login/sso?anew=1")).wantTo(t, "/login?sso=refused")
	b.confirm(asked, "", "").want(t, http.StatusForbidden)

	x.provider.Says(map[string]any{"email": "admin@example.com"})
	b.comeBack(b.leave("/login/sso?anew=1")).want(t, http.StatusOK).wantText(t, "Close this tab")
	b.confirm(asked, "", "").want(t, http.StatusOK)

	// A session that the provider began without asking is none that proves.
	x.provider.Says(map[string]any{"email": "admin@example.com", "auth_time": x.clock.now().Add(-time.Hour).Unix()})
	late := x.browser()
	late.comeBack(late.leave("/login/sso")).wantTo(t, "/")
	late.post("/users/u-support/link", nil).want(t, http.StatusForbidden)
}
