package handlers

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

// form is one of an order's small forms as its page shows it now, filled in.
func (a *app) form(id order.ID, name string, fields url.Values) url.Values {
	f := url.Values{"seen": {seenForms(a.order(id))[name]}, "action": {"save"}}
	maps.Copy(f, fields)
	return f
}

func TestOrderForms(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	path := "/orders/" + id.String() + "/"
	b := a.as("support")
	until := a.clock.now().AddDate(0, 0, 5).Format(time.DateOnly)
	for _, c := range []struct {
		name  string
		f     url.Values
		holds func(order.Order) bool
	}{
		{"assign", url.Values{"assignee": {"u-admin"}}, func(o order.Order) bool { return o.Desk.Assignee == "u-admin" }},
		{"assign", url.Values{"action": {"me"}, "assignee": {""}}, func(o order.Order) bool { return o.Desk.Assignee == "u-support" }},
		{"tags", url.Values{"tags": {" vip ,gift wrap,, "}}, func(o order.Order) bool { return slices.Equal(o.Desk.Tags, []string{"vip", "gift wrap"}) }},
		{"hold", url.Values{"reason": {"address?"}, "until": {until}}, func(o order.Order) bool {
			h := o.Desk.Hold
			return h != nil && h.Reason == "address?" && h.By == "u-support" && h.Until.In(a.srv.Location).Format("2006-01-02 15:04") == until+" 00:00"
		}},
		{"hold", url.Values{"action": {"release"}, "reason": {""}, "until": {""}}, func(o order.Order) bool { return o.Desk.Hold == nil }},
		{"contact", url.Values{"name": {"Asha R"}, "phone": {"98765 00000"}, "email": {""}}, func(o order.Order) bool {
			return *o.Desk.Contact == order.Contact{Name: "Asha R", Phone: "+919876500000"} && o.Facts.Customer.Name == "Asha Raghunathan"
		}},
		{"address", url.Values{"line1": {"4 Hill Road"}, "line2": {""}, "city": {"Mumbai"}, "state": {"mh"}, "pincode": {"400 050"}, "country": {"in"}}, func(o order.Order) bool {
			return *o.Desk.Address == order.Address{Line1: "4 Hill Road", City: "Mumbai", State: "Maharashtra", Pincode: "400050", Country: "IN"}
		}},
		{"contact", url.Values{"action": {"revert"}}, func(o order.Order) bool { return o.Desk.Contact == nil }},
		{"address", url.Values{"action": {"revert"}}, func(o order.Order) bool { return o.Desk.Address == nil }},
	} {
		x := b.post(path+c.name, a.form(id, c.name, c.f)).want(t, http.StatusSeeOther)
		if x.header.Get("Location") != "/orders/"+id.String() || !c.holds(a.order(id)) {
			t.Errorf("%s %v: leads to %s, desk %+v", c.name, c.f, x.header.Get("Location"), a.order(id).Desk)
		}
	}
	b.parts().post(path+"tags", a.form(id, "tags", url.Values{"tags": {"late"}})).want(t, http.StatusOK).wantText(t, "Tags saved.", "late").lacksText(t, "<html")
	all, err := a.store.Audit().List(t.Context(), store.AuditQuery{Object: "order:" + id.String()})
	if err != nil || len(all) != 10 {
		t.Errorf("%d audit entries, %v", len(all), err)
	}
	for _, e := range all {
		if e.By != "u-support" || e.Via != "page" || strings.Contains(e.Before+e.After, "Hill Road") || strings.Contains(e.Before+e.After, "98765") {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestOrderFormsRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.user("gone", account.Support, func(u *account.User) { u.Disabled = true })
	id := a.orders(1)[0]
	path := "/orders/" + id.String() + "/"
	b := a.as("support")
	for what, c := range map[string]struct {
		name  string
		f     url.Values
		says  string
		keeps string
	}{
		"unknown assignee":  {"assign", url.Values{"assignee": {"u-nobody"}}, "There is no such user.", ""},
		"disabled assignee": {"assign", url.Values{"assignee": {"u-gone"}}, "cannot work on orders", ""},
		"too long a tag":    {"tags", url.Values{"tags": {"ok," + strings.Repeat("x", 41)}}, "tag", "ok,xxx"},
		"binary tag":        {"tags", url.Values{"tags": {"a\x00b"}}, "cannot be stored", ""},
		"no reason":         {"hold", url.Values{"reason": {" "}, "until": {""}}, "Say why.", ""},
		"no day":            {"hold", url.Values{"reason": {"keep me"}, "until": {"soon"}}, "Write a day", "keep me"},
		"past day":          {"hold", url.Values{"reason": {"keep me"}, "until": {"2020-01-01"}}, "has passed", "keep me"},
		"bad phone":         {"contact", url.Values{"name": {"keep me"}, "phone": {"12"}, "email": {"x"}}, "ten digits", "keep me"},
		"bad pincode":       {"address", url.Values{"line1": {"keep me"}, "city": {"Pune"}, "pincode": {"012345"}}, "six digits", "keep me"},
		"markup":            {"address", url.Values{"line1": {`"><script>x</script>`}, "city": {"Pune"}, "pincode": {"0"}}, "six digits", "&lt;script&gt;"},
		"no action":         {"tags", url.Values{"action": {""}, "tags": {"a"}}, "", ""},
		"unknown field":     {"tags", url.Values{"status": {"delivered"}}, "", ""},
	} {
		f := a.form(id, c.name, c.f)
		b.post(path+c.name, f).want(t, http.StatusUnprocessableEntity).wantText(t, c.says, c.keeps, "<html").lacksText(t, "<script>x")
		b.parts().post(path+c.name, f).want(t, http.StatusUnprocessableEntity).wantText(t, c.says, c.keeps).lacksText(t, "<html")
		if o := a.order(id); o.Version != 1 {
			t.Errorf("%s: the order is at version %d", what, o.Version)
		}
	}
	b.post("/orders/zzz/tags", a.form(id, "tags", nil)).want(t, http.StatusNotFound)
	b.post("/orders/0000000000001/tags", a.form(id, "tags", nil)).want(t, http.StatusNotFound)
	a.as("readonly").post(path+"tags", a.form(id, "tags", nil)).want(t, http.StatusForbidden)
}

// Whoever did not see what is there now gets both versions, and can have his.
func TestOrderFormConflict(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	path := "/orders/" + id.String() + "/"
	b := a.as("support")
	address := url.Values{"line1": {"mine"}, "line2": {""}, "city": {"Pune"}, "state": {"Maharashtra"}, "pincode": {"411001"}, "country": {"IN"}}
	old := a.form(id, "address", address)
	tags := a.form(id, "tags", url.Values{"tags": {"mine"}})
	theirs := order.Address{Line1: "theirs", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"}
	if _, err := a.store.Orders().Update(t.Context(), id, func(o *order.Order) error { return o.CorrectAddress(theirs, "u-admin", a.clock.now()) }); err != nil {
		t.Fatal(err)
	}
	// Another form of the same page has not gone out of date.
	b.post(path+"tags", tags).want(t, http.StatusSeeOther)

	whole := b.post(path+"address", old).want(t, http.StatusConflict).wantText(t, "Both versions are below", "mine", "theirs", "Test admin").doc(t)
	if whole.Find(`#form-address input[name=line1]`).AttrOr("value", "") != "mine" {
		t.Error("what was typed is lost")
	}
	part := b.parts().post(path+"address", old).want(t, http.StatusConflict).lacksText(t, "<html", "<article").doc(t)
	again := url.Values{}
	part.Find("#again-form input").Each(func(_ int, s *goquery.Selection) { again.Set(s.AttrOr("name", ""), s.AttrOr("value", "")) })
	if got := a.order(id).Desk.Address.Line1; got != "theirs" {
		t.Errorf("the refused save left %q", got)
	}
	b.parts().post(path+"address", again).want(t, http.StatusOK)
	if got := a.order(id).Desk.Address.Line1; got != "mine" {
		t.Errorf("saving mine left %q", got)
	}
	b.post(path+"address", again).want(t, http.StatusConflict)
}

func TestStatusConflictOffersMine(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	b := a.as("support")
	b.post("/orders/"+id.String()+"/notes", url.Values{"text": {"somebody was here"}}).want(t, http.StatusSeeOther)
	x := b.parts().post("/orders/"+id.String()+"/status", statusForm("processing", 1, "typed")).want(t, http.StatusConflict).wantText(t, "Change to Processing anyway", "typed")
	again := url.Values{}
	x.doc(t).Find("#again-form input").Each(func(_ int, s *goquery.Selection) { again.Set(s.AttrOr("name", ""), s.AttrOr("value", "")) })
	b.post("/orders/"+id.String()+"/status", again).want(t, http.StatusSeeOther)
	if o := a.order(id); o.Status != order.Processing || o.History[len(o.History)-1].Note != "typed" {
		t.Errorf("status %s", o.Status)
	}
	// A move that is not possible any more is not offered.
	b.parts().post("/orders/"+id.String()+"/status", statusForm("processing", 1, "")).want(t, http.StatusConflict).lacksText(t, "anyway")
}

func TestArchiveAndRestore(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	path := "/orders/" + id.String()
	b := a.as("admin")
	b.post(path+"/archive", url.Values{"seen": {"x"}, "reason": {"a test order"}}).want(t, http.StatusSeeOther)
	if !a.order(id).Desk.Archived {
		t.Fatal("not archived")
	}
	page := b.get(path).want(t, http.StatusOK).wantText(t, "Archived.", "a test order").doc(t)
	if page.Find("#form-tags, #status-form form, #note-form").Length() != 0 || page.Find("#form-restore").Length() != 1 {
		t.Error("an archived order can be worked on, or not be restored")
	}
	b.post(path+"/tags", a.form(id, "tags", url.Values{"tags": {"x"}})).want(t, http.StatusConflict)
	b.get("/orders").want(t, http.StatusOK).lacksText(t, id.String())
	a.as("support").get(path).want(t, http.StatusOK).lacksText(t, "form-restore")
	b.parts().post(path+"/restore", url.Values{"seen": {"x"}}).want(t, http.StatusOK).wantText(t, "The order is restored.")
	b.post(path+"/archive", url.Values{"seen": {"x"}, "reason": {strings.Repeat("x", 501)}}).want(t, http.StatusUnprocessableEntity).wantText(t, "longer than")
	if a.order(id).Desk.Archived {
		t.Error("still archived")
	}
}

func TestReveal(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	path := "/orders/" + id.String()
	a.user("courier", account.ReadOnly, func(u *account.User) { u.Granted = []account.Permission{account.CustomersReveal} })
	b := a.as("courier")
	secrets := []string{"Raghunathan", "Hidden Lane", "asha.secret", "9876543210", "98765 43210", "411001"}
	b.get(path).want(t, http.StatusOK).wantText(t, "Show the customer").lacksText(t, secrets...)
	b.post(path+"/reveal", url.Values{"seen": {""}, "reason": {"  "}}).want(t, http.StatusUnprocessableEntity).wantText(t, "Say why.").lacksText(t, secrets...)
	b.parts().post(path+"/reveal", url.Values{"seen": {""}, "reason": {"the parcel came back"}}).want(t, http.StatusOK).
		wantText(t, "Asha Raghunathan", "Hidden Lane", "Revealed to you", "the parcel came back").lacksText(t, "form-contact", "<html")
	b.post(path+"/reveal", url.Values{"seen": {""}, "reason": {"once more"}}).want(t, http.StatusOK).wantText(t, "Asha Raghunathan", "<html")
	b.get(path).want(t, http.StatusOK).wantText(t, "Customer revealed").lacksText(t, secrets...)
	a.as("support").get(path).want(t, http.StatusOK).wantText(t, "Customer revealed", "Test courier", "the parcel came back")
	a.as("readonly").get(path).want(t, http.StatusOK).wantText(t, "Customer revealed").lacksText(t, append(secrets, "the parcel came back", "form-reveal")...)
	a.as("readonly").post(path+"/reveal", url.Values{"seen": {""}, "reason": {"curious"}}).want(t, http.StatusForbidden)
	all, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: desk.ActionReveal})
	if err != nil || len(all) != 2 || all[1].By != "u-courier" || all[1].Object != "order:"+id.String() || all[1].Note != "the parcel came back" {
		t.Errorf("audit %+v, %v", all, err)
	}
}

func TestOrderPageKnowsTheCustomer(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	now := a.clock.now()
	twin, other, wrong := reported(1, order.Confirmed, now.Add(-time.Hour)), reported(2, order.Confirmed, now), reported(3, order.Pending, now)
	twin.Facts.Items[0].SKU = other.Facts.Items[0].SKU
	wrong.Facts.Customer = order.Customer{Name: "Somebody Else", Address: order.Address{Line1: "1 Street", City: "Kochi", State: "Kerala", Pincode: "560001", Country: "IN"}}
	wrong.Facts.Shipment.TrackingURL = "javascript:alert(1)"
	ids := a.absorb(twin, other, wrong)
	b := a.as("support")
	b.get("/orders/"+ids[1].String()).want(t, http.StatusOK).wantText(t, "one order sent twice", "same phone and address", ids[0].String(), "Other orders of this customer").lacksText(t, ids[2].String())
	b.get("/orders/"+ids[2].String()).want(t, http.StatusOK).wantText(t, "Pincode 560001 lies in Karnataka, not in Kerala.").
		lacksText(t, "javascript:", "sent twice", "Other orders of this customer")
	a.as("readonly").get("/orders/"+ids[1].String()).want(t, http.StatusOK).lacksText(t, "sent twice", "Other orders of this customer", ids[0].String())
}

func TestWhoElseLooks(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	path := "/orders/" + id.String() + "/viewers"
	support, admin, readonly := a.as("support"), a.as("admin"), a.as("readonly")
	support.get(path).want(t, http.StatusOK).lacksText(t, "open")
	admin.get(path).want(t, http.StatusOK).wantText(t, "Test support has this open too")
	readonly.get(path).want(t, http.StatusOK).wantText(t, "2 colleagues have this open").lacksText(t, "Test")
	a.clock.add(viewersLast + time.Second)
	support.get(path).want(t, http.StatusOK).lacksText(t, "open")
}

func TestViewersAreBounded(t *testing.T) {
	t.Parallel()
	var w viewers
	now := time.Now()
	for i := range 3 * viewersMost {
		w.look(order.ID(i+1), "u", now)
	}
	if n := len(w.orders); n > viewersMost {
		t.Errorf("%d orders remembered", n)
	}
	if got := w.look(order.ID(3*viewersMost), "v", now); len(got) != 1 {
		t.Errorf("the newest is forgotten: %v", got)
	}
	w.look(1, "x", now.Add(time.Hour))
	for i := range viewersMost {
		w.look(order.ID(i+1), "y", now.Add(time.Hour))
	}
	if n := len(w.orders); n > viewersMost {
		t.Errorf("%d orders remembered", n)
	}
}

// The form's fingerprint changes with what it shows and with nothing else.
func TestSeenForms(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	o := a.order(a.orders(1)[0])
	before := seenForms(o)
	o.AddNote("x", "u1", a.clock.now())
	if !maps.Equal(before, seenForms(o)) {
		t.Error("a note makes forms out of date")
	}
	o.Assign("u2", "u1", a.clock.now())
	after := seenForms(o)
	if before[views.FormAssign] == after[views.FormAssign] || before[views.FormTags] != after[views.FormTags] {
		t.Errorf("before %v, after %v", before, after)
	}
}
