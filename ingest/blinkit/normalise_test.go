package blinkit

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
)

func raw(t *testing.T, change func(o map[string]any)) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/order.json")
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	change(o)
	if b, err = json.Marshal(o); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "blinkit"}}
	got, err := p.normalise(raw(t, func(map[string]any) {}))
	if err != nil {
		t.Fatal(err)
	}
	want := order.Report{
		Ref:      order.Ref{Channel: "blinkit", PlatformOrderID: "810000001"},
		Platform: order.Blinkit, Status: order.Pending, Source: order.FromPlatform, Version: 1,
		At: time.Date(2026, 3, 11, 4, 29, 30, 0, time.UTC),
		Facts: order.Facts{
			OrderNumber: "810000001", OrderedAt: time.Date(2026, 3, 11, 4, 28, 10, 0, time.UTC), PlatformStatus: "PLACED", SubStatus: subBySeller,
			Payment:  order.COD,
			Customer: order.Customer{Address: order.Address{City: "पुणे", State: "Maharashtra", Pincode: "411001", Country: "IN"}},
			Items: []order.Item{
				{LineID: "1", SKU: "RNG-7", ProductID: "10000001", Title: "Twist Ring", Quantity: 1, UnitPrice: order.INR(129900),
					Discount: order.INR(10000), Tax: order.INR(3492), Total: order.INR(119900)},
				{LineID: "2", SKU: "EAR-3", ProductID: "10000002", Title: "Hoops | झुमका", Quantity: 2, UnitPrice: order.INR(89900),
					Discount: order.INR(10000), Tax: order.INR(4946), Total: order.INR(169800)},
			},
			Subtotal: order.INR(309700), Discount: order.INR(20000), Tax: order.INR(8438), Total: order.INR(289700),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStatusByWhoPacks(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "blinkit"}}
	for _, c := range []struct {
		word, by, cancelled string
		want                order.Status
		sub                 string
	}{
		{"PLACED", "BLINKIT", "", order.Confirmed, subByBlinkit},
		{"PLACED", "SELLER", "", order.Pending, subBySeller},
		{"placed", "", "", order.Pending, ""},
		{"CANCELLED", "SELLER", "CUSTOMER", order.Cancelled, "cancelled_by_customer"},
		{"CANCELLED", "BLINKIT", "a ghost", order.Cancelled, subByBlinkit},
		{"ON_A_DRONE", "SELLER", "", "", subBySeller},
	} {
		r, err := p.normalise(raw(t, func(o map[string]any) {
			o["status"], o["fulfilled_by"] = c.word, c.by
			if c.cancelled != "" {
				o["cancellation"] = map[string]any{"by": c.cancelled, "reason": "x", "at": o["updated_at"]}
			}
		}))
		if err != nil || r.Status != c.want || r.Facts.SubStatus != c.sub || r.Facts.PlatformStatus != c.word {
			t.Errorf("%s by %s: %q, sub %q, word %q, %v", c.word, c.by, r.Status, r.Facts.SubStatus, r.Facts.PlatformStatus, err)
		}
	}
}

func TestAmountsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "blinkit"}}
	line := func(o map[string]any) map[string]any { return o["items"].([]any)[0].(map[string]any) }
	totals := func(o map[string]any) map[string]any { return o["totals"].(map[string]any) }
	for name, c := range map[string]struct {
		change  func(o map[string]any)
		flagged bool
	}{
		"as documented":         {func(map[string]any) {}, false},
		"price before discount": {func(o map[string]any) { line(o)["selling_price"] = "1299.00" }, false},
		"rounding":              {func(o map[string]any) { line(o)["line_total"] = "1198.60" }, false},
		"line off":              {func(o map[string]any) { line(o)["line_total"] = "1150.00" }, true},
		"bill off":              {func(o map[string]any) { totals(o)["gross_bill_amount"] = "2950" }, true},
		"negative discount":     {func(o map[string]any) { totals(o)["discount"] = "-200.00" }, false},
		"no items, total after discount": {func(o map[string]any) {
			o["items"] = nil
		}, false},
		"numbers instead of texts": {func(o map[string]any) { totals(o)["gross_bill_amount"] = json.Number("2897.0") }, false},
	} {
		r, err := p.normalise(raw(t, c.change))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := len(r.Facts.Flags) > 0; got != c.flagged {
			t.Errorf("%s: flags %v", name, r.Facts.Flags)
		}
		if f := r.Facts; !c.flagged && (!near(f.Subtotal.Minor-f.Discount.Minor, f.Total.Minor) || f.Subtotal != order.INR(309700) && name != "rounding") {
			t.Errorf("%s: %s - %s = %s", name, f.Subtotal.Decimal(), f.Discount.Decimal(), f.Total.Decimal())
		}
	}
}

func TestBadRecords(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "blinkit"}}
	for want, change := range map[string]func(o map[string]any){
		"order_id":          func(o map[string]any) { o["order_id"] = "../1" },
		"status":            func(o map[string]any) { o["status"] = " " },
		"created_at":        func(o map[string]any) { o["created_at"] = "11/03/2026" },
		"updated_at":        func(o map[string]any) { o["updated_at"] = nil },
		"currency":          func(o map[string]any) { o["currency"] = "USD" },
		"line_total":        func(o map[string]any) { o["items"].([]any)[0].(map[string]any)["line_total"] = "12.345" },
		"gross_bill_amount": func(o map[string]any) { o["totals"].(map[string]any)["gross_bill_amount"] = json.Number("1e3") },
		"items":             func(o map[string]any) { o["items"] = "two" },
		"quantity":          func(o map[string]any) { o["items"].([]any)[0].(map[string]any)["quantity"] = -1 },
	} {
		if _, err := p.normalise(raw(t, change)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
