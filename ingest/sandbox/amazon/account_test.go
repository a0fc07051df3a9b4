package amazon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// desk is a client with an account to talk to.
type desk struct {
	t     *testing.T
	shop  *shop.Shop
	acc   *Account
	token string

	mu sync.Mutex
	at time.Time
}

func newDesk(t *testing.T, orders int, opt Options) *desk {
	t.Helper()
	d := &desk{t: t, at: noon}
	d.shop = shop.New(shop.Config{Seed: 1, Orders: orders, Days: 20, Now: d.now, Traits: Traits()})
	d.open(opt)
	return d
}

func (d *desk) open(opt Options) {
	d.t.Helper()
	d.acc = New(d.shop, opt)
	res, body := d.lwa(d.form())
	if res.Code != http.StatusOK || body["token_type"] != "bearer" || body["expires_in"] != 3600.0 {
		d.t.Fatalf("token: %d %v", res.Code, body)
	}
	d.token = body["access_token"].(string)
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func (d *desk) wait(x time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = d.at.Add(x)
}

func (d *desk) form() url.Values {
	_, s := d.acc.Channel("http://x")
	v := url.Values{"grant_type": {"refresh_token"}}
	for k, x := range s.Credentials {
		v.Set(k, x)
	}
	return v
}

func (d *desk) lwa(form url.Values) (*httptest.ResponseRecorder, map[string]any) {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/auth/o2/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.do(r)
}

func (d *desk) do(r *http.Request) (*httptest.ResponseRecorder, map[string]any) {
	d.t.Helper()
	if d.token != "" {
		r.Header.Set("x-amz-access-token", d.token)
	}
	w := httptest.NewRecorder()
	d.acc.ServeHTTP(w, r)
	if w.Header().Get("x-amzn-RequestId") == "" {
		d.t.Error("the answer has no request id")
	}
	body := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			d.t.Fatalf("%d %q: %v", w.Code, w.Body, err)
		}
	}
	return w, body
}

func (d *desk) get(path string, query ...string) (*httptest.ResponseRecorder, map[string]any) {
	d.t.Helper()
	v := url.Values{}
	for i := 0; i < len(query); i += 2 {
		v.Set(query[i], query[i+1])
	}
	return d.do(httptest.NewRequest(http.MethodGet, path+"?"+v.Encode(), nil))
}

const listPath = "/orders/2026-01-01/orders"

