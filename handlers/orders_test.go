package handlers

import (
	"context"
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
	"github.com/palmonas/palmonas-crm/store"
)

// shown are the ids of the orders in a table, in its order.
func shown(t testing.TB, x answer) []string {
	t.Helper()
	return x.doc(t).Find("#rows tr").Map(func(_ int, s *goquery.Selection) string {
		return strings.TrimPrefix(s.Find("th a").AttrOr("href", ""), "/orders/")
	})
}

func TestListWholeAndPart(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(3)
	b := a.as("support")
	whole := b.get("/orders").want(t, http.StatusOK)
	if !strings.HasPrefix(whole.body, "<!doctype html>") && !strings.HasPrefix(whole.body, "<!DOCTYPE html>") {
		t.Error("the whole page is not whole")
	}
	if diff := cmp.Diff([]string{ids[2].String(), ids[1].String(), ids[0].String()}, shown(t, whole)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	whole.wantText(t, "3 orders", "Asha Raghunathan")
	part := b.parts().get("/orders?platform=&q=ring&limit=50&status=confirmed").want(t, http.StatusOK)
	if strings.Contains(part.body, "<html") {
		t.Error("the part is a whole page")
	}
	if got := part.header.Get("HX-Push-Url"); got != "/orders?q=ring&status=confirmed" {
		t.Errorf("HX-Push-Url %q", got)
	}
	for _, x := range []answer{whole, part} {
		if vary := strings.Join(x.header.Values("Vary"), ","); !strings.Contains(vary, "HX-Request-Type") || x.header.Get("Cache-Control") != "no-store" {
			t.Errorf("Vary %q, Cache-Control %q", vary, x.header.Get("Cache-Control"))
		}
	}
	r := b.request(http.MethodGet, "/orders", nil) // history restore
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Request-Type", "full")
	if got := b.do(r); !strings.Contains(got.body, "<html") {
		t.Error("history restore got a part")
	}
}

func TestFilterFaultsNeverGiveTheWholeList(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(3)
	b := a.as("admin")
	for _, query := range []string{
		"status=nonsense", "platform=ebay", "channel=nowhere", "from=2026-02-30", "from=yesterday", "from=2026-03-01&to=2026-02-01", "sort=name", "limit=7", "page=0",
		"page=x", "unknown=1", "status[$ne]=x", "q=total%3E%3E5", "q=(", "q=field:value", "after=garbage", "q=a&q=b", "q=%27+OR+1%3D1+--", "after=a&page=2",
		"q=" + strings.Repeat("a", 10_000), "sort=ordered_at%3BDROP",
	} {
		for _, x := range []answer{b.get("/orders?" + query), b.parts().get("/orders?" + query)} {
			if x.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d, want 422", cut(query, 60), x.status)
			}
			if rows := shown(t, x); len(rows) != 0 {
				t.Errorf("%s: %d rows", cut(query, 60), len(rows))
			}
			if push := x.header.Get("HX-Push-Url"); push != "" && push != "false" {
				t.Errorf("%s: a wrong address is pushed", cut(query, 60))
			}
		}
	}
	x := b.get("/orders?q=ring&from=2026-02-30").want(t, http.StatusUnprocessableEntity)
	d := x.doc(t)
	if q, from := d.Find("input[name=q]").AttrOr("value", ""), d.Find("input[name=from]").AttrOr("value", ""); q != "ring" || from != "2026-02-30" {
		t.Errorf("the form lost what was typed: q %q, from %q", q, from)
	}
	if d.Find("input[name=from][aria-invalid=true]").Length() != 1 {
		t.Error("the faulty field is not marked")
	}
	b.get("/orders?q=%zz").want(t, http.StatusBadRequest)
}

