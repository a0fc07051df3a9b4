package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/insight"
	"github.com/palmonas/palmonas-crm/notice"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// canary stands in everything that a scoped user must not learn of.
const canary = "canary"

// aviary is a desk with orders of one customer in two channels, one of which
// "scoped" (as wide as any role and grant makes them) does not see.
type aviary struct {
	*app
	in, out []order.ID
}

func hidden(n int, at time.Time) order.Report {
	r := reported(n, order.Confirmed, at)
	r.Platform = order.Flipkart
	r.Ref = order.Ref{Channel: "canary-ch", PlatformOrderID: fmt.Sprintf("CANARY-%d", n)}
	f := &r.Facts
	f.OrderNumber, f.Customer.Name, f.Customer.Address.City = fmt.Sprintf("CANARYNO-%d", n), "Asha Canaryname", "Canaryville"
	f.Items[0].SKU, f.Items[0].Title, f.Shipment.AWB = "CANARYSKU", "Canary ring", fmt.Sprintf("CANARYAWB%d", n)
	if n%2 == 0 {
		f.Customer.Phone, f.Customer.Email = "+919000000001", "canary@example.org"
	}
	return r
}

func newAviary(t *testing.T) *aviary {
	t.Helper()
	a := &aviary{app: newApp(t, func(d *Deps) { d.Keys = testKeys(t) })}
	if err := a.store.Channels().Create(t.Context(), channel.Channel{ID: "canary-ch", Platform: order.Flipkart, Adapter: channel.Manual, Name: "Canary shop", Enabled: true}); err != nil {
		t.Fatal(err)
	}
	now := a.clock.now()
	a.in = a.orders(4)
	for n := range 6 {
		a.out = append(a.out, a.absorb(hidden(n, now.Add(-time.Duration(n)*time.Hour)))...)
	}
	for _, id := range a.out {
		a.set(id, func(o *order.Order) error {
			o.Desk.Tags, o.Desk.Assignee = []string{"canarytag"}, "u-scoped"
			o.AddNote("canary note to @scoped", "u-admin", now)
			return nil
		})
	}
	a.user("scoped", account.Admin, func(u *account.User) {
		u.Granted, u.Channels, u.ScopedAt = account.Permissions(), []string{"amazon-in", "website"}, now
	})
	a.leftovers(t, now)
	a.recount()
	return a
}

// leftovers is what the desk made of those orders before.
func (a *aviary) leftovers(t *testing.T, now time.Time) {
	t.Helper()
	ctx, ch := t.Context(), a.store.Channels()
	u, err := a.store.Users().Get(ctx, "u-scoped")
	if err != nil {
		t.Fatal(err)
	}
	before := now.Add(-time.Hour)
	var faults []error
	for id, by := range map[string]account.ID{"canary-own": "u-scoped", "canary-others": "u-admin"} {
		faults = append(faults, a.store.Jobs().Save(ctx, store.Job{ID: id, Kind: kindExport, By: by, Channel: "canary-ch", Title: "Export of canary", State: store.JobDone,
			Started: before, Finished: before, Files: map[string]string{"orders-canary.csv": "jobs/x/orders-canary.csv"}}))
	}
	faults = append(faults,
		ch.SaveRun(ctx, channel.Run{ID: "r", Channel: "canary-ch", Kind: channel.Pull, Started: before, Error: "canary"}),
		ch.Quarantine(ctx, channel.Quarantined{ID: "canary-q", Channel: "canary-ch", Payload: []byte("canary"), Reason: "canary", FirstAt: before, LastAt: before}),
		a.srv.Board().Give(ctx, u, "once", notice.Notice{What: notice.Mention, Text: "Of CANARYNO-1", Link: "/orders/" + a.out[1].String()}))
	a.clock.add(time.Second) // the notice is older than the scope from here on
	_, err = a.store.Users().Update(ctx, "u-scoped", func(u *account.User) error { u.ScopedAt = a.clock.now(); return nil })
	faults = append(faults, err)
	_, err = a.store.Audit().Append(ctx, account.Entry{At: before, By: "u-admin", Action: "order.note", Object: "order:" + a.out[0].String(), Note: "canary"})
	if err := errors.Join(append(faults, err)...); err != nil {
		t.Fatal(err)
	}
}

