package handlers

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// exported starts an export and waits for it.
func (b *browser) exported(t *testing.T, f url.Values) (address string, j store.Job) {
	t.Helper()
	address = b.post("/orders/export", f).want(t, http.StatusSeeOther).header.Get("Location")
	return address, finished(t, b.a.srv.jobs, strings.TrimPrefix(address, "/jobs/"))
}

func TestExportFromListToFile(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(5)
	for _, id := range ids[:3] {
		a.set(id, func(o *order.Order) error { return o.AddTag("gift", "u-admin", a.clock.now()) })
	}
	b := a.as("admin")
	link, ok := b.get("/orders?tag=gift&limit=20").want(t, http.StatusOK).doc(t).Find(`a[href^="/orders/export"]`).Attr("href")
	if !ok || link != "/orders/export?tag=gift" {
		t.Fatalf("the list links to %q", link)
	}
	page := b.get(link).want(t, http.StatusOK).wantText(t, "3 orders").lacksText(t, "will not tell who").doc(t)
	f := formOf(t, page, "form.review", "format", "csv")
	if len(f["column"]) == 0 {
		// formOf leaves out check boxes that are not ticked; the usual ones are.
		t.Fatal("no column is chosen")
	}
	f["column"] = []string{"id", "customer_name", "total"}
	address, j := b.exported(t, f)
	if j.State != store.JobDone || j.Done != 3 {
		t.Fatalf("job %+v", j)
	}
	done := b.get(address).want(t, http.StatusOK).wantText(t, "The file is ready", "is removed").doc(t)
	file, _ := done.Find("a[download]").Attr("href")
	got := b.get(file).want(t, http.StatusOK)
	if kind := got.header.Get("Content-Type"); kind != "text/csv; charset=utf-8" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("sent as %s, %s", kind, got.header.Get("Content-Disposition"))
	}
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][0] != ids[2].String() || rows[1][1] != "Asha Raghunathan" || rows[1][2] != "1299.03" {
		t.Errorf("%v %v", err, rows)
	}
	entries, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "export.run"})
	if err != nil || len(entries) != 1 || entries[0].By != "u-admin" || entries[0].Ref != j.ID || !strings.Contains(entries[0].After, `"orders":3`) || !strings.Contains(entries[0].After, `"masked":false`) {
		t.Errorf("%v, audit %+v", err, entries)
	}
	// The file is its owner's or an administrator's, and not for ever.
	a.as("support").get(file).want(t, http.StatusNotFound)
	a.user("other", account.Admin)
	a.as("other").get(file).want(t, http.StatusOK)
	a.clock.add(keepExport + 1)
	b = a.as("admin")
	b.get(file).want(t, http.StatusNotFound)
	b.get(address).want(t, http.StatusOK).wantText(t, "not here any more")
	if err := a.srv.uploads.purge(); err != nil {
		t.Fatal(err)
	}
}

// TestExportMasked: who may not reveal customers takes none of them along, and
// loses a file that holds them with the permission.
func TestExportMasked(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(2)
	b := a.as("support")
	b.get("/orders/export").want(t, http.StatusOK).wantText(t, "will not tell who the customers are", "customers.reveal")
	for _, format := range []string{"csv", "ndjson", "json"} {
		address, j := b.exported(t, url.Values{"format": {format}, "column": {"id", "customer_name", "phone", "email", "city", "address_line1"}})
		if j.State != store.JobDone {
			t.Fatalf("job %+v", j)
		}
		for name := range j.Files {
			got := b.get(address+"/files/"+name).want(t, http.StatusOK)
			got.wantText(t, "A•••").lacksText(t, "Asha", "Raghunathan", "98765", "asha.secret", "Hidden Lane", "Pune")
		}
	}
	admin := a.as("admin")
	address, j := admin.exported(t, url.Values{"format": {"ndjson"}})
	for name := range j.Files {
		admin.get(address+"/files/"+name).want(t, http.StatusOK).wantText(t, "Asha")
		a.change("admin", func(u *account.User) { u.Denied = []account.Permission{account.CustomersReveal} })
		admin.get(address+"/files/"+name).want(t, http.StatusNotFound)
	}
	a.as("readonly").get("/orders/export").want(t, http.StatusForbidden)
}

func TestExportRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(1)
	b := a.as("support")
	for name, tt := range map[string]struct {
		form url.Values
		says string
	}{
		"no format":         {url.Values{}, "Use one of csv"},
		"no column":         {url.Values{"format": {"csv"}}, "Choose at least one column."},
		"an unknown column": {url.Values{"format": {"csv"}, "column": {"secret"}}, "There is no column"},
		"a bad query":       {url.Values{"format": {"json"}, "query": {"q=total%3E"}}, "total"},
		"an unknown filter": {url.Values{"format": {"json"}, "query": {"nonsense=1"}}, "filter"},
	} {
		if got := b.post("/orders/export", tt.form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, tt.says) {
			t.Errorf("%s: %d, says %q: %v", name, got.status, tt.says, strings.Contains(got.body, tt.says))
		}
	}
	b.get("/orders/export?status=lost").want(t, http.StatusUnprocessableEntity)
}

// TestExportFailed: half a file is not offered.
func TestExportFailed(t *testing.T) {
	t.Parallel()
	broken := &brokenEach{}
	a := newApp(t, func(d *Deps) { broken.Store = d.Store; d.Store = broken })
	a.orders(3)
	b := a.as("support")
	address, j := b.exported(t, url.Values{"format": {"json"}})
	if j.State != store.JobFailed || len(j.Files) != 0 {
		t.Errorf("job %+v", j)
	}
	b.get(address).want(t, http.StatusOK).wantText(t, "There is no file")
	entries, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "export.run"})
	if err != nil || len(entries) != 1 || !strings.Contains(entries[0].After, `"whole":false`) {
		t.Errorf("%v %+v", err, entries)
	}
}

type brokenEach struct{ store.Store }

func (b *brokenEach) Orders() store.Orders { return brokenEachOrders{b.Store.Orders()} }

type brokenEachOrders struct{ store.Orders }

func (b brokenEachOrders) Each(ctx context.Context, q order.Query, fn func(order.Order) error) error {
	return errors.Join(b.Orders.Each(ctx, q, fn), errors.New("disk gone"))
}
