package handlers

import (
	"bytes"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
)

const newPassword = "seven grey herons by the weir"

// withKeys lets second factors be sealed.
func withKeys(d *Deps) {
	ring, err := channel.NewKeyring(bytes.Repeat([]byte{7, 9}, channel.KeySize/2))
	if err != nil {
		panic(err)
	}
	d.Keys = ring
}

var linkPattern = regexp.MustCompile(`value="[^"]*(/welcome/[A-Z2-7]+)"`)

// link is the path of the one-time link that a page shows.
func link(t *testing.T, x answer) string {
	t.Helper()
	m := linkPattern.FindStringSubmatch(x.body)
	if m == nil {
		t.Fatalf("no link\n%s", x.body)
	}
	return m[1]
}

// TestUserComes: an administrator adds somebody, who chooses a password with
// the link and signs in; nobody else ever knows it.
func TestUserComes(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	admin := a.as("admin")
	got := admin.post("/users", url.Values{"name": {"Some One"}, "email": {"New@Example.com"}, "role": {"support"}}).want(t, http.StatusCreated)
	to := link(t, got)
	guest := a.browser()
	if x := guest.login("new@example.com", ""); x.status != http.StatusUnprocessableEntity {
		t.Errorf("without a password: %d", x.status)
	}
	guest.get(to).want(t, http.StatusOK).wantText(t, "new@example.com", "Choose a password")
	guest.post(to, url.Values{"password": {"short"}, "again": {"short"}}).want(t, http.StatusUnprocessableEntity).wantText(t, "at least 15 characters")
	guest.post(to, url.Values{"password": {newPassword}, "again": {newPassword + "x"}}).want(t, http.StatusUnprocessableEntity).wantText(t, "The two differ.")
	guest.post(to, url.Values{"password": {newPassword}, "again": {newPassword}}).want(t, http.StatusSeeOther)
	guest.get(to).want(t, http.StatusNotFound).wantText(t, "used already")
	guest.login("new@example.com", newPassword).want(t, http.StatusSeeOther)
	guest.get("/orders").want(t, http.StatusOK)
	guest.get("/users").want(t, http.StatusForbidden)
	admin.get("/users").want(t, http.StatusOK).wantText(t, "Some One", "new@example.com")
}

func TestUserFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	admin := a.as("admin")
	admin.post("/users", url.Values{"name": {"  "}, "email": {"support@example.com"}, "role": {"readonly"}}).
		want(t, http.StatusUnprocessableEntity).wantText(t, "Write a name.", `value="support@example.com"`, `value="readonly" checked`)
	admin.post("/users", url.Values{"name": {"Twice"}, "email": {"support@example.com"}, "role": {"readonly"}}).
		want(t, http.StatusUnprocessableEntity).wantText(t, "There is an account with this address already.")
	admin.post("/users", url.Values{"name": {"X"}, "email": {"x@example.com"}, "role": {"owner"}}).want(t, http.StatusUnprocessableEntity)
	admin.post("/users", url.Values{"name": {"X"}, "email": {"x@example.com"}, "role": {"admin"}, "id": {"u-admin"}}).
		want(t, http.StatusUnprocessableEntity).wantText(t, "There is no such field.")
}

// TestN04RightsChangeAtOnce: what a user lost is refused on the next request.
func TestN04RightsChangeAtOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	admin, support := a.as("admin"), a.as("support")
	support.get("/orders").want(t, http.StatusOK)
	form := url.Values{"name": {"Test support"}, "role": {"support"}, "version": {"0"}, "p.orders.read": {"deny"}}
	admin.post("/users/u-support", form).want(t, http.StatusSeeOther)
	support.get("/orders").want(t, http.StatusSeeOther) // to the login: rights changed
	support = a.as("support")
	support.get("/orders").want(t, http.StatusForbidden)

	admin.post("/users/u-support/disabled", url.Values{"disabled": {"yes"}}).want(t, http.StatusSeeOther)
	support.get("/account").want(t, http.StatusSeeOther)
	if x := a.browser().login("support@example.com", testPassword); x.status != http.StatusUnprocessableEntity {
		t.Errorf("disabled: %d", x.status)
	}
	admin.post("/users/u-support/disabled", url.Values{"disabled": {"no"}}).want(t, http.StatusSeeOther)
	a.as("support")
}

