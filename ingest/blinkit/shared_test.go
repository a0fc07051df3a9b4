package blinkit

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// fixture reads an example from the folder beside the repository.
func fixture(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			if b, err := os.ReadFile(filepath.Join(dir, "..", "shared", "platforms", "blinkit", "fixtures", name)); err == nil {
				return b
			}
		}
	}
	t.Skip("no example answers beside the repository")
	return nil
}

func TestSharedOrders(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "blinkit"}}
	got := map[string]order.Status{}
	for _, name := range []string{"assumed.orders.page1.json", "assumed.orders.page2.json"} {
		var e envelope
		var data listData
		if err := json.Unmarshal(fixture(t, name), &e); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			t.Fatal(err)
		}
		for _, raw := range data.Orders {
			r, err := p.normalise(raw)
			if err != nil || len(r.Facts.Flags) > 0 || !r.Facts.Total.Known() || len(r.Facts.Items) == 0 {
				t.Errorf("%s: %+v, %v", idOf(raw), r, err)
			}
			got[r.Ref.PlatformOrderID] = r.Status
		}
	}
	want := map[string]order.Status{"800000001": order.Delivered, "800000002": order.Cancelled, "800000003": order.Returned,
		"800000004": order.Pending, "800000005": order.OutForDelivery}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d, err := (&Platform{set: settings{channel: "blinkit", hooks: hooks{signed: true}}}).Parse(nil, fixture(t, "assumed.webhook.order_update.json"))
	if err != nil || d.EventID != "evt_demo_0001" || len(d.Reports) != 1 || d.Reports[0].Status != order.OutForDelivery {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestSharedPurchaseOrders(t *testing.T) {
	t.Parallel()
	po, err := ParsePO(fixture(t, "synthetic.po-creation.webhook.json"))
	if err != nil || len(po.Items) != 2 || po.Total != order.INR(9590400) || po.Review(nil, po.IssuedAt).Data.Status != POAccepted {
		t.Errorf("%+v, %v", po, err)
	}
	if po, err := ParsePO(fixture(t, "synthetic.po-cancel.webhook.json")); err != nil || po.Type != POCancel {
		t.Errorf("%+v, %v", po, err)
	}
	if a, err := ReadASNAnswer(fixture(t, "synthetic.asn.response.accepted.json")); err != nil || a.ID != "ASN-DEMO-1" {
		t.Errorf("%+v, %v", a, err)
	}
	var refused *ingest.RefusedError
	if _, err := ReadASNAnswer(fixture(t, "synthetic.asn.response.rejected-with-200.json")); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "E107") {
		t.Errorf("%v", err)
	}
}

// The notice has the members of the example, no more and no fewer.
func TestSharedNotice(t *testing.T) {
	t.Parallel()
	a, err := BuildASN(samplePO(t), consignment())
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var got, want map[string]any
	if err := errors.Join(json.Unmarshal(b, &got), json.Unmarshal(fixture(t, "synthetic.asn.request.json"), &want)); err != nil {
		t.Fatal(err)
	}
	first := func(m map[string]any, name string) map[string]any { return m[name].([]any)[0].(map[string]any) }
	// The items' taxes are in the field list, though not in the example.
	delete(first(got, "items"), "tax_distribution")
	for name, pair := range map[string][2]map[string]any{
		"head": {got, want}, "items": {first(got, "items"), first(want, "items")}, "taxes": {first(got, "tax_distribution"), first(want, "tax_distribution")},
		"shipment": {got["shipment_details"].(map[string]any), want["shipment_details"].(map[string]any)},
	} {
		if diff := cmp.Diff(kinds(pair[1]), kinds(pair[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// kinds are the JSON types of members.
func kinds(m map[string]any) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		switch v.(type) {
		case string:
			out[k] = "text"
		case float64:
			out[k] = "number"
		case []any:
			out[k] = "list"
		default:
			out[k] = "object"
		}
	}
	return out
}
