package amazon

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
)

func seller() *Platform {
	return &Platform{set: settings{channel: "amazon-in", marketplace: marketplaceIndia}, now: func() time.Time { return day }}
}

func fixture(t testing.TB, name string) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReport(t *testing.T) {
	t.Parallel()
	got, err := seller().report(fixture(t, "order.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := order.Report{
		Ref:      order.Ref{Channel: "amazon-in", PlatformOrderID: "404-1111111-2222222"},
		Platform: order.Amazon, Status: order.Processing, Source: order.FromPlatform,
		At: time.Date(2026, 3, 11, 9, 6, 0, 250e6, time.UTC), Version: 3,
		Facts: order.Facts{
			OrderNumber: "404-1111111-2222222", OrderedAt: time.Date(2026, 3, 9, 18, 40, 0, 0, time.UTC),
			PlatformStatus: "PARTIALLY_SHIPPED - PICKED_UP",
			Flags:          []order.Flag{order.CancelRequested, order.PartiallyShipped},
			Payment:        order.COD,
			Customer: order.Customer{Name: "आशा Kumari", Email: "abc123@marketplace.amazon.in", Phone: "+919000000001",
				Address: order.Address{Line1: "Kumari & Sons, 12, MG Road", Line2: "2nd floor", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"}},
			Items: []order.Item{
				{LineID: "50000000000001", SKU: "RNG-001", ProductID: "B0RING0001", Title: "Twist Ring – Size 7", Quantity: 2,
					UnitPrice: order.INR(79900), Discount: order.INR(15000), Tax: order.INR(4654), Total: order.INR(144800), Status: order.Shipped},
				{LineID: "50000000000002", SKU: "EAR-002", ProductID: "B0HOOP0002", Title: "Hoops | झुमका", Quantity: 1,
					UnitPrice: order.INR(90000), Total: order.INR(90000), Status: order.Confirmed},
			},
			Subtotal: order.INR(249800), Discount: order.INR(15000), Shipping: order.INR(4940), Tax: order.INR(7276), Total: order.INR(239740),
			ShipBy:   time.Date(2026, 3, 12, 18, 29, 59, 0, time.UTC),
			Shipment: order.Shipment{Carrier: "Delhivery", AWB: "DL0000000301", ShippedAt: time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
}

func TestPendingOrderSaysLittle(t *testing.T) {
	t.Parallel()
	got, err := seller().report(json.RawMessage(`{"orderId":"404-0000001-0000001","createdTime":"2026-03-10T04:12:09Z","lastUpdatedTime":"2026-03-10T04:12:10Z",
		"fulfillment":{"fulfillmentStatus":"PENDING"},"buyer":null,"recipient":{},"proceeds":null,
		"orderItems":[{"orderItemId":"1","quantityOrdered":1,"product":{"sellerSku":"RNG-001"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	f := got.Facts
	if got.Status != order.Pending || f.Total.Known() || f.Subtotal.Known() || f.Payment != "" || f.Customer != (order.Customer{}) || len(f.Items) != 1 || len(f.Flags) != 0 {
		t.Errorf("%+v", got)
	}
	// It says nothing that could wipe out what is known from elsewhere.
	if o, _ := order.Absorb(nil, got, day); o.Facts.Total.Known() || o.Status != order.Pending {
		t.Errorf("%+v", o.Facts)
	}
}

func TestTotalsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, parts, total string
		flagged            bool
	}{
		{"tax within the prices", `ITEM 1000.00 TAX 30.00`, "1000.00", false},
		{"tax on top", `ITEM 1000.00 TAX 30.00`, "1030.00", false},
		{"rounded", `ITEM 999.50`, "1000.00", false},
		{"negative discount", `ITEM 1000.00 DISCOUNT -100.00`, "900.00", false},
		{"positive discount", `ITEM 1000.00 DISCOUNT 100.00`, "900.00", false},
		{"unexplained part", `ITEM 1000.00 OTHER 55.00`, "945.00", false},
		{"two rupees missing", `ITEM 998.00`, "1000.00", true},
		{"no parts", ``, "1000.00", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var parts []string
			for w := range slices.Chunk(strings.Fields(tt.parts), 2) {
				parts = append(parts, `{"type":"`+w[0]+`","subtotal":{"amount":"`+w[1]+`","currencyCode":"INR"}}`)
			}
			raw := `{"orderId":"1","createdTime":"2026-03-10T04:12:09Z","lastUpdatedTime":"2026-03-10T04:12:10Z","fulfillment":{"fulfillmentStatus":"UNSHIPPED"},
				"proceeds":{"grandTotal":{"amount":"` + tt.total + `","currencyCode":"INR"},"breakdowns":[` + strings.Join(parts, ",") + `]}}`
			r, err := seller().report(json.RawMessage(raw))
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.Contains(r.Facts.Flags, order.NeedsAttention); got != tt.flagged {
				t.Errorf("flagged %v, want %v", got, tt.flagged)
			}
		})
	}
}

func TestReasonsHoldNoPersonalData(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{"orderId":"1","buyer":"Asha Kumari"}`,
		`{"orderId":"1","createdTime":"2026-03-10T04:12:09Z","lastUpdatedTime":"2026-03-10T04:12:09Z","recipient":{"deliveryAddress":{"name":{"first":"Asha Kumari"}}}}`,
		`{"orderId":"1","buyer":{"buyerName":["Asha Kumari"]}}`,
	} {
		_, err := seller().report(json.RawMessage(raw))
		if err == nil || strings.Contains(err.Error(), "Asha") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// A later state with the same time must win whichever arrives first.
func TestStatesOfOneTime(t *testing.T) {
	t.Parallel()
	state := func(detailed string) order.Report {
		r, err := seller().report(json.RawMessage(`{"orderId":"1","createdTime":"2026-03-10T04:12:09Z","lastUpdatedTime":"2026-03-10T04:12:10Z",
			"fulfillment":{"fulfillmentStatus":"SHIPPED"},"packages":[{"packageStatus":{"status":"X","detailedStatus":"` + detailed + `"}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	out, delivered := state("OUT_FOR_DELIVERY"), state("DELIVERED")
	for _, reports := range [][]order.Report{{out, delivered}, {delivered, out}, {out, delivered, out}} {
		o, _ := order.Absorb(nil, reports[0], day)
		for _, r := range reports[1:] {
			o, _ = order.Absorb(&o, r, day)
		}
		if o.Status != order.Delivered || o.Facts.PlatformStatus != "SHIPPED - DELIVERED" {
			t.Errorf("%s, %s", o.Status, o.Facts.PlatformStatus)
		}
	}
}

// Every fixture of the platform's published examples and of our collection is
// readable.
func TestSharedFixtures(t *testing.T) {
	t.Parallel()
	want := map[string]order.Status{
		"404-0000001-0000001": order.Pending, "404-0000002-0000002": order.Confirmed, "404-0000003-0000003": order.Processing,
		"404-0000004-0000004": order.Delivered, "404-0000005-0000005": order.OutForDelivery, "404-0000006-0000006": order.Cancelled,
		"404-0000007-0000007": order.Returned, "404-0000008-0000008": order.Shipped, "404-0000009-0000009": order.Confirmed,
		"202-1234567-8901234": order.OutForDelivery, "171-9876543-2109876": order.Confirmed, "028-1234567-8901234": order.Shipped,
		"123-4567890-1234567": order.Delivered, "250-1234567-8901234": order.Shipped, "202-7654321-1098765": order.OutForDelivery,
	}
	seen := 0
	for _, file := range sharedFixtures(t, "*orders-2026.*Order*.200.*.json", "synthetic.orders-2026.*.json") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			searchAnswer
			Order json.RawMessage `json:"order"`
		}
		if err := json.Unmarshal(b, &answer); err != nil {
			t.Fatal(file, err)
		}
		if answer.Order != nil {
			answer.Orders = append(answer.Orders, answer.Order)
		}
		for _, raw := range answer.Orders {
			seen++
			r, err := seller().report(raw)
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
				continue
			}
			if status, ok := want[r.Ref.PlatformOrderID]; !ok || r.Status != status {
				t.Errorf("%s: %s is %q, want %q", filepath.Base(file), r.Ref.PlatformOrderID, r.Status, status)
			}
			if slices.Contains(r.Facts.Flags, order.NeedsAttention) {
				t.Errorf("%s: %s is flagged", filepath.Base(file), r.Ref.PlatformOrderID)
			}
		}
	}
	if seen < len(want) {
		t.Errorf("%d orders in the fixtures, want at least %d", seen, len(want))
	}
}

// sharedFixtures lists files of the collection beside the repository, or skips.
func sharedFixtures(t testing.TB, patterns ...string) []string {
	t.Helper()
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "platforms", "amazon", "fixtures", pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Skip("no shared fixtures beside the repository")
	}
	return files
}

func FuzzReport(f *testing.F) {
	f.Add([]byte(fixture(f, "order.json")))
	f.Add([]byte(`{"orderId":"1","createdTime":"2026-03-10T04:12:09Z","lastUpdatedTime":"2026-03-10T04:12:10Z","orderItems":[{"quantityOrdered":-1}],"packages":[{}]}`))
	f.Add([]byte(`{"proceeds":{"grandTotal":{"amount":-9223372036854775808,"currencyCode":"JPY"},"breakdowns":[{"type":"DISCOUNT","subtotal":{"amount":"-92233720368547758.08","currencyCode":"INR"}}]}}`))
	p := seller()
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := p.report(raw)
		if err != nil {
			return
		}
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		if again, err := p.report(raw); err != nil || cmp.Diff(r, again) != "" {
			t.Fatal("reading twice differs", err)
		}
		o, _ := order.Absorb(nil, r, day)
		if _, outcome := order.Absorb(&o, r, day); outcome != order.Unchanged {
			t.Errorf("absorbing twice: %s", outcome)
		}
	})
}
