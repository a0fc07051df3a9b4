package handlers

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

const testPassword = "a long enough pass phrase"

// testHash is made once: a hash is slow on purpose.
var testHash = sync.OnceValue(func() string {
	h, err := account.HashPassword(testPassword)
	if err != nil {
		panic(err)
	}
	return h
})

// clock is a clock that tests move. It starts at the real time, since the
// session stores of scs look at the real one.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now().UTC().Truncate(time.Millisecond)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// logBuffer is a log that tests read.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// app is the program's HTTP side on a real database.
type app struct {
	t     testing.TB
	srv   *Server
	http  *httptest.Server
	store store.Store
	clock *clock
	log   *logBuffer
}

func newApp(t testing.TB, change ...func(*Deps)) *app {
	t.Helper()
	a := &app{t: t, clock: newClock(), log: &logBuffer{}}
	dir := t.TempDir()
	var err error
	if a.store, err = sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "palmonas.db"), Now: a.clock.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.store.Close(); err != nil {
			t.Error(err)
		}
	})
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	d := Deps{Store: a.store, Now: a.clock.now, Location: zone, DataDir: dir, Poll: 10 * time.Millisecond, Patience: 10 * time.Second,
		Log: slog.New(slog.NewJSONHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, fn := range change {
		fn(&d)
	}
	if a.srv, err = New(d); err != nil {
		t.Fatal(err)
	}
	a.http = httptest.NewUnstartedServer(a.srv)
	a.http.Config = NewHTTPServer(a.srv, slog.New(slog.DiscardHandler))
	a.http.Start()
	t.Cleanup(func() {
		a.srv.CloseStreams()
		a.http.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := a.srv.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	a.channel("amazon-in", order.Amazon)
	a.channel("website", order.Organic)
	for _, r := range account.Roles() {
		a.user(string(r), r)
	}
	return a
}

func (a *app) channel(id string, p order.Platform) {
	a.t.Helper()
	err := a.store.Channels().Create(a.t.Context(), channel.Channel{ID: id, Platform: p, Adapter: channel.Manual, Name: "Shop " + id, Enabled: true})
	if err != nil {
		a.t.Fatal(err)
	}
}

// user makes somebody whose address is name@example.com.
func (a *app) user(name string, r account.Role, change ...func(*account.User)) account.User {
	a.t.Helper()
	u := account.User{ID: account.ID("u-" + name), Email: name + "@example.com", Name: "Test " + name, Role: r, PasswordHash: testHash()}
	for _, fn := range change {
		fn(&u)
	}
	if err := a.store.Users().Create(a.t.Context(), u); err != nil {
		a.t.Fatal(err)
	}
	return u
}

func (a *app) change(name string, fn func(*account.User)) {
	a.t.Helper()
	if _, err := a.store.Users().Update(a.t.Context(), account.ID("u-"+name), func(u *account.User) error { fn(u); return nil }); err != nil {
		a.t.Fatal(err)
	}
}

// reported is an order as a platform reports it; n makes it distinct.
func reported(n int, status order.Status, at time.Time) order.Report {
	price := order.INR(int64(129900 + n))
	return order.Report{
		Ref: order.Ref{Channel: "amazon-in", PlatformOrderID: fmt.Sprintf("403-%07d-0000001", n)}, Platform: order.Amazon,
		Status: status, Source: order.FromPlatform, At: at,
		Facts: order.Facts{
			OrderNumber: fmt.Sprintf("403-%07d-0000001", n), OrderedAt: at, PlatformStatus: "Unshipped", Payment: order.Prepaid,
			Customer: order.Customer{Name: "Asha Raghunathan", Email: "asha.secret@example.org", Phone: "+919876543210",
				Address: order.Address{Line1: "12 Hidden Lane", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"}},
			Items:    []order.Item{{SKU: fmt.Sprintf("RING-%d", n), Title: "Demi-fine ring", Quantity: 1, UnitPrice: price, Total: price}},
			Subtotal: price, Total: price, Shipment: order.Shipment{AWB: fmt.Sprintf("AWB%06d", n)},
		},
	}
}

// orders stores n orders, the first the oldest, and returns their ids.
func (a *app) orders(n int) []order.ID {
	a.t.Helper()
	reports := make([]order.Report, n)
	for i := range reports {
		reports[i] = reported(i+1, order.Confirmed, a.clock.now().Add(time.Duration(i-n)*time.Minute))
	}
	return a.absorb(reports...)
}

func (a *app) absorb(reports ...order.Report) []order.ID {
	a.t.Helper()
	got, err := a.store.Orders().Absorb(a.t.Context(), reports, a.clock.now())
	if err != nil {
		a.t.Fatal(err)
	}
	ids := make([]order.ID, len(got))
	for i, g := range got {
		if g.Err != nil {
			a.t.Fatal(g.Err)
		}
		ids[i] = g.ID
	}
	return ids
}

func (a *app) order(id order.ID) order.Order {
	a.t.Helper()
	o, err := a.store.Orders().Get(a.t.Context(), id)
	if err != nil {
		a.t.Fatal(err)
	}
	return o
}

// browser keeps cookies, follows no redirect and sends what browsers send.
type browser struct {
	a      *app
	client *http.Client
	htmx   bool   // asks for parts of pages
	token  string // of the same person, for the API
}

func (a *app) browser() *browser {
	a.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	return &browser{a: a, client: &http.Client{Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is a browser in which somebody has signed in.
func (a *app) as(name string) *browser {
	a.t.Helper()
	b := a.browser()
	got := b.login(name+"@example.com", testPassword)
	if got.status != http.StatusSeeOther {
		a.t.Fatalf("sign-in of %s: %d\n%s", name, got.status, got.body)
	}
	return b
}

func (b *browser) parts() *browser { return &browser{a: b.a, client: b.client, htmx: true} }

func (b *browser) login(email, password string) answer {
	b.a.t.Helper()
	return b.post("/login", url.Values{"email": {email}, "password": {password}})
}

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   string
}

func (x answer) doc(t testing.TB) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (b *browser) get(path string) answer {
	b.a.t.Helper()
	return b.do(b.request(http.MethodGet, path, nil))
}

func (b *browser) post(path string, form url.Values) answer {
	b.a.t.Helper()
	r := b.request(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b *browser) request(method, path string, body io.Reader) *http.Request {
	b.a.t.Helper()
	r, err := http.NewRequestWithContext(b.a.t.Context(), method, b.a.http.URL+path, body)
	if err != nil {
		b.a.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	if b.htmx {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Request-Type", "partial")
	}
	return r
}

func (b *browser) do(r *http.Request) answer {
	b.a.t.Helper()
	res, err := b.client.Do(r)
	if err != nil {
		b.a.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.a.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

// cookie is the session's token as this browser holds it.
func (b *browser) cookie() string {
	u, err := url.Parse(b.a.http.URL)
	if err != nil {
		b.a.t.Fatal(err)
	}
	for _, k := range b.client.Jar.Cookies(u) {
		if k.Name == "palmonas_session" {
			return k.Value
		}
	}
	return ""
}

func (b *browser) setCookie(value string) {
	u, err := url.Parse(b.a.http.URL)
	if err != nil {
		b.a.t.Fatal(err)
	}
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: "palmonas_session", Value: value, Path: "/"}})
}

func (x answer) want(t testing.TB, status int) answer {
	t.Helper()
	if x.status != status {
		t.Fatalf("status %d, want %d\n%s", x.status, status, cut(x.body, 3000))
	}
	return x
}

func (x answer) wantText(t testing.TB, texts ...string) answer {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(x.body, s) {
			t.Errorf("the answer lacks %q\n%s", s, cut(x.body, 6000))
		}
	}
	return x
}

func (x answer) lacksText(t testing.TB, texts ...string) answer {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(x.body, s) {
			t.Errorf("the answer holds %q", s)
		}
	}
	return x
}
