package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/store"
)

func wantHeaders(t *testing.T, what string, got answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %s is %q", what, name, got.header.Get(name))
		}
	}
	if got.header.Get("X-Request-Id") == "" {
		t.Errorf("%s: no request id", what)
	}
	if !strings.HasPrefix(what, "GET /static") && !strings.HasPrefix(what, "GET /favicon") && got.header.Get("Cache-Control") != "no-store" {
		// scs adds its own value beside ours when it sets a cookie
		if v := got.header.Values("Cache-Control"); len(v) == 0 || v[0] != "no-store" {
			t.Errorf("%s: Cache-Control is %q", what, v)
		}
	}
	if got.body != "" && got.header.Get("Content-Type") == "" {
		t.Errorf("%s: no Content-Type", what)
	}
}

func TestHeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0].String()
	for _, b := range []*browser{a.as("admin"), a.browser()} {
		for _, r := range a.srv.routes() {
			if r.stream || r.path == "/logout" {
				continue
			}
			path := strings.NewReplacer(":id", id, ":name", "rejects.csv", "*", "x").Replace(r.path)
			got := b.do(b.request(r.method, path, nil))
			wantHeaders(t, r.method+" "+r.path, got)
		}
		wantHeaders(t, "404", b.get("/nothing"))
		wantHeaders(t, "405", b.do(b.request(http.MethodDelete, "/orders", nil)))
		cross := b.request(http.MethodPost, "/login", nil)
		cross.Header.Set("Sec-Fetch-Site", "cross-site")
		wantHeaders(t, "403", b.do(cross))
	}
}

// forgery is the form that changes a status as somebody else would send it.
type forgery struct {
	name   string
	change func(*http.Request)
	status int
}

