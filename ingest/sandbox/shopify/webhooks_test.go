package shopify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

func TestWebhookSubscriptions(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	body := func(topic, address string) string {
		return fmt.Sprintf(`{"webhook":{"topic":%q,"address":%q,"format":"json"}}`, topic, address)
	}
	for name, bad := range map[string]string{"topic": body("orders/update", "https://x.example"), "address": body("orders/updated", "http://x.example"), "nothing": `{}`} {
		if w, v := c.do("POST", "webhooks.json", bad); w.Code != 422 || v["errors"] == nil {
			t.Errorf("%s: %d %v", name, w.Code, v)
		}
	}
	good := body("orders/updated", "https://x.example/h")
	made := c.must("POST", "webhooks.json", good)["webhook"].(object)
	if w, _ := c.do("POST", "webhooks.json", good); w.Code != 422 {
		t.Errorf("the same again: %d", w.Code)
	}
	path := fmt.Sprintf("webhooks/%.0f.json", made["id"])
	if v := c.must("PUT", path, `{"webhook":{"address":"https://y.example/h"}}`)["webhook"].(object); v["address"] != "https://y.example/h" {
		t.Errorf("%v", v)
	}
	if n := len(c.must("GET", "webhooks.json?topic=orders/updated", "")["webhooks"].([]any)); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	c.must("DELETE", path, "")
	if w, _ := c.do("GET", path, ""); w.Code != 404 {
		t.Errorf("after deletion: %d", w.Code)
	}
}

// A delivery keeps its id over eight retries; then the subscription goes.
func TestFailingSubscriptionIsDeleted(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	var ids []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		m := hmac.New(sha256.New, []byte(c.keys.clientSecret))
		m.Write(b)
		if r.Header.Get("X-Shopify-Hmac-Sha256") != base64.StdEncoding.EncodeToString(m.Sum(nil)) || r.Header.Get("X-Shopify-Topic") != "orders/create" {
			t.Errorf("%v", r.Header)
		}
		ids = append(ids, r.Header.Get("X-Shopify-Webhook-Id"))
		w.WriteHeader(http.StatusFound) // a redirect is a failure
	}))
	t.Cleanup(srv.Close)
	client := srv.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.subscribe("orders/create", srv.URL, nil)
	c.s.Arrive()
	c.Deliver(t.Context(), client)
	var sum time.Duration
	for _, wait := range ladder {
		c.pass(wait)
		sum += wait
		c.Deliver(t.Context(), client)
	}
	c.mu.Lock()
	left := len(c.hooks)
	c.mu.Unlock()
	if len(ids) != 9 || ids[0] != ids[8] || left != 0 || sum > 4*time.Hour+5*time.Minute {
		t.Errorf("%d tries in %s, %d subscriptions left: %v", len(ids), sum, left, ids)
	}
}

// One action is told under several topics: each delivery has its own id, the
// event is one.
func TestTopicsOfOneEvent(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	topics, ids, events := []string{}, map[string]bool{}, map[string]bool{}
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		topics = append(topics, r.Header.Get("X-Shopify-Topic"))
		ids[r.Header.Get("X-Shopify-Webhook-Id")], events[r.Header.Get("X-Shopify-Event-Id")] = true, true
	}))
	t.Cleanup(srv.Close)
	c.Subscribe(srv.URL)
	o := c.place(func(o shop.Order) bool { return o.COD })
	c.Deliver(t.Context(), srv.Client())
	clear(ids)
	clear(events)
	topics = nil
	c.must("POST", "orders/"+o.ID+"/cancel.json", "{}")
	if n := c.Deliver(t.Context(), srv.Client()); n != 2 || len(ids) != 2 || len(events) != 1 || fmt.Sprint(topics) != "[orders/updated orders/cancelled]" {
		t.Errorf("%d delivered, %v, %d ids, %d events", n, topics, len(ids), len(events))
	}
}
