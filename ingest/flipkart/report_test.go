package flipkart

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

func account() *Platform {
	return &Platform{set: settings{channel: "flipkart", cancelReason: "not_enough_inventory", deliveryDays: 7}, now: at(day)}
}

// reportsOf reads the orders of a list's answer.
func reportsOf(t testing.TB, body []byte) map[string]order.Report {
	t.Helper()
	var answer listAnswer
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	found, got := newFindings(), map[string]order.Report{}
	for _, raw := range answer.Shipments {
		found.add(raw)
	}
	for _, id := range found.ids {
		o, _, err := parse(id, found.raw[id])
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		r, err := account().report(o)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		got[id] = r
	}
	return got
}

func TestReportOfTwoShipments(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(filepath.Join("testdata", "shipments.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]order.Report{"OD100000000000000001": {
		Ref:      order.Ref{Channel: "flipkart", PlatformOrderID: "OD100000000000000001"},
		Platform: order.Flipkart, Status: order.Processing, Source: order.FromPlatform, Version: 3,
		At: time.Date(2026, 3, 10, 7, 0, 0, 500e6, time.UTC),
		Facts: order.Facts{
			OrderNumber: "OD100000000000000001", OrderedAt: time.Date(2026, 3, 10, 4, 28, 0, 0, time.UTC),
			PlatformStatus: "PACKED", Flags: []order.Flag{order.PartiallyCancelled, order.PartiallyShipped}, Payment: order.Prepaid,
			Items: []order.Item{
				{LineID: "20000000000000001", SKU: "EAR-003", ProductID: "FSNRING", Title: "Hoops | झुमका", Quantity: 2, UnitPrice: order.INR(89900),
					Discount: order.INR(0), Total: order.INR(179800), Status: order.Processing, PlatformStatus: "PACKED"},
				{LineID: "20000000000000002", SKU: "BRC-004", ProductID: "FSNBRC", Title: "Bracelet", Quantity: 1, UnitPrice: order.INR(109900),
					Discount: order.INR(0), Total: order.INR(109900), Status: order.Cancelled, PlatformStatus: "CANCELLED"},
				{LineID: "20000000000000003", SKU: "NCK-002", ProductID: "FSNNCK", Title: "Necklace", Quantity: 1, UnitPrice: order.INR(249900),
					Discount: order.INR(20000), Total: order.INR(229900), Status: order.Shipped, PlatformStatus: "SHIPPED"},
			},
			Subtotal: order.INR(429700), Discount: order.INR(20000), Shipping: order.INR(4000), Total: order.INR(413700),
			ShipBy: time.Date(2026, 3, 12, 8, 30, 0, 0, time.UTC),
		},
	}}
	if d := cmp.Diff(want, reportsOf(t, body)); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
}

