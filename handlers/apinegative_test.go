package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// Negative tests of the API; docs/security.md lists all of them. N-15 to N-17
// are in package bearer, token by token; here is what a client sees.

func TestN04TokensEndWithTheirOwner(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*account.User){
		"disabled":     func(u *account.User) { u.Disabled = true },
		"demoted":      func(u *account.User) { u.Role = account.ReadOnly; u.Epoch++ },
		"new password": func(u *account.User) { u.Epoch++ },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			login, personal := a.api("support"), a.program(a.personal("support", account.OrdersRead))
			login.get("/api/orders").want(t, http.StatusOK)
			personal.get("/api/orders").want(t, http.StatusOK)
			a.change("support", change)
			login.get("/api/orders").want(t, http.StatusUnauthorized)
			personal.get("/api/orders").want(t, http.StatusUnauthorized)
		})
	}
}

// TestN12ForeignOriginsAndTheAPI: another site can make a browser send its
// cookie, but never a token.
func TestN12ForeignOriginsAndTheAPI(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	b := a.as("admin")
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		for _, path := range []string{"/api/orders/" + id.String(), "/api/orders/" + id.String() + "/status", "/api/orders", "/api/auth/register"} {
			r := b.request(method, path, strings.NewReader(`{}`))
			r.Header.Set("Content-Type", "application/json")
			got := b.do(r)
			if got.status != http.StatusUnauthorized && got.status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s with a session: %d", method, path, got.status)
			}
		}
	}
	r := b.request(http.MethodOptions, "/api/orders", nil)
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Access-Control-Request-Method", "PUT")
	got := b.do(r)
	for name := range got.header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("a preflight is answered with %s", name)
		}
	}
	if a.order(id).Version != 1 {
		t.Error("the order changed")
	}
}

func TestN13JSONOnly(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	body := `{"status":"processing","version":1}`
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonp", "text/json", "application/json+x"} {
		a.api("admin").with("Content-Type", kind).put("/api/orders/"+id.String()+"/status", body).want(t, http.StatusUnsupportedMediaType)
	}
	a.api("admin").with("Content-Type", "application/json; charset=utf-8").put("/api/orders/"+id.String()+"/status", body).want(t, http.StatusOK)
}

func TestN14NoOtherMethods(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0].String()
	p := a.api("admin")
	p.send(http.MethodPatch, "/api/orders/"+id, `{"tags":[]}`).want(t, http.StatusMethodNotAllowed)
	p.with("X-HTTP-Method-Override", "DELETE").post("/api/orders/"+id, nil).want(t, http.StatusMethodNotAllowed)
	p.with("X-HTTP-Method-Override", "DELETE").get("/api/orders/"+id).want(t, http.StatusOK)
	p.get("/api/orders/"+id+"?_method=DELETE").want(t, http.StatusUnprocessableEntity)
	p.get("/api/orders/"+id).want(t, http.StatusOK)
}

// TestN15ForgedTokens: forged, foreign and outlived tokens are all answered
// the same.
func TestN15ForgedTokens(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	other := newApp(t) // another installation, with a key of its own
	good := a.token("admin")
	parts := strings.Split(good, ".")
	forged := map[string]string{
		"none":       "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + parts[1] + ".",
		"unsigned":   parts[0] + "." + parts[1] + ".",
		"foreign":    other.token("admin"),
		"not a JWT":  "abc.def.ghi",
		"personal":   account.NewToken(),
		"misspelled": good[:len(good)-2] + "xx",
	}
	var bodies []string
	for name, text := range forged {
		got := a.program(text).get("/api/auth/me")
		if got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d, %q", name, got.status, got.header.Get("WWW-Authenticate"))
		}
		bodies = append(bodies, strings.ReplaceAll(got.body, got.header.Get("X-Request-Id"), "ID"))
	}
	if slices.Sort(bodies); bodies[0] != bodies[len(bodies)-1] {
		t.Errorf("the answers tell tokens apart: %s, %s", bodies[0], bodies[len(bodies)-1])
	}
	a.clock.add(24*time.Hour + time.Second)
	a.program(good).get("/api/auth/me").want(t, http.StatusUnauthorized)
}

// TestN18NoRefreshTokens: there are none, so none can be used twice; a logout
// is final.
func TestN18NoRefreshTokens(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	p := a.api("support")
	p.post("/api/auth/refresh", `{}`).want(t, http.StatusNotFound)
	p.post("/api/auth/logout", nil).want(t, http.StatusNoContent)
	p.get("/api/auth/me").want(t, http.StatusUnauthorized)
	p.post("/api/auth/logout", nil).want(t, http.StatusUnauthorized)
}

