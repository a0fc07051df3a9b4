package handlers

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/outbound"
	"github.com/palmonas/palmonas-crm/store"
)

func withHooks(t *testing.T) *app {
	t.Helper()
	return newApp(t, func(d *Deps) {
		d.Keys = testKeys(t)
		d.Guard = outbound.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	})
}

func TestWebhookPages(t *testing.T) {
	t.Parallel()
	a := withHooks(t)
	b := a.as("admin")
	b.get("/settings").want(t, http.StatusOK).wantText(t, `href="/settings/webhooks"`)
	b.get("/settings/webhooks").want(t, http.StatusOK).wantText(t, "New webhook")
	bad := b.post("/settings/webhooks", url.Values{"name": {"ERP & Co"}, "url": {"https://10.0.0.1/hooks"}, "event": {"order.created"}, "enabled": {"yes"}}).want(t, http.StatusUnprocessableEntity)
	bad.wantText(t, "private network", `value="https://10.0.0.1/hooks"`, "ERP &amp; Co")
	made := b.post("/settings/webhooks", url.Values{"name": {"ERP"}, "url": {"https://erp.example.com/hooks"}, "event": {"order.created", "order.updated"}, "customer": {"yes"}, "enabled": {"yes"}}).want(t, http.StatusOK)
	secret, _ := made.doc(t).Find("#secret").Attr("value")
	if !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("secret %q", secret)
	}
	subs, err := a.srv.outbound.List(t.Context())
	if err != nil || len(subs) != 1 || !subs[0].Customer || len(subs[0].Events) != 2 {
		t.Fatalf("%+v, %v", subs, err)
	}
	path := "/settings/webhooks/" + subs[0].ID
	b.get(path).want(t, http.StatusOK).lacksText(t, secret)
	b.post(path+"/ping", nil).want(t, http.StatusSeeOther)
	b.get(path).want(t, http.StatusOK).wantText(t, "Waiting", "not tried yet")
	list, err := a.srv.outbound.Deliveries(t.Context(), subs[0].ID, 5)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	b.post(path+"/deliveries/"+list[0].ID, nil).want(t, http.StatusSeeOther)
	b.post(path+"/deliveries/msg_none", nil).want(t, http.StatusNotFound)
	b.post(path, url.Values{"name": {"ERP 2"}, "url": {"https://erp.example.com/hooks"}, "event": {"order.created"}, "version": {"1"}}).want(t, http.StatusSeeOther)
	b.post(path, url.Values{"name": {"ERP 3"}, "url": {"https://erp.example.com/hooks"}, "event": {"order.created"}, "version": {"1"}}).want(t, http.StatusConflict).wantText(t, "Somebody else changed it", "ERP 2")
	b.post(path, url.Values{"name": {"ERP 3"}, "url": {"ftp://x"}, "event": {"order.created"}, "version": {"2"}}).want(t, http.StatusUnprocessableEntity).wantText(t, "https://", `value="ERP 3"`)
	b.post(path+"/secret", nil).want(t, http.StatusOK).wantText(t, "whsec_").lacksText(t, secret)
	b.post(path+"/delete", nil).want(t, http.StatusSeeOther)
	b.get(path).want(t, http.StatusNotFound)
	entries, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "webhook."})
	if err != nil || len(entries) != 6 {
		t.Errorf("%d audit entries, %v", len(entries), err)
	}
	a.as("support").get("/settings/webhooks").want(t, http.StatusForbidden)
}

