package woocommerce

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

func TestPush(t *testing.T) {
	t.Parallel()
	var method, path, body string
	answer := func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"id":4101}`) }
	a := dial(t, map[string]string{"status_map": `{"packed":"processing","rto":"returned"}`, "completed_means": "shipped"}, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		method, path, body = r.Method, r.URL.Path, string(b)
		w.Header().Set("Content-Type", "application/json")
		answer(w)
	})
	o := order.Order{Ref: order.Ref{Channel: "shop", PlatformOrderID: "4101"}}
	push := func(s order.Status) error { return a.Push(t.Context(), o, order.Wish{Status: s}) }
	for s, slug := range map[order.Status]string{
		order.Confirmed: "processing", order.Processing: "packed", order.Shipped: "completed", order.Cancelled: "cancelled",
		order.Returned: "rto", order.Refunded: "refunded",
	} {
		if err := a.CanPush(o, s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if err := push(s); err != nil || method != http.MethodPut || path != "/wp-json/wc/v3/orders/4101" || body != `{"status":"`+slug+`"}` {
			t.Errorf("%s: %s %s %s, %v", s, method, path, body, err)
		}
	}
	var unsupported *ingest.UnsupportedError
	for _, s := range []order.Status{order.Pending, order.OutForDelivery, order.Delivered} {
		if err := a.CanPush(o, s); !errors.As(err, &unsupported) || unsupported.Reason == "" {
			t.Errorf("CanPush %s: %v", s, err)
		}
		if err := push(s); !errors.As(err, &unsupported) {
			t.Errorf("Push %s: %v", s, err)
		}
	}
	answer = func(w http.ResponseWriter) { fault(w, 400, "rest_invalid_param") }
	var refused *ingest.RefusedError
	if err := push(order.Cancelled); !errors.As(err, &refused) || refused.Reason != "Sorry." {
		t.Errorf("refused: %v", err)
	}
	answer = func(w http.ResponseWriter) { fault(w, 404, "woocommerce_rest_shop_order_invalid_id") }
	if err := push(order.Cancelled); !errors.Is(err, ingest.ErrGone) {
		t.Errorf("gone: %v", err)
	}
	answer = func(w http.ResponseWriter) { fault(w, 500, "internal") }
	if err := push(order.Cancelled); !errors.Is(err, ingest.ErrTemporary) {
		t.Errorf("failed: %v", err)
	}
	o.Ref.PlatformOrderID, path = "4101/../4102", ""
	if err := push(order.Cancelled); err == nil || path != "" {
		t.Errorf("an odd id reached %q: %v", path, err)
	}
}

func TestWebhookSignature(t *testing.T) {
	t.Parallel()
	a := newAdapter(t, nil)
	body := read(t, "order.json")
	sign := func(secret string) http.Header {
		return http.Header{"X-Wc-Webhook-Signature": {signature(secret, body)}, "X-Wc-Webhook-Topic": {"order.updated"}}
	}
	for _, secret := range testSecrets().Webhook {
		if err := a.Verify(sign(secret), body, seen); err != nil {
			t.Errorf("secret %q: %v", secret, err)
		}
	}
	good := sign(testSecrets().Webhook[0])
	for i := range body {
		flipped := append([]byte(nil), body...)
		flipped[i] ^= 1
		if err := a.Verify(good, flipped, seen); !errors.Is(err, ingest.ErrBadSignature) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for name, h := range map[string]http.Header{
		"none": {"X-Wc-Webhook-Topic": {"order.updated"}}, "other secret": sign("x"), "empty secret": sign(""),
		"not base64": {"X-Wc-Webhook-Signature": {"***"}}, "cut": {"X-Wc-Webhook-Signature": {signature("new hook secret", body)[:20]}},
	} {
		if err := a.Verify(h, body, seen); !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	none := testSecrets()
	none.Webhook = []string{""}
	p, err := New(ingest.Config{Channel: testChannel("https://shop.example"), Secrets: none})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.(ingest.Receiver).Verify(sign(""), body, seen); !errors.Is(err, ingest.ErrBadSignature) {
		t.Errorf("a channel without a secret: %v", err)
	}
}

func TestWebhookSharedVector(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(fixtures(t), "own.signature-vector.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Secret, Body string
		Signature    string `json:"X-WC-Webhook-Signature"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	p, err := New(ingest.Config{Channel: testChannel("https://shop.example"),
		Secrets: channel.Secrets{Credentials: testSecrets().Credentials, Webhook: []string{v.Secret}}})
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("X-WC-Webhook-Signature", v.Signature)
	if err := p.(ingest.Receiver).Verify(h, []byte(v.Body), seen); err != nil {
		t.Error(err)
	}
}

func signature(secret string, body []byte) string {
	return base64.StdEncoding.EncodeToString(mac(secret, body))
}

func TestWebhookBodies(t *testing.T) {
	t.Parallel()
	a := newAdapter(t, nil)
	topic := func(name string) http.Header {
		return http.Header{"X-Wc-Webhook-Topic": {name}, "X-Wc-Webhook-Delivery-Id": {"d1"}}
	}
	if err := a.Verify(http.Header{}, []byte("webhook_id=12"), seen); err != nil {
		t.Errorf("ping: %v", err)
	}
	for _, body := range []string{"webhook_id=12&x=1", " webhook_id=12", "webhook_id=", "webhook_id=12\n"} {
		if err := a.Verify(http.Header{}, []byte(body), seen); !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("%q passed as a ping", body)
		}
	}
	for name, body := range map[string]string{"": "webhook_id=12", "product.updated": `{"id":1}`} {
		if _, err := a.Parse(topic(name), []byte(body)); !errors.Is(err, ingest.ErrIgnored) {
			t.Errorf("%q %s: %v", name, body, err)
		}
	}
	d, err := a.Parse(topic("order.updated"), read(t, "order.json"))
	if err != nil || len(d.Reports) != 1 || d.Reports[0].Source != order.FromWebhook || d.EventID == "" {
		t.Errorf("order: %+v, %v", d, err)
	}
	again, _ := a.Parse(topic("order.created"), read(t, "order.json"))
	if again.EventID != d.EventID {
		t.Error("one state under two topics must be one event")
	}
	if d, err := a.Parse(topic("order.deleted"), []byte(`{"id":727}`)); err != nil || len(d.Refetch) != 1 || d.Refetch[0] != "727" {
		t.Errorf("deleted: %+v, %v", d, err)
	}
	if d, err := a.Parse(topic("order.updated"), edit(t, map[string]any{"total": "?"})); err != nil || len(d.Rejects) != 1 || d.Rejects[0].PlatformOrderID != "4101" {
		t.Errorf("broken: %+v, %v", d, err)
	}
	if _, err := a.Parse(topic("order.updated"), edit(t, map[string]any{"status": "checkout-draft"})); !errors.Is(err, ingest.ErrIgnored) {
		t.Errorf("basket: %v", err)
	}
}
