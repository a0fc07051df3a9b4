package woo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// inbox is a receiver of webhooks.
type inbox struct {
	mu     sync.Mutex
	header []http.Header
	bodies []string
	status int
}

func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	b.header, b.bodies = append(b.header, r.Header), append(b.bodies, string(body))
	w.WriteHeader(b.status)
}

func TestWebhookDeliveries(t *testing.T) {
	t.Parallel()
	c := newClient(t, 0)
	in := &inbox{status: 200}
	srv := httptest.NewServer(in)
	t.Cleanup(srv.Close)
	for body, want := range map[string]int{
		`{"topic":"order.updated"}`:                                                 400,
		`{"delivery_url":"http://x/"}`:                                              400,
		`{"topic":"order.burned","delivery_url":"http://x/"}`:                       400,
		`{"topic":"order.updated","delivery_url":"ftp://x/"}`:                       400,
		`{"topic":"order.updated","delivery_url":"` + srv.URL + `","status":"odd"}`: 400,
	} {
		if w := c.do("POST", "/webhooks", body); w.Code != want {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	w := c.do("POST", "/webhooks", `{"name":"desk","topic":"order.updated","delivery_url":"`+srv.URL+`","secret":"s3"}`)
	var hook wireWebhook
	c.read(w, &hook)
	if w.Code != 201 || hook.Status != "active" || hook.Resource != "order" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	o := c.shop.Arrive() // order.created: nobody asked for it
	c.wait(time.Minute)
	if w := c.do("PUT", "/orders/"+o.ID, `{"status":"processing"}`); w.Code != 200 {
		t.Fatal(w.Code)
	}
	if w := c.do("PUT", "/orders/"+o.ID, `{"status":"packed"}`); w.Code != 200 {
		t.Fatal(w.Code)
	}
	if n := c.store.Deliver(t.Context(), srv.Client()); n != 3 {
		t.Fatalf("%d deliveries were accepted: %q", n, in.bodies)
	}
	if in.bodies[0] != "webhook_id="+strconv.Itoa(hook.ID) || in.header[0].Get("X-WC-Webhook-Signature") != "" || in.header[0].Get("X-WC-Webhook-Topic") != "" {
		t.Errorf("ping: %q %v", in.bodies[0], in.header[0])
	}
	for i := 1; i <= 2; i++ {
		mac := hmac.New(sha256.New, []byte("s3"))
		io.WriteString(mac, in.bodies[i])
		if got := in.header[i].Get("X-WC-Webhook-Signature"); got != base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
			t.Errorf("delivery %d: signature %q", i, got)
		}
		var body map[string]any
		if err := json.Unmarshal([]byte(in.bodies[i]), &body); err != nil || body["status"] != "packed" {
			t.Errorf("delivery %d tells of %v, want the state at delivery: %v", i, body["status"], err)
		}
		if in.header[i].Get("X-WC-Webhook-Topic") != "order.updated" || in.header[i].Get("X-WC-Webhook-Event") != "updated" {
			t.Errorf("%v", in.header[i])
		}
	}
	if a, b := in.header[1].Get("X-WC-Webhook-Delivery-ID"), in.header[2].Get("X-WC-Webhook-Delivery-ID"); a == "" || a != b {
		t.Errorf("deliveries of one second have ids %q and %q", a, b)
	}
	if n := c.store.Deliver(t.Context(), srv.Client()); n != 0 {
		t.Errorf("%d deliveries were repeated", n)
	}
}

func TestWebhooksAreDisabledAfterFailures(t *testing.T) {
	t.Parallel()
	c := newClient(t, 0)
	in := &inbox{status: 500}
	srv := httptest.NewServer(in)
	t.Cleanup(srv.Close)
	c.store.Subscribe(srv.URL)
	for range 7 {
		c.shop.Arrive()
		c.store.Deliver(t.Context(), srv.Client())
	}
	var rows []wireWebhook
	c.read(c.do("GET", "/webhooks?status=disabled", ""), &rows)
	if len(rows) != 1 || rows[0].Topic != "order.created" {
		t.Fatalf("disabled: %+v", rows)
	}
	before := len(in.bodies)
	c.shop.Arrive()
	c.store.Deliver(t.Context(), srv.Client())
	if len(in.bodies) != before {
		t.Error("a disabled webhook was delivered")
	}
	in.status = 200
	path := "/webhooks/" + strconv.Itoa(rows[0].ID)
	if w := c.do("PUT", path, `{"status":"active"}`); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	c.shop.Arrive()
	if n := c.store.Deliver(t.Context(), srv.Client()); n != 2 {
		t.Errorf("after re-activation a ping and a delivery were due, %d were accepted", n)
	}
	if w := c.do("DELETE", path, ""); w.Code != 501 {
		t.Errorf("delete without force: %d", w.Code)
	}
	if w := c.do("DELETE", path+"?force=true", ""); w.Code != 200 {
		t.Errorf("delete: %d", w.Code)
	}
	if w := c.do("GET", path, ""); w.Code != 404 {
		t.Errorf("after delete: %d", w.Code)
	}
}

func TestWebhookOfDeletedOrder(t *testing.T) {
	t.Parallel()
	c := newClient(t, 0)
	in := &inbox{status: 200}
	srv := httptest.NewServer(in)
	t.Cleanup(srv.Close)
	c.store.Subscribe(srv.URL)
	c.store.Deliver(t.Context(), srv.Client()) // the pings
	in.bodies = nil
	o := c.shop.Arrive()
	if _, err := c.shop.Update(o.ID, func(o *shop.Order) error { o.Hidden = true; return nil }); err != nil {
		t.Fatal(err)
	}
	c.store.Deliver(t.Context(), srv.Client())
	if len(in.bodies) != 1 || in.bodies[0] != `{"id":`+o.ID+`}` {
		t.Errorf("%q", in.bodies)
	}
}