// TestN65LastAdministratorOnPages: the last one stays.
func TestN65LastAdministratorOnPages(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	admin := a.as("admin")
	admin.post("/users/u-admin/disabled", url.Values{"disabled": {"yes"}}).want(t, http.StatusConflict).wantText(t, "last administrator")
	admin.post("/users/u-admin", url.Values{"name": {"A"}, "role": {"support"}, "version": {"0"}}).want(t, http.StatusConflict)
	admin.post("/users/u-admin", url.Values{"name": {"A"}, "role": {"admin"}, "version": {"0"}, "p.users.manage": {"deny"}}).want(t, http.StatusConflict)
	admin.get("/users").want(t, http.StatusOK)
}

func TestStaleUserForm(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	admin := a.as("admin")
	admin.post("/users/u-support", url.Values{"name": {"One"}, "role": {"readonly"}, "version": {"99"}}).want(t, http.StatusConflict)
	admin.post("/users/u-support", url.Values{"name": {"One"}, "role": {"readonly"}}).want(t, http.StatusUnprocessableEntity)
}

func TestOwnPassword(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	b, other := a.as("support"), a.as("support")
	b.post("/account/password", url.Values{"current": {"wrong pass phrase here"}, "password": {newPassword}, "again": {newPassword}}).
		want(t, http.StatusUnprocessableEntity).wantText(t, "This is not your password.")
	before := b.cookie()
	b.post("/account/password", url.Values{"current": {testPassword}, "password": {newPassword}, "again": {newPassword}}).want(t, http.StatusSeeOther)
	if b.cookie() == before {
		t.Error("the session kept its token")
	}
	b.get("/account").want(t, http.StatusOK)
	other.get("/account").want(t, http.StatusSeeOther)
	if x := a.browser().login("support@example.com", testPassword); x.status != http.StatusUnprocessableEntity {
		t.Errorf("the old password: %d", x.status)
	}
}

var seedPattern = regexp.MustCompile(`<code class="seed">([A-Z2-7 ]+)</code>`)