func TestRollUp(t *testing.T) {
	t.Parallel()
	type flags = []order.Flag
	tests := []struct {
		name  string
		words string // items; + a hold, c a courier's return, f from Flipkart's warehouse, s self-shipped
		want  order.Status
		word  string
		sub   string
		flags flags
	}{
		{"on hold", "APPROVED+", order.Pending, "APPROVED", "on_hold", nil},
		{"approved", "APPROVED", order.Confirmed, "APPROVED", "", nil},
		{"self-shipped", "APPROVEDs", order.Confirmed, "APPROVED", "self_ship", nil},
		{"from Flipkart's warehouse", "APPROVEDf", order.Confirmed, "APPROVED", "fulfilled_by_flipkart", nil},
		{"a form failed", "FORM_FAILED PACKED", order.Processing, "FORM_FAILED", "", flags{order.NeedsAttention}},
		{"ready", "READY_TO_DISPATCH", order.Processing, "READY_TO_DISPATCH", "ready_to_ship", nil},
		{"least advanced", "DELIVERED SHIPPED", order.Shipped, "SHIPPED", "", nil},
		{"one left", "APPROVED SHIPPED", order.Processing, "APPROVED", "", flags{order.PartiallyShipped}},
		{"one cancelled", "CANCELLED PACKED", order.Processing, "PACKED", "", flags{order.PartiallyCancelled}},
		{"all cancelled", "CANCELLED CANCELLED", order.Cancelled, "CANCELLED", "", nil},
		{"return to origin", "RETURN_REQUESTEDc", order.Returned, "RETURN_REQUESTED", "rto_in_transit", nil},
		{"back at the seller", "RETURNEDc", order.Returned, "RETURNED", "rto_received", nil},
		{"one of two still comes back", "RETURNEDc RETURN_REQUESTEDc", order.Returned, "RETURN_REQUESTED", "rto_in_transit", nil},
		{"customer asks to return", "RETURN_REQUESTED", order.Delivered, "RETURN_REQUESTED", "return_requested", nil},
		{"customer returned", "RETURNED", order.Returned, "RETURNED", "", nil},
		{"one of two returned", "RETURNED DELIVERED", order.Delivered, "DELIVERED", "partially_returned", nil},
		{"returned beside unshipped", "RETURNED APPROVED", order.Confirmed, "APPROVED", "partially_returned", nil},
		{"unknown beside known", "TELEPORTED DELIVERED", "", "TELEPORTED", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var shipments []shipment
			for word := range strings.FieldsSeq(tt.words) {
				plain := strings.TrimRight(word, "+cfs")
				s := shipment{Items: []item{{Status: plain}}}
				switch strings.TrimPrefix(word, plain) {
				case "+":
					s.Hold = true
				case "c":
					s.Items[0].CourierReturn = true
				case "f":
					s.Items[0].Profile = "FBF"
				case "s":
					s.Type = "SELF"
				}
				shipments = append(shipments, s)
			}
			for range 2 {
				got := standOf(shipments)
				if got.status != tt.want || got.word != tt.word || got.sub != tt.sub || !slices.Equal(got.flags, tt.flags) {
					t.Errorf("%q %q %q %v, want %q %q %q %v", got.status, got.word, got.sub, got.flags, tt.want, tt.word, tt.sub, tt.flags)
				}
				slices.Reverse(shipments)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text    string
		paise   int64
		rounded bool
		ok      bool
	}{
		{`295.0`, 29500, false, true}, {`295`, 29500, false, true}, {`"295.50"`, 29550, false, true}, {`0.1`, 10, false, true},
		{`1.2E+3`, 120000, false, true}, {`1299.9899999999998`, 129999, true, true}, {`-200.0`, -20000, false, true},
		{`1e999999999`, 0, false, false}, {`"x"`, 0, false, false}, {`{}`, 0, false, false}, {`99999999999999999999`, 0, false, false},
	} {
		var n number
		if err := json.Unmarshal([]byte(tt.text), &n); err != nil {
			t.Fatal(err)
		}
		m, rounded, err := n.money()
		if (err == nil) != tt.ok || m.Minor != tt.paise || rounded != tt.rounded {
			t.Errorf("%s: %v, rounded %v, %v", tt.text, m, rounded, err)
		}
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, selling, discount, shipping, customer string
		goods                                       int64
		odd                                         bool
	}{
		{"plain", "899.0", "0.0", "0.0", "899.0", 89900, false},
		{"discount beyond the selling price", "2499.0", "200.0", "40.0", "2339.0", 249900, false},
		{"discount within the selling price", "2299.0", "200.0", "0.0", "2299.0", 249900, false},
		{"does not add up", "899.0", "0.0", "0.0", "799.0", 89900, true},
		{"no customer price", "899.0", "", "", "", 89900, false},
	} {
		var it item
		it.Price.Selling, it.Price.Discount, it.Price.Shipping, it.Price.Customer = number(tt.selling), number(tt.discount), number(tt.shipping), number(tt.customer)
		x, err := it.price()
		if err != nil || x.goods.Minor != tt.goods || x.odd != tt.odd {
			t.Errorf("%s: %+v, %v", tt.name, x, err)
		}
	}
}

// A shipment that two lists show in two states counts in its newer one.
func TestShipmentListedTwice(t *testing.T) {
	t.Parallel()
	state := func(word, updated string) json.RawMessage {
		return json.RawMessage(`{"shipmentId":"S1","updatedAt":"` + updated + `","orderItems":[{"orderId":"OD1","orderItemId":"1","orderDate":"2026-03-10T09:00:00+05:30","status":"` + word + `"}]}`)
	}
	older, newer := state("APPROVED", "2026-03-10T10:00:00+05:30"), state("PACKED", "2026-03-10T11:00:00+05:30")
	for _, raws := range [][]json.RawMessage{{older, newer}, {newer, older}} {
		o, _, err := parse("OD1", raws)
		if err != nil || len(o.shipments) != 1 || o.shipments[0].Items[0].Status != "PACKED" {
			t.Errorf("%+v, %v", o, err)
		}
	}
}

func TestSharedFixtures(t *testing.T) {
	t.Parallel()
	want := map[string]order.Status{
		"OD900000000000000001": order.Confirmed, "OD900000000000000002": order.Processing, "OD900000000000000004": order.Pending,
		"OD900000000000000005": order.Processing, "OD900000000000000006": order.Shipped, "OD900000000000000007": order.Delivered,
		"OD900000000000000008": order.Delivered, "OD900000000000000009": order.Returned, "OD900000000000000012": order.Cancelled,
		"OD900000000000000013": order.Confirmed,
	}
	got := map[string]order.Status{}
	for _, file := range sharedFixtures(t, "synthetic.shipments-filter.*.json") {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for id, r := range reportsOf(t, body) {
			got[id] = r.Status
			if slices.Contains(r.Facts.Flags, order.NeedsAttention) {
				t.Errorf("%s is flagged", id)
			}
		}
	}
	for id, status := range want {
		if got[id] != status {
			t.Errorf("%s is %q, want %q", id, got[id], status)
		}
	}
}

// sharedFixtures lists files of the collection beside the repository, or skips.
func sharedFixtures(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "platforms", "flipkart", "fixtures", pattern))
	if err != nil || len(files) == 0 {
		t.Skip("no shared fixtures beside the repository")
	}
	return files
}