// addresses are those of a route with every subject that it could be about.
func (a *aviary) addresses(r route) []string {
	var tables []string
	for _, page := range pagesOfFigures() {
		for _, name := range insight.Tables(page) {
			tables = append(tables, name+".csv")
		}
	}
	subjects := map[string][]string{
		":key":  {order.Order{Facts: order.Facts{Customer: reported(1, "", time.Time{}).Facts.Customer}}.CustomerKey(), order.Order{Facts: hidden(2, time.Time{}).Facts}.CustomerKey()},
		":id":   {a.in[0].String(), a.out[0].String(), a.out[1].String(), "amazon-in", "canary-ch", "canary-own", "canary-others", "u-scoped", "u-admin"},
		":name": {"orders-canary.csv", outcomesFile}, ":record": {"canary-q"}, ":channel": {"canary-ch"}, ":table": tables,
		":secret": {"x"}, ":delivery": {"x"}, ":token": {"x"}, "*": {"app.css"},
	}
	list := []string{r.path}
	for name, values := range subjects {
		var more []string
		for _, path := range list {
			if !strings.Contains(path, name) {
				more = append(more, path)
				continue
			}
			for _, v := range values {
				more = append(more, strings.Replace(path, name, url.PathEscape(v), 1))
			}
		}
		list = more
	}
	return list
}

// told is where an answer tells of what is out of scope; empty if nowhere. What
// the request itself said may come back.
func (a *aviary) told(what string, got answer) string {
	text := strings.ToLower(got.body + fmt.Sprint(got.header))
	for _, said := range []string{"/channels/canary-ch", "/jobs/canary-own", "/jobs/canary-others"} {
		if strings.Contains(what, said) {
			text = strings.ReplaceAll(text, said, "")
		}
	}
	at := strings.Index(text, canary)
	for _, id := range a.out {
		if at < 0 && !strings.Contains(what, id.String()) {
			at = strings.Index(text, id.String())
		}
	}
	if at < 0 {
		return ""
	}
	return text[max(0, at-200):min(len(text), at+200)]
}

func (a *aviary) silent(what string, got answer) {
	a.t.Helper()
	if where := a.told(what, got); where != "" {
		a.t.Errorf("%s: %d tells of it: …%s…", what, got.status, where)
	}
	if got.status >= 500 && got.status != http.StatusServiceUnavailable {
		a.t.Errorf("%s: %d", what, got.status)
	}
}

// walk asks for every page and every part of one, and for what the API tells.
func (a *aviary) walk(name string, look func(what string, got answer)) (asked int) {
	a.t.Helper()
	b, p := a.as(name), a.program(a.token(name))
	pages := []string{
		"/orders?q=asha", "/orders?q=tag:x+OR+sku:ring-1", "/orders?sort=-total&limit=100", "/orders?q=flag:archived+OR+total>0", "/orders/suggest?q=tag:", "/orders/suggest?q=channel:",
		"/palette?q=4", "/customers?q=asha", "/customers?sort=orders", "/orders/print?id=" + a.in[0].String() + "&id=" + a.out[0].String(),
		"/analytics/products?period=last7", "/analytics/revenue?platform=flipkart", "/analytics/builder?rows=channel", "/?period=today", "/orders/export?assignee=u-scoped",
		"/orders/" + a.in[0].String() + "?assignee=u-scoped", "/orders/bulk?assignee=u-scoped",
	}
	calls := []string{"/api/orders?q=asha&limit=100", "/api/orders?platform=flipkart", "/api/analytics/platforms?from=2000-01-01"}
	for _, r := range a.srv.routes() {
		if r.method != http.MethodGet || r.stream || r.path == "/metrics" || strings.HasPrefix(r.path, "/static") {
			continue // /metrics is the machine's, and streams have their own test
		}
		if r.bearer {
			calls = append(calls, a.addresses(r)...)
		} else {
			pages = append(pages, a.addresses(r)...)
		}
	}
	for _, path := range pages {
		look(path, b.get(path))
		look("part of "+path, b.parts().get(path))
	}
	for _, path := range calls {
		look(path, p.get(path))
	}
	return len(pages) + len(calls)
}

// TestScopedWalk: no address tells somebody of a channel that is out of scope,
// and many tell an administrator, who walks the same way.
func TestScopedWalk(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	if n := a.walk("scoped", a.silent); n < 150 {
		t.Errorf("only %d addresses", n)
	}
	telling := 0
	a.walk("admin", func(what string, got answer) {
		if a.told(what, got) != "" {
			telling++
		}
	})
	if telling < 60 {
		t.Errorf("only %d answers tell an administrator: there was nothing to hide", telling)
	}
}

