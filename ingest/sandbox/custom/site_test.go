package custom

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// client talks to a site with a settable clock.
type client struct {
	*Site
	t *testing.T
	s *shop.Shop

	mu sync.Mutex
	at time.Time
}

func open(t *testing.T, orders int, opt Options) *client {
	t.Helper()
	c := &client{t: t, at: noon}
	c.s = shop.New(shop.Config{Seed: 5, Orders: orders, Days: 10, Now: c.now, Traits: Traits()})
	c.Site = New(c.s, opt)
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

func (c *client) do(method, path, key, body string) (*httptest.ResponseRecorder, object) {
	c.t.Helper()
	r := httptest.NewRequest(method, "/crm/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+c.keys.token)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	var v object
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		c.t.Fatalf("%s %s: %v: %s", method, path, err, w.Body)
	}
	return w, v
}

func code(v object) any {
	if e, ok := v["error"].(object); ok {
		return e["code"]
	}
	return nil
}

func TestListPagesThroughAllChanges(t *testing.T) {
	t.Parallel()
	c := open(t, 230, Options{LimitFactor: 1e6})
	seen, last, cursor := map[string]bool{}, "", ""
	for {
		_, v := c.do("GET", "/orders?limit=50&cursor="+cursor, "", "")
		for _, x := range v["data"].([]any) {
			o := x.(object)
			key := o["updated_at"].(string) + o["id"].(string)
			if seen[o["id"].(string)] || key < last {
				t.Errorf("%s after %s", key, last)
			}
			seen[o["id"].(string)], last = true, key
		}
		if v["next_cursor"] == nil {
			break
		}
		cursor = v["next_cursor"].(string)
	}
	if len(seen) != 230 {
		t.Errorf("%d orders", len(seen))
	}
	_, v := c.do("GET", "/orders?updated_since="+stamp(noon.Add(-24*time.Hour)), "", "")
	if n := len(v["data"].([]any)); n == 0 || n > 50 || v["data"].([]any)[0].(object)["updated_at"].(string) < stamp(noon.Add(-24*time.Hour)) {
		t.Errorf("%d orders since yesterday", n)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := open(t, 20, Options{})
	first, _ := c.s.Nth(0)
	for name, x := range map[string]struct {
		method, path, key, body string
		status                  int
		code                    string
	}{
		"limit too large":   {"GET", "/orders?limit=201", "", "", 422, "invalid"},
		"bad time":          {"GET", "/orders?updated_since=yesterday", "", "", 422, "invalid"},
		"made-up cursor":    {"GET", "/orders?cursor=abc", "", "", 400, "invalid_cursor"},
		"unknown order":     {"GET", "/orders/ord_0", "", "", 404, "not_found"},
		"unknown path":      {"GET", "/customers", "", "", 404, "not_found"},
		"no key":            {"POST", "/orders/" + first.ID + "/status", "", `{"status":"packed","at":"2026-11-22T06:30:00Z"}`, 422, "invalid"},
		"no time":           {"POST", "/orders/" + first.ID + "/status", "k1", `{"status":"packed"}`, 422, "invalid"},
		"word of nobody":    {"POST", "/orders/" + first.ID + "/status", "k2", `{"status":"lost","at":"2026-11-22T06:30:00Z"}`, 422, "invalid"},
		"half a parcel":     {"POST", "/orders/" + first.ID + "/status", "k3", `{"status":"shipped","at":"2026-11-22T06:30:00Z","tracking":{"carrier":"x"}}`, 422, "invalid"},
		"status of nothing": {"POST", "/orders/ord_0/status", "k4", `{"status":"packed","at":"2026-11-22T06:30:00Z"}`, 404, "not_found"},
	} {
		if w, v := c.do(x.method, x.path, x.key, x.body); w.Code != x.status || code(v) != x.code {
			t.Errorf("%s: %d %v", name, w.Code, v)
		}
	}
	r := httptest.NewRequest("GET", "/crm/v1/orders", nil)
	w := httptest.NewRecorder()
	if c.ServeHTTP(w, r); w.Code != 401 || !strings.Contains(w.Body.String(), `"code":"unauthorized"`) {
		t.Errorf("without a token: %d %s", w.Code, w.Body)
	}
}

func TestSixtyCallsAMinute(t *testing.T) {
	t.Parallel()
	c := open(t, 1, Options{})
	for i := range 60 {
		if w, _ := c.do("GET", "/orders", "", ""); w.Code != 200 {
			t.Fatalf("call %d: %d", i+1, w.Code)
		}
	}
	w, v := c.do("GET", "/orders", "", "")
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" || code(v) != "rate_limited" {
		t.Errorf("%d %v %v", w.Code, w.Header(), v)
	}
	c.pass(time.Second)
	if w, _ := c.do("GET", "/orders", "", ""); w.Code != 200 {
		t.Errorf("a second later: %d", w.Code)
	}
}

// The way of an order through all its words, each step once, whatever is sent
// twice.
func TestStatusPushes(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	o := c.s.Arrive()
	for o.COD {
		o = c.s.Arrive()
	}
	steps := []struct {
		word   string
		status order.Status
	}{{"accepted", order.Confirmed}, {"packed", order.Processing}, {"shipped", order.Shipped}, {"out_for_delivery", order.OutForDelivery},
		{"delivered", order.Delivered}, {"returned", order.Returned}, {"refunded", order.Refunded}}
	for i, step := range steps {
		body := fmt.Sprintf(`{"status":%q,"at":%q}`, step.word, stamp(noon))
		for range 2 {
			if w, v := c.do("POST", "/orders/"+o.ID+"/status", "key"+step.word, body); w.Code != 200 || v["data"].(object)["status"] != step.word {
				t.Fatalf("%s: %d %v", step.word, w.Code, v)
			}
		}
		now, _ := c.s.Get(o.ID)
		if now.Status != step.status || len(now.History) != i+2 {
			t.Fatalf("%s: %s after %d steps", step.word, now.Status, len(now.History))
		}
		w, v := c.do("POST", "/orders/"+o.ID+"/status", "back"+step.word, fmt.Sprintf(`{"status":"accepted","at":%q}`, stamp(noon)))
		if step.word == "accepted" {
			continue
		}
		details, _ := v["error"].(object)["details"].(object)
		if w.Code != 409 || code(v) != "invalid_transition" || details["from"] != step.word || details["to"] != "accepted" {
			t.Errorf("back from %s: %d %v", step.word, w.Code, v)
		}
	}
	if w, v := c.do("POST", "/orders/"+o.ID+"/status", "keypacked", fmt.Sprintf(`{"status":"cancelled","at":%q}`, stamp(noon))); w.Code != 409 || code(v) != "idempotency_key_reused" {
		t.Errorf("%d %v", w.Code, v)
	}
}

// receiver answers webhooks with a status and checks their signature.
type receiver struct {
	t      *testing.T
	key    []byte
	status int
	ids    []string
	types  []string
}

func (v *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	m := hmac.New(sha256.New, v.key)
	fmt.Fprintf(m, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), b)
	if want := "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil)); r.Header.Get("webhook-signature") != want {
		v.t.Errorf("signature %q, want %q", r.Header.Get("webhook-signature"), want)
	}
	var e struct{ Type string }
	if err := json.Unmarshal(b, &e); err != nil {
		v.t.Error(err)
	}
	v.ids, v.types = append(v.ids, r.Header.Get("webhook-id")), append(v.types, e.Type)
	w.WriteHeader(v.status)
}

