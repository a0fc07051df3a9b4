package handlers

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/outbound"
	"github.com/palmonas/palmonas-crm/store"
)

// TestEveryRouteIsDescribed: the description and the table of routes name the
// same requests, and the same permissions for them.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	d := describedAPI(t)
	seen := map[string]bool{}
	for _, r := range (&Server{}).apiRoutes() {
		if r.path == docsPath {
			continue // a page for people
		}
		path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.path, "{$1}")
		seen[r.method+" "+path] = true
		i := slices.IndexFunc(d.ops, func(o describedOp) bool { return o.method == r.method && o.path == path })
		if i < 0 {
			t.Errorf("%s %s is not described", r.method, path)
			continue
		}
		op := d.ops[i].raw
		permission, _ := op["x-permission"].(string)
		want := strings.TrimPrefix(string(r.need), "may ")
		if r.need == anyone || r.need == signedIn {
			want = ""
		}
		if permission != want {
			t.Errorf("%s %s needs %q, described as %q", r.method, path, want, permission)
		}
		if _, open := op["security"]; open != r.anonymous {
			t.Errorf("%s %s: described as open: %v", r.method, path, open)
		}
		if text, err := json.Marshal(op["parameters"]); err != nil || strings.Contains(string(text), "IdempotencyKey") != r.once {
			t.Errorf("%s %s takes an Idempotency-Key: %v, described otherwise", r.method, path, r.once)
		}
		if (r.anonymous || r.bearer) == false {
			t.Errorf("%s %s looks at the session", r.method, path)
		}
	}
	for _, o := range d.ops {
		if !seen[o.method+" "+o.path] {
			t.Errorf("%s %s is described but does not exist", o.method, o.path)
		}
	}
}

// subjects are what the described requests are about, made for one test.
type subjects struct{ order, user, token, channel, job, webhook, delivery string }