func (a *app) code(t *testing.T, seed string) string {
	t.Helper()
	c, err := hotp.GenerateCode(seed, uint64(a.clock.now().Unix()/30)) //nolint:gosec // after 1970
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// equip sets up a second factor and returns its seed and recovery codes.
func (b *browser) equip(t *testing.T) (seed string, recovery []string) {
	t.Helper()
	m := seedPattern.FindStringSubmatch(b.get("/account/factor").want(t, http.StatusOK).body)
	if m == nil {
		t.Fatal("no seed shown")
	}
	seed = strings.ReplaceAll(m[1], " ", "")
	b.post("/account/factor", url.Values{"code": {"12"}}).want(t, http.StatusUnprocessableEntity).wantText(t, "not valid", m[1])
	done := b.post("/account/factor", url.Values{"code": {b.a.code(t, seed)}}).want(t, http.StatusOK)
	for _, c := range regexp.MustCompile(`<li><code>([a-z2-7-]+)</code>`).FindAllStringSubmatch(done.body, -1) {
		recovery = append(recovery, c[1])
	}
	if len(recovery) != 10 {
		t.Fatalf("%d recovery codes", len(recovery))
	}
	return seed, recovery
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	seed, recovery := a.as("support").equip(t)
	a.clock.add(time.Minute)

	b := a.browser()
	if x := b.login("support@example.com", testPassword).want(t, http.StatusSeeOther); x.header.Get("Location") != "/login/code" {
		t.Fatalf("led to %s", x.header.Get("Location"))
	}
	b.get("/orders").want(t, http.StatusSeeOther) // the password alone lets nobody in
	b.post("/login/code", url.Values{"code": {"000000"}}).want(t, http.StatusUnprocessableEntity)
	code := a.code(t, seed)
	b.post("/login/code", url.Values{"code": {code}}).want(t, http.StatusSeeOther)
	b.get("/orders").want(t, http.StatusOK)

	again := a.browser()
	again.login("support@example.com", testPassword)
	again.post("/login/code", url.Values{"code": {code}}).want(t, http.StatusUnprocessableEntity)
	again.post("/login/code", url.Values{"code": {recovery[0]}}).want(t, http.StatusSeeOther)
	again.get("/orders").want(t, http.StatusOK)

	late := a.browser()
	late.login("support@example.com", testPassword)
	a.clock.add(pendingTime + time.Second)
	if x := late.post("/login/code", url.Values{"code": {a.code(t, seed)}}); path.Clean(x.header.Get("Location")) != "/login" {
		t.Errorf("after %s: %d %s", pendingTime, x.status, x.header.Get("Location"))
	}
}

// TestN09ResetKeepsSecondFactor: who resets a password still needs the code.
func TestN09ResetKeepsSecondFactor(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	a.as("support").equip(t)
	to := link(t, a.as("admin").post("/users/u-support/link", url.Values{}).want(t, http.StatusOK))
	b := a.browser()
	b.post(to, url.Values{"password": {newPassword}, "again": {newPassword}}).want(t, http.StatusSeeOther)
	if x := b.login("support@example.com", newPassword).want(t, http.StatusSeeOther); x.header.Get("Location") != "/login/code" {
		t.Errorf("led to %s", x.header.Get("Location"))
	}
}

func TestDemandedSecondFactor(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	a.as("admin").post("/users/rules", url.Values{"factor": {"on"}}).want(t, http.StatusSeeOther)
	b := a.browser()
	b.login("support@example.com", testPassword).want(t, http.StatusSeeOther)
	if x := b.get("/orders").want(t, http.StatusSeeOther); x.header.Get("Location") != "/account/factor" {
		t.Errorf("led to %s", x.header.Get("Location"))
	}
	b.post("/account/tokens", url.Values{}).want(t, http.StatusSeeOther)
	b.equip(t)
	b.get("/orders").want(t, http.StatusOK)
}

func TestN28SessionsAndTokensAreOnesOwn(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	one, two, other := a.as("support"), a.as("support"), a.as("readonly")
	name := nameOf(two.cookie())
	other.post("/account/sessions", url.Values{"session": {name}}).want(t, http.StatusSeeOther)
	two.get("/account").want(t, http.StatusOK)
	one.post("/account/sessions", url.Values{"session": {name}}).want(t, http.StatusSeeOther)
	two.get("/account").want(t, http.StatusSeeOther)
	one.get("/account").want(t, http.StatusOK)

	form := url.Values{"name": {"Report"}, "days": {"30"}, "scope": {"orders.read"}}
	got := one.post("/account/tokens", form).want(t, http.StatusCreated).wantText(t, "plm_")
	id := regexp.MustCompile(`/account/tokens/([^/"]+)/revoke`).FindStringSubmatch(got.body)
	if id == nil {
		t.Fatal("the token is not listed")
	}
	one.get("/account").lacksText(t, "plm_")
	other.post("/account/tokens/"+id[1]+"/revoke", url.Values{"revoke": {"yes"}}).want(t, http.StatusNotFound)
	one.post("/account/tokens/"+id[1]+"/revoke", url.Values{"revoke": {"yes"}}).want(t, http.StatusSeeOther)
	form.Set("scope", string(account.UsersManage))
	one.post("/account/tokens", form).want(t, http.StatusUnprocessableEntity).wantText(t, "Report", "do not have the permission")
}

func TestSessionsAreFew(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	first := a.as("support")
	for range maxSessions {
		a.clock.add(time.Second)
		a.as("support")
	}
	first.get("/account").want(t, http.StatusSeeOther)
}

func TestN64Setup(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	secret, err := a.srv.staff.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.browser().get("/setup/"+secret).want(t, http.StatusNotFound) // there are users
	a.browser().post("/setup/"+secret, url.Values{"name": {"X"}, "email": {"x@example.com"}, "password": {newPassword}, "again": {newPassword}}).want(t, http.StatusNotFound)
}

func TestAuditPage(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	admin := a.as("admin")
	admin.post("/users", url.Values{"name": {"Some One"}, "email": {"new@example.com"}, "role": {"support"}}).want(t, http.StatusCreated)
	admin.get("/audit").want(t, http.StatusOK).wantText(t, "user.create", "user.link", "Test admin").lacksText(t, "new@example.com")
	admin.get("/audit?action=order.").want(t, http.StatusOK).wantText(t, "No entries")
	admin.get("/audit?from=yesterday").want(t, http.StatusUnprocessableEntity).wantText(t, "Write a day such as")
	admin.get("/audit?from=2026-11-22&to=2026-11-01").want(t, http.StatusUnprocessableEntity)
	admin.get("/audit?everything=1").want(t, http.StatusUnprocessableEntity)
	a.as("support").get("/audit").want(t, http.StatusForbidden)
}

// TestN09APINeedsSecondFactorToo: the API is no way around it.
func TestN09APINeedsSecondFactorToo(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	seed, _ := a.as("support").equip(t)
	a.clock.add(time.Minute)
	login := func(code string) answer {
		b := a.browser()
		body := `{"email":"support@example.com","password":"` + testPassword + `"` + code + `}`
		r := b.request(http.MethodPost, "/api/auth/login", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		return b.do(r)
	}
	login("").want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"code"`)
	login(`,"code":"000000"`).want(t, http.StatusUnprocessableEntity)
	login(`,"code":"`+a.code(t, seed)+`"`).want(t, http.StatusOK).wantText(t, `"token":`)
	login(`,"code":"`+a.code(t, seed)+`"`).want(t, http.StatusUnprocessableEntity)
}
