package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/saved"
	"github.com/palmonas/palmonas-crm/store"
)

func TestScopedExportsAndViews(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	b := a.as("scoped")
	job := b.post("/orders/export", url.Values{"query": {""}, "format": {"csv"}, "column": {"order", "channel", "sku"}}).header.Get("Location")
	if job == "" {
		job = b.post("/orders/export", url.Values{"query": {""}, "format": {"json"}}).want(t, http.StatusSeeOther).header.Get("Location")
	}
	j := a.ended(strings.TrimPrefix(job, "/jobs/"))
	if j.State != store.JobDone || j.Done != len(a.in) {
		t.Fatalf("%+v", j)
	}
	for name := range j.Files {
		got := b.get(job+"/files/"+name).want(t, http.StatusOK)
		a.silent("the export", got)
	}
	// A view of everybody counts what each of them sees.
	admin, err := a.store.Users().Get(t.Context(), "u-admin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.srv.book().Create(t.Context(), admin, saved.View{Name: "All of Asha", Query: "q=asha"}, true); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"admin": fmt.Sprint(len(a.in) + len(a.out)), "scoped": fmt.Sprint(len(a.in))} {
		links := a.as(name).get("/views/counts").want(t, http.StatusOK).doc(t).Find("a").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "All of Asha") })
		if !strings.Contains(links.Text(), want) {
			t.Errorf("%s: %q, want %s", name, links.Text(), want)
		}
	}
	if n, err := a.srv.CountFor(t.Context(), account.User{ID: "u-scoped", Role: account.Support, Channels: []string{"amazon-in"}}, "", 100); n != len(a.in) || err != nil {
		t.Errorf("a watched view has %d orders (%v)", n, err)
	}
}

func TestScopedStream(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	l := a.as("scoped").listen(t, "/events")
	l.next()
	a.absorb(hidden(50, a.clock.now()))
	seen := a.absorb(reported(51, order.Confirmed, a.clock.now()))[0]
	if got := []string{l.next(), l.next(), l.next()}; !strings.Contains(got[2], seen.String()) {
		t.Errorf("%q, want order %s", got, seen)
	}
	// Who comes back is told of no more.
	again := a.as("scoped").listen(t, "/events", func(r *http.Request) { r.Header.Set("Last-Event-ID", "1") })
	again.next()
	for range len(a.in) {
		again.next()
		again.next()
		if data := again.next(); strings.Contains(fmt.Sprint(a.out), strings.Split(data, `"`)[3]) {
			t.Errorf("%s is out of scope", data)
		}
	}
}

// TestScopeTakesEffectAtOnce: on the next request, and jobs that wait begin in
// the scope of then.
func TestScopeTakesEffectAtOnce(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	b := a.as("support")
	b.get("/orders/"+a.out[0].String()).want(t, http.StatusOK)
	a.change("support", func(u *account.User) { u.Channels = []string{"amazon-in"} })
	b.get("/orders/"+a.out[0].String()).want(t, http.StatusNotFound)
	a.silent("the list", b.get("/orders"))
	ctx, err := a.srv.asOwner(t.Context(), "u-support")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := a.srv.Store.Orders().Count(ctx, nil, 100); n != len(a.in) || err != nil {
		t.Errorf("a job sees %d orders (%v)", n, err)
	}
	a.change("support", func(u *account.User) { u.Disabled = true })
	if _, err := a.srv.asOwner(t.Context(), "u-support"); !errors.Is(err, errOwnerGone) {
		t.Errorf("%v", err)
	}
}

// TestScopeOnTheUserForm: an administrator restricts somebody, which is
// audited, ends their sessions and closes the desk's own pages to them.
func TestScopeOnTheUserForm(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	admin, b := a.as("admin"), a.as("support")
	form := func(channels ...string) url.Values {
		return url.Values{"name": {"Test support"}, "role": {"support"}, "version": {"0"}, "channel": channels}
	}
	admin.post("/users/u-support", form("amazon-in", "nosuch-ch")).want(t, http.StatusUnprocessableEntity).wantText(t, "There is no such channel.")
	admin.post("/users/u-support", form("website", "amazon-in", "website")).want(t, http.StatusSeeOther)
	u, err := a.store.Users().Get(t.Context(), "u-support")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"amazon-in", "website"}, u.Channels); diff != "" || !u.ScopedAt.Equal(a.clock.now()) {
		t.Errorf("since %s %s", u.ScopedAt, diff)
	}
	b.get("/orders").want(t, http.StatusSeeOther) // to the login
	entries, err := a.store.Audit().List(t.Context(), store.AuditQuery{Object: "user:u-support", Limit: 1})
	if err != nil || len(entries) != 1 || !strings.Contains(entries[0].After, `"channels":["amazon-in","website"]`) || strings.Contains(entries[0].Before, "channels") {
		t.Errorf("%+v (%v)", entries, err)
	}
	page := admin.get("/users/u-support").want(t, http.StatusOK).doc(t)
	if n := page.Find(`input[name=channel]`).Length(); n != 3 {
		t.Errorf("%d channels to choose from", n)
	}
	if n := page.Find(`input[name=channel][checked]`).Length(); n != 2 {
		t.Errorf("%d are chosen", n)
	}
	admin.get("/users").want(t, http.StatusOK).wantText(t, "only 2 channels")
	admin.post("/users/u-support", form()).want(t, http.StatusSeeOther)
	a.as("support").get("/orders/"+a.out[0].String()).want(t, http.StatusOK)
}

