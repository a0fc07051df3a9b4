package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/account"
)

// Who gets in, by route. A route that is not here fails TestEveryRoute.
const (
	everybody = "admin support readonly custom anonymous"
	members   = "admin support readonly custom"
	writers   = "admin support"
	looking   = "admin support readonly" // custom was denied channels.read
)

func matrix() map[string]string {
	return map[string]string{
		"GET /healthz": everybody, "GET /readyz": everybody, "GET /static/*": everybody, "GET /favicon.ico": everybody,
		"GET /login": everybody, "POST /login": everybody, "POST /logout": everybody,
		"GET /": members, "POST /account": members, "GET /account/menu": members,
		"GET /orders/count": members, "GET /orders/suggest": members, "GET /orders/help": members, "GET /orders/columns": members, "GET /orders/filters": members, "POST /orders/columns": members,
		"GET /views": members, "POST /views": members, "GET /views/counts": members, "POST /views/ready": "admin",
		"GET /views/:id": members, "POST /views/:id": members, "POST /views/:id/move": members, "POST /views/:id/delete": members, "GET /palette": members,
		"GET /settings": "admin", "GET /settings/dispatch": "admin", "POST /settings/dispatch": "admin",
		"GET /orders/export": writers, "POST /orders/export": writers,
		"GET /orders/schedules": writers, "POST /orders/schedules": writers, "POST /orders/schedules/:id/delete": writers,
		"GET /orders": members, "GET /orders/:id": members, "GET /events": members,
		"POST /orders/:id/status": writers, "POST /orders/:id/notes": writers + " custom",
		"POST /orders/:id/wish": writers, "POST /orders/:id/assign": writers + " custom", "POST /orders/:id/tags": writers + " custom",
		"POST /orders/:id/hold": writers + " custom", "POST /orders/:id/contact": writers, "POST /orders/:id/address": writers,
		"POST /orders/:id/archive": "admin", "POST /orders/:id/restore": "admin", "POST /orders/:id/reveal": "admin", "GET /orders/:id/viewers": members,
		"GET /orders/new": writers, "POST /orders/new": writers, "POST /orders/new/channel": "admin", "GET /orders/:id/edit": writers, "POST /orders/:id/edit": writers,
		"GET /orders/print": members, "GET /orders/:id/print/slip": members, "GET /orders/:id/print/invoice": members, "POST /orders/:id/invoice": writers + " custom",
		"GET /settings/company": "admin", "POST /settings/company": "admin",
		"GET /orders/bulk": writers, "POST /orders/bulk": writers, "POST /jobs/:id/retry": writers, "POST /jobs/:id/undo": writers,
		"GET /channels": looking, "GET /channels/events": looking, "GET /channels/:id": looking,
		"GET /channels/new": "admin", "POST /channels": "admin", "POST /channels/:id": "admin", "POST /channels/:id/enabled": "admin",
		"POST /channels/:id/secret": "admin", "POST /channels/:id/replay": "admin", "GET /channels/:id/words": looking, "POST /channels/:id/words": "admin",
		"GET /channels/:id/quarantine/:record": "admin", "POST /channels/:id/quarantine/:record": "admin",
		"POST /channels/:id/sync": writers, "POST /channels/:id/fetch": writers,
		"POST /webhooks/:channel": everybody,
		"GET /api/openapi.yaml":   everybody, "GET /api/docs": members,
		"POST /api/auth/login": everybody, "POST /api/auth/logout": members, "GET /api/auth/me": members, "POST /api/auth/register": "admin",
		"GET /api/tokens": members, "POST /api/tokens": members, "DELETE /api/tokens/:id": members,
		"GET /api/orders": members, "GET /api/orders/:id": members, "PUT /api/orders/:id": writers + " custom",
		"PUT /api/orders/:id/status": writers, "POST /api/orders/:id/notes": writers + " custom", "DELETE /api/orders/:id": "admin",
		"POST /api/orders": writers, "POST /api/orders/bulk-status": writers, "POST /api/orders/export": writers, "GET /api/jobs/:id/files/:name": members,
		"GET /api/analytics/dashboard": looking, "GET /api/analytics/revenue": looking, "GET /api/analytics/platforms": looking,
		"GET /api/analytics/trends": looking, "GET /api/analytics/customers": looking, "GET /api/analytics/products": looking,
		"GET /api/webhooks": "admin", "POST /api/webhooks": "admin", "GET /api/webhooks/:id": "admin", "PUT /api/webhooks/:id": "admin",
		"DELETE /api/webhooks/:id": "admin", "POST /api/webhooks/:id/ping": "admin", "GET /api/webhooks/:id/deliveries": "admin",
		"POST /api/webhooks/:id/deliveries/:delivery": "admin",
		"GET /settings/webhooks":                      "admin", "POST /settings/webhooks": "admin", "GET /settings/webhooks/:id": "admin", "POST /settings/webhooks/:id": "admin",
		"POST /settings/webhooks/:id/ping": "admin", "POST /settings/webhooks/:id/secret": "admin", "POST /settings/webhooks/:id/delete": "admin",
		"POST /settings/webhooks/:id/deliveries/:delivery": "admin",
		"GET /api/users": "admin", "GET /api/users/:id": "admin", "PUT /api/users/:id": "admin", "DELETE /api/users/:id": "admin",
		"GET /api/channels": looking, "POST /api/channels/:id/sync": writers, "GET /api/jobs/:id": members,
		"GET /dashboard/now": looking, "GET /analytics/builder": looking, "GET /analytics/builder.csv": looking, "GET /analytics/builder.xlsx": looking, "GET /analytics/builder.json": looking,
		"GET /analytics/schedules": writers, "POST /analytics/schedules": writers, "GET /analytics/schedules/:id": writers, "POST /analytics/schedules/:id": writers, "POST /analytics/schedules/:id/delete": writers,
		"POST /analytics/reports": looking, "POST /analytics/reports/:id/delete": looking,
		"GET /analytics/export/:table": looking, "GET /analytics": looking, "GET /analytics/revenue": looking, "GET /analytics/platforms": looking,
		"GET /analytics/trends": looking, "GET /analytics/customers": looking, "GET /analytics/products": looking,
		"GET /login/sso": everybody, "GET /login/sso/back": everybody, "GET /login/sso/leave": everybody,
		"GET /metrics": everybody, "GET /login/code": everybody, "POST /login/code": everybody,
		"GET /welcome/:secret": everybody, "POST /welcome/:secret": everybody, "GET /setup/:secret": everybody, "POST /setup/:secret": everybody,
		"GET /users": "admin", "POST /users": "admin", "GET /users/new": "admin", "POST /users/rules": "admin", "GET /users/:id": "admin",
		"POST /users/:id": "admin", "POST /users/:id/disabled": "admin", "POST /users/:id/link": "admin", "POST /users/:id/cut": "admin",
		"GET /account": members, "POST /account/password": members, "GET /account/factor": members, "POST /account/factor": members,
		"POST /account/factor/remove": members, "POST /account/sessions": members, "POST /account/tokens": members,
		"POST /account/tokens/:token/revoke": members, "GET /audit": "admin",
		"GET /notices": members, "POST /notices/mail": members, "POST /notices/watch": members, "GET /settings/mail": "admin", "GET /settings/privacy": "admin", "POST /settings/privacy": "admin",
		"POST /customers/:key/data": writers, "GET /customers/:key/erase": "admin", "POST /customers/:key/erase": "admin",
		"GET /settings/operations": "admin", "POST /settings/operations/backup": "admin", "POST /settings/operations/plan": "admin", "POST /settings/mail": "admin",
		"GET /customers": writers, "GET /customers/:key": writers, "POST /customers/:key/notes": writers, "POST /customers/:key/join": writers,
		"POST /customers/:key/part": writers,
		"GET /imports":              writers, "POST /imports": writers, "GET /imports/:id": writers, "POST /imports/:id": writers,
		"GET /jobs/:id": members, "GET /jobs/:id/events": members, "GET /jobs/:id/files/:name": members, "POST /jobs/:id/cancel": members,
	}
}

