package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
)

func TestLoginAndLogout(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	got := b.get("/orders?q=ring").want(t, http.StatusSeeOther)
	if want := "/login?next=%2Forders%3Fq%3Dring"; got.header.Get("Location") != want {
		t.Fatalf("Location %q, want %q", got.header.Get("Location"), want)
	}
	form := b.get(got.header.Get("Location")).want(t, http.StatusOK).doc(t)
	if next := form.Find(`form[action="/login"] input[name=next]`).AttrOr("value", ""); next != "/orders?q=ring" {
		t.Fatalf("next is %q", next)
	}
	got = b.post("/login", url.Values{"email": {" Admin@Example.com"}, "password": {testPassword}, "next": {"/orders?q=ring"}})
	got.want(t, http.StatusSeeOther)
	if got.header.Get("Location") != "/orders?q=ring" {
		t.Fatalf("Location %q", got.header.Get("Location"))
	}
	cookie := got.header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %s", cookie, part)
		}
	}
	b.get("/orders").want(t, http.StatusOK)
	token := b.cookie()
	got = b.post("/logout", nil).want(t, http.StatusSeeOther)
	if got.header.Get("Clear-Site-Data") == "" || b.cookie() != "" {
		t.Error("the browser keeps what it had")
	}
	b.setCookie(token) // the token itself is worthless now
	b.get("/orders").want(t, http.StatusSeeOther)
}

func TestSecureCookieWhenPublicURLIsHTTPS(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(d *Deps) { d.PublicURL = &url.URL{Scheme: "https", Host: "crm.example.com"} })
	b := a.browser()
	r := b.request(http.MethodPost, "/login", strings.NewReader(url.Values{"email": {"admin@example.com"}, "password": {testPassword}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Host = "crm.example.com"
	got := b.do(r).want(t, http.StatusSeeOther)
	cookie := got.header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-palmonas_session=") || !strings.Contains(cookie, "; Secure") {
		t.Errorf("cookie %q", cookie)
	}
	if got.header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
}

func TestN66WrongLoginsAnswerAlike(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.user("gone", account.Support, func(u *account.User) { u.Disabled = true })
	var bodies []string
	for _, email := range []string{"admin@example.com", "nobody@example.com", "gone@example.com"} {
		password := "wrong password here"
		if email == "gone@example.com" {
			password = testPassword
		}
		got := a.browser().login(email, password).want(t, http.StatusUnprocessableEntity)
		bodies = append(bodies, strings.ReplaceAll(got.body, email, "EMAIL"))
	}
	if bodies[0] != bodies[1] || bodies[1] != bodies[2] {
		t.Errorf("answers differ:\n%s\n%s\n%s", bodies[0], bodies[1], bodies[2])
	}
	for _, email := range []string{"admin@", "nobody@", "gone@"} {
		if strings.Contains(a.log.String(), email) {
			t.Errorf("the log holds %s", email)
		}
	}
}

func TestN01Fixation(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	b.setCookie("planted")
	b.login("admin@example.com", testPassword).want(t, http.StatusSeeOther)
	if got := b.cookie(); got == "planted" || got == "" {
		t.Fatalf("token %q after sign-in", got)
	}
	planted := a.browser()
	planted.setCookie("planted")
	planted.get("/orders").want(t, http.StatusSeeOther)
}

func TestN02OldTokenAfterLogin(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	first := b.cookie()
	b.login("admin@example.com", testPassword).want(t, http.StatusSeeOther)
	if b.cookie() == first {
		t.Fatal("the token survived a second sign-in")
	}
	old := a.browser()
	old.setCookie(first)
	old.get("/orders").want(t, http.StatusSeeOther)
	b.get("/orders").want(t, http.StatusOK)
}

func TestN04SessionsEndWithTheUser(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*account.User){
		"disabled":     func(u *account.User) { u.Disabled = true },
		"demoted":      func(u *account.User) { u.Role = account.ReadOnly; u.Epoch++ },
		"new password": func(u *account.User) { u.Epoch++ },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			b := a.as("support")
			b.get("/orders").want(t, http.StatusOK)
			a.change("support", change)
			b.get("/orders").want(t, http.StatusSeeOther)
			got := b.parts().get("/orders").want(t, http.StatusUnauthorized)
			if !strings.HasPrefix(got.header.Get("HX-Redirect"), "/login") {
				t.Errorf("HX-Redirect %q", got.header.Get("HX-Redirect"))
			}
		})
	}
}

func TestN05IdleEnd(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	a.clock.add(29 * time.Minute)
	b.get("/orders").want(t, http.StatusOK)
	a.clock.add(31 * time.Minute)
	b.get("/orders").want(t, http.StatusSeeOther)
	got := b.parts().get("/orders").want(t, http.StatusUnauthorized)
	if to := got.header.Get("HX-Redirect"); !strings.HasPrefix(to, "/login") {
		t.Errorf("HX-Redirect %q", to)
	}
}

func TestN06AbsoluteEnd(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	for range 24 {
		a.clock.add(29 * time.Minute)
		b.get("/orders").want(t, http.StatusOK)
	}
	a.clock.add(24*time.Minute + time.Second) // 12 h and 1 s since the sign-in
	b.get("/orders").want(t, http.StatusSeeOther)
	b.parts().get("/orders").want(t, http.StatusUnauthorized)
}

