package handlers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/notice"
	"github.com/palmonas/palmonas-crm/order"
)

func (a *app) who(name string) account.User {
	a.t.Helper()
	u, err := a.store.Users().Get(a.t.Context(), account.ID("u-"+name))
	if err != nil {
		a.t.Fatal(err)
	}
	return u
}

func (a *app) watcher() notice.Watcher {
	return notice.Watcher{Board: a.srv.Board(), Count: a.srv.CountFor,
		Stopped: a.srv.StoppedHooks,
		Stale: func(_ channel.Channel, p channel.Progress, _ time.Time) (time.Time, bool) {
			return p.LastSuccess, false
		}}
}

// TestMentionReachesTheBell: a note on an order becomes a notice, which is new
// until it is seen.
func TestMentionReachesTheBell(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	id := a.orders(1)[0]
	w := a.watcher()
	if err := w.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.clock.add(time.Minute)
	admin := a.as("admin")
	admin.post("/orders/"+id.String()+"/notes", url.Values{"text": {"@support please call the customer"}}).want(t, http.StatusSeeOther)
	if err := w.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := a.as("support")
	b.get("/orders").want(t, http.StatusOK).wantText(t, "Notices, 1 new one")
	b.get("/notices").want(t, http.StatusOK).wantText(t, "Test admin mentioned you in a note on order", "/orders/"+id.String(), "No mail server is set up")
	b.get("/orders").lacksText(t, "new one")
	b.get("/notices").wantText(t, "mentioned you")
	a.as("readonly").get("/notices").lacksText(t, "mentioned")
}

func TestWatchAView(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	a.orders(1)
	b := a.as("support")
	b.post("/views", url.Values{"name": {"Rings of gold"}, "query": {"q=tag%3Agold"}}).want(t, http.StatusSeeOther)
	list, err := a.srv.book().List(t.Context(), a.who("support"))
	if err != nil {
		t.Fatal(err)
	}
	view := list[len(list)-1].ID
	b.post("/notices/watch", url.Values{"view": {view}, "on": {"yes"}}).want(t, http.StatusSeeOther)
	b.post("/notices/watch", url.Values{"view": {"none"}, "on": {"yes"}}).want(t, http.StatusUnprocessableEntity)
	w := a.watcher()
	if err := w.Views(t.Context()); err != nil { // empty now
		t.Fatal(err)
	}
	id := a.orders(1)[0]
	if _, err := a.store.Orders().Update(t.Context(), id, func(o *order.Order) error {
		o.SetTags([]string{"gold"}, "u-admin", a.clock.now())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Views(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.get("/notices").want(t, http.StatusOK).wantText(t, "Rings of gold has orders again", "Stop watching")
}

func TestMailSettings(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	b := a.as("admin")
	b.get("/settings").want(t, http.StatusOK).wantText(t, "/settings/mail")
	form := url.Values{"host": {"smtp.example.com"}, "port": {"x"}, "security": {"starttls"}, "user": {"desk"}, "password": {"tiger-in-the-grass"}, "from": {"nobody"}, "do": {"save"}}
	b.post("/settings/mail", form).want(t, http.StatusUnprocessableEntity).wantText(t, "Ports go from 1", "Write the address", `value="x"`).lacksText(t, "tiger-in-the-grass")
	form.Set("port", "587")
	form.Set("from", "desk@example.com")
	b.post("/settings/mail", form).want(t, http.StatusSeeOther)
	b.get("/settings/mail").want(t, http.StatusOK).wantText(t, "smtp.example.com", "One is stored, sealed").lacksText(t, "tiger-in-the-grass")
	b.get("/notices").wantText(t, "Send each notice to admin@example.com")
	b.post("/notices/mail", url.Values{"on": {"yes"}}).want(t, http.StatusSeeOther)
	b.get("/notices").wantText(t, `value="yes" checked`)
	a.as("support").get("/settings/mail").want(t, http.StatusForbidden)
}
