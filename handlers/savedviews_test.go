package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// sideViews are the names of the views in the navigation, with their numbers.
func sideViews(t testing.TB, x answer) map[string]string {
	t.Helper()
	out := map[string]string{}
	x.doc(t).Find("#views a").Each(func(_ int, a *goquery.Selection) {
		out[a.Find("span").Text()] = a.Find("small").Text()
	})
	return out
}

func viewForm(name, query string) url.Values { return url.Values{"name": {name}, "query": {query}} }

func TestReadyMadeViews(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	now := a.clock.now()
	late := reported(1, order.Confirmed, now.Add(-72*time.Hour))
	late.Facts.ShipBy = now.Add(-time.Hour)
	today := reported(2, order.Processing, now.Add(-time.Hour))
	today.Facts.ShipBy = now.Add(time.Minute)
	cod := reported(3, order.Pending, now.Add(-time.Minute))
	cod.Facts.Payment = order.COD
	attention := reported(4, order.Delivered, now.Add(-96*time.Hour))
	attention.Facts.Flags = []order.Flag{order.NeedsAttention}
	back := reported(5, order.Returned, now.Add(-99*time.Hour))
	held := reported(6, order.Shipped, now.Add(-95*time.Hour))
	ids := a.absorb(late, today, cod, attention, back, held)
	if _, err := a.store.Orders().Update(t.Context(), ids[5], func(o *order.Order) error {
		o.Desk.Hold, o.Version = &order.Hold{Reason: "check", At: now}, o.Version+1
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"support", "readonly"} {
		b := a.as(who)
		b.parts().get("/views/counts").want(t, http.StatusOK).wantText(t, `<a href="/orders?q=flag%3Arefused"><span>Failed to sync</span>`)
		got := sideViews(t, b.get("/orders").want(t, http.StatusOK))
		for name, want := range map[string]string{"Needs confirming": "1", "Late": "1", "COD to verify": "1", "Needs attention": "1",
			"Returns to receive": "1", "On hold": "1", "Failed to sync": ""} {
			if n, ok := got[name]; !ok || n != want {
				t.Errorf("%s, %s: %q (%v), want %q", who, name, n, ok, want)
			}
		}
		if n := got["To dispatch today"]; n != "1" && n != "2" { // whether the minute ends the day
			t.Errorf("to dispatch today: %q", n)
		}
	}
	b := a.as("support")
	var late1 string
	b.get("/orders").doc(t).Find("#views a").Each(func(_ int, s *goquery.Selection) {
		if s.Find("span").Text() == "Late" {
			late1 = s.AttrOr("href", "")
		}
	})
	x := b.get(b.get(late1).want(t, http.StatusSeeOther).header.Get("Location")).want(t, http.StatusOK)
	if here := x.doc(t).Find("#views [aria-current=page] span").Text(); here != "Late" {
		t.Errorf("the navigation marks %q", here)
	}
	if rows := shown(t, x); len(rows) != 1 || rows[0] != ids[0].String() {
		t.Errorf("late: %v", rows)
	}
}

func TestViewsBelongToSomebody(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.user("other", "support")
	support, other, admin, readonly := a.as("support"), a.as("other"), a.as("admin"), a.as("readonly")
	if got := support.post("/views", viewForm("Mine", "q=ring&page=3&limit=20")).want(t, http.StatusSeeOther).header.Get("Location"); got != "/orders?q=ring" {
		t.Errorf("leads to %s", got)
	}
	id := idOf(t, support, "Mine")
	if _, sees := sideViews(t, other.get("/orders"))["Mine"]; sees {
		t.Error("others see it")
	}
	for _, b := range []*browser{other, admin} {
		for _, path := range []string{"", "/move", "/delete"} {
			form := viewForm("Yours", "")
			switch path {
			case "/move":
				form = url.Values{"to": {"up"}}
			case "/delete":
				form = url.Values{}
			}
			b.post("/views/"+id+path, form).want(t, http.StatusNotFound)
		}
	}
	shared := viewForm("Mine", "q=ring")
	shared.Set("shared", "yes")
	support.post("/views/"+id, shared).want(t, http.StatusSeeOther)
	if _, sees := sideViews(t, other.get("/orders"))["Mine"]; !sees {
		t.Error("others do not see the shared one")
	}
	other.post("/views/"+id, viewForm("Yours", "")).want(t, http.StatusForbidden)
	other.post("/views/"+id+"/delete", url.Values{}).want(t, http.StatusForbidden)
	support.post("/views/"+id+"/move", url.Values{"to": {"up"}}).want(t, http.StatusForbidden)
	admin.post("/views/"+id+"/move", url.Values{"to": {"up"}}).want(t, http.StatusSeeOther)
	readonly.post("/views", url.Values{"name": {"All"}, "query": {""}, "shared": {"yes"}}).want(t, http.StatusForbidden)
	readonly.post("/views", viewForm("All", "")).want(t, http.StatusSeeOther)
	admin.post("/views/"+id+"/delete", url.Values{}).want(t, http.StatusSeeOther)
	if _, sees := sideViews(t, support.get("/orders"))["Mine"]; sees {
		t.Error("it is still there")
	}
	entries, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "view."})
	if err != nil || len(entries) != 2 {
		t.Errorf("%v: %d entries, want one for sharing and one for deleting", err, len(entries))
	}
	for _, e := range entries {
		if strings.Contains(e.Before+e.After+e.Note, "ring") {
			t.Errorf("the audit holds a query: %+v", e)
		}
	}
}