// refusesForms sends each forgery with an administrator's session; none may
// change the order.
func refusesForms(t *testing.T, all ...forgery) {
	t.Helper()
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	b := a.as("admin")
	for _, c := range all {
		r := b.request(http.MethodPost, "/orders/"+id.String()+"/status", strings.NewReader("status=cancelled&version=1"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		c.change(r)
		if got := b.do(r); got.status != c.status {
			t.Errorf("%s: %d, want %d", c.name, got.status, c.status)
		}
		if o := a.order(id); o.Version != 1 {
			t.Fatalf("%s: the order is now %s, version %d", c.name, o.Status, o.Version)
		}
	}
}

func TestN10CrossSiteForms(t *testing.T) {
	refusesForms(t, forgery{"cross-site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		forgery{"in our name", func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "http://"+r.Host)
		}, http.StatusForbidden})
}

func TestN11Siblings(t *testing.T) {
	refusesForms(t, forgery{"sibling", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, http.StatusForbidden})
}

func TestN12FormsOfForeignOrigins(t *testing.T) {
	from := func(origin string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", origin) }
	}
	refusesForms(t, forgery{"foreign origin", from("https://evil.example"), http.StatusForbidden},
		forgery{"null origin", from("null"), http.StatusForbidden},
		forgery{"cookie without either header", func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") }, http.StatusForbidden})
}

func TestN13FormsOnly(t *testing.T) {
	kind := func(text string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Content-Type", text) }
	}
	refusesForms(t, forgery{"text/plain", kind("text/plain"), http.StatusUnsupportedMediaType},
		forgery{"JSON", kind("application/json"), http.StatusUnsupportedMediaType})
}

func TestN14NoChangeByGet(t *testing.T) {
	refusesForms(t, forgery{"GET", func(r *http.Request) { r.Method = http.MethodGet }, http.StatusMethodNotAllowed},
		forgery{"override by header", func(r *http.Request) { r.Method = http.MethodGet; r.Header.Set("X-HTTP-Method-Override", "POST") }, http.StatusMethodNotAllowed})
}

func TestN26ParametersBesideTheBody(t *testing.T) {
	refusesForms(t, forgery{"in the query", func(r *http.Request) { r.URL.RawQuery = "status=cancelled" }, http.StatusUnprocessableEntity})
}

func TestN19FormsTakeNoOtherFields(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	b := a.as("admin")
	for _, field := range []string{"role", "id", "_id", "permissions", "createdAt", "platform", "total", "by", "_method"} {
		form := url.Values{"status": {"processing"}, "version": {"1"}, field: {"x"}}
		b.post("/orders/"+id.String()+"/status", form).want(t, http.StatusUnprocessableEntity)
	}
	b.post("/orders/"+id.String()+"/status", url.Values{"status": {"processing", "cancelled"}, "version": {"1"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/account", url.Values{"theme": {"dark"}, "role": {"admin"}}).want(t, http.StatusUnprocessableEntity)
	if o := a.order(id); o.Version != 1 {
		t.Errorf("the order changed to version %d", o.Version)
	}
}

func TestN52OneByteTooMany(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	big := strings.NewReader("email=" + strings.Repeat("a", 10<<20))
	r := b.request(http.MethodPost, "/login", big)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.do(r).want(t, http.StatusRequestEntityTooLarge)
	for n, status := range map[int]int{maxForm: http.StatusUnprocessableEntity, maxForm + 1: http.StatusRequestEntityTooLarge} {
		r = b.request(http.MethodPost, "/login", strings.NewReader("email="+strings.Repeat("a", n-len("email="))))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		b.do(r).want(t, status)
	}
}

// endless never ends; it counts what was read.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	e.read.Add(int64(len(p)))
	return len(p), nil
}

func TestN53EndlessBody(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	chunked := b.request(http.MethodPost, "/login", io.MultiReader(strings.NewReader("email="), strings.NewReader(strings.Repeat("a", maxForm))))
	chunked.ContentLength = -1
	chunked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.do(chunked).want(t, http.StatusRequestEntityTooLarge)
	body := &endless{}
	r := b.request(http.MethodPost, "/login", body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if res, err := b.client.Do(r); err == nil { // the client may learn it by a closed connection
		res.Body.Close()
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("an endless body: %d", res.StatusCode)
		}
	}
	if n := body.read.Load(); n > 64<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

func TestN49HostAndForwardedHeaders(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	for host, status := range map[string]int{
		"evil.example": http.StatusMisdirectedRequest, "localhost.evil.example": http.StatusMisdirectedRequest, "127.0.0.1:8080.evil.example": http.StatusMisdirectedRequest,
		"localhost:1": http.StatusOK, "127.0.0.1": http.StatusOK, "[::1]:8080": http.StatusOK,
	} {
		r := b.request(http.MethodGet, "/login", nil)
		r.Host = host
		b.do(r).want(t, status)
		r = b.request(http.MethodGet, "/healthz", nil)
		r.Host = host
		b.do(r).want(t, http.StatusOK)
	}
	r := b.request(http.MethodGet, "/orders", nil)
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("X-Forwarded-Proto", "https")
	got := b.do(r).want(t, http.StatusSeeOther)
	if got.header.Get("Location") != "/login?next=%2Forders" || got.header.Get("Strict-Transport-Security") != "" {
		t.Errorf("forwarded headers were believed: %v", got.header)
	}
}

func (b *browser) wantMissing(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if got := b.get(path); got.status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, got.status)
		}
	}
}

// TestN46SharedCaches: no answer to somebody may be kept for another, and no
// private page has a second address that looks like a file.
func TestN46SharedCaches(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	id := a.orders(1)[0].String()
	b.wantMissing(t, "/orders.css", "/orders/x.css", "/orders/", "//orders", "/Orders", "/orders/../orders", "/orders/"+id+".css", "/orders/"+id+"/x.js", "/orders;x.css")
	for _, r := range a.srv.routes() {
		if r.anonymous || r.need == anyone || r.stream || r.method != http.MethodGet {
			continue
		}
		path := strings.NewReplacer(":id", id, ":name", "rejects.csv").Replace(r.path)
		for _, reader := range []*browser{b, b.parts()} {
			got := reader.get(path)
			if all := got.header.Values("Cache-Control"); len(all) == 0 || all[0] != "no-store" {
				t.Errorf("%s: Cache-Control %q", path, all)
			}
		}
	}
}

func TestN50StaticTraversal(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	prefix := a.srv.assets.Prefix()
	b := a.as("admin")
	b.wantMissing(t, prefix+"/..%2f..%2fgo.mod", prefix+"/%2e%2e/%2e%2e/go.mod", prefix+"/..%5c..%5cgo.mod", prefix+"/%252e%252e%252fgo.mod",
		prefix+"/app.css%00", prefix+"//app.css", prefix+"//etc/passwd", prefix+"/%2fetc%2fpasswd", "/static/000000000000/app.css")
	b.get(prefix+"/app.css").want(t, http.StatusOK)
}

func TestN51DirectoryListing(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	prefix := a.srv.assets.Prefix()
	b.wantMissing(t, "/static", "/static/", prefix, prefix+"/", prefix+"/fonts", prefix+"/fonts/", prefix+"/vendor", "/.git/config", "/.env", "/debug/pprof/", "/metrics.php", "/server-status")
	trace := b.request(http.MethodTrace, "/orders", nil)
	if got := b.do(trace); got.status != http.StatusMethodNotAllowed {
		t.Errorf("TRACE: %d", got.status)
	}
}

func TestN59ErrorPages(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	got := b.get("/nothing/here").want(t, http.StatusNotFound)
	if got.doc(t).Find("h1").Length() != 1 {
		t.Error("the 404 page has no heading")
	}
	got = b.get("/api/nothing").want(t, http.StatusNotFound)
	if ct := got.header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		t.Errorf("/api answers %s", ct)
	}
	got.wantText(t, `"error":"Not Found"`, `"requestId":"`+got.header.Get("X-Request-Id")+`"`)
	got = b.do(b.request(http.MethodPut, "/login", nil)).want(t, http.StatusMethodNotAllowed)
	if got.header.Get("Allow") == "" {
		t.Error("405 without Allow")
	}
}

// brokenStore fails in the way it is told.
type brokenStore struct {
	store.Store
	fail func()
}

func (b brokenStore) Channels() store.Channels { b.fail(); return b.Store.Channels() }

func TestN59PanicsSayNothing(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(d *Deps) {
		d.Store = brokenStore{d.Store, func() { panic("secret inner detail") }}
	})
	b := a.as("admin")
	got := b.get("/orders").want(t, http.StatusInternalServerError)
	got.lacksText(t, "secret", "goroutine", ".go:", "sqlite", "echo")
	got.wantText(t, got.header.Get("X-Request-Id"))
	if !strings.Contains(a.log.String(), "secret inner detail") || !strings.Contains(a.log.String(), "orders.go") {
		t.Error("the log lacks the panic and its place")
	}
}

func TestClientIP(t *testing.T) {
	t.Parallel()
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		trusted      []netip.Prefix
		peer, header string
		want         string
	}{
		"direct ignores the header":     {nil, "203.0.113.9:1", "1.2.3.4", "203.0.113.9"},
		"loopback is not trusted":       {nil, "127.0.0.1:1", "1.2.3.4", "127.0.0.1"},
		"trusted proxy":                 {proxy, "10.1.1.1:1", "1.2.3.4", "1.2.3.4"},
		"spoofed before the proxy":      {proxy, "10.1.1.1:1", "6.6.6.6, 1.2.3.4", "1.2.3.4"},
		"stranger claiming to be proxy": {proxy, "192.168.0.1:1", "1.2.3.4", "192.168.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{echo.HeaderXForwardedFor: {c.header}}}
			if got := clientIP(c.trusted)(r); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestLogHoldsNoQueryValues(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(1)
	b := a.as("admin")
	b.get("/orders?q=asha.secret%40example.org").want(t, http.StatusOK)
	b.get("/asha.secret/path").want(t, http.StatusNotFound)
	b.get("/orders/asha.secret").want(t, http.StatusNotFound)
	if log := a.log.String(); strings.Contains(log, "asha") || strings.Contains(log, "Hidden Lane") {
		t.Errorf("the log holds personal data:\n%s", log)
	}
	if n := strings.Count(a.log.String(), `"msg":"request"`); n != 4 { // with the sign-in
		t.Errorf("%d request lines, want 4", n)
	}
}

func TestServerLimits(t *testing.T) { // O-9
	t.Parallel()
	s := NewHTTPServer(http.NotFoundHandler(), nil)
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 15*time.Second || s.WriteTimeout != 30*time.Second ||
		s.IdleTimeout != time.Minute || s.MaxHeaderBytes != 32<<10 {
		t.Errorf("limits: %+v", s)
	}
}

func rawStatus(t *testing.T, addr, raw string) int {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() { _, _ = io.WriteString(c, raw) }() // the server may hang up before the end
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var status int
	if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &status); err != nil {
		t.Fatal(err)
	}
	return status
}
