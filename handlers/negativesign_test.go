package handlers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/custom"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
	"github.com/palmonas/palmonas-crm/order"
)

// TestN62ForgedHooks sends what a stranger could to a channel that verifies
// Standard Webhooks.
func TestN62ForgedHooks(t *testing.T) {
	t.Parallel()
	const secret, other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldA=="
	keys, err := channel.NewKeyring(bytes.Repeat([]byte{7}, channel.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	a := newApp(t, func(d *Deps) {
		s := ingest.NewSyncer(ingest.SyncerConfig{Store: d.Store, Keyring: keys, Now: d.Now, Builders: map[string]ingest.Build{"custom": custom.New}})
		d.ChannelDeps = ChannelDeps{Desk: s, Hooks: s, Keys: keys, Refresh: func(context.Context) error { return nil }}
	})
	for id, webhook := range map[string][]string{"signed": {secret}, "unsigned": nil} {
		sealed, err := keys.Seal(id, channel.Secrets{Credentials: map[string]string{"token": "a-token"}, Webhook: webhook})
		if err != nil {
			t.Fatal(err)
		}
		err = a.store.Channels().Create(t.Context(), channel.Channel{ID: id, Platform: order.Organic, Adapter: "custom", Name: id, Enabled: true, Interval: time.Minute,
			BaseURL: "https://shop.example.com", Sealed: sealed, Version: 1, CreatedAt: a.clock.now(), UpdatedAt: a.clock.now()})
		if err != nil {
			t.Fatal(err)
		}
	}
	const body = `{"type":"order.updated","data":{"id":"1"}}`
	signed := func(with, id string, at time.Time) http.Header {
		s, err := standardwebhook.ParseSecret(with)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		s.Sign(h, id, at, []byte(body))
		return h
	}
	send := func(channel, body string, h http.Header) int {
		var flat []string
		for name := range h {
			flat = append(flat, name, h.Get(name))
		}
		return a.hook("/webhooks/"+channel, body, flat...).status
	}
	now := a.clock.now()
	good := signed(secret, "e1", now)
	edit := func(name, value string) http.Header { h := good.Clone(); h.Set(name, value); return h }
	sig := good.Get(standardwebhook.HeaderSignature)
	theirs := signed(other, "e1", now).Get(standardwebhook.HeaderSignature)
	for name, c := range map[string]struct {
		channel, body string
		header        http.Header
	}{
		"another secret":        {"signed", body, signed(other, "e1", now)},
		"no secret configured":  {"unsigned", body, good},
		"no signature":          {"signed", body, edit(standardwebhook.HeaderSignature, "")},
		"an empty version 1":    {"signed", body, edit(standardwebhook.HeaderSignature, "v1,")},
		"hexadecimal":           {"signed", body, edit(standardwebhook.HeaderSignature, "v1,"+strings.ToUpper(fmt.Sprintf("%x", sig)))},
		"upper case":            {"signed", body, edit(standardwebhook.HeaderSignature, strings.ToUpper(sig))},
		"an unsigned repeat":    {"signed", body, http.Header{"Webhook-Id": {"e1"}, "Webhook-Timestamp": {good.Get(standardwebhook.HeaderTimestamp)}}},
		"signed too long ago":   {"signed", body, signed(secret, "e2", now.Add(-5*time.Minute-time.Second))},
		"signed in the future":  {"signed", body, signed(secret, "e3", now.Add(5*time.Minute+2*time.Second))},
		"one bit of the body":   {"signed", strings.Replace(body, "1", "0", 1), good},
		"another id":            {"signed", body, edit("Webhook-Id", "e9")},
		"another channel's key": {"signed", body, edit(standardwebhook.HeaderSignature, theirs)},
	} {
		if got := send(c.channel, c.body, c.header); got != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, got)
		}
	}
	if n, _, err := a.store.Inbox().Backlog(t.Context(), "signed"); err != nil || n != 0 {
		t.Fatalf("%d stored, %v", n, err)
	}
	if got := send("signed", body, edit(standardwebhook.HeaderSignature, theirs+" "+sig)); got != http.StatusAccepted {
		t.Errorf("two signatures, one of them good: %d", got)
	}
	for range 20 {
		if got := send("signed", body, good); got != http.StatusOK {
			t.Fatalf("a replay: %d", got)
		}
	}
	if n, _, err := a.store.Inbox().Backlog(t.Context(), "signed"); err != nil || n != 1 {
		t.Errorf("%d stored, %v", n, err)
	}
}

