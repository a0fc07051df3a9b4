package shopify

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// fixture is a file beside the repository.
func fixture(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "platforms", "shopify", "fixtures", name))
	if err != nil {
		t.Skip("no example answers beside the repository")
	}
	return raw
}

// Every example order becomes a report that the store takes.
func TestSharedFixtures(t *testing.T) {
	t.Parallel()
	fixture(t, "SOURCES.md")
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "platforms", "shopify", "fixtures", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	a, read := testAdapter(), 0
	for _, file := range files {
		name := filepath.Base(file)
		// 03 and 07 hold a few fields only.
		if !strings.HasPrefix(name, "rest.order.") && name != "py.order.json" && !strings.HasPrefix(name, "synthetic.rest.orders") ||
			strings.HasPrefix(name, "rest.order.03") || strings.HasPrefix(name, "rest.order.07") {
			continue
		}
		var answer struct {
			Order  json.RawMessage
			Orders []json.RawMessage
		}
		if err := json.Unmarshal(fixture(t, name), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Order != nil {
			answer.Orders = append(answer.Orders, answer.Order)
		}
		for i, raw := range answer.Orders {
			r, err := a.normalise(raw, a.now())
			if errors.Is(err, errTest) {
				continue
			}
			if err != nil {
				t.Errorf("%s, order %d: %v", name, i, err)
				continue
			}
			r.Ref.Channel = "store"
			if err := r.Validate(); err != nil {
				t.Errorf("%s, order %d: %v", name, i, err)
			}
			if r.Status == "" {
				t.Errorf("%s: unknown status %q", name, r.Facts.PlatformStatus)
			}
			read++
		}
	}
	if read < 20 {
		t.Errorf("only %d orders read", read)
	}
}

func TestSharedIndianOrders(t *testing.T) {
	t.Parallel()
	var answer struct{ Orders []json.RawMessage }
	if err := json.Unmarshal(fixture(t, "synthetic.rest.orders.in.json"), &answer); err != nil {
		t.Fatal(err)
	}
	a := testAdapter()
	byNumber := map[string]order.Report{}
	for _, raw := range answer.Orders {
		r, err := a.normalise(raw, a.now())
		if errors.Is(err, errTest) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		byNumber[r.Facts.OrderNumber] = r
	}
	for number, want := range map[string]struct {
		status order.Status
		flags  []order.Flag
	}{
		"#1001": {order.Confirmed, nil}, "#1002": {order.Delivered, nil}, "#1003": {order.Cancelled, nil},
		"#1004": {order.Processing, []order.Flag{order.PartiallyRefunded, order.PartiallyShipped}},
	} {
		if r := byNumber[number]; r.Status != want.status || !slices.Equal(r.Facts.Flags, want.flags) {
			t.Errorf("%s: %s, flags %v; want %s, %v", number, r.Status, r.Facts.Flags, want.status, want.flags)
		}
	}
	if len(byNumber) != 4 {
		t.Errorf("%d orders, want 4: one of the five is a test", len(byNumber))
	}
	f := byNumber["#1001"].Facts
	if f.Payment != order.COD || f.Total != order.INR(254800) || f.Shipping != order.INR(4900) || f.Customer.Name != "आशा वर्मा" ||
		f.Customer.Address.State != "Maharashtra" || f.Customer.Phone != "+919000000001" {
		t.Errorf("#1001: %+v", f)
	}
	if f := byNumber["#1002"].Facts; f.Discount != order.INR(30970) || f.Shipment.AWB != "DEMO1002" || f.Items[0].Discount != order.INR(12990) {
		t.Errorf("#1002: %+v", f)
	}
}

func TestSharedSignature(t *testing.T) {
	t.Parallel()
	var v struct {
		Secret, Body string
		Signature    string `json:"X-Shopify-Hmac-Sha256"`
	}
	if err := json.Unmarshal(fixture(t, "own.signature-vector.json"), &v); err != nil {
		t.Fatal(err)
	}
	a := testAdapter()
	a.set.hookSecrets = []string{"another", v.Secret}
	if err := a.Verify(http.Header{"X-Shopify-Hmac-Sha256": {v.Signature}}, []byte(v.Body), time.Time{}); err != nil {
		t.Error(err)
	}
}

func TestSharedWebhook(t *testing.T) {
	t.Parallel()
	a := testAdapter()
	d, err := a.Parse(http.Header{"X-Shopify-Topic": {"orders/create"}}, fixture(t, "synthetic.webhook.orders-create.cod.json"))
	if err != nil || len(d.Reports) != 1 || d.Reports[0].Status != order.Confirmed || d.Reports[0].Source != order.FromWebhook {
		t.Errorf("%+v, %v", d, err)
	}
}