func TestTouchAtMostOnceAMinute(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	counted := &countingSessions{Sessions: a.store.Sessions()}
	a.srv.sessions.scs.Store = lasting{counted, a.clock.now}
	b := a.as("support")
	start := counted.commits.Load()
	for range 20 {
		b.get("/orders").want(t, http.StatusOK)
	}
	if n := counted.commits.Load() - start; n != 0 {
		t.Errorf("%d writes of the session within a minute", n)
	}
	a.clock.add(time.Minute)
	b.get("/orders").want(t, http.StatusOK)
	if n := counted.commits.Load() - start; n != 1 {
		t.Errorf("%d writes after a minute, want 1", n)
	}
}

func TestN03LogoutDuringASlowRequest(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	slow := &countingSessions{Sessions: a.store.Sessions(), hold: make(chan struct{}), held: make(chan struct{})}
	a.srv.sessions.scs.Store = lasting{slow, a.clock.now}
	b := a.as("support")
	token := b.cookie()
	a.clock.add(2 * time.Minute) // the next request touches the session
	slow.holding.Store(true)
	done := make(chan answer)
	go func() { done <- b.get("/orders") }()
	<-slow.held // it read the session and is about to write it back
	slow.holding.Store(false)
	other := a.browser()
	other.setCookie(token)
	other.post("/logout", nil).want(t, http.StatusSeeOther)
	close(slow.hold)
	<-done
	late := a.browser()
	late.setCookie(token)
	late.get("/orders").want(t, http.StatusSeeOther)
}

func TestTwoSessionCookiesAreNone(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	r := b.request(http.MethodGet, "/orders", nil)
	r.Header.Set("Cookie", "palmonas_session=planted")
	b.do(r).want(t, http.StatusSeeOther)
}

// TestN05IdleClock: it runs out after 30 minutes, is written once a minute, and
// what pages ask for by themselves does not move it.
func TestN05IdleClock(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	a.clock.add(idleTime - time.Millisecond)
	b.get("/orders").want(t, http.StatusOK)
	a.clock.add(idleTime)
	b.get("/orders").want(t, http.StatusSeeOther)

	watcher := a.as("support")
	for range 30 { // what app.js and polling ask for, a minute apart
		a.clock.add(time.Minute)
		got := watcher.parts().get("/views/counts")
		if a.clock.now().Sub(a.signedInAt(t)) < idleTime && got.status != http.StatusOK {
			t.Fatalf("after %s: %d", a.clock.now().Sub(a.signedInAt(t)), got.status)
		}
	}
	watcher.get("/orders").want(t, http.StatusSeeOther)

	// A person who works on stays, whatever comes in between.
	person := a.as("support")
	for range 4 {
		a.clock.add(20 * time.Minute)
		r := person.parts().request(http.MethodGet, "/orders", nil)
		r.Header.Set("HX-Source", "a#next")
		person.do(r).want(t, http.StatusOK)
	}
}

// signedInAt is when support last signed in.
func (a *app) signedInAt(t *testing.T) time.Time {
	t.Helper()
	return a.who("support").LastLoginAt
}

// TestCookiesAreForgotten: no cookie that lets anybody in outlives the browser,
// and there is no way to be remembered.
func TestCookiesAreForgotten(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	got := a.browser().login("admin@example.com", testPassword).want(t, http.StatusSeeOther)
	for _, c := range got.header.Values("Set-Cookie") {
		if strings.HasPrefix(c, "palmonas_session=") && (strings.Contains(c, "Max-Age") || strings.Contains(c, "Expires")) {
			t.Errorf("%s outlives the browser", c)
		}
	}
	a.browser().post("/login", url.Values{"email": {"admin@example.com"}, "password": {testPassword}, "remember": {"on"}}).want(t, http.StatusUnprocessableEntity)
}

// TestN04SecondFactorEndsSessions: whoever got in before it changed is out, with
// sessions and tokens; who changed it stays, under a new token.
func TestN04SecondFactorEndsSessions(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	b, other := a.as("support"), a.as("support")
	token := a.token("support")
	before := b.cookie()
	seed, _ := b.equip(t)
	if b.cookie() == before {
		t.Error("the session kept its token")
	}
	b.get("/account").want(t, http.StatusOK)
	other.get("/account").want(t, http.StatusSeeOther)
	a.program(token).send(http.MethodGet, "/api/auth/me", nil).want(t, http.StatusUnauthorized)

	a.clock.add(time.Minute)
	other = a.browser()
	other.login("support@example.com", testPassword).want(t, http.StatusSeeOther)
	other.post("/login/code", url.Values{"code": {a.code(t, seed)}}).want(t, http.StatusSeeOther)
	other.get("/account").want(t, http.StatusOK)
	b.post("/account/factor/remove", nil).want(t, http.StatusSeeOther)
	b.get("/account").want(t, http.StatusOK)
	other.get("/account").want(t, http.StatusSeeOther)

	b.equip(t)
	admin := a.as("admin")
	admin.post("/users/u-support/cut", url.Values{"what": {"factor"}}).want(t, http.StatusSeeOther)
	b.get("/account").want(t, http.StatusSeeOther)
	admin.get("/users").want(t, http.StatusOK)
}