// fault is the code of an error answer.
func fault(body map[string]any) string {
	all, _ := body["errors"].([]any)
	if len(all) != 1 {
		return fmt.Sprint(body)
	}
	e := all[0].(map[string]any)
	if _, ok := e["details"].(string); !ok || e["message"] == "" {
		return fmt.Sprint(body)
	}
	return e["code"].(string)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0, Options{})
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
		code   string
	}{
		"no grant":      {func(v url.Values) { v.Del("grant_type") }, 400, "invalid_request"},
		"other grant":   {func(v url.Values) { v.Set("grant_type", "password") }, 400, "unsupported_grant_type"},
		"wrong client":  {func(v url.Values) { v.Set("client_id", "x") }, 401, "invalid_client"},
		"wrong secret":  {func(v url.Values) { v.Set("client_secret", "x") }, 401, "invalid_client"},
		"wrong refresh": {func(v url.Values) { v.Set("refresh_token", "Atzr|x") }, 400, "invalid_grant"},
		"no refresh":    {func(v url.Values) { v.Del("refresh_token") }, 400, "invalid_request"},
		"no scope":      {func(v url.Values) { v.Set("grant_type", "client_credentials") }, 400, "invalid_scope"},
	} {
		form := d.form()
		c.change(form)
		if res, body := d.lwa(form); res.Code != c.status || body["error"] != c.code || body["error_description"] == "" {
			t.Errorf("%s: %d %v, want %d %s", name, res.Code, body, c.status, c.code)
		}
	}
	// A grantless token is good for notifications, not for orders.
	form := d.form()
	form.Set("grant_type", "client_credentials")
	form.Set("scope", "sellingpartnerapi::notifications")
	_, body := d.lwa(form)
	d.token = body["access_token"].(string)
	if res, body := d.get(listPath, "createdAfter", "2026-11-01T00:00:00Z"); res.Code != 403 || fault(body) != "Unauthorized" {
		t.Errorf("grantless token: %d %v", res.Code, body)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0, Options{})
	good := d.token
	ask := func() int {
		res, body := d.get(listPath, "createdAfter", "2026-11-01T00:00:00Z")
		if res.Code != 200 && fault(body) != "Unauthorized" {
			t.Errorf("%d %v", res.Code, body)
		}
		return res.Code
	}
	for name, token := range map[string]string{"none": "", "foreign": "Atza|abcdefghijklmnopqrstuvwx", "tampered": good[:len(good)-2] + "AA"} {
		if d.token = token; ask() != 403 {
			t.Errorf("token %s was accepted", name)
		}
	}
	if d.token = good; ask() != 200 {
		t.Error("a good token was refused")
	}
	if d.wait(time.Hour); ask() != 403 {
		t.Error("a token of an hour ago was accepted")
	}
	d.open(Options{})
	d.shop.SetFaults(shop.Faults{Revoked: true})
	if ask() != 403 {
		t.Error("a revoked account let us in")
	}
	if res, body := d.lwa(d.form()); res.Code != 400 || body["error"] != "invalid_grant" {
		t.Errorf("a revoked account gave a token: %d %v", res.Code, body)
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 5, Options{})
	ask := func() *httptest.ResponseRecorder {
		res, body := d.get(listPath, "createdAfter", "2026-11-01T00:00:00Z")
		if got := res.Header().Get("x-amzn-RateLimit-Limit"); got != "0.0056" {
			t.Errorf("announced rate %q", got)
		}
		if res.Code == 429 && (fault(body) != "QuotaExceeded" || res.Header().Get("Retry-After") != "") {
			t.Errorf("%v %v", res.Header(), body)
		}
		return res
	}
	for i := range 20 {
		if res := ask(); res.Code != 200 {
			t.Fatalf("call %d of a burst of 20: %d", i+1, res.Code)
		}
	}
	if res := ask(); res.Code != 429 {
		t.Errorf("call 21: %d", res.Code)
	}
	if res, _ := d.get(listPath + "/404-0000000-0000000"); res.Code != 404 {
		t.Errorf("another operation shares the bucket: %d", res.Code)
	}
	d.wait(179 * time.Second)
	if res := ask(); res.Code != 200 {
		t.Errorf("after three minutes: %d", res.Code)
	}
	if res := ask(); res.Code != 429 {
		t.Errorf("a second call after three minutes: %d", res.Code)
	}
	d.open(Options{LimitFactor: 10_000})
	for range 50 {
		if res, _ := d.get(listPath, "createdAfter", "2026-11-01T00:00:00Z"); res.Code != 200 || res.Header().Get("x-amzn-RateLimit-Limit") != "56" {
			t.Fatalf("scaled limit: %d, %s", res.Code, res.Header().Get("x-amzn-RateLimit-Limit"))
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0, Options{})
	for _, path := range []string{"/", "/orders/v1/orders", listPath + "/a/b"} {
		if res, body := d.get(path); res.Code != 404 || fault(body) != "NotFound" {
			t.Errorf("%s: %d %v", path, res.Code, body)
		}
	}
}

func TestGateSpeaksTheAPIsWords(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0, Options{})
	d.shop.SetFaults(shop.Faults{TooMany: 1})
	if res, body := d.get(listPath); res.Code != 429 || fault(body) != "QuotaExceeded" {
		t.Errorf("%d %v", res.Code, body)
	}
	d.shop.SetFaults(shop.Faults{ServerError: 1})
	if res, body := d.get(listPath); res.Code != 500 || fault(body) != "InternalFailure" {
		t.Errorf("%d %v", res.Code, body)
	}
}
