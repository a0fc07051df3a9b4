package handlers

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
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

// Negative tests of what arrives on the wire: shapes of requests, signatures,
// passwords, and clients that take their time.

func TestN54HeadersAndFieldsThatAreTooMuch(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	addr := strings.TrimPrefix(a.http.URL, "http://")
	for name, raw := range map[string]string{
		"a header of 1 MB":  "GET /login HTTP/1.1\r\nHost: localhost\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n",
		"100,000 headers":   "GET /login HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X-A: b\r\n", 100_000) + "\r\n",
		"an address of 1MB": "GET /login?next=" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		if status := rawStatus(t, addr, raw); status/100 != 4 {
			t.Errorf("%s: %d", name, status)
		}
	}
	form := url.Values{}
	for i := range 10_000 {
		form.Set(fmt.Sprint("field", i), "x")
	}
	b := a.as("admin")
	for _, path := range []string{"/login", "/account", "/orders/" + a.orders(1)[0].String() + "/status"} {
		if got := b.post(path, form); got.status != http.StatusUnprocessableEntity && got.status != http.StatusRequestEntityTooLarge {
			t.Errorf("10,000 fields for %s: %d", path, got.status)
		}
	}
}

// TestN57Smuggling: a request of which two readers would see different ends is
// refused. Length and chunks together are legal to read as chunks; then no byte
// of the body may be taken for a second request.
func TestN57Smuggling(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	addr := strings.TrimPrefix(a.http.URL, "http://")
	const post = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for name, raw := range map[string]string{
		"two lengths":             post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"a list of lengths":       post + "Content-Length: 1, 2\r\n\r\nab",
		"a length with a sign":    post + "Content-Length: +2\r\n\r\nab",
		"a negative length":       post + "Content-Length: -1\r\n\r\nab",
		"an unknown coding":       post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"chunks twice":            post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
		"chunked and identity":    post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		"a space before a colon":  post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
		"obsolete folding":        "GET /login HTTP/1.1\r\nHost: localhost\r\n X-A: 1\r\n\r\n",
		"a line feed in a chunk":  post + "Transfer-Encoding: chunked\r\n\r\n2\nab\n0\n\n",
		"two hosts":               "GET /login HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
		"no host":                 "GET /login HTTP/1.1\r\n\r\n",
		"a carriage return alone": "GET /login HTTP/1.1\r\nHost: localhost\r\nX-A: a\rX-B: b\r\n\r\n",
		"an address of elsewhere": "GET http://evil.example/login HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		if status := rawStatus(t, addr, raw); status/100 != 4 && status != http.StatusNotImplemented {
			t.Errorf("%s: %d", name, status)
		}
	}
	both := post + "Content-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n3b\r\nemail=x&password=y&z=GET /healthz HTTP/1.1\r\nHost: localhost\r\n0\r\n\r\n"
	if got := rawAnswers(t, addr, both); strings.Count(got, "HTTP/1.1 ") != 1 || strings.Contains(got, " 200 ") {
		t.Errorf("a length and chunks: %q", cut(got, 300))
	}
}

// rawAnswers is all that comes until the connection rests for a second.
func rawAnswers(t *testing.T, addr, raw string) string {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(3 * time.Second))
	got, _ := io.ReadAll(c) // ends with the deadline
	return string(got)
}

// tallied counts what a client gave away.
type tallied struct {
	io.Reader
	n *atomic.Int64
}

func (c tallied) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestN58CompressedBodies(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	var gz, df bytes.Buffer
	g := gzip.NewWriter(&gz)
	d, _ := flate.NewWriter(&df, flate.BestCompression)
	mib := make([]byte, 1<<20)
	for range 64 {
		_, _ = g.Write(mib)
		_, _ = d.Write(mib)
	}
	if err := errors.Join(g.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	for kind, body := range map[string][]byte{"gzip": gz.Bytes(), "deflate": df.Bytes(), "br": gz.Bytes(), "gzip, gzip": gz.Bytes(), "identity": []byte("a=b"), "GZIP": gz.Bytes()} {
		for _, path := range []string{"/login", "/imports", "/api/auth/login", "/webhooks/website"} {
			var sent atomic.Int64
			r := b.request(http.MethodPost, path, tallied{io.MultiReader(bytes.NewReader(body), io.LimitReader(zeros{}, 64<<20)), &sent})
			r.Header.Set("Content-Encoding", kind)
			r.Header.Set("Content-Type", "application/json")
			res, err := b.client.Do(r)
			if err == nil {
				res.Body.Close()
				if res.StatusCode != http.StatusUnsupportedMediaType {
					t.Errorf("%s to %s: %d", kind, path, res.StatusCode)
				}
			}
			// What lies in the buffers of both ends counts as sent; the server itself
			// reads at most 256 KiB on, to be able to answer.
			if n := sent.Load(); n > 24<<20 {
				t.Errorf("%s to %s: %d bytes were taken", kind, path, n)
			}
		}
	}
	order := b.request(http.MethodPost, "/orders/"+a.orders(1)[0].String()+"/status", strings.NewReader("status=cancelled&version=1"))
	order.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	order.Header.Set("Content-Encoding", "gzip")
	b.do(order).want(t, http.StatusUnsupportedMediaType)
}

// TestN60SlowClients: clients that dawdle are cut off, and hold up nobody. The
// server's own limits are those of TestServerLimits; here they are shorter, so
// that the test need not wait for them.
func TestN60SlowClients(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for timeouts")
	}
	t.Parallel()
	a := newApp(t)
	s := NewHTTPServer(a.srv, slog.New(slog.DiscardHandler))
	s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = time.Second, 2*time.Second, 2*time.Second, time.Second
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	addr := l.Addr().String()
	shapes := []string{"GET /login HTTP/1.1\r\nHost: localhost\r\nX-A: ", // headers that never end
		"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nemail=", // a body that never ends
		"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n"} // an answer that is never read, a connection that is never closed
	const dawdlers = 200
	began := time.Now()
	var wg sync.WaitGroup
	for i := range dawdlers {
		wg.Go(func() {
			c, err := net.DialTimeout("tcp", addr, 10*time.Second)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			_, _ = io.WriteString(c, shapes[i%len(shapes)])
			_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.Copy(io.Discard, c); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
				t.Errorf("a dawdler of kind %d still has its connection", i%len(shapes))
			}
		})
	}
	client := &http.Client{Timeout: 20 * time.Second}
	for range 20 {
		start := time.Now()
		res, err := client.Get("http://" + addr + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if d := time.Since(start); res.StatusCode != http.StatusOK || d > 2*time.Second { // the bar is 200 ms on a machine of one's own
			t.Errorf("a probe: %d after %s", res.StatusCode, d)
		}
		time.Sleep(50 * time.Millisecond)
	}
	wg.Wait()
	if d := time.Since(began); d > 25*time.Second {
		t.Errorf("the last was cut off after %s", d)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

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