func TestRetryLadder(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{})
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(c.keys.webhook, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	v := &receiver{t: t, key: key, status: 500}
	srv := httptest.NewServer(v)
	t.Cleanup(srv.Close)
	c.Subscribe(srv.URL)
	c.Deliver(t.Context(), srv.Client())
	for _, wait := range ladder {
		c.pass(wait - time.Second)
		before := len(v.ids)
		if c.Deliver(t.Context(), srv.Client()); len(v.ids) != before {
			t.Fatalf("tried again before %s were over", wait)
		}
		c.pass(wait/10 + 2*time.Second) // the longest jitter
		if c.Deliver(t.Context(), srv.Client()); len(v.ids) != before+1 {
			t.Fatalf("not tried again after %s", wait)
		}
	}
	if n := len(v.ids); n != 10 || v.ids[0] != v.ids[9] || c.outbox.Len() != 0 {
		t.Errorf("%d tries, ids %v", n, v.ids)
	}
	// 410 ends it for good.
	v.status = http.StatusGone
	c.s.Arrive()
	c.Deliver(t.Context(), srv.Client())
	n := len(v.ids)
	c.s.Arrive()
	c.pass(time.Hour)
	if c.Deliver(t.Context(), srv.Client()); len(v.ids) != n || v.types[n-1] != "order.created" || v.types[0] != "ping" {
		t.Errorf("%v", v.types)
	}
}
