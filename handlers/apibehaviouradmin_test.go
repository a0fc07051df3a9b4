package handlers

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
)

func TestAPIUsers(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	p := a.api("admin")
	made := p.post("/api/auth/register", map[string]string{"email": "Ravi@example.com", "name": "Ravi  Nair", "role": "support"}).want(t, http.StatusCreated)
	password, _ := made.object(t)["password"].(string)
	a.program("").post("/api/auth/login", map[string]string{"email": "ravi@example.com", "password": password}).want(t, http.StatusOK)
	p.post("/api/auth/register", map[string]string{"email": "ravi@example.com", "name": "Ravi", "role": "support"}).want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"email"`)
	p.post("/api/auth/register", map[string]string{"email": "x@example.com", "name": "", "role": "boss", "password": "short"}).want(t, http.StatusUnprocessableEntity).
		wantText(t, `"field":"name"`, `"field":"role"`, `"field":"password"`)
	p.put("/api/users/u-support", `{"role":"readonly","denied":["channels.read"]}`).want(t, http.StatusOK).wantText(t, `"permissions":["orders.read","analytics.read"]`)
	p.put("/api/users/u-support", `{"granted":["orders.everything"]}`).want(t, http.StatusUnprocessableEntity)
	p.put("/api/users/u-admin", `{"role":"support"}`).want(t, http.StatusConflict)
	p.put("/api/users/u-admin", `{"disabled":true}`).want(t, http.StatusConflict)
	p.del("/api/users/u-admin").want(t, http.StatusConflict)
	p.del("/api/users/u-support").want(t, http.StatusNoContent)
	p.get("/api/users/u-support").want(t, http.StatusOK).wantText(t, `"disabled":true`)
	// Somebody who may manage users gives nothing that they lack.
	a.change("readonly", func(u *account.User) { u.Granted = []account.Permission{account.UsersManage} })
	clerk := a.api("readonly")
	clerk.put("/api/users/u-readonly", `{"role":"admin"}`).want(t, http.StatusForbidden)
	clerk.put("/api/users/u-readonly", `{"granted":["users.manage","orders.export"]}`).want(t, http.StatusForbidden)
	clerk.put("/api/users/u-admin", `{"name":"Mallory"}`).want(t, http.StatusForbidden)
	clerk.post("/api/auth/register", map[string]string{"email": "m@example.com", "name": "M", "role": "admin"}).want(t, http.StatusForbidden)
	if p.get("/api/users").want(t, http.StatusOK); strings.Contains(p.get("/api/users").body, "argon2id") {
		t.Error("hashes are shown")
	}
}

// TestN65OverTheAPI: two administrators who remove each other at once
// leave one.
func TestN65OverTheAPI(t *testing.T) {
	t.Parallel()
	for range 3 {
		a := newApp(t)
		a.user("second", account.Admin)
		one, two := a.api("admin"), a.api("second")
		var wg sync.WaitGroup
		wg.Go(func() { one.del("/api/users/u-second") })
		wg.Go(func() { two.put("/api/users/u-admin", `{"role":"readonly"}`) })
		wg.Wait()
		all, err := a.store.Users().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		admins := 0
		for _, u := range all {
			if u.Role == account.Admin && !u.Disabled {
				admins++
			}
		}
		if admins != 1 {
			t.Errorf("%d administrators are left", admins)
		}
	}
}

func TestAPIChannels(t *testing.T) {
	t.Parallel()
	var s syncer
	a := newApp(t, func(d *Deps) { d.Sync = &s })
	a.api("readonly").get("/api/channels").want(t, http.StatusOK).wantText(t, `"id":"amazon-in"`, `"lastRun":null`)
	a.api("support").post("/api/channels/website/sync", nil).want(t, http.StatusAccepted)
	a.api("support").post("/api/channels/nowhere/sync", nil).want(t, http.StatusNotFound)
	a.api("readonly").post("/api/channels/website/sync", nil).want(t, http.StatusForbidden)
	if len(s.asked) != 1 || s.asked[0] != "website for u-support" {
		t.Errorf("asked %v", s.asked)
	}
}

func TestAPIDescriptionAndPage(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	got := a.program("").get("/api/openapi.yaml").want(t, http.StatusOK)
	if !strings.HasPrefix(got.body, "openapi: 3.1") || !strings.HasPrefix(got.header.Get("Content-Type"), "application/yaml") {
		t.Errorf("%s %.40s", got.header.Get("Content-Type"), got.body)
	}
	page := a.as("readonly").get("/api/docs").want(t, http.StatusOK)
	doc := page.doc(t)
	for _, o := range describedAPI(t).ops {
		id, _ := o.raw["operationId"].(string)
		if doc.Find("#"+id+" pre").Length() != 1 {
			t.Errorf("the page does not explain %s", id)
		}
	}
	if doc.Find("[style], style, script:not([src])").Length() > 0 {
		t.Error("the page needs what the policy forbids")
	}
	page.wantText(t, "$BASE/api/orders", "Authorization: Bearer $TOKEN")
}

// TestAPIExport: a program makes a file and fetches it; who may not take
// personal data away gets a masked one.
func TestAPIExport(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(3)
	p := a.api("support")
	p.post("/api/orders/export", `{"format":"pdf"}`).want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"format"`)
	p.post("/api/orders/export", `{"query":"status=lost"}`).want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"query.status"`)
	job := p.post("/api/orders/export", `{"query":"sku:RING-1,RING-2","format":"csv"}`).want(t, http.StatusAccepted).header.Get("Location")
	var j struct {
		State string
		Files []string
	}
	for range 200 {
		if p.get(job).want(t, http.StatusOK).read(t, &j); j.State != "running" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if j.State != "done" || len(j.Files) != 1 {
		t.Fatalf("%+v", j)
	}
	file := p.get(job+"/files/"+j.Files[0]).want(t, http.StatusOK).wantText(t, "403-0000001-0000001").lacksText(t, "403-0000003-0000001", "Raghunathan", "9876543210")
	if !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%s", file.header.Get("Content-Disposition"))
	}
	a.api("readonly").get(job+"/files/"+j.Files[0]).want(t, http.StatusNotFound)
	a.program("").get(job+"/files/"+j.Files[0]).want(t, http.StatusUnauthorized)
	a.program(a.personal("admin", account.OrdersRead)).post("/api/orders/export", `{}`).want(t, http.StatusForbidden)
}