func TestFilters(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	now := a.clock.now()
	first := reported(1, order.Pending, now.Add(-72*time.Hour))
	second := reported(2, order.Shipped, now.Add(-time.Minute))
	second.Facts.Customer = order.Customer{Name: "Zoya Khan", Phone: "+919811122233"}
	ids := a.absorb(first, second)
	b := a.as("support")
	day := now.In(a.srv.Location).Format(time.DateOnly)
	for query, want := range map[string][]string{
		"status=shipped":           {ids[1].String()},
		"status=pending,shipped":   {ids[1].String(), ids[0].String()},
		"q=zoya":                   {ids[1].String()},
		"q=2233":                   {ids[1].String()},
		"q=403-0000001-0000001":    {ids[0].String()},
		"sort=ordered_at":          {ids[0].String(), ids[1].String()},
		"platform=organic":         nil,
		"to=2020-01-01":            nil,
		"from=" + day:              {ids[1].String()},
		"q=total%3E1&sort=-total":  {ids[1].String(), ids[0].String()},
		"channel=amazon-in&q=ring": {ids[1].String(), ids[0].String()},
	} {
		x := b.get("/orders?"+query).want(t, http.StatusOK)
		if diff := cmp.Diff(want, shown(t, x), cmp.Transformer("nil", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestPagingMeetsEveryOrderOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(55)
	b := a.as("readonly")
	seen := map[string]int{}
	next := "/orders?limit=20"
	for pages := 0; next != ""; pages++ {
		if pages > 5 {
			t.Fatal("paging never ends")
		}
		x := b.get(next).want(t, http.StatusOK)
		for _, id := range shown(t, x) {
			seen[id]++
		}
		next = x.doc(t).Find(`a#page-next`).AttrOr("href", "")
	}
	if len(seen) != len(ids) {
		t.Errorf("%d orders seen, want %d", len(seen), len(ids))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s seen %d times", id, n)
		}
	}
	x := b.get("/orders?limit=20&page=99").want(t, http.StatusSeeOther)
	if x.header.Get("Location") != "/orders?limit=20&page=3" {
		t.Errorf("beyond the end leads to %s", x.header.Get("Location"))
	}
}

func TestEmptyLists(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	none := b.get("/orders").want(t, http.StatusOK)
	a.orders(1)
	noMatch := b.get("/orders?q=nothinglikeit").want(t, http.StatusOK)
	if none.doc(t).Find("#results").Text() == noMatch.doc(t).Find("#results").Text() {
		t.Error("no orders and no match look alike")
	}
}

// slowOrders lets lists run out of time.
type slowOrders struct{ store.Orders }

func (slowOrders) List(ctx context.Context, _ order.Query) (order.Page, error) {
	return order.Page{}, fmt.Errorf("list: %w", context.DeadlineExceeded)
}

type slowStore struct{ store.Store }

func (s slowStore) Orders() store.Orders { return slowOrders{s.Store.Orders()} }

func TestListThatCannotBeLoaded(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(d *Deps) { d.Store = slowStore{d.Store} })
	a.orders(1)
	x := a.as("admin").get("/orders?status=confirmed").want(t, http.StatusServiceUnavailable)
	if x.doc(t).Find("#filters").Length() != 1 || len(shown(t, x)) != 0 {
		t.Error("the frame of the list is missing, or rows are shown")
	}
	x.wantText(t, x.header.Get("X-Request-Id"))
}

func TestMaskedRolesSeeNoCustomer(t *testing.T) { // N-29
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	if _, err := a.store.Orders().Update(t.Context(), id, func(o *order.Order) error {
		o.AddNote("call asha on 98765 43210", "u-support", a.clock.now())
		return o.SetStatus(order.Processing, "u-support", "asha.secret wants it soon", false, a.clock.now())
	}); err != nil {
		t.Fatal(err)
	}
	secrets := []string{"Raghunathan", "asha.secret", "9876543210", "98765", "Hidden Lane", "Pune"}
	read, support := a.as("readonly"), a.as("support")
	for _, path := range []string{"/orders", "/orders/" + id.String()} {
		read.get(path).want(t, http.StatusOK).lacksText(t, secrets...)
		read.parts().get(path).want(t, http.StatusOK).lacksText(t, secrets...)
		support.get(path).want(t, http.StatusOK).wantText(t, "Raghunathan")
	}
	// Searching tells nothing about customers either.
	for _, q := range []string{"asha", "Raghunathan", "3210", "9876543210", "%2B919876543210", "hidden", "pune", "ash", "-asha", "asha OR zzz", "(asha)", `"asha"`,
		"asha.secret@example.org", "city:pune", "-city:pune", "411001", "pincode:411001", "customer:x", "ring"} {
		x := read.get("/orders?" + url.Values{"q": {q}}.Encode())
		if rows := shown(t, x); len(rows) != 0 {
			t.Errorf("%q finds %d orders for a masked role", q, len(rows))
		}
	}
	key := order.CustomerKey(a.order(id).Facts.Customer)
	read.get("/orders?"+url.Values{"customer": {key}}.Encode()).want(t, http.StatusUnprocessableEntity)
	for _, q := range []string{"403-0000001-0000001", "RING-1", "AWB000001", "ring-1 status:processing", "sku:RING-1"} {
		x := read.get("/orders?"+url.Values{"q": {q}}.Encode()).want(t, http.StatusOK)
		if rows := shown(t, x); len(rows) != 1 {
			t.Errorf("%q finds %d orders, want 1", q, len(rows))
		}
	}
	// The right to read customers is the user's, not the role's.
	a.user("trusted", account.ReadOnly, func(u *account.User) { u.Granted = []account.Permission{account.CustomersRead} })
	a.as("trusted").get("/orders?q=raghu").want(t, http.StatusOK).wantText(t, "Raghunathan")
	a.user("reduced", account.Admin, func(u *account.User) { u.Denied = []account.Permission{account.CustomersRead} })
	a.as("reduced").get("/orders").want(t, http.StatusOK).lacksText(t, secrets...)
}
