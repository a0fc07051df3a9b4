package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

func statusForm(to string, version int64, note string) url.Values {
	return url.Values{"status": {to}, "version": {strconv.FormatInt(version, 10)}, "note": {note}}
}

func TestStatusChangeWithoutScript(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	path := "/orders/" + id.String()
	b := a.as("support")
	form := b.get(path).want(t, http.StatusOK).doc(t).Find(`form[action="` + path + `/status"]`)
	if form.AttrOr("method", "") != "post" || form.Find("input[name=status]").Length() != len(order.Confirmed.Next()) {
		t.Fatal("the form is not complete")
	}
	version := form.Find("input[name=version]").AttrOr("value", "")
	x := b.post(path+"/status", url.Values{"status": {"processing"}, "version": {version}, "note": {"  packed\r\ntwice  "}}).want(t, http.StatusSeeOther)
	if x.header.Get("Location") != path {
		t.Errorf("leads to %s", x.header.Get("Location"))
	}
	o := a.order(id)
	last := o.History[len(o.History)-1]
	if o.Status != order.Processing || last.Note != "packed\ntwice" || last.By != "u-support" || last.Source != order.FromUser {
		t.Errorf("order %s, history %+v", o.Status, last)
	}
	b.get(path).want(t, http.StatusOK).wantText(t, "packed", "Test support", "Status changed to Processing.")
	b.get(path).want(t, http.StatusOK).lacksText(t, "Status changed to Processing.")
}

func TestStatusChangeWithHTMX(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	b := a.as("support").parts()
	x := b.post("/orders/"+id.String()+"/status", statusForm("processing", 1, "")).want(t, http.StatusOK)
	d := x.doc(t)
	if d.Find("#order").AttrOr("data-version", "") != "2" || strings.Contains(x.body, "<html") {
		t.Errorf("not the order's new state:\n%s", cut(x.body, 500))
	}
}

func TestStatusChangeRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	path := "/orders/" + id.String() + "/status"
	for name, c := range map[string]struct {
		form   url.Values
		status int
		text   string
	}{
		"unknown status":     {statusForm("lost", 1, "keep this"), http.StatusUnprocessableEntity, "Choose a status."},
		"no status":          {statusForm("", 1, "keep this"), http.StatusUnprocessableEntity, "Choose a status."},
		"no version":         {url.Values{"status": {"processing"}, "note": {"keep this"}}, http.StatusUnprocessableEntity, "Open the order again."},
		"endless note":       {statusForm("processing", 1, "keep this"+strings.Repeat("a", maxStatusNote)), http.StatusUnprocessableEntity, "longer than"},
		"binary note":        {statusForm("processing", 1, "keep this\x00"), http.StatusUnprocessableEntity, "cannot be stored"},
		"illegal transition": {statusForm("delivered", 1, "keep this"), http.StatusConflict, "cannot become delivered"},
		"stale version":      {statusForm("processing", 7, "keep this"), http.StatusConflict, "was not saved"},
	} {
		t.Run(name, func(t *testing.T) {
			b := a.as("support")
			whole := b.post(path, c.form).want(t, c.status).wantText(t, c.text, "<html")
			if !strings.HasPrefix(whole.doc(t).Find("textarea[name=note]").Text(), "keep this") {
				t.Error("the note is lost")
			}
			part := b.parts().post(path, c.form).want(t, c.status).wantText(t, c.text)
			if strings.Contains(part.body, "<html") {
				t.Error("htmx gets a whole page")
			}
			if o := a.order(id); o.Version != 1 || o.Status != order.Confirmed {
				t.Errorf("the order is now %s, version %d", o.Status, o.Version)
			}
		})
	}
	a.as("readonly").post(path, statusForm("processing", 1, "")).want(t, http.StatusForbidden)
	b := a.as("support")
	for _, bad := range []string{"/orders/x/status", "/orders/0000000000001/status", "/orders/" + strings.ToUpper(id.String()) + "x/status"} {
		b.post(bad, statusForm("processing", 1, "")).want(t, http.StatusNotFound)
	}
}

func TestOneOfManyEditorsWins(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	b := a.as("support")
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = map[int]int{}
	)
	for range 20 {
		wg.Go(func() {
			x := b.post("/orders/"+id.String()+"/status", statusForm("processing", 1, ""))
			mu.Lock()
			defer mu.Unlock()
			seen[x.status]++
		})
	}
	wg.Wait()
	if seen[http.StatusSeeOther] != 1 || seen[http.StatusConflict] != 19 {
		t.Errorf("answers %v, want one 303 and 19 409", seen)
	}
	if o := a.order(id); o.Version != 2 {
		t.Errorf("version %d", o.Version)
	}
}

func TestPlatformThatCannotBeTold(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(d *Deps) {
		d.Push = func(_ context.Context, _ order.Order, to order.Status) (bool, error) {
			if to == order.Cancelled {
				return false, &ingest.UnsupportedError{Reason: "this platform takes cancellations only in its own portal"}
			}
			return true, nil
		}
	})
	id := a.orders(1)[0]
	b := a.as("support")
	d := b.get("/orders/" + id.String()).doc(t)
	if d.Find("input[name=status][value=cancelled]").Length() != 0 || d.Find("input[name=status][value=processing]").Length() != 1 {
		t.Error("the form offers what the platform refuses, or hides what it takes")
	}
	b.post("/orders/"+id.String()+"/status", statusForm("cancelled", 1, "")).want(t, http.StatusUnprocessableEntity).
		wantText(t, "only in its own portal")
	b.post("/orders/"+id.String()+"/status", statusForm("processing", 1, "")).want(t, http.StatusSeeOther)
	if o := a.order(id); o.Wish == nil || o.Wish.State != order.WishWaiting {
		t.Errorf("wish %+v, want one that waits to be pushed", o.Wish)
	}
}