// idOf is the id of a view by its name.
func idOf(t *testing.T, b *browser, name string) string {
	t.Helper()
	id := ""
	b.get("/views").want(t, http.StatusOK).doc(t).Find(".saved > li").Each(func(_ int, s *goquery.Selection) {
		if s.Find(".saved-what > a").Text() == name {
			id = strings.TrimPrefix(s.AttrOr("id", ""), "view-")
		}
	})
	if id == "" {
		t.Fatalf("there is no view %s", name)
	}
	return id
}

func TestViewFaults(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	b.post("/views", viewForm("Rings", "q=ring")).want(t, http.StatusSeeOther)
	for name, form := range map[string]url.Values{
		"no name":        viewForm("  ", "q=ring"),
		"a long name":    viewForm(strings.Repeat("x", 61), ""),
		"a taken name":   viewForm("RINGS", "q=gold"),
		"no such filter": viewForm("New", "colour=red"),
		"a wrong query":  viewForm("New", "q=statsu:x"),
		"unreadable":     viewForm("New", "q=%zz"),
	} {
		x := b.post("/views", form).want(t, http.StatusUnprocessableEntity)
		d := x.doc(t)
		if d.Find("[aria-invalid=true]").Length() != 1 || d.Find("input[name=query]").First().AttrOr("value", "") != form.Get("query") {
			t.Errorf("%s: no field is marked, or what was typed is lost", name)
		}
	}
	b.post("/views", url.Values{"name": {"x"}, "owner": {"u-admin"}}).want(t, http.StatusUnprocessableEntity)
	id := idOf(t, b, "Rings")
	x := b.post("/views/"+id, viewForm("", "q=ring")).want(t, http.StatusUnprocessableEntity)
	if x.doc(t).Find("#view-"+id+" details[open] [aria-invalid=true]").Length() != 1 {
		t.Error("the form of the view is not open with its fault")
	}
	b.post("/views/"+id+"/move", url.Values{"to": {"left"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/views/nothing/delete", url.Values{}).want(t, http.StatusNotFound)
	for i := range 40 { // there is an end to it
		if got := b.post("/views", viewForm("n"+strings.Repeat("i", i), "")); got.status == http.StatusUnprocessableEntity {
			return
		}
	}
	t.Error("one can have any number of views")
}

func TestReadyMadeViewsStayAway(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	b.post("/views/"+idOf(t, b, "Late")+"/delete", url.Values{}).want(t, http.StatusSeeOther)
	if _, sees := sideViews(t, b.get("/orders"))["Late"]; sees {
		t.Error("a deleted view is back")
	}
	b.post("/views/ready", url.Values{}).want(t, http.StatusSeeOther)
	if _, sees := sideViews(t, b.get("/orders"))["Late"]; !sees {
		t.Error("it was not put back")
	}
}

// A view of words that a person may not search shows them no number.
func TestMaskedViewCounts(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(2)
	admin, readonly := a.as("admin"), a.as("readonly")
	form := viewForm("Asha", "q=asha")
	form.Set("shared", "yes")
	admin.post("/views", form).want(t, http.StatusSeeOther)
	for _, b := range []*browser{admin, readonly} {
		b.parts().get("/views/counts").want(t, http.StatusOK)
	}
	if n := sideViews(t, admin.get("/orders"))["Asha"]; n != "2" {
		t.Errorf("an administrator sees %q", n)
	}
	if n := sideViews(t, readonly.get("/orders"))["Asha"]; n != "" {
		t.Errorf("who may not search names sees %q", n)
	}
}

func TestViewCountsFollow(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	count := func() string {
		b.parts().get("/views/counts").want(t, http.StatusOK)
		return sideViews(t, b.get("/orders"))["Needs confirming"]
	}
	if n := count(); n != "" {
		t.Errorf("at first %q", n)
	}
	a.absorb(reported(1, order.Pending, a.clock.now()))
	a.clock.add(viewCountAge)
	if n := count(); n != "1" {
		t.Errorf("after an order %q", n)
	}
	wait := reported(2, order.Confirmed, a.clock.now())
	wait.Facts.ShipBy = a.clock.now().Add(time.Minute)
	a.absorb(wait)
	a.clock.add(2 * time.Minute) // time alone makes it late
	b.parts().get("/views/counts")
	if n := sideViews(t, b.get("/orders"))["Late"]; n != "1" {
		t.Errorf("late: %q", n)
	}
}