func (a *app) subjects() subjects {
	a.t.Helper()
	u := a.user("meera", account.Support)
	t, details, err := a.srv.tokens.Create(a.t.Context(), a.admin(), "to revoke", []account.Permission{account.OrdersRead}, a.clock.now().Add(time.Hour))
	if err != nil || t == "" {
		a.t.Fatal(err)
	}
	job := store.Job{ID: "job-1", Kind: "import", By: "u-admin", Title: "Orders of October", State: store.JobDone, Started: a.clock.now(), Updated: a.clock.now(), Finished: a.clock.now()}
	root := a.srv.uploads.root
	if err := errors.Join(root.Mkdir("jobs/job-1", 0o700), root.WriteFile("jobs/job-1/rejects.csv", []byte("a,b\r\n"), 0o600)); err != nil {
		a.t.Fatal(err)
	}
	job.Files = map[string]string{"rejects.csv": "jobs/job-1/rejects.csv"}
	if err := a.store.Jobs().Save(a.t.Context(), job); err != nil {
		a.t.Fatal(err)
	}
	out := subjects{order: a.orders(1)[0].String(), user: string(u.ID), token: details.ID, channel: "amazon-in", job: job.ID}
	hook, _, err := a.srv.outbound.Create(a.t.Context(), outbound.Wish{Name: "ERP", URL: "https://erp.example.com/hooks", Events: outbound.Events(), Enabled: true})
	if err == nil {
		err = a.srv.outbound.SendPing(a.t.Context(), hook.ID)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	list, err := a.srv.outbound.Deliveries(a.t.Context(), hook.ID, 1)
	if err != nil {
		a.t.Fatal(err)
	}
	out.webhook, out.delivery = hook.ID, list[0].ID
	return out
}

func (a *app) admin() account.User {
	a.t.Helper()
	u, err := a.store.Users().Get(a.t.Context(), "u-admin")
	if err != nil {
		a.t.Fatal(err)
	}
	return u
}

// address is the described path with a subject in it.
func (s subjects) address(path string) string {
	for prefix, id := range map[string]string{"/api/orders/": s.order, "/api/users/": s.user, "/api/tokens/": s.token, "/api/channels/": s.channel, "/api/jobs/": s.job, "/api/webhooks/": s.webhook} {
		if strings.HasPrefix(path, prefix) {
			path = strings.Replace(path, "{id}", id, 1)
		}
	}
	return strings.NewReplacer("{delivery}", s.delivery, "{name}", "rejects.csv").Replace(path)
}

// example is the body of the description, with what must fit this test.
func (o describedOp) example(t *testing.T) map[string]any {
	t.Helper()
	body, has := o.raw["requestBody"].(map[string]any)
	if !has {
		return nil
	}
	content, _ := body["content"].(map[string]any)
	media, _ := content["application/json"].(map[string]any)
	text, err := json.Marshal(media["example"])
	if err != nil || string(text) == "null" {
		t.Fatalf("%s %s has no example", o.method, o.path)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryDescribedRequest sends each request of the description as it stands
// there, then in every way that must fail. The answers are checked against
// their schemas as all others are.
func TestEveryDescribedRequest(t *testing.T) {
	t.Parallel()
	for _, o := range describedAPI(t).ops {
		t.Run(o.method+" "+o.path, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, func(d *Deps) { d.Sync, d.Keys = &syncer{}, testKeys(t) })
			s := a.subjects()
			path, body := s.address(o.path), o.example(t)
			a.suit(o, s, body)
			checkRefusals(t, a, o, path, body)
			var in any
			if body != nil {
				in = body
			}
			got := a.api("admin").send(o.method, path, in)
			if got.status/100 != 2 {
				t.Errorf("as described: %d\n%s", got.status, got.body)
			}
		})
	}
}

// suit makes an example fit the subjects of a test.
func (a *app) suit(o describedOp, s subjects, body map[string]any) {
	a.t.Helper()
	if _, has := body["version"]; has {
		body["version"] = 1
		if strings.HasPrefix(o.path, "/api/users/") {
			body["version"] = a.userVersion(s.user)
		}
	}
	switch o.path {
	case "/api/auth/login":
		body["email"], body["password"] = "admin@example.com", testPassword
	case "/api/orders":
		if body != nil {
			body["orderedAt"] = a.clock.now().Add(-time.Hour).Format(time.RFC3339)
		}
	case "/api/tokens":
		if body != nil {
			body["expiresAt"] = a.clock.now().Add(time.Hour).Format(time.RFC3339)
		}
	case "/api/orders/{id}":
		if hold, has := body["hold"].(map[string]any); has {
			hold["until"] = a.clock.now().Add(time.Hour).Format(time.RFC3339)
		}
	}
}

func (a *app) userVersion(id string) int64 {
	u, err := a.store.Users().Get(a.t.Context(), account.ID(id))
	if err != nil {
		a.t.Fatal(err)
	}
	return u.Version
}

// checkRefusals sends what must be refused, whatever else the request is.
func checkRefusals(t *testing.T, a *app, o describedOp, path string, body map[string]any) {
	t.Helper()
	_, open := o.raw["security"]
	permission, _ := o.raw["x-permission"].(string)
	admin := a.api("admin")
	expect := func(what string, got answer, status int) {
		t.Helper()
		if got.status != status {
			t.Errorf("%s: %d, want %d\n%s", what, got.status, status, cut(got.body, 500))
		}
	}
	if !open {
		expect("no token", a.program("").send(o.method, path, nil), http.StatusUnauthorized)
		expect("a made-up token", a.program("plm_made-up").send(o.method, path, nil), http.StatusUnauthorized)
	}
	if permission != "" {
		var others []account.Permission
		for _, p := range account.Permissions() {
			if string(p) != permission {
				others = append(others, p)
			}
		}
		expect("every permission but this one", a.program(a.personal("admin", others...)).send(o.method, path, nil), http.StatusForbidden)
	}
	expect("an unknown parameter", admin.send(o.method, path+"?no_such=1", nil), http.StatusUnprocessableEntity)
	if strings.Contains(o.path, "{id}") {
		var in any
		if body != nil {
			in = body
		}
		expect("an unknown id", admin.send(o.method, strings.NewReplacer("{id}", "1j0v5h2zk4a7c", "{delivery}", "x", "{name}", "x").Replace(o.path), in), http.StatusNotFound)
	}
	if o.method == http.MethodGet {
		return
	}
	more := map[string]any{"noSuchMember": 1}
	for k, v := range body {
		more[k] = v
	}
	expect("an unknown member", admin.send(o.method, path, more), http.StatusUnprocessableEntity)
	expect("another content type", admin.with("Content-Type", "text/plain").send(o.method, path, "hello"), http.StatusUnsupportedMediaType)
	expect("compressed", admin.with("Content-Encoding", "gzip").send(o.method, path, "hello"), http.StatusUnsupportedMediaType)
	expect("too large", admin.send(o.method, path, `{"a":"`+strings.Repeat("x", 2<<20)+`"}`), http.StatusRequestEntityTooLarge)
	if body != nil {
		expect("not JSON", admin.send(o.method, path, `{"a":`), http.StatusBadRequest)
		expect("nothing", admin.send(o.method, path, nil), http.StatusBadRequest)
		expect("a list", admin.send(o.method, path, `[]`), http.StatusUnprocessableEntity)
		expect("too deep", admin.send(o.method, path, strings.Repeat(`{"a":`, 12_000)), http.StatusBadRequest)
	}
}
