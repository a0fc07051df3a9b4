package shopify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// client talks to a store with a settable clock.
type client struct {
	*Store
	t *testing.T
	s *shop.Shop

	mu sync.Mutex
	at time.Time
}

func open(t *testing.T, orders int, opt Options) *client {
	t.Helper()
	c := &client{t: t, at: noon}
	c.s = shop.New(shop.Config{Seed: 6, Orders: orders, Days: 90, Now: c.now, Traits: Traits()})
	c.Store = New(c.s, opt)
	return c
}

func (c *client) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *client) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

const base = "/admin/api/2026-07/"

func (c *client) do(method, path, body string) (*httptest.ResponseRecorder, object) {
	c.t.Helper()
	r := httptest.NewRequest(method, base+path, strings.NewReader(body))
	r.Header.Set("X-Shopify-Access-Token", c.keys.token)
	return c.send(r)
}

func (c *client) send(r *http.Request) (*httptest.ResponseRecorder, object) {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	var v object
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		c.t.Fatalf("%s %s: %v: %s", r.Method, r.URL, err, w.Body)
	}
	return w, v
}

// must makes a call that succeeds.
func (c *client) must(method, path, body string) object {
	c.t.Helper()
	w, v := c.do(method, path, body)
	if w.Code/100 != 2 {
		c.t.Fatalf("%s %s: %d %v", method, path, w.Code, v)
	}
	return v
}

var nextLink = regexp.MustCompile(`<[^>]*/admin/api/2026-07/([^>]*)>; rel="next"`)

