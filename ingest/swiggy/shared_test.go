package swiggy

import (
	"encoding/json"
	"os"
	"path/filepath"
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
			if b, err := os.ReadFile(filepath.Join(dir, "..", "shared", "platforms", "swiggy", "fixtures", name)); err == nil {
				return b
			}
		}
	}
	t.Skip("no example answers beside the repository")
	return nil
}

func TestSharedOrders(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "swiggy"}}
	var answer readAnswer
	if err := open(ingest.Response{Body: fixture(t, "assumed.orders.json")}, &answer); err != nil {
		t.Fatal(err)
	}
	got := map[string]order.Status{}
	for _, raw := range answer.Orders {
		r, err := p.normalise(raw)
		if err != nil || len(r.Facts.Flags) > 0 || r.Facts.Subtotal != r.Facts.Total || !r.Facts.Total.Known() || len(r.Facts.Items) == 0 {
			t.Errorf("%s: %+v, %v", idOf(raw), r, err)
		}
		got[r.Ref.PlatformOrderID] = r.Status
	}
	want := map[string]order.Status{"200000000000001": order.Delivered, "200000000000002": order.Cancelled, "200000000000003": order.Processing,
		"200000000000004": order.Pending, "200000000000005": order.Returned}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d, err := (&Platform{set: settings{channel: "swiggy", hooks: hooks{signed: true}}}).Parse(nil, fixture(t, "assumed.webhook.order_update.json"))
	if err != nil || d.EventID != "sw-evt-demo-1" || len(d.Reports) != 1 || d.Reports[0].Status != order.Processing {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestSharedLists(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"assumed.changes.page1.json": 3, "assumed.changes.page2.json": 2} {
		var answer changesAnswer
		if err := open(ingest.Response{Body: fixture(t, name)}, &answer); err != nil || len(answer.IDs) != want || (answer.Next != "") != (want == 3) {
			t.Errorf("%s: %+v, %v", name, answer, err)
		}
	}
	var e envelope
	if err := json.Unmarshal(fixture(t, "assumed.error.400-action-not-allowed.json"), &e); err != nil || e.Error == nil || e.Error.Code != "ACTION_NOT_ALLOWED" {
		t.Errorf("%+v, %v", e, err)
	}
	if err := open(ingest.Response{Body: fixture(t, "assumed.error.404-order-not-found.json")}, nil); refusedStatus(err) != 404 {
		t.Errorf("%v", err)
	}
}
