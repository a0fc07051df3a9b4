package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// places are the labels of a palette's options.
func places(t testing.TB, x answer) []string {
	t.Helper()
	return x.doc(t).Find("[role=option] > span:first-of-type").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
}

func TestPalette(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(9)
	b := a.as("support").parts()
	x := b.get("/palette").want(t, http.StatusOK)
	if x.doc(t).Find("dialog#palette input[role=combobox]").Length() != 1 || len(places(t, x)) < 10 {
		t.Errorf("the dialog: %v", places(t, x))
	}
	if got := places(t, b.get("/palette?q=late")); len(got) != 1 || got[0] != "Late" {
		t.Errorf("late: %v", got)
	}
	if got := places(t, b.get("/palette?q=chan")); len(got) != 1 || got[0] != "Channels" {
		t.Errorf("chan: %v, nothing that this person may not open", got)
	}
	x = b.get("/palette?q=403-0000004")
	if href := x.doc(t).Find("[role=option]").First().AttrOr("href", ""); href != "/orders/"+ids[3].String() {
		t.Errorf("an order's number leads to %q", href)
	}
	x = b.get("/palette?q=asha")
	if got := places(t, x); len(got) != paletteOrders+1 || !strings.HasPrefix(got[paletteOrders], "All orders") {
		t.Errorf("a name: %v", got)
	}
	b.get("/palette?q=statsu%3Ax").want(t, http.StatusOK).wantText(t, "there is no field")
	b.get("/palette?q="+strings.Repeat("a", 501)).want(t, http.StatusUnprocessableEntity)
	b.get("/palette?x=1").want(t, http.StatusUnprocessableEntity)

	page := a.as("support").get("/palette?q=late").want(t, http.StatusOK)
	if page.doc(t).Find("html .go-list a").Text() != "Late" {
		t.Error("the page without scripts does not find it")
	}
	masked := a.as("readonly").parts()
	masked.get("/palette?q=403-0000004-0000001").want(t, http.StatusOK).lacksText(t, "Raghunathan")
	if got := places(t, masked.get("/palette?q=asha")); len(got) != 0 {
		t.Errorf("a name was found by who may not search names: %v", got)
	}
	a.user("nobody", account.ReadOnly, func(u *account.User) { u.Denied = []account.Permission{account.OrdersRead} })
	a.as("nobody").parts().get("/palette?q=403").want(t, http.StatusOK).lacksText(t, "/orders/")
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("readonly").parts()
	first := func(query string) (text, from, to string) {
		o := b.get("/orders/suggest?"+query).want(t, http.StatusOK).doc(t).Find("[role=option]").First()
		return o.AttrOr("data-text", ""), o.AttrOr("data-from", ""), o.AttrOr("data-to", "")
	}
	if text, from, to := first("q=" + url.QueryEscape("नाम 💍 pend") + "&at=11"); text != "status:pending" || from != "7" || to != "11" {
		t.Errorf("%q from %s to %s; offsets are those of browsers", text, from, to)
	}
	if text, _, _ := first("q=assignee%3Aadm"); text != `assignee:"Test admin"` {
		t.Errorf("a name: %q", text)
	}
	if text, _, _ := first("q=channel%3Aweb"); text != "channel:website" {
		t.Errorf("a channel: %q", text)
	}
	b.get("/orders/suggest?q=x&at=-1").want(t, http.StatusUnprocessableEntity)
	b.get("/orders/help").want(t, http.StatusOK).wantText(t, "shipby&lt;now")
}

func TestColumns(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(1)
	b := a.as("support")
	heads := func(path string) string {
		return strings.Join(b.get(path).want(t, http.StatusOK).doc(t).Find("thead th").Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) }), ",")
	}
	usual := heads("/orders")
	if !strings.Contains(usual, "Customer") || strings.Contains(usual, "Tracking") {
		t.Errorf("usually %s", usual)
	}
	b.post("/orders/columns", url.Values{"column": {"awb", "total"}, "next": {"/orders?q=ring"}}).want(t, http.StatusSeeOther)
	if got := heads("/orders"); strings.Contains(got, "Customer") || !strings.HasSuffix(got, "Total,Tracking") {
		t.Errorf("chosen: %s", got)
	}
	if got := a.as("admin").get("/orders").doc(t).Find("thead").Text(); strings.Contains(got, "Tracking") {
		t.Error("somebody else's columns changed")
	}
	b.post("/views", url.Values{"name": {"Rings"}, "query": {"q=ring"}, "columns": {"yes"}}).want(t, http.StatusSeeOther)
	b.post("/orders/columns", url.Values{"usual": {"yes"}}).want(t, http.StatusSeeOther)
	if got := heads("/orders"); got != usual {
		t.Errorf("back to %s", got)
	}
	if got := heads("/orders?q=ring"); !strings.HasSuffix(got, "Total,Tracking") {
		t.Errorf("the view lost its columns: %s", got)
	}
	id := idOf(t, b, "Rings")
	b.post("/orders/columns", url.Values{"column": {"status"}, "view": {id}}).want(t, http.StatusSeeOther)
	if got := heads("/orders?q=ring"); !strings.HasSuffix(got, "Status") {
		t.Errorf("the person's choice for the view: %s", got)
	}
	b.post("/orders/columns", url.Values{"column": {"salary"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/orders/columns", url.Values{"column": {"status"}, "view": {"nothing"}}).want(t, http.StatusNotFound)
	if n := b.parts().get("/orders/columns?of=q%3Dring").want(t, http.StatusOK).doc(t).Find("dialog [checked]").Length(); n != 1 {
		t.Errorf("%d columns are ticked, want the view's one", n)
	}
	b.get("/orders/columns?of=x%3Dy").want(t, http.StatusUnprocessableEntity)
}

// Every column that may be chosen is one that the list can draw.
func TestColumnsAgree(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(1)
	b := a.as("support")
	all := b.get("/orders/columns").want(t, http.StatusOK).doc(t).Find("input[name=column]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") })
	b.post("/orders/columns", url.Values{"column": all}).want(t, http.StatusSeeOther)
	d := b.get("/orders").want(t, http.StatusOK).doc(t)
	if n := d.Find("#rows tr:first-child > *").Length(); n != len(all)+1 || len(all) < 14 {
		t.Errorf("%d cells for %d columns", n, len(all))
	}
}

func TestAssigneeByName(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(3)
	o := a.order(ids[1])
	o.Assign("u-support", "u-admin", a.clock.now())
	if _, err := a.store.Orders().Update(t.Context(), o.ID, func(x *order.Order) error { *x = o; return nil }); err != nil {
		t.Fatal(err)
	}
	for query, who := range map[string]string{"q=assignee%3Ame": "support", "assignee=me": "support", "q=assignee%3Asupp": "admin", "assignee=Test+support": "readonly", "assignee=u-support": "admin"} {
		if rows := shown(t, a.as(who).get("/orders?"+query).want(t, http.StatusOK)); len(rows) != 1 || rows[0] != ids[1].String() {
			t.Errorf("%s as %s: %v", query, who, rows)
		}
	}
	if rows := shown(t, a.as("admin").get("/orders?q=assignee%3Ame")); len(rows) != 0 {
		t.Errorf("another me: %v", rows)
	}
	b := a.as("admin")
	x := b.get("/orders?q=ring+assignee%3Anobody").want(t, http.StatusUnprocessableEntity)
	if got := x.doc(t).Find("mark").Text(); got != "assignee:nobody" {
		t.Errorf("marks %q", got)
	}
	b.get("/orders?assignee=nobody").want(t, http.StatusUnprocessableEntity)
}
