package swiggy

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

func line(o map[string]any, i int) map[string]any { return o["items"].([]any)[i].(map[string]any) }

func TestNormalise(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "swiggy"}}
	b, err := os.ReadFile("testdata/order.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.normalise(b)
	if err != nil {
		t.Fatal(err)
	}
	want := order.Report{
		Ref:      order.Ref{Channel: "swiggy", PlatformOrderID: "210000000000001"},
		Platform: order.Swiggy, Status: order.Pending, Source: order.FromPlatform, Version: 3,
		At: time.Date(2026, 3, 11, 4, 17, 0, 0, time.UTC),
		Facts: order.Facts{
			OrderNumber: "210000000000001", OrderedAt: time.Date(2026, 3, 11, 4, 10, 0, 0, time.UTC), PlatformStatus: "PLACED", SubStatus: subBySeller,
			Payment:  order.COD,
			Customer: order.Customer{Address: order.Address{City: "पुणे", Pincode: "411001", Country: "IN"}},
			Items: []order.Item{
				{LineID: "IT1", SKU: "RNG-7", ProductID: "IT1", Title: "Twist Ring", Quantity: 1, UnitPrice: order.INR(119900),
					Discount: order.INR(0), Tax: order.INR(3492), Total: order.INR(119900)},
				{LineID: "IT2", SKU: "EAR-3", ProductID: "IT2", Title: "Hoops | झुमका", Quantity: 2, UnitPrice: order.INR(84900),
					Discount: order.INR(10000), Tax: order.INR(4655), Total: order.INR(159800)},
			},
			Subtotal: order.INR(289700), Discount: order.INR(10000), Shipping: order.INR(1500), Tax: order.INR(8147), Total: order.INR(281200),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStatusAndSubStatus(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "swiggy"}}
	for _, c := range []struct {
		words, by, cancelledBy string
		want                   order.Status
		sub                    string
	}{
		{"PLACED", "MERCHANT", "", order.Pending, subBySeller},
		{"PLACED", "PLATFORM", "", order.Confirmed, subBySwiggy},
		{"IN_PROGRESS/RETURNING_TO_STORE", "PLATFORM", "", order.Returned, subReturning},
		{"CANCELLED/RETURNED_TO_STORE", "PLATFORM", "PLATFORM", order.Returned, subReturned},
		{"CANCELLED", "MERCHANT", "CUSTOMER", order.Cancelled, "cancelled_by_customer"},
		{"CANCELLED/REFUNDED", "MERCHANT", "CUSTOMER", order.Cancelled, subRefunded},
		{"COMPLETED/DELIVERED/REFUNDED", "PLATFORM", "", order.Refunded, subBySwiggy},
		{"ON_HOLD/PACKED", "MERCHANT", "", "", subBySeller},
	} {
		r, err := p.normalise(raw(t, func(o map[string]any) {
			setWords(o, c.words)
			o["fulfilledBy"] = c.by
			if c.cancelledBy != "" {
				o["cancellation"] = map[string]any{"by": c.cancelledBy}
			}
			// float64 would lose the digits of a number.
			o["createdAt"], o["updatedAt"] = json.Number("1773202200000"), json.Number("1773202620000")
		}))
		if err != nil || r.Status != c.want || r.Facts.SubStatus != c.sub || r.Facts.PlatformStatus != c.words {
			t.Errorf("%s by %s: %q, sub %q, word %q, %v", c.words, c.by, r.Status, r.Facts.SubStatus, r.Facts.PlatformStatus, err)
		}
	}
}

func exact(o map[string]any) {
	o["createdAt"], o["updatedAt"] = json.Number("1773202200000"), json.Number("1773202620000")
}

func TestCancelledLines(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "swiggy"}}
	for name, c := range map[string]struct {
		words          string
		first, second  int
		want           order.Status
		flags          []order.Flag
		firstCancelled bool
	}{
		"none":             {"ACCEPTED", 0, 0, order.Confirmed, nil, false},
		"one line":         {"ACCEPTED", 1, 0, order.Confirmed, []order.Flag{order.PartiallyCancelled}, true},
		"a piece":          {"ACCEPTED", 0, 1, order.Confirmed, []order.Flag{order.PartiallyCancelled}, false},
		"all":              {"ACCEPTED", 1, 2, order.Cancelled, nil, true},
		"all, and arrived": {"COMPLETED", 1, 2, order.Delivered, []order.Flag{order.NeedsAttention}, true},
		"cancelled order":  {"CANCELLED", 1, 2, order.Cancelled, nil, true},
	} {
		r, err := p.normalise(raw(t, func(o map[string]any) {
			exact(o)
			setWords(o, c.words)
			line(o, 0)["cancelledQuantity"], line(o, 1)["cancelledQuantity"] = c.first, c.second
		}))
		if err != nil || r.Status != c.want || !cmp.Equal(r.Facts.Flags, c.flags) || (r.Facts.Items[0].Status == order.Cancelled) != c.firstCancelled {
			t.Errorf("%s: %q, flags %v, item %q, %v", name, r.Status, r.Facts.Flags, r.Facts.Items[0].Status, err)
		}
	}
}

func TestAmountsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "swiggy"}}
	sums := func(o map[string]any) map[string]any { return o["amounts"].(map[string]any) }
	for name, c := range map[string]struct {
		change  func(o map[string]any)
		flagged bool
	}{
		"as documented":        {func(map[string]any) {}, false},
		"items after discount": {func(o map[string]any) { sums(o)["itemTotalPaise"] = 279700 }, false},
		"price after discount": {func(o map[string]any) { line(o, 1)["unitPricePaise"] = 79900 }, false},
		"a piece less":         {func(o map[string]any) { line(o, 1)["cancelledQuantity"], line(o, 1)["totalPaise"] = 1, 74900 }, true}, // partially cancelled
		"line off":             {func(o map[string]any) { line(o, 0)["totalPaise"] = 100000 }, true},
		"payable off":          {func(o map[string]any) { sums(o)["payablePaise"] = 300000 }, true},
		"payable off, but cancelled": {func(o map[string]any) {
			setWords(o, cancelled)
			sums(o)["payablePaise"] = 0
		}, false},
		"no items":   {func(o map[string]any) { o["items"] = nil }, false},
		"no amounts": {func(o map[string]any) { o["amounts"] = nil }, false},
	} {
		r, err := p.normalise(raw(t, func(o map[string]any) { exact(o); c.change(o) }))
		if err != nil || (len(r.Facts.Flags) > 0) != c.flagged {
			t.Errorf("%s: flags %v, %v", name, r.Facts.Flags, err)
		}
		if f := r.Facts; !c.flagged && f.Total.Known() && r.Status != order.Cancelled && f.Subtotal.Minor-f.Discount.Minor+f.Shipping.Minor != f.Total.Minor {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestBadRecords(t *testing.T) {
	t.Parallel()
	p := &Platform{set: settings{channel: "swiggy"}}
	for want, change := range map[string]func(o map[string]any){
		"orderId":        func(o map[string]any) { o["orderId"] = "a b" },
		"orderState":     func(o map[string]any) { o["orderState"] = nil },
		"createdAt":      func(o map[string]any) { o["createdAt"] = "2026-03-11" },
		"updatedAt":      func(o map[string]any) { o["updatedAt"] = 17 },
		"version":        func(o map[string]any) { o["version"] = "v3" },
		"totalPaise":     func(o map[string]any) { line(o, 0)["totalPaise"] = 1199.5 },
		"payablePaise":   func(o map[string]any) { o["amounts"].(map[string]any)["payablePaise"] = "₹1" },
		"items":          func(o map[string]any) { o["items"] = 2 },
		"quantity":       func(o map[string]any) { line(o, 0)["quantity"] = -1 },
		"unitPricePaise": func(o map[string]any) { line(o, 0)["unitPricePaise"] = json.Number("99999999999999999999") },
	} {
		if _, err := p.normalise(raw(t, func(o map[string]any) { exact(o); change(o) })); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
