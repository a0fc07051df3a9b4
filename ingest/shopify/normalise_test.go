package shopify

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
)

func records(t *testing.T, name string) []json.RawMessage {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Orders []json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Orders
}

func TestFacts(t *testing.T) {
	t.Parallel()
	a := testAdapter()
	r, err := a.normalise(records(t, "testdata/orders.json")[0], a.now())
	if err != nil {
		t.Fatal(err)
	}
	want := order.Report{
		Ref: order.Ref{PlatformOrderID: "7000000000000001"}, Platform: order.Organic, Source: order.FromPlatform,
		Status: order.OutForDelivery, At: time.Date(2026, 3, 11, 3, 30, 0, 0, time.UTC), Version: a.now().UnixMilli(),
		Facts: order.Facts{
			OrderNumber: "#2001", OrderedAt: time.Date(2026, 3, 8, 3, 30, 0, 0, time.UTC),
			PlatformStatus: "paid/fulfilled/out_for_delivery", Payment: order.Prepaid,
			Customer: order.Customer{ID: "51", Name: "मीरा शाह", Email: "meera@example.com", Phone: "+919000000007", Address: order.Address{
				Line1: "7 Lake Road", City: "Surat", State: "Gujarat", Pincode: "395007", Country: "IN"}},
			Items: []order.Item{
				{LineID: "71", SKU: "RNG-7", ProductID: "1071", Title: "Twist Ring - 7", Quantity: 2, UnitPrice: order.INR(119900),
					Discount: order.INR(20990), Tax: order.INR(6375), Total: order.INR(218810), Status: order.OutForDelivery, PlatformStatus: "fulfilled"},
				{LineID: "72", SKU: "EAR-3", ProductID: "2072", Title: "Hoops", Quantity: 1, UnitPrice: order.INR(89900),
					Discount: order.INR(9000), Tax: order.INR(2500), Total: order.INR(80900), Status: order.Delivered, PlatformStatus: "fulfilled"},
			},
			Subtotal: order.INR(329700), Discount: order.INR(29990), Shipping: order.INR(5000), Tax: order.INR(8875), Total: order.INR(304710),
			Shipment: order.Shipment{Carrier: "Blue Dart", AWB: "0007123", TrackingURL: "https://track.example.com/0007123",
				ShippedAt: time.Date(2026, 3, 10, 12, 30, 0, 0, time.UTC)},
		},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTaxesOutside(t *testing.T) {
	t.Parallel()
	a := testAdapter()
	r, err := a.normalise(records(t, "testdata/orders.json")[1], a.now())
	if err != nil {
		t.Fatal(err)
	}
	f := r.Facts
	if r.Status != order.Confirmed || f.Payment != order.COD || f.Items[0].Total != order.INR(103000) || f.Total != order.INR(103000) || len(f.Flags) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestTestOrders(t *testing.T) {
	t.Parallel()
	a := testAdapter()
	raw := records(t, "testdata/orders.json")[2]
	if _, err := a.normalise(raw, a.now()); !errors.Is(err, errTest) {
		t.Errorf("%v", err)
	}
	a.set.keepTests = true
	if _, err := a.normalise(raw, a.now()); err != nil {
		t.Errorf("kept: %v", err)
	}
}

// parcelled is a fulfilment of some lines.
func parcelled(status, shipment string, lines ...int) map[string]any {
	var held []any
	for _, id := range lines {
		held = append(held, map[string]any{"id": id})
	}
	return map[string]any{"id": 80, "status": status, "shipment_status": shipment, "line_items": held}
}

// back is a refund of pieces of a line.
func back(line, quantity int, restock, at string) map[string]any {
	return map[string]any{"created_at": at, "transactions": []any{map[string]any{"kind": "refund"}},
		"refund_line_items": []any{map[string]any{"line_item_id": line, "quantity": quantity, "restock_type": restock}}}
}

func TestStand(t *testing.T) {
	t.Parallel()
	const at = "2026-03-11T10:00:00+05:30"
	lines := func(current ...any) []any {
		var all []any
		for i, c := range current {
			all = append(all, map[string]any{"id": i + 1, "quantity": 2, "current_quantity": c, "price": "1.00"})
		}
		return all
	}
	type m = map[string]any
	for name, c := range map[string]struct {
		change m
		status order.Status
		sub    string
		flags  []order.Flag
	}{
		"cancelled for a reason": {m{"cancelled_at": at, "cancel_reason": "fraud"}, order.Cancelled, "cancel_fraud", nil},
		"cancelled and refunded at once": {m{"cancelled_at": at, "financial_status": "refunded",
			"refunds": []any{back(1, 2, "cancel", at)}}, order.Cancelled, "", nil},
		"cancelled, refunded the next day": {m{"cancelled_at": at, "financial_status": "refunded",
			"refunds": []any{back(1, 2, "cancel", "2026-03-12T10:00:00+05:30")}}, order.Refunded, "", nil},
		"cancelled on its way": {m{"cancelled_at": at, "fulfillment_status": "fulfilled", "fulfillments": []any{parcelled("success", "in_transit")}},
			order.Shipped, "in_transit", []order.Flag{order.NeedsAttention}},
		"cancelled after a void fulfilment": {m{"cancelled_at": at, "fulfillments": []any{parcelled("cancelled", "")}}, order.Cancelled, "", nil},
		"all came back": {m{"line_items": lines(0, 0), "fulfillment_status": "fulfilled", "financial_status": "partially_refunded",
			"refunds": []any{back(1, 2, "return", at), back(2, 2, "return", at)}}, order.Returned, "", []order.Flag{order.PartiallyRefunded}},
		"all that was kept came back": {m{"line_items": lines(0, 0), "fulfillment_status": "fulfilled",
			"refunds": []any{back(1, 2, "return", at), back(2, 2, "cancel", at)}}, order.Returned, "", []order.Flag{order.PartiallyCancelled}},
		"one piece came back": {m{"line_items": lines(1, 2), "fulfillment_status": "fulfilled", "financial_status": "partially_refunded",
			"fulfillments": []any{parcelled("success", "delivered", 1, 2)}, "refunds": []any{back(1, 1, "return", at)}},
			order.Delivered, "", []order.Flag{order.PartiallyRefunded}},
		"every line edited away":    {m{"line_items": lines(0, 0)}, order.Cancelled, "", nil},
		"one line edited away":      {m{"line_items": lines(0, 2)}, order.Confirmed, "", []order.Flag{order.PartiallyCancelled}},
		"lines without what's left": {m{"line_items": lines(nil, nil)}, order.Confirmed, "", nil},
		"the slowest parcel counts": {m{"fulfillment_status": "fulfilled", "fulfillments": []any{parcelled("success", "delivered"), parcelled("success", "in_transit")}},
			order.Shipped, "in_transit", nil},
		"one parcel has said nothing": {m{"fulfillment_status": "fulfilled", "fulfillments": []any{parcelled("success", "delivered"), parcelled("success", "")}},
			order.Shipped, "", nil},
		"nobody at home": {m{"fulfillment_status": "fulfilled", "fulfillments": []any{parcelled("success", "attempted_delivery")}},
			order.OutForDelivery, "attempted_delivery", []order.Flag{order.DeliveryException}},
		"partly shipped": {m{"fulfillment_status": "partial", "fulfillments": []any{parcelled("success", "delivered")}},
			order.Processing, "", []order.Flag{order.PartiallyShipped}},
		"with a service":     {m{"fulfillments": []any{parcelled("open", "")}}, order.Processing, "", nil},
		"with a label":       {m{"fulfillments": []any{parcelled("success", "label_printed")}}, order.Processing, "label_printed", nil},
		"authorised":         {m{"financial_status": "authorized"}, order.Confirmed, "authorized", nil},
		"bank transfer":      {m{"financial_status": "pending", "payment_gateway_names": []string{"Bank Deposit"}}, order.Pending, "", nil},
		"at the door":        {m{"financial_status": "pending", "payment_gateway_names": []string{"Cash on Delivery (COD)"}}, order.Confirmed, "", nil},
		"at the door, named": {m{"financial_status": "pending", "payment_gateway_names": []string{"Pay Later Co"}}, order.Confirmed, "", nil},
		"codfish is no COD":  {m{"financial_status": "pending", "payment_gateway_names": []string{"codfish pay"}}, order.Pending, "", nil},
		"voided":             {m{"financial_status": "voided"}, order.Cancelled, "voided", []order.Flag{order.NeedsAttention}},
		"unknown payment":    {m{"financial_status": "bartered"}, "", "", nil},
		"unknown payment, shipped": {m{"financial_status": "bartered", "fulfillment_status": "fulfilled"}, order.Shipped, "",
			[]order.Flag{order.NeedsAttention}},
		"unknown fulfilment": {m{"fulfillment_status": "teleported"}, "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := m{"id": 1, "currency": "INR", "total_price": "4.00", "taxes_included": true, "financial_status": "paid", "created_at": at, "updated_at": at, "line_items": lines(2, 2)}
			maps.Copy(v, c.change)
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			a := testAdapter()
			a.set.cod = []string{"pay later co"}
			r, err := a.normalise(raw, a.now())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.flags, r.Facts.Flags); diff != "" || r.Status != c.status || r.Facts.SubStatus != c.sub {
				t.Errorf("%s, %q, words %s, flags:\n%s", r.Status, r.Facts.SubStatus, r.Facts.PlatformStatus, diff)
			}
		})
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	a := testAdapter()
	for name, change := range map[string]map[string]any{
		"no id": {"id": nil}, "id of letters": {"id": "#1001"}, "id with a path": {"id": "1/../2"}, "no time": {"updated_at": nil}, "no time at all": {"created_at": "yesterday"},
		"no total": {"total_price": nil}, "total in words": {"total_price": "a lot"}, "total of three decimals": {"total_price": "1.005"},
		"no currency": {"currency": nil}, "no status": {"financial_status": nil},
		"half a piece":   {"line_items": []any{map[string]any{"quantity": 0.5}}},
		"price overflow": {"line_items": []any{map[string]any{"quantity": 1000, "price": "92233720368547758.07"}}},
		"refund of -1":   {"refunds": []any{back(1, -1, "return", "")}},
		"lines are none": {"line_items": "none"},
	} {
		v := map[string]any{"id": 1, "currency": "INR", "total_price": "1.00", "financial_status": "paid",
			"created_at": "2026-03-11T10:00:00+05:30", "updated_at": "2026-03-11T10:00:00+05:30"}
		maps.Copy(v, change)
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := a.normalise(raw, a.now()); err == nil {
			t.Errorf("%s: read as %+v", name, r)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	raw, err := os.ReadFile("testdata/orders.json")
	if err != nil {
		b.Fatal(err)
	}
	var file struct{ Orders []json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		b.Fatal(err)
	}
	a, list := testAdapter(), file.Orders[:1]
	for b.Loop() {
		if page, _, err := a.page(list, time.Time{}, a.now()); err != nil || len(page.Reports) != 1 {
			b.Fatal(err)
		}
	}
}