// TestN27EveryRouteRefusesTheOthers is TestEveryRoute for tokens with scopes: a
// token that may do everything but what a route needs is refused there (T-1).
func TestN27EveryRouteRefusesTheOthers(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(d *Deps) { d.Sync, d.Keys = &syncer{}, testKeys(t) })
	id := a.orders(1)[0].String()
	tokens := map[account.Permission]*program{}
	for _, p := range account.Permissions() {
		tokens[p] = a.program(a.personal("admin", p))
	}
	for _, r := range a.srv.apiRoutes() {
		wanted, is := strings.CutPrefix(string(r.need), "may ")
		if !is {
			continue
		}
		for p, program := range tokens {
			got := program.send(r.method, strings.Replace(r.path, ":id", id, 1), nil)
			if in := got.status != http.StatusForbidden; in != (string(p) == wanted) {
				t.Errorf("%s %s with %s: %d", r.method, r.path, p, got.status)
			}
		}
	}
}

func TestN28OthersTokens(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	u, err := a.store.Users().Get(t.Context(), "u-support")
	if err != nil {
		t.Fatal(err)
	}
	text, theirs, err := a.srv.tokens.Create(t.Context(), u, "theirs", []account.Permission{account.OrdersRead}, a.clock.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	admin := a.api("admin")
	admin.get("/api/tokens").want(t, http.StatusOK).lacksText(t, theirs.ID)
	admin.del("/api/tokens/"+theirs.ID).want(t, http.StatusNotFound)
	// Not even a token of the same person may touch its brothers, or make one.
	second := a.program(a.personal("support", account.OrdersRead))
	second.del("/api/tokens/"+theirs.ID).want(t, http.StatusForbidden)
	second.post("/api/tokens", map[string]any{"name": "x", "scopes": []string{"orders.read"}, "expiresAt": a.clock.now().Add(time.Hour)}).want(t, http.StatusForbidden)
	a.program(text).get("/api/orders").want(t, http.StatusOK)
	a.program(text).del("/api/tokens/"+theirs.ID).want(t, http.StatusNoContent)
	a.program(text).get("/api/orders").want(t, http.StatusUnauthorized)
}

// TestN29MaskedEverywhere: who may not read customers gets nothing of them, in
// no answer and by no question.
func TestN29MaskedEverywhere(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(2)[0]
	if _, err := a.store.Orders().Update(t.Context(), id, func(o *order.Order) error {
		o.AddNote("call Asha on 9876543210", "u-support", a.clock.now())
		return o.SetStatus(order.Processing, "u-support", "Asha agreed", false, a.clock.now())
	}); err != nil {
		t.Fatal(err)
	}
	secrets := []string{"Asha", "Raghunathan", "asha.secret", "9876543210", "Hidden Lane", "Pune", "411001", a.order(id).CustomerKey()}
	for name, p := range map[string]*program{
		"readonly":                            a.api("readonly"),
		"a token without customers.read":      a.program(a.personal("admin", account.OrdersRead, account.AnalyticsRead, account.OrdersEdit, account.OrdersStatus)),
		"a token of support with orders only": a.program(a.personal("support", account.OrdersRead, account.AnalyticsRead)),
	} {
		for _, path := range []string{"/api/orders", "/api/orders/" + id.String(), "/api/analytics/customers", "/api/analytics/dashboard", "/api/orders?sort=total&limit=20"} {
			p.get(path).want(t, http.StatusOK).lacksText(t, secrets...)
		}
		for _, query := range []string{"q=Asha", "q=asha.secret", "q=9876543210", "q=pincode:411001", "q=city:pune", "customer=" + a.order(id).CustomerKey(), "q=Hidden", "q=-Asha", `q="Asha Raghunathan"`} {
			got := p.get("/api/orders?" + strings.NewReplacer(" ", "%20", `"`, "%22").Replace(query))
			if got.status == http.StatusOK && !strings.Contains(got.body, `"orders":[]`) && !strings.Contains(query, "-") {
				t.Errorf("%s finds orders by %s", name, query)
			}
			got.lacksText(t, secrets[1:]...)
		}
	}
	editor := a.program(a.personal("admin", account.OrdersRead, account.OrdersEdit))
	editor.put("/api/orders/"+id.String(), `{"tags":["x"]}`).want(t, http.StatusOK).lacksText(t, secrets...)
	editor.put("/api/orders/"+id.String(), `{"customer":{"name":"x"}}`).want(t, http.StatusForbidden)
	a.api("support").get("/api/orders/"+id.String()).want(t, http.StatusOK).wantText(t, secrets...)
}

// TestN55GuessingThroughTheAPI: the API's login is as patient as the page's, and
// counts together with it.
func TestN55GuessingThroughTheAPI(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	p := a.program("")
	tried := 0
	for range 60 {
		got := p.post("/api/auth/login", map[string]string{"email": "admin@example.com", "password": "wrong guess, once more"})
		switch got.status {
		case http.StatusUnauthorized:
			tried++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if tried > freeMisses+1 {
		t.Errorf("%d guesses were tried", tried)
	}
	a.browser().login("admin@example.com", testPassword).want(t, http.StatusTooManyRequests)
}

// TestN56LimitsFollowTheToken: neither another address nor another token of the
// same person makes the budget larger without end.
func TestN56LimitsFollowTheToken(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	const burst, perSecond = 60, 5
	a.srv.budgets = newBudgets(perSecond, burst, a.clock.now)
	one, two, three := a.program(a.personal("admin", account.OrdersRead)), a.program(a.personal("admin", account.OrdersRead)), a.program(a.personal("admin", account.OrdersRead))
	spend := func(p *program) (n int) {
		for n = range 10 * burst {
			got := p.with("X-Forwarded-For", fmt.Sprintf("10.0.0.%d", n%250)).get("/api/tokens")
			if got.status == http.StatusTooManyRequests {
				if got.header.Get("Retry-After") != "1" || got.header.Get("RateLimit-Remaining") != "0" {
					t.Errorf("Retry-After %q, remaining %q", got.header.Get("Retry-After"), got.header.Get("RateLimit-Remaining"))
				}
				return n
			}
		}
		return n
	}
	if n := spend(one); n != burst {
		t.Errorf("one token: %d requests at once", n)
	}
	if n := spend(two) + spend(three); n != burst*(personFactor-1) {
		t.Errorf("two more tokens of one person: %d requests", n)
	}
	a.api("support").get("/api/tokens").want(t, http.StatusOK)
	a.clock.add(time.Second)
	if n := spend(one); n != perSecond {
		t.Errorf("after a second: %d requests", n)
	}
}

func TestN59ErrorsSayNothing(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(d *Deps) {
		d.Store = brokenStore{d.Store, func() { panic("secret inner detail") }}
	})
	p := a.api("admin")
	for _, got := range []answer{p.get("/api/orders").want(t, http.StatusInternalServerError), p.get("/api/nothing").want(t, http.StatusNotFound),
		p.send(http.MethodPatch, "/api/orders", nil).want(t, http.StatusMethodNotAllowed), p.get("/api/orders/1").want(t, http.StatusNotFound),
		p.post("/api/tokens", "{").want(t, http.StatusBadRequest), p.get("/api").want(t, http.StatusNotFound)} {
		got.lacksText(t, "secret", "goroutine", ".go", "sqlite", "SELECT", "echo", "json:", "jsontext", "golang")
		got.wantText(t, `"requestId":"`+got.header.Get("X-Request-Id")+`"`, `"error":"`, `"message":"`)
		if ct := got.header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
			t.Errorf("%s", ct)
		}
	}
}

// TestN63SessionsGivePowersNowhere: the session opens the page about the API,
// and nothing else below /api.
func TestN63SessionsGivePowersNowhere(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	for _, r := range a.srv.apiRoutes() {
		if r.anonymous || r.path == docsPath {
			continue
		}
		got := b.do(b.request(r.method, strings.Replace(r.path, ":id", "x", 1), nil))
		if got.status != http.StatusUnauthorized || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s %s: %d", r.method, r.path, got.status)
		}
	}
	b.get(docsPath).want(t, http.StatusOK)
	if got := a.browser().get(docsPath); got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/login") {
		t.Errorf("%s without a session: %d", docsPath, got.status)
	}
}

func TestN69TokensInAddresses(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	token := a.personal("admin", account.OrdersRead)
	nobody := a.program("")
	for _, name := range []string{"access_token", "token", "api_key", "authorization"} {
		nobody.get("/api/orders?"+name+"="+token).want(t, http.StatusUnauthorized)
	}
	nobody.with("Cookie", "token="+token).get("/api/orders").want(t, http.StatusUnauthorized)
	nobody.with("X-Api-Key", token).get("/api/orders").want(t, http.StatusUnauthorized)
	nobody.with("Authorization", "Basic "+token).get("/api/orders").want(t, http.StatusUnauthorized)
	nobody.with("Authorization", token).get("/api/orders").want(t, http.StatusUnauthorized)
	a.program(token).get("/api/orders?token="+token).want(t, http.StatusUnprocessableEntity)
	if strings.Contains(a.log.String(), token[4:]) {
		t.Error("the log holds the token")
	}
}
