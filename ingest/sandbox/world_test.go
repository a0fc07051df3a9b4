package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

func newWorld(t *testing.T, opt Options) *World {
	t.Helper()
	if opt.Now == nil {
		opt.Now = func() time.Time { return noon }
	}
	w, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWorldSpreadsItsOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Seed: 3, Orders: 501})
	sum, seen := 0, map[string]bool{}
	for _, name := range w.Platforms() {
		entries := w.Ledger(name)
		if len(entries) < 30 {
			t.Errorf("%s has %d orders", name, len(entries))
		}
		sum += len(entries)
		for _, e := range entries {
			if seen[e.ID] || e.Total <= 0 || !e.Priced || !e.Status.Valid() || len(e.Changes) == 0 {
				t.Errorf("%s: %+v", name, e)
			}
			seen[e.ID] = true
		}
		c, s := w.Channel(name, "http://127.0.0.1:1/"+name+"/")
		if err := c.Validate(); err != nil || len(s.Credentials) == 0 || strings.HasSuffix(c.BaseURL, "/") {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	if sum != 501 {
		t.Errorf("%d orders in all", sum)
	}
	if w.Handler("teapot") != nil || w.Ledger("teapot") != nil || w.SetFaults("teapot", Faults{}) == nil || w.SetStatus("teapot", "x", order.Shipped) == nil {
		t.Error("there is a platform called teapot")
	}
	if c, _ := w.Channel("teapot", "http://x"); c.ID != "" {
		t.Errorf("%+v", c)
	}
}

func TestWorldRefusesBadOptions(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]Options{"orders": {Orders: -1}, "days": {Days: -1}, "file": {AmazonFrom: filepath.Join(t.TempDir(), "none.csv")}} {
		if _, err := New(opt); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestWorldFromFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sale.csv")
	const text = "Order ID,Date,Status,Fulfilment,Qty,Amount\n404-1,04-30-22,Shipped,Amazon,1,647.62\n404-2,05-30-22,Cancelled,Amazon,0,\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, Options{AmazonFrom: path, Orders: 10})
	got := w.Ledger(Amazon)
	if len(got) != 2 || got[0].Total != 647_62 || got[1].Priced || got[1].Status != order.Cancelled {
		t.Errorf("%+v", got)
	}
	c, _ := w.Channel(Amazon, "http://127.0.0.1:1")
	since, err := time.Parse(time.RFC3339, c.Options["since"])
	if err != nil || since.After(got[0].Created) || since.Before(got[0].Created.Add(-2*time.Hour)) {
		t.Errorf("since %q, first order %s", c.Options["since"], got[0].Created)
	}
}

// receiver counts webhooks.
type receiver struct {
	mu     sync.Mutex
	topics []string
}

func (r *receiver) RoundTrip(q *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.topics = append(r.topics, q.Header.Get("X-WC-Webhook-Topic"))
	return &http.Response{StatusCode: 202, Body: http.NoBody, Request: q}, nil
}

func TestWorldAdvances(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	at := noon
	in := &receiver{}
	w := newWorld(t, Options{Seed: 1, Orders: 200, Client: &http.Client{Transport: in}, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return at
	}})
	if !w.Subscribe(WooCommerce, "http://desk.example/hooks") || w.Subscribe(Amazon, "http://desk.example/hooks") {
		t.Error("only WooCommerce has webhooks")
	}
	if m := w.Advance(t.Context()); m.Came+m.Moved != 0 || m.Delivered != 3 {
		t.Errorf("at once: %+v, want three pings", m)
	}
	mu.Lock()
	at = at.Add(24 * time.Hour)
	mu.Unlock()
	m := w.Advance(t.Context())
	if m.Came == 0 || m.Moved == 0 || m.Delivered == 0 || m.Delivered > m.Came+m.Moved {
		t.Errorf("after a day: %+v", m)
	}
	id, err := w.Place(WooCommerce)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetStatus(WooCommerce, id, order.Shipped); err != nil {
		t.Fatal(err)
	}
	if m := w.Advance(t.Context()); m.Delivered != 2 {
		t.Errorf("a new order that moved: %+v", m)
	}
	if last := in.topics[len(in.topics)-2:]; last[0] != "order.created" || last[1] != "order.updated" {
		t.Errorf("%v", last)
	}
}

func TestWorldLives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Seed: 1, Orders: 200, Now: time.Now})
	before := len(w.Ledger(Amazon)) + len(w.Ledger(WooCommerce))
	ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
	defer cancel()
	w.Live(ctx, 600)
	after := len(w.Ledger(Amazon)) + len(w.Ledger(WooCommerce))
	if n := after - before; n < 2 || n > 40 {
		t.Errorf("%d orders came in a second at ten a second", n)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Seed: 1, Orders: 50})
	urls, stop, err := w.Serve(t.Context(), ":0")
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, url, body string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_, s := w.Channel(WooCommerce, "")
		r.SetBasicAuth(s.Credentials["consumer_key"], s.Credentials["consumer_secret"])
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	root, _, _ := strings.Cut(urls[Amazon], "/amazon")
	if !strings.HasPrefix(root, "http://127.0.0.1:") {
		t.Errorf("an address without a host is served at %s", root)
	}
	if code, body := call("GET", urls[WooCommerce]+"/wp-json/wc/v3/orders?per_page=3", ""); code != 200 || !strings.Contains(body, root+"/woo/wp-json/wc/v3/orders") {
		t.Errorf("%d %.200s", code, body)
	}
	if code, body := call("GET", urls[Amazon]+"/orders/2026-01-01/orders?createdAfter=2026-11-01T00:00:00Z", ""); code != 403 {
		t.Errorf("%d %s", code, body)
	}
	_, s := w.Channel(Amazon, urls[Amazon])
	code, listing := call("GET", root+"/", "")
	for _, want := range []string{urls[Amazon], urls[WooCommerce], s.Credentials["refresh_token"], "webhook secret"} {
		if code != 200 || !strings.Contains(listing, want) {
			t.Errorf("%d: no %s in\n%s", code, want, listing)
		}
	}
	if code, body := call("PUT", root+"/faults?platform=woocommerce", "500=1"); code != 204 {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := call("GET", urls[WooCommerce]+"/wp-json/wc/v3/orders", ""); code != 500 {
		t.Errorf("with faults: %d", code)
	}
	for _, bad := range []string{"/faults?platform=teapot", "/faults"} {
		if code, body := call("PUT", root+bad, "x=1"); code != 422 {
			t.Errorf("%s: %d %s", bad, code, body)
		}
	}
	var entries []Entry
	code, body := call("GET", root+"/ledger/amazon", "")
	if err := json.Unmarshal([]byte(body), &entries); err != nil || code != 200 || len(entries) != len(w.Ledger(Amazon)) {
		t.Errorf("%d %v", code, err)
	}
	if recent, by := w.Calls(WooCommerce); len(recent) != 2 || by[500] != 1 {
		t.Errorf("calls: %+v %v", recent, by)
	}
	stop()
	stop()
	if _, err := http.Get(root); err == nil {
		t.Error("it still answers after stop")
	}
	if _, _, err := w.Serve(t.Context(), "nonsense"); err == nil {
		t.Error("a nonsense address was accepted")
	}
}