// TestScopedIsNoAdministrator: whatever role and grants say. And who would be
// the last one cannot be restricted.
func TestScopedIsNoAdministrator(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	b, p := a.as("scoped"), a.program(a.token("scoped"))
	for _, path := range []string{"/users", "/users/u-scoped", "/audit", "/settings", "/settings/webhooks", "/settings/mail", "/settings/operations", "/channels/new"} {
		b.get(path).want(t, http.StatusForbidden)
	}
	for _, path := range []string{"/api/users", "/api/webhooks"} {
		p.get(path).want(t, http.StatusForbidden)
	}
	p.put("/api/users/u-scoped", map[string]any{"channels": []string{}}).want(t, http.StatusForbidden)
	b.post("/users/u-scoped", url.Values{"name": {"A"}, "role": {"admin"}, "version": {"0"}}).want(t, http.StatusForbidden)
	admin := a.as("admin")
	admin.post("/users/u-admin", url.Values{"name": {"A"}, "role": {"admin"}, "version": {"0"}, "channel": {"website"}}).
		want(t, http.StatusConflict).wantText(t, "last administrator")
	a.api("admin").put("/api/users/u-admin", map[string]any{"channels": []string{"website"}}).want(t, http.StatusConflict)
	a.user("second", account.Admin)
	a.api("admin").put("/api/users/u-admin", map[string]any{"channels": []string{"website"}}).want(t, http.StatusOK)
	admin.get("/users").want(t, http.StatusSeeOther)
}

// TestScopedFigures: what is kept over all channels is left out, and the page
// says so; the rest counts the scope's orders.
func TestScopedFigures(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	b, p := a.as("scoped"), a.program(a.token("scoped"))
	b.get("/analytics/customers").want(t, http.StatusOK).wantText(t, "your account is restricted to some channels").lacksText(t, "Take the filters away")
	b.get("/analytics/export/cohorts.csv").want(t, http.StatusUnprocessableEntity)
	var got struct{ Totals struct{ Orders int } }
	p.get("/api/analytics/revenue").want(t, http.StatusOK).read(t, &got)
	if got.Totals.Orders != len(a.in) {
		t.Errorf("%d orders, want %d", got.Totals.Orders, len(a.in))
	}
	// The digest of the day, of a day after these orders.
	a.clock.add(24 * time.Hour)
	for name, want := range map[string]string{"scoped": fmt.Sprint(len(a.in)), "admin": fmt.Sprint(len(a.in) + len(a.out))} {
		u, err := a.store.Users().Get(t.Context(), account.ID("u-"+name))
		if err != nil {
			t.Fatal(err)
		}
		if _, text, err := a.srv.writeMorning(t.Context(), u); err != nil || !strings.Contains(text, want+" orders") {
			t.Errorf("the digest of %s (%v), want %s orders:\n%s", name, err, want, text)
		}
	}
}

// TestScopedPersonalToken: a token has no more than its owner, now.
func TestScopedPersonalToken(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	p := a.program(a.personal("scoped", account.OrdersRead))
	p.get("/api/orders/"+a.in[0].String()).want(t, http.StatusOK)
	p.get("/api/orders/"+a.out[0].String()).want(t, http.StatusNotFound)
	p.get("/api/users").want(t, http.StatusForbidden)
	a.silent("the list", p.get("/api/orders?limit=100"))
	once := a.program(a.token("support")).with(headerOnceKey, "k-1")
	body := map[string]any{"text": "a note"}
	once.post("/api/orders/"+a.out[0].String()+"/notes", body).want(t, http.StatusOK)
	a.change("support", func(u *account.User) { u.Channels = []string{"amazon-in"} })
	a.silent("a kept answer", once.post("/api/orders/"+a.out[0].String()+"/notes", body).want(t, http.StatusConflict))
}

// TestScopedCustomers: the same person is worth less where less of them is
// seen, and is nobody where nothing is.
func TestScopedCustomers(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	known, other := a.order(a.in[0]).CustomerKey(), a.order(a.out[0]).CustomerKey()
	if known == other {
		t.Fatal("the customers are the same")
	}
	b := a.as("scoped")
	b.get("/customers/"+url.PathEscape(other)).want(t, http.StatusNotFound)
	for name, want := range map[string]int{"scoped": len(a.in), "admin": len(a.in) + len(a.out)/2} {
		rows := a.as(name).get("/customers/"+url.PathEscape(known)).want(t, http.StatusOK).doc(t).Find(`tr:has(a[href^="/orders/"]), li:has(a[href^="/orders/"])`)
		if rows.Length() != want {
			t.Errorf("%s sees %d orders of the customer, want %d", name, rows.Length(), want)
		}
	}
	for _, what := range []string{"/data", "/erase", "/notes", "/join"} {
		got := b.post("/customers/"+url.PathEscape(known)+what, url.Values{"what": {"x"}, "reason": {"x"}, "text": {"x"}, "other": {known}})
		if what != "/join" && (got.status == http.StatusSeeOther || got.status == http.StatusOK) {
			t.Errorf("%s: %d", what, got.status)
		}
		a.silent(what, got)
	}
}