func TestChannelThatDoesNotWork(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(d *Deps) {
		d.Push = func(context.Context, order.Order, order.Status) (bool, error) {
			return false, errors.New("secrets cannot be opened: wrong key")
		}
	})
	id := a.orders(1)[0]
	b := a.as("support")
	b.get("/orders/"+id.String()).want(t, http.StatusOK).wantText(t, "does not work right now").lacksText(t, "wrong key")
	b.post("/orders/"+id.String()+"/status", statusForm("processing", 1, "")).want(t, http.StatusServiceUnavailable).lacksText(t, "wrong key")
	if v := a.order(id).Version; v != 1 {
		t.Errorf("version %d", v)
	}
}

// syncer remembers what it was asked to pull.
type syncer struct{ asked []string }

func (s *syncer) Trigger(_ context.Context, id, by string) error {
	s.asked = append(s.asked, id+" for "+by)
	return nil
}

func TestSyncByHand(t *testing.T) {
	t.Parallel()
	var s syncer
	a := newApp(t, func(d *Deps) { d.Sync = &s })
	b := a.as("support")
	b.post("/channels/website/sync", nil).want(t, http.StatusSeeOther)
	b.get("/orders").want(t, http.StatusOK).wantText(t, "being read now")
	b.post("/channels/nowhere/sync", nil).want(t, http.StatusNotFound)
	if len(s.asked) != 1 || s.asked[0] != "website for u-support" {
		t.Errorf("asked for %q", s.asked)
	}
	newApp(t).as("admin").post("/channels/website/sync", nil).want(t, http.StatusServiceUnavailable)
}

func TestNotes(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	path := "/orders/" + id.String() + "/notes"
	b := a.as("support")
	b.post(path, url.Values{"text": {"ring size 12"}}).want(t, http.StatusSeeOther)
	b.parts().post(path, url.Values{"text": {"call first"}}).want(t, http.StatusOK).wantText(t, "ring size 12", "call first")
	b.post(path, url.Values{"text": {"   "}}).want(t, http.StatusUnprocessableEntity).wantText(t, "Write something first.")
	x := b.parts().post(path, url.Values{"text": {strings.Repeat("é", maxNote+1)}}).want(t, http.StatusUnprocessableEntity)
	if n := len([]rune(x.doc(t).Find("textarea[name=text]").Text())); n != maxNote+1 {
		t.Errorf("%d characters kept", n)
	}
	b.post(path, url.Values{"text": {strings.Repeat("é", maxNote)}}).want(t, http.StatusSeeOther)
	a.as("readonly").post(path, url.Values{"text": {"x"}}).want(t, http.StatusForbidden)
	if n := len(a.order(id).Desk.Notes); n != 3 {
		t.Errorf("%d notes", n)
	}
}

func TestOrderPage(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	b := a.as("support")
	r := b.request(http.MethodGet, "/orders/"+id.String(), nil)
	r.Header.Set("Referer", a.http.URL+"/orders?status=confirmed&page=2")
	x := b.do(r).want(t, http.StatusOK)
	if back := x.doc(t).Find("a[data-back]").AttrOr("href", ""); back != "/orders?page=2&status=confirmed" {
		t.Errorf("back leads to %q", back)
	}
	r = b.request(http.MethodGet, "/orders/"+id.String(), nil)
	r.Header.Set("Referer", "https://evil.example/orders?q=1")
	if back := b.do(r).doc(t).Find("a[data-back]").AttrOr("href", ""); back != "/orders" {
		t.Errorf("back leads to %q", back)
	}
	x.wantText(t, "Demi-fine ring", "Hidden Lane", "Shop amazon-in")
	b.get("/orders/"+id.String()+"?x=1").want(t, http.StatusUnprocessableEntity)
	b.get("/orders/zzzzzzzzzzzzz").want(t, http.StatusNotFound)
	if a.as("readonly").get("/orders/"+id.String()).doc(t).Find(`form[action$="/status"]`).Length() != 0 {
		t.Error("readonly sees the status form")
	}
}

func TestPreferences(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("readonly")
	x := b.post("/account", url.Values{"theme": {"dark"}, "next": {"/orders?page=1"}}).want(t, http.StatusSeeOther)
	if x.header.Get("Location") != "/orders?page=1" {
		t.Errorf("leads to %s", x.header.Get("Location"))
	}
	b.post("/account", url.Values{"density": {"compact"}}).want(t, http.StatusSeeOther)
	root := b.get("/orders").doc(t).Find("html")
	if root.AttrOr("data-theme", "") != "dark" || root.AttrOr("data-density", "") != "compact" {
		t.Errorf("theme %q, density %q", root.AttrOr("data-theme", ""), root.AttrOr("data-density", ""))
	}
	b.post("/account", url.Values{"theme": {"pink"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/account", url.Values{"theme": {"light"}, "next": {"//evil.example"}}).want(t, http.StatusSeeOther)
	b.post("/account", url.Values{"theme": {"dark"}}).want(t, http.StatusSeeOther)
	b.post("/logout", nil).want(t, http.StatusSeeOther)
	if theme := b.get("/login").doc(t).Find("html").AttrOr("data-theme", ""); theme != "dark" {
		t.Errorf("the login forgets the theme: %q", theme)
	}
	u, err := a.store.Users().Get(t.Context(), account.ID("u-readonly"))
	if err != nil || u.Role != account.ReadOnly || u.Epoch != 0 {
		t.Errorf("user %+v, %v", u, err)
	}
}