func TestTokens(t *testing.T) {
	t.Parallel()
	c := open(t, 1, Options{})
	exchange := func(secret, grant string) (*httptest.ResponseRecorder, object) {
		r := httptest.NewRequest("POST", "/admin/oauth/access_token", strings.NewReader(url.Values{"client_id": {c.keys.clientID}, "client_secret": {secret}, "grant_type": {grant}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return c.send(r)
	}
	for secret, grant := range map[string]string{"no": "client_credentials", c.keys.clientSecret: "password"} {
		if w, v := exchange(secret, grant); w.Code != 400 || v["error"] == nil {
			t.Errorf("%s: %d %v", grant, w.Code, v)
		}
	}
	_, v := exchange(c.keys.clientSecret, "client_credentials")
	if v["expires_in"] != 86399.0 || v["scope"] != allScopes {
		t.Fatalf("%v", v)
	}
	get := func() (*httptest.ResponseRecorder, object) {
		r := httptest.NewRequest("GET", base+"orders/count.json", nil)
		r.Header.Set("X-Shopify-Access-Token", v["access_token"].(string))
		return c.send(r)
	}
	if w, v := get(); w.Code != 200 || w.Header().Get("X-Shopify-API-Version") != "2026-07" {
		t.Errorf("%d %v", w.Code, v)
	}
	c.pass(24 * time.Hour)
	if w, v := get(); w.Code != 401 || v["errors"] != "[API] Invalid API key or access token (unrecognized login or wrong password)" {
		t.Errorf("a day later: %d %v", w.Code, v)
	}
	r := httptest.NewRequest("GET", "/admin/api/2019-04/orders/count.json", nil)
	r.Header.Set("X-Shopify-Access-Token", c.keys.token)
	if w, _ := c.send(r); w.Header().Get("X-Shopify-API-Version") != versions[0] {
		t.Errorf("an expired version is answered in %s", w.Header().Get("X-Shopify-API-Version"))
	}
}

func TestListPagesByLink(t *testing.T) {
	t.Parallel()
	for _, sort := range []string{"updated_at asc", "created_at desc", "id asc"} {
		c := open(t, 230, Options{LimitFactor: 1e6})
		path, seen, pages := "orders.json?status=any&limit=50&order="+url.QueryEscape(sort), map[float64]bool{}, 0
		for path != "" {
			w, v := c.do("GET", path, "")
			for _, o := range v["orders"].([]any) {
				seen[o.(object)["id"].(float64)] = true
			}
			if pages++; pages == 2 && !strings.Contains(w.Header().Get("Link"), `rel="previous"`) {
				t.Errorf("%s: %s", sort, w.Header().Get("Link"))
			}
			path = ""
			if m := nextLink.FindStringSubmatch(w.Header().Get("Link")); m != nil {
				path = m[1]
			}
		}
		if len(seen) != 230 || pages != 5 {
			t.Errorf("%s: %d orders on %d pages", sort, len(seen), pages)
		}
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	c := open(t, 300, Options{LimitFactor: 1e6})
	list := func(query string) []any { return c.must("GET", "orders.json?limit=250&"+query, "")["orders"].([]any) }
	for _, o := range list("") {
		if v := o.(object); v["cancelled_at"] != nil || v["closed_at"] != nil {
			t.Errorf("listed as open: %v %v", v["cancelled_at"], v["closed_at"])
		}
	}
	from := noon.AddDate(0, 0, -10)
	recent := list("status=any&updated_at_min=" + url.QueryEscape(from.Format(time.RFC3339)))
	for _, o := range recent {
		if at, err := time.Parse(time.RFC3339, o.(object)["updated_at"].(string)); err != nil || at.Before(from) {
			t.Errorf("%v %v", at, err)
		}
	}
	if some := list("status=any&fields=id,name"); len(recent) == 0 || len(some[0].(object)) != 2 {
		t.Errorf("%d recent, %v", len(recent), some[0])
	}
	for name, want := range map[string]string{"financial_status": "refunded", "fulfillment_status": "shipped"} {
		for _, o := range list("status=any&" + name + "=" + want) {
			if got := o.(object)[name]; got != want && got != "fulfilled" {
				t.Errorf("%s=%s lists %v", name, want, got)
			}
		}
	}
	if n := c.must("GET", "orders/count.json?status=any", "")["count"]; n != 300.0 {
		t.Errorf("count %v", n)
	}
	for _, query := range []string{"status=lost", "updated_at_min=yesterday", "limit=none", "page_info=x&status=any", "page_info=made-up", "order=price"} {
		if w, v := c.do("GET", "orders.json?"+query, ""); w.Code != 400 || v["errors"] == nil {
			t.Errorf("%s: %d %v", query, w.Code, v)
		}
	}
}

// Orders of more than 60 days ago need a scope of their own.
func TestOldOrdersAreHidden(t *testing.T) {
	t.Parallel()
	c := open(t, 200, Options{LimitFactor: 1e6, Scopes: "read_orders"})
	n := c.must("GET", "orders/count.json?status=any", "")["count"].(float64)
	first, _ := c.s.Nth(0)
	if w, _ := c.do("GET", "orders/"+first.ID+".json", ""); w.Code != 404 || n == 0 || n >= 200 {
		t.Errorf("%d for an old order, %v orders", w.Code, n)
	}
	if w, v := c.do("POST", "orders/"+first.ID+"/cancel.json", "{}"); w.Code != 403 {
		t.Errorf("without write_orders: %d %v", w.Code, v)
	}
}

func TestLeakyBucket(t *testing.T) {
	t.Parallel()
	c := open(t, 1, Options{})
	for i := 1; i <= bucket; i++ {
		if w, _ := c.do("GET", "orders/count.json", ""); w.Code != 200 || w.Header().Get("X-Shopify-Shop-Api-Call-Limit") != fmt.Sprintf("%d/40", i) {
			t.Fatalf("call %d: %d, %s", i, w.Code, w.Header().Get("X-Shopify-Shop-Api-Call-Limit"))
		}
	}
	w, v := c.do("GET", "orders/count.json", "")
	if w.Code != 429 || w.Header().Get("Retry-After") != "1.0" || !strings.HasPrefix(v["errors"].(string), "Exceeded 2 calls per second") {
		t.Errorf("%d %v %v", w.Code, w.Header(), v)
	}
	c.pass(time.Second)
	for range 2 {
		if w, _ := c.do("GET", "orders/count.json", ""); w.Code != 200 {
			t.Errorf("a second later: %d", w.Code)
		}
	}
}
