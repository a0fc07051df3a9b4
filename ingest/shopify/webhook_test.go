package shopify

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

func TestVerifyHeaders(t *testing.T) {
	t.Parallel()
	a, body := testAdapter(), []byte(`{"id":1}`)
	good := base64.StdEncoding.EncodeToString(mac("demo_client_secret", body))
	for name, c := range map[string]struct {
		header, value string
		ok            bool
	}{
		"as ever": {"X-Shopify-Hmac-Sha256", good, true}, "without X-": {"Shopify-Hmac-Sha256", good, true},
		"in capitals": {"X-SHOPIFY-HMAC-SHA256", good, true}, "in hex": {"X-Shopify-Hmac-Sha256", "ab" + good, false},
		"cut": {"X-Shopify-Hmac-Sha256", good[:20], false}, "none": {"X-Other", good, false},
	} {
		h := http.Header{}
		h.Set(c.header, c.value)
		if err := a.Verify(h, body, time.Time{}); c.ok != (err == nil) || err != nil && !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a.set.hookSecrets = nil
	h := http.Header{"X-Shopify-Hmac-Sha256": {base64.StdEncoding.EncodeToString(mac("", body))}}
	if err := a.Verify(h, body, time.Time{}); !errors.Is(err, ingest.ErrBadSignature) {
		t.Errorf("without a secret: %v", err)
	}
}

// Webhooks of an app are signed with its secret, whatever the channel says.
func TestClientSecretSigns(t *testing.T) {
	t.Parallel()
	ch, s := testChannel("https://store.example"), testSecrets()
	s.Credentials["client_secret"], s.Webhook = "app secret", []string{" ", "store's own key"}
	p, err := New(ingest.Config{Channel: ch, Secrets: s})
	if err != nil {
		t.Fatal(err)
	}
	for secret, ok := range map[string]bool{"app secret": true, "store's own key": true, "": false, " ": false} {
		if err := p.(ingest.Receiver).Verify(signed(secret, time.Time{}, []byte("x")), []byte("x"), time.Time{}); ok != (err == nil) {
			t.Errorf("%q: %v", secret, err)
		}
	}
}

func TestTopics(t *testing.T) {
	t.Parallel()
	a := testAdapter()
	refund, err := os.ReadFile("testdata/refund.json")
	if err != nil {
		t.Fatal(err)
	}
	whole := records(t, "testdata/orders.json")
	for _, c := range []struct {
		topic, body string
		refetch     []string
		erase       []string
		reports     int
		ignored     bool
	}{
		{topic: "orders/updated", body: string(whole[0]), reports: 1},
		{topic: "ORDERS/CREATE", body: string(whole[1]), reports: 1},
		{topic: "", body: string(whole[1]), reports: 1},
		{topic: "orders/create", body: string(whole[2]), ignored: true},
		{topic: "refunds/create", body: string(refund), refetch: []string{"7000000000000001"}},
		{topic: "orders/updated", body: string(refund), refetch: []string{"7000000000000001"}},
		{topic: "fulfillments/update", body: `{"id":81,"order_id":42,"status":"success"}`, refetch: []string{"42"}},
		{topic: "fulfillment_events/create", body: `{"id":82,"order_id":42,"status":"delivered"}`, refetch: []string{"42"}},
		{topic: "orders/edited", body: `{"order_edit":{"id":5,"order_id":42,"line_items":{"additions":[]}}}`, refetch: []string{"42"}},
		{topic: "orders/delete", body: `{"id":42}`, refetch: []string{"42"}},
		{topic: "returns/request", body: `{"id":9,"order":{"id":42,"admin_graphql_api_id":"gid://shopify/Order/42"}}`, refetch: []string{"42"}},
		{topic: "returns/request", body: `{"id":9}`, ignored: true},
		{topic: "customers/redact", body: `{"customer":{"id":5,"email":"a@example.com"},"orders_to_redact":[42,43,42]}`, erase: []string{"42", "43"}},
		{topic: "customers/redact", body: `{"customer":{"id":5},"orders_to_redact":[]}`, ignored: true},
		{topic: "customers/data_request", body: `{"orders_requested":[42]}`, ignored: true},
		{topic: "shop/redact", body: `{"shop_id":1}`, ignored: true},
		{topic: "products/update", body: `{"id":42}`, ignored: true},
		{topic: "draft_orders/create", body: string(whole[0]), ignored: true},
		{topic: "fulfillments/create", body: `{"id":81,"order_id":"../x"}`, ignored: true},
	} {
		d, err := a.Parse(http.Header{"X-Shopify-Topic": {c.topic}, "Shopify-Webhook-Id": {"hook-1"}}, []byte(c.body))
		if c.ignored != errors.Is(err, ingest.ErrIgnored) || !slices.Equal(d.Refetch, c.refetch) || !slices.Equal(d.Erase, c.erase) || len(d.Reports) != c.reports || len(d.Rejects) != 0 {
			t.Errorf("%s %.60s: %+v, %v", c.topic, c.body, d, err)
		}
		if !c.ignored && d.EventID != "hook-1" {
			t.Errorf("%s: event %q", c.topic, d.EventID)
		}
	}
}

func TestUnreadableDelivery(t *testing.T) {
	t.Parallel()
	a := testAdapter()
	for _, body := range []string{`{"id":42,"financial_status":"paid"}`, `id=42`, `[]`, `{"id":42,"order_id":{`} {
		d, err := a.Parse(http.Header{"X-Shopify-Topic": {"orders/updated"}}, []byte(body))
		if err != nil || len(d.Rejects) != 1 || !bytes.Equal(d.Rejects[0].Payload, []byte(body)) || d.EventID == "" {
			t.Errorf("%s: %+v, %v", body, d, err)
		}
	}
}

// Of two states of one second the one triggered later is the newer, but nobody
// can trigger beyond now: headers are not signed.
func TestTriggeredAt(t *testing.T) {
	t.Parallel()
	a, raw := testAdapter(), records(t, "testdata/orders.json")[0]
	version := func(at string) int64 {
		d, err := a.Parse(http.Header{"X-Shopify-Triggered-At": {at}}, raw)
		if err != nil || len(d.Reports) != 1 {
			t.Fatal(d, err)
		}
		return d.Reports[0].Version
	}
	early, late := version("2026-03-11T03:30:00.100Z"), version("2026-03-11T03:30:00.900Z")
	if early >= late || version("2099-01-01T00:00:00Z") != a.now().UnixMilli() || version("junk") != a.now().UnixMilli() {
		t.Errorf("%d, %d, %d", early, late, version("2099-01-01T00:00:00Z"))
	}
}