func TestEveryRoute(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	// custom may read orders and write notes, nothing else.
	a.user("custom", account.ReadOnly, func(u *account.User) {
		u.Granted = []account.Permission{account.OrdersEdit}
		u.Denied = []account.Permission{account.AnalyticsRead, account.ChannelsRead}
	})
	browsers := map[string]*browser{"anonymous": a.browser()}
	for _, name := range strings.Fields(members) {
		browsers[name] = a.as(name)
		browsers[name].token = a.token(name)
	}
	id := a.orders(1)[0].String()
	want := matrix()
	for _, r := range a.srv.routes() {
		key := r.method + " " + r.path
		allowed, declared := want[key]
		if !declared {
			t.Errorf("%s is not in the matrix", key)
			continue
		}
		delete(want, key)
		if strings.HasSuffix(r.path, "/logout") || r.path == "/login/code" || r.stream {
			continue // has its own test; would end the others' sessions, lead back to the login, or not end at all
		}
		for name, b := range browsers {
			path := strings.NewReplacer(":id", id, ":name", "rejects.csv", "*", "x").Replace(r.path)
			var got answer
			if r.bearer {
				got = a.program(b.token).send(r.method, path, nil)
			} else if r.method == http.MethodGet {
				got = b.get(path)
			} else {
				got = b.post(path, url.Values{})
			}
			in := strings.Contains(allowed, name)
			refused := got.status == http.StatusForbidden || got.status == http.StatusUnauthorized ||
				got.status == http.StatusSeeOther && strings.HasPrefix(got.header.Get("Location"), "/login")
			if in == refused {
				t.Errorf("%s as %s: %d, should be let in: %v", key, name, got.status, in)
			}
			if !in && name != "anonymous" && got.status != http.StatusForbidden {
				t.Errorf("%s as %s: %d, want 403", key, name, got.status)
			}
		}
	}
	for key := range want {
		t.Errorf("%s is in the matrix but not among the routes", key)
	}
}

func TestUndeclaredRouteRefusesToStart(t *testing.T) {
	t.Parallel()
	for _, r := range (&Server{}).routes() {
		if r.need == undeclared {
			t.Errorf("%s %s", r.method, r.path)
		}
	}
	// Echo itself knows no route that is not in the table.
	a := newApp(t)
	known := map[string]bool{}
	for _, r := range a.srv.routes() {
		known[r.path] = true
	}
	for _, r := range a.srv.echo.Routes() {
		if !known[r.Path] {
			t.Errorf("%s %s is not in the table", r.Method, r.Path)
		}
	}
}
