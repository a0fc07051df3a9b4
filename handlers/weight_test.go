package handlers

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// maxListBytes is what a list of 50 orders may weigh as it is served.
const maxListBytes = 6000

// varied fills a desk with orders of every platform, some of them marked.
func (a *app) varied(n int) {
	a.t.Helper()
	for id, p := range ordertest.Channels() {
		if id == "website" || id == "amazon-in" {
			continue // every desk of these tests has them
		}
		a.channel(id, p)
	}
	var reports []order.Report
	for i := range n {
		reports = append(reports, ordertest.Synthetic(7, i, 30, a.clock.now()))
	}
	for i, id := range a.absorb(reports...) {
		if i%9 != 0 {
			continue
		}
		if _, err := a.store.Orders().Update(a.t.Context(), id, func(o *order.Order) error {
			if err := o.SetTags([]string{"vip"}, "u-support", a.clock.now()); err != nil {
				return err
			}
			return o.PutOnHold("waits", time.Time{}, "u-support", a.clock.now())
		}); err != nil {
			a.t.Fatal(err)
		}
	}
}

// packed is how many bytes a page takes as it is served, and the page.
func (b *browser) packed(path string) (int, string) {
	b.a.t.Helper()
	r := b.request(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	got := b.do(r)
	if got.status != http.StatusOK || got.header.Get("Content-Encoding") != "gzip" {
		b.a.t.Fatalf("%s: %d %q", path, got.status, got.header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil {
		b.a.t.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil {
		b.a.t.Fatal(err)
	}
	return len(got.body), string(page)
}

// TestListIsLight: a page of 50 orders that differ in everything is small, for
// the person who is offered most.
func TestListIsLight(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.varied(400)
	b := a.as("admin")
	for _, path := range []string{"/orders", "/orders?page=4", "/orders?q=status%3Adelivered&sort=-total"} {
		n, page := b.packed(path)
		d, err := goquery.NewDocumentFromReader(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		if rows := d.Find("#rows tr").Length(); rows != 50 {
			t.Fatalf("%s shows %d orders", path, rows)
		}
		if views := d.Find("#views li").Length(); views < 9 {
			t.Errorf("%s shows %d views", path, views)
		}
		t.Logf("%s: %d bytes packed, %d plain", path, n, len(page))
		if n > maxListBytes {
			t.Errorf("%s takes %d bytes packed, more than %d", path, n, maxListBytes)
		}
	}
}

// TestBarPrintsAndExports: the bar's buttons take the ticked orders, or all of
// the list.
func TestBarPrintsAndExports(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(maxPrinted + 5)
	b := a.as("admin")
	two := b.get("/orders/print?query=q%3Dring&what=pick&action=tag&order="+ids[0].String()+"&order="+ids[1].String()).want(t, http.StatusOK)
	two.wantText(t, "Pick list", "RING-1", "RING-2", `href="/orders?q=ring"`).lacksText(t, "RING-3")
	b.get("/orders/print?what=slip").want(t, http.StatusUnprocessableEntity)
	b.get("/orders/print?what=slip&all=yes&past=x").want(t, http.StatusUnprocessableEntity)

	part := b.get("/orders/print?all=yes&query=sort%3Dordered_at&what=slip").want(t, http.StatusOK)
	part.wantText(t, "Orders 1 to 200, in the order of the list.")
	next := part.doc(t).Find(".hint a[href*=after]").AttrOr("href", "")
	b.get(next).want(t, http.StatusOK).wantText(t, "Orders 201 to 205", "403-0000205-0000001").lacksText(t, "403-0000200-0000001", "On to the next")

	page := b.get("/orders/export?query=q%3Dring&order="+ids[3].String()+"&order="+ids[1].String()).want(t, http.StatusOK)
	page.wantText(t, "2 selected orders", `href="/orders?q=ring"`)
	form := url.Values{}
	page.doc(t).Find("form.review [name]:not([name=format]), form.review [name=format][value=csv]").Each(collect(form))
	to := b.post("/orders/export", form).want(t, http.StatusSeeOther).header.Get("Location")
	j := finished(t, a.srv.jobs, strings.TrimPrefix(to, "/jobs/"))
	for name := range j.Files {
		text := b.get(to+"/files/"+name).want(t, http.StatusOK).body
		if strings.Count(text, "\r\n") != 3 || strings.Index(text, "403-0000004") > strings.Index(text, "403-0000002") || !strings.Contains(text, "403-0000002") {
			t.Errorf("the file holds\n%s", text)
		}
	}
	if j.Done != 2 || len(j.Files) != 1 {
		t.Errorf("the job %+v", j)
	}
	b.get("/orders/export?all=yes&order="+ids[3].String()+"&query=q%3Dring").want(t, http.StatusOK).wantText(t, "205 orders")
	a.as("readonly").get("/orders/print?what=slip&order="+ids[0].String()).want(t, http.StatusOK).lacksText(t, "Asha Raghunathan")
}

// TestFiltersApart: what lies under the filters is fetched apart, with what is
// chosen; a refused list has it in the page.
func TestFiltersApart(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	list := "?q=ring&status=pending&status=shipped&from=2026-11-01&sort=-total"
	page := b.get("/orders"+list).want(t, http.StatusOK).doc(t)
	form := url.Values{}
	page.Find("#filters input[name], input[form=filters][name]").Each(collect(form))
	if got := form.Encode(); got != "from=2026-11-01&q=ring&sort=-total&status=pending&status=shipped" {
		t.Errorf("the form carries %s", got)
	}
	lid := page.Find("#picks details > a").AttrOr("href", "")
	for _, x := range []answer{b.parts().get(lid), b.get(lid)} {
		d := x.want(t, http.StatusOK).doc(t)
		if n := d.Find("input[name=status]").Length(); n != len(order.Statuses()) {
			t.Errorf("%d statuses", n)
		}
		if d.Find("input[name=status][checked]").Length() != 2 || d.Find("#from").AttrOr("value", "") != "2026-11-01" || d.Find("#sort [selected]").AttrOr("value", "") != "-total" {
			t.Error("what is chosen is not shown")
		}
	}
	d := b.get("/orders?status=nonsense").want(t, http.StatusUnprocessableEntity).doc(t)
	if d.Find("#picks input[name=status]").Length() == 0 || d.Find("#status-err").Length() == 0 {
		t.Error("the fault is not at its field")
	}
	b.get("/orders/filters?status=nonsense").want(t, http.StatusUnprocessableEntity)
	b.parts().get("/account/menu").want(t, http.StatusOK).wantText(t, `action="/logout"`)
	b.get("/account/menu").want(t, http.StatusOK).wantText(t, `action="/logout"`, "<main")
	b.parts().get("/orders/bulk").want(t, http.StatusOK).wantText(t, `value="status:shipped"`).lacksText(t, "<main")
}