func TestWebhooksOverTheAPI(t *testing.T) {
	t.Parallel()
	a := withHooks(t)
	p := a.api("admin")
	for _, address := range []string{"https://169.254.169.254/latest/meta-data", "http://example.com/", "https://localhost:22/", "https://[::1]/", "https://2130706433/"} {
		p.post("/api/webhooks", map[string]any{"name": "x", "url": address, "events": []string{"order.created"}}).want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"url"`)
	}
	got := p.post("/api/webhooks", map[string]any{"name": "ERP", "url": "https://erp.example.com/", "events": []string{"order.created"}}).want(t, http.StatusCreated)
	path := got.header.Get("Location")
	p.get(path).want(t, http.StatusOK).lacksText(t, "whsec_")
	p.with("If-Match", `"v9"`).put(path, map[string]any{"name": "ERP", "url": "https://erp.example.com/", "events": []string{"order.updated"}}).want(t, http.StatusPreconditionFailed)
	p.put(path, map[string]any{"name": "ERP", "url": "https://erp.example.com/", "events": []string{"order.updated"}, "version": 9}).want(t, http.StatusConflict)
	p.put(path, map[string]any{"name": "ERP", "url": "https://erp.example.com/", "events": []string{"order.updated"}, "enabled": false}).want(t, http.StatusOK).wantText(t, `"enabled":false`)
	// Who may not read customers does not have them sent elsewhere.
	narrow := a.program(a.personal("admin", "settings.manage"))
	narrow.put(path, map[string]any{"name": "ERP", "url": "https://erp.example.com/", "events": []string{"order.updated"}, "customer": true}).want(t, http.StatusUnprocessableEntity)
}

// TestStoppedWebhookReachesTheBell: a receiver that is gone for good is
// switched off, and who looks after settings hears of it by bell and e-mail.
func TestStoppedWebhookReachesTheBell(t *testing.T) {
	t.Parallel()
	a := withHooks(t)
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	defer gone.Close()
	sub, _, err := a.srv.outbound.Create(t.Context(), outbound.Wish{Name: "ERP", URL: gone.URL + "/hooks", Events: outbound.Events(), Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.srv.outbound.SendPing(t.Context(), sub.ID); err != nil {
		t.Fatal(err)
	}
	letters := a.letters(t, "admin")
	w := a.watcher()
	if err := w.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := a.as("admin")
	b.get("/orders").want(t, http.StatusOK).lacksText(t, "new one")
	outbound.NewWorker(a.srv.outbound, "test", nil).Run(t.Context())
	for range 2 {
		if err := w.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.get("/orders").want(t, http.StatusOK).wantText(t, "Notices, 1 new one")
	b.get("/notices").want(t, http.StatusOK).wantText(t, "The webhook ERP failed for too long and was switched off", "/settings/webhooks/"+sub.ID)
	select {
	case letter := <-letters:
		if !strings.Contains(letter, "To: <admin@example.com>") || !strings.Contains(letter, "/settings/webhooks/"+sub.ID) {
			t.Errorf("the letter says:\n%s", letter)
		}
	case <-t.Context().Done():
		t.Fatal("no letter")
	}
	if len(letters) > 0 {
		t.Errorf("told twice: %s", <-letters)
	}
	a.as("support").get("/notices").want(t, http.StatusOK).lacksText(t, "ERP")
}

// letters is what a mail server gets once somebody wants notices by e-mail.
func (a *app) letters(t *testing.T, name string) chan string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan string, 4)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			take(c, got)
		}
	}()
	server := mail.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: mail.Plain, From: "desk@example.com"}
	if err := a.srv.post().Save(t.Context(), server, ""); err != nil {
		t.Fatal(err)
	}
	if err := a.srv.Board().SetByMail(t.Context(), a.who(name).ID, true); err != nil {
		t.Fatal(err)
	}
	return got
}

// take speaks SMTP with one client, as far as it has to.
func take(c net.Conn, got chan<- string) {
	defer c.Close()
	r, inside, letter := bufio.NewScanner(c), false, strings.Builder{}
	say := func(s string) { _, _ = c.Write([]byte(s + "\r\n")) }
	for say("220 test"); r.Scan(); {
		line := r.Text()
		switch {
		case inside && line == ".":
			inside = false
			say("250 taken")
			got <- letter.String()
		case inside:
			letter.WriteString(line + "\n")
		case line == "DATA":
			inside = true
			say("354 go")
		case line == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}