// TestN66NothingTellsWhoHasAnAccount: neither links, nor the API, nor setup
// tells addresses apart; TestN66WrongLoginsAnswerAlike looks at the form and
// TestN66EqualTimeForUnknownAccounts at the clock.
func TestN66NothingTellsWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.user("gone", account.Support, func(u *account.User) { u.Disabled = true })
	p := a.program("")
	var first string
	for _, email := range []string{"nobody@example.com", "admin@example.com", "gone@example.com"} {
		got := p.post("/api/auth/login", map[string]string{"email": email, "password": "not the password at all"}).want(t, http.StatusUnauthorized)
		text := strings.ReplaceAll(got.body, got.header.Get("X-Request-Id"), "ID")
		if first == "" {
			first = text
		}
		if text != first {
			t.Errorf("%s: %s, others: %s", email, text, first)
		}
		p.post("/api/auth/register", map[string]string{"email": email, "name": "x", "role": "support"}).want(t, http.StatusUnauthorized)
	}
	b := a.browser()
	for _, path := range []string{"/reset", "/forgot", "/register", "/signup", "/welcome/x", "/welcome/u-admin", "/setup/x"} {
		b.get(path).want(t, http.StatusNotFound)
	}
}

func TestN67PasswordsBeyond72Bytes(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	long := strings.Repeat("correct horse battery ", 4)[:72]
	imported, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := account.HashPassword(long + "x")
	if err != nil {
		t.Fatal(err)
	}
	a.user("imported", account.Support, func(u *account.User) { u.PasswordHash = string(imported) })
	a.user("ours", account.Support, func(u *account.User) { u.PasswordHash = hash })
	for name, wrong := range map[string]string{"imported": long + "x", "ours": long + "y"} {
		a.browser().login(name+"@example.com", wrong).want(t, http.StatusUnprocessableEntity)
	}
	a.browser().login("imported@example.com", long).want(t, http.StatusSeeOther)
	a.browser().login("ours@example.com", long+"x").want(t, http.StatusSeeOther)
}

// TestN70Frames: no answer lets another page put it into a frame, pages,
// files, parts and errors alike.
func TestN70Frames(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0].String()
	for name, got := range map[string]answer{
		"sign-in": a.browser().get("/login"), "list": a.as("admin").get("/orders"), "part": a.as("admin").parts().get("/orders"), "order": a.as("admin").get("/orders/" + id),
		"missing": a.browser().get("/nothing"), "file": a.browser().get(a.srv.assets.Prefix() + "/app.css"), "API": a.program("").get("/api/orders"), "health": a.browser().get("/healthz"),
	} {
		if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") || got.header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %q, %q", name, policy, got.header.Get("X-Frame-Options"))
		}
	}
}

func TestN47NextAtTheServer(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for _, next := range []string{"//evil.example", `/\evil.example`, "/%09/evil.example", "/\t/evil.example", "https:evil.example", "https://evil.example", "//user@evil.example", "/%5cevil.example",
		"http://" + "localhost" + "@evil.example/", "javascript:alert(1)", "/logout"} {
		got := a.browser().post("/login", url.Values{"email": {"admin@example.com"}, "password": {testPassword}, "next": {next}}).want(t, http.StatusSeeOther)
		if to := got.header.Get("Location"); to != "/" {
			t.Errorf("next=%q leads to %q", next, to)
		}
		a.clock.add(5 * time.Second) // within the attempts of one address
		if form := a.browser().get("/login?next=" + url.QueryEscape(next)); strings.Contains(form.body, "evil.example") {
			t.Errorf("next=%q is on the form", next)
		}
	}
}

// TestN40HostileTables: files that would hurt a careless reader end as rows, as
// rejected rows, or as a message at the field.
func TestN40HostileTables(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	wide := strings.Repeat("a,", 1_000_000)
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"formulas":          {"Order No,Placed,Qty,Price\n=1+1,2026-10-01,1,10\n@SUM(A1),2026-10-01,1,10\n", http.StatusSeeOther},
		"a byte order mark": {"\ufeff" + sheet, http.StatusSeeOther},
		"UTF-16":            {"\xff\xfeO\x00r\x00d\x00e\x00r\x00 \x00N\x00o\x00,\x00P\x00l\x00a\x00c\x00e\x00d\x00\n\x00W\x00,\x002\x000\x002\x006\x00\n\x00", http.StatusSeeOther},
		"NUL":               {"Order No,Placed\nW\x001,2026-10-01\n", 0},
		"a million columns": {wide + "\n" + wide + "\n", http.StatusUnprocessableEntity},
		"one endless line":  {strings.Repeat("a", 4<<20), http.StatusUnprocessableEntity},
		"open quotes":       {`Order No,Placed` + "\n" + strings.Repeat(`"`, 100_001), 0},
	} {
		start := time.Now()
		got := b.upload("a.csv", []byte(c.body), website())
		if c.status == 0 && got.status != http.StatusSeeOther && got.status != http.StatusUnprocessableEntity || c.status != 0 && got.status != c.status {
			t.Errorf("%s: %d", name, got.status)
		}
		if to := got.header.Get("Location"); got.status == http.StatusSeeOther {
			page := b.get(to).want(t, http.StatusOK)
			if len(page.body) > 2<<20 {
				t.Errorf("%s: a preview of %d bytes", name, len(page.body))
			}
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s took %s", name, d)
		}
	}
}