// TestOutOfScopeIsUnknown: what is out of scope is answered as what is not
// there, and nothing changes.
func TestOutOfScopeIsUnknown(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	b, p := a.as("scoped"), a.program(a.token("scoped"))
	unknown := order.NewID(a.clock.now(), 77).String()
	out := a.out[0]
	before := a.order(out)
	alike := func(what string, hidden, nothing answer) {
		t.Helper()
		strip := func(x answer) string {
			body := strings.NewReplacer(out.String(), "ID", unknown, "ID", "canary-ch", "CH", "nosuch-ch", "CH",
				hidden.header.Get("X-Request-Id"), "", nothing.header.Get("X-Request-Id"), "").Replace(x.body)
			return fmt.Sprint(x.status, body)
		}
		if diff := cmp.Diff(strip(nothing), strip(hidden)); diff != "" {
			t.Errorf("%s (-unknown +out of scope):\n%s", what, cut(diff, 1500))
		}
	}
	for _, r := range a.srv.routes() {
		if !strings.HasPrefix(r.path, "/orders/:id") && !strings.HasPrefix(r.path, "/api/orders/:id") || r.stream {
			continue
		}
		at := func(id string) string { return strings.Replace(r.path, ":id", id, 1) }
		form := url.Values{"status": {"shipped"}, "version": {"1"}, "text": {"x"}, "seen": {"x"}, "tags": {"x"}, "reason": {"x"}}
		switch {
		case r.bearer:
			alike(r.path, p.send(r.method, at(out.String()), nil), p.send(r.method, at(unknown), nil))
		case r.method == http.MethodGet:
			alike(r.path, b.get(at(out.String())), b.get(at(unknown)))
			b.get(at(out.String())).want(t, http.StatusNotFound)
		default:
			alike(r.path, b.post(at(out.String()), form), b.post(at(unknown), form))
		}
	}
	for id, other := range map[string]string{"canary-ch": "nosuch-ch"} {
		alike("channel", b.get("/channels/"+id), b.get("/channels/"+other))
		alike("list", b.get("/orders?channel="+id), b.get("/orders?channel="+other))
		alike("figures", b.get("/analytics/revenue?channel="+id), b.get("/analytics/revenue?channel="+other))
		alike("api", p.get("/api/orders?channel="+id), p.get("/api/orders?channel="+other))
		alike("api figures", p.get("/api/analytics/revenue?channel="+id), p.get("/api/analytics/revenue?channel="+other))
		alike("sync", b.post("/channels/"+id+"/sync", nil), b.post("/channels/"+other+"/sync", nil))
		made := func(ch string) map[string]any {
			return map[string]any{"channel": ch, "orderedAt": a.clock.now().Add(-time.Hour).Format(time.RFC3339), "customer": map[string]any{"name": "A"},
				"items": []map[string]any{{"sku": "A", "title": "A", "quantity": 1, "unitPrice": map[string]any{"amount": "1.00", "currency": "INR"}}}}
		}
		alike("create", p.post("/api/orders", made(id)), p.post("/api/orders", made(other)))
	}
	var dry struct {
		Requested, Allowed int
		Skipped            []struct{ ID, Reason string }
	}
	p.post("/api/orders/bulk-status", map[string]any{"ids": []string{out.String(), unknown, a.in[0].String()}, "status": "processing", "dryRun": true}).want(t, http.StatusOK).read(t, &dry)
	if dry.Allowed != 1 || len(dry.Skipped) != 2 || dry.Skipped[0].Reason != dry.Skipped[1].Reason {
		t.Errorf("dry run: %+v", dry)
	}
	var started struct{ JobID string }
	p.post("/api/orders/bulk-status", map[string]any{"ids": []string{out.String(), a.in[0].String()}, "status": "processing", "dryRun": false}).want(t, http.StatusAccepted).read(t, &started)
	a.ended(started.JobID)
	if got := a.order(a.in[0]).Status; got != order.Processing {
		t.Errorf("the order in scope is %s", got)
	}
	if diff := cmp.Diff(before, a.order(out)); diff != "" {
		t.Errorf("an order out of scope was changed:\n%s", diff)
	}
}

// ended waits for a job.
func (a *app) ended(id string) store.Job {
	a.t.Helper()
	for {
		j, active, err := a.srv.jobs.Get(a.t.Context(), id)
		if err != nil {
			a.t.Fatal(err)
		}
		if active == nil && j.State != store.JobRunning {
			return j
		}
		select {
		case <-active:
		case <-a.t.Context().Done():
			a.t.Fatal("the job does not end")
		case <-time.After(10 * time.Millisecond): // between the last update and the record
		}
	}
}
