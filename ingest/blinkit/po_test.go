package blinkit

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

func samplePO(t testing.TB) PurchaseOrder {
	t.Helper()
	b, err := os.ReadFile("testdata/po.json")
	if err != nil {
		t.Fatal(err)
	}
	po, err := ParsePO(b)
	if err != nil {
		t.Fatal(err)
	}
	return po
}

func TestParsePO(t *testing.T) {
	t.Parallel()
	taxes := []POTax{{"CGST", "1.5"}, {"SGST", "1.5"}}
	want := PurchaseOrder{
		Type: POCreation, Tenant: "BLINKIT", Number: "9100000000001", OutletID: "00412",
		IssuedAt: time.Date(2026, 3, 10, 1, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2026, 3, 20, 18, 29, 59, 0, time.UTC),
		DeliverAt: time.Date(2026, 3, 14, 4, 30, 0, 0, time.UTC),
		Buyer:     POParty{Name: "Quick Buyer Pvt Ltd", GSTIN: "29AAAAA0000A1Z5", Destination: "Warehouse 4, Bengaluru"},
		Supplier:  POParty{ID: "V-1", Name: "Jewels", GSTIN: "27BBBBB0000B1Z5"},
		Items: []POItem{
			{ItemID: "10000001", SKU: "RNG-7", UPC: "8900000000001", Name: "Twist Ring", Line: 1, Units: 40, Landing: order.INR(77940),
				Basic: order.INR(75670), MRP: order.INR(129900), UOM: POMeasure{"unit", "1"}, Tax: taxes},
			{ItemID: "10000002", SKU: "EAR-3", UPC: "8900000000002", Name: "Hoops", Line: 2, Units: 120, Landing: order.INR(53940),
				Basic: order.INR(52369), MRP: order.INR(89900), UOM: POMeasure{"unit", "1"}, Tax: taxes},
		},
		SKUs: 2, Units: 160, Total: order.INR(9590400),
	}
	if diff := cmp.Diff(want, samplePO(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParsePORefuses(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/po.json")
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string][2]string{
		"units_ordered":                  {`"units_ordered": 40`, `"units_ordered": 0`},
		"landing_price":                  {`"landing_price": 779.4`, `"landing_price": 779.405`},
		"basic_price":                    {`"basic_price": 756.7`, `"basic_price": -1`},
		"mrp":                            {`"mrp": 1299.0`, `"mrp": null`},
		"total_amount":                   {`95904.0`, `"lots"`},
		"issue_date":                     {`2026-03-10T06:30:00+05:30`, `10-03-2026`},
		"expiry_date":                    {`2026-03-20T23:59:59+05:30`, `soon`},
		"rate in percent":                {`"cgst_percentage": 1.5`, `"cgst_percentage": "1e9"`},
		"item_id is there twice":         {`"item_id": "10000002"`, `"item_id": "10000001"`},
		"two different values":           {`"po_number": "9100000000001", "outlet_id"`, `"po_number": "9", "outlet_id"`},
		"details.item_data is a string":  {`"item_data": [`, `"item_data": "none", "x": [`},
		"broken JSON":                    {`{`, `{{`},
		"no usable po_number":            {`"tenant": "BLINKIT", "po_number": "9100000000001"`, `"po_number": "../../x"`},
		"details.total_qty is a string ": {`"total_qty": 160`, `"total_qty": "160 "`},
	} {
		body := strings.Replace(string(b), change[0], change[1], 1)
		if body == string(b) {
			t.Fatalf("%s: nothing changed", want)
		}
		if _, err := ParsePO([]byte(body)); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestReview(t *testing.T) {
	t.Parallel()
	agreed := func(it POItem) (order.Money, bool) { return it.Landing, true }
	for name, c := range map[string]struct {
		change func(po *PurchaseOrder)
		price  func(POItem) (order.Money, bool)
		want   POVerdict
		code   string
	}{
		"sound":      {func(*PurchaseOrder) {}, agreed, POAccepted, ""},
		"unreviewed": {func(*PurchaseOrder) {}, nil, POAccepted, ""},
		"one price": {func(*PurchaseOrder) {}, func(it POItem) (order.Money, bool) { return order.INR(53940), true },
			POPartiallyAccepted, poBadItem},
		"no item of ours": {func(*PurchaseOrder) {}, func(POItem) (order.Money, bool) { return order.Money{}, false }, PORejected, poBadItem},
		"units":           {func(po *PurchaseOrder) { po.Units = 161 }, agreed, PORejected, poInvalid},
		"kinds":           {func(po *PurchaseOrder) { po.SKUs = 3 }, agreed, PORejected, poInvalid},
		"sum":             {func(po *PurchaseOrder) { po.Total = order.INR(1) }, agreed, PORejected, poInvalid},
		"expired":         {func(po *PurchaseOrder) { po.ExpiresAt = start() }, agreed, PORejected, poInvalid},
		"too large":       {func(po *PurchaseOrder) { po.Items[0].Landing.Minor = 1 << 62 }, agreed, PORejected, poInvalid},
		"nothing stated":  {func(po *PurchaseOrder) { po.SKUs, po.Units, po.Total = 0, 0, order.Money{} }, agreed, POAccepted, ""},
	} {
		po := samplePO(t)
		c.change(&po)
		r := po.Review(c.price, start())
		if r.Data.Status != c.want || r.Success != (c.want != PORejected) || r.Data.Number != po.Number {
			t.Errorf("%s: %+v", name, r)
		}
		if (len(r.Data.Errors) > 0) != (c.code != "") || len(r.Data.Errors) > 0 && r.Data.Errors[0].Code != c.code {
			t.Errorf("%s: errors %+v", name, r.Data.Errors)
		}
	}
	po := samplePO(t)
	b, err := json.Marshal(po.Duplicate(start()))
	want := `{"success":false,"message":"rejected","timestamp":"2026-03-11T15:30:00+05:30","data":{"po_status":"rejected","po_number":"9100000000001",` +
		`"errors":[{"code":"E101","field_name":"po_number","message":"Duplicate PO","description":"already received","error_params":{}}],"warnings":[]}}`
	if err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
	if r := po.Received(start()); r.Data.Status != POProcessing || !r.Success || r.Data.Errors == nil {
		t.Errorf("%+v", r)
	}
	for v, s := range map[POVerdict]order.Status{
		POProcessing: order.Pending, POAccepted: order.Confirmed, POPartiallyAccepted: order.Confirmed, PORejected: order.Cancelled,
	} {
		if v.Status() != s {
			t.Errorf("%s is %s", v, v.Status())
		}
	}
}

func consignment() Consignment {
	return Consignment{
		Invoice: "INV-1", InvoicedOn: time.Date(2026, 3, 11, 20, 0, 0, 0, time.UTC), DeliverOn: time.Date(2026, 3, 14, 4, 0, 0, 0, time.UTC),
		Courier: "Delhivery", TrackingAWB: "D901", Parcels: []ConsignmentItem{
			{ItemID: "10000001", Units: 40, Batch: "B1", HSN: "71171990"}, {ItemID: "10000002", Units: 7, HSN: "71171990"},
		},
	}
}

func TestBuildASN(t *testing.T) {
	t.Parallel()
	a, err := BuildASN(samplePO(t), consignment())
	if err != nil {
		t.Fatal(err)
	}
	// 40 × 756.70 = 30268.00 and 7 × 523.69 = 3665.83; 1.5 % of each.
	want := []asnTax{{"CGST", "1.5", "509.01"}, {"SGST", "1.5", "509.01"}}
	if diff := cmp.Diff(want, a.Taxes); diff != "" {
		t.Error(diff)
	}
	if a.Basic != "33933.83" || a.Landing != "34951.80" || a.Quantity != "47" || a.ItemCount != "2" || a.InvoicedOn != "2026-03-12" || a.Shipment.Type != "COURIER" {
		t.Errorf("%+v", a)
	}
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"po_number":"9100000000001"`, `"item_id":"10000001"`, `"mrp":1299.00`, `"gst_percentage":1.5`, `"unit_basic_price":"756.70"`,
		`"supplier_details":{"gstin":"27BBBBB0000B1Z5"}`, `"uom":{"unit":"unit","value":"1"}`, `"expiry_date":""`,
	} {
		if !strings.Contains(string(b), part) {
			t.Errorf("%s is missing in %s", part, b)
		}
	}
	own := consignment()
	own.Courier, own.TrackingAWB = "", ""
	if a, err := BuildASN(samplePO(t), own); err != nil || a.Shipment.Type != "SELF" {
		t.Errorf("%+v, %v", a.Shipment, err)
	}
}

func TestBuildASNRefuses(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(po *PurchaseOrder, c *Consignment){
		"not open":             func(po *PurchaseOrder, _ *Consignment) { po.Type = POCancel },
		"invoice number":       func(_ *PurchaseOrder, c *Consignment) { c.Invoice = " " },
		"is missing":           func(_ *PurchaseOrder, c *Consignment) { c.DeliverOn = time.Time{} },
		"before the invoice":   func(_ *PurchaseOrder, c *Consignment) { c.DeliverOn = c.InvoicedOn.Add(-time.Hour) },
		"tracking number":      func(_ *PurchaseOrder, c *Consignment) { c.TrackingAWB = "" },
		"nothing is sent":      func(_ *PurchaseOrder, c *Consignment) { c.Parcels = nil },
		"was not ordered":      func(_ *PurchaseOrder, c *Consignment) { c.Parcels[0].ItemID = "7" },
		"41 units of 40":       func(_ *PurchaseOrder, c *Consignment) { c.Parcels[0].Units = 41 },
		"60 units of 40":       func(_ *PurchaseOrder, c *Consignment) { c.Parcels[1] = ConsignmentItem{ItemID: "10000001", Units: 20} },
		"0 units":              func(_ *PurchaseOrder, c *Consignment) { c.Parcels[1].Units = 0 },
		"item 10000001: amoun": func(po *PurchaseOrder, _ *Consignment) { po.Items[0].Basic.Minor = 1 << 62 },
	} {
		po, c := samplePO(t), consignment()
		change(&po, &c)
		if _, err := BuildASN(po, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestReadASNAnswer(t *testing.T) {
	t.Parallel()
	a, err := ReadASNAnswer([]byte(`{"asn_id":"A1","asn_sync_status":"PARTIALLY_ACCEPTED","errors":[{"code":"E106","message":"one item"}],"warnings":[{"code":"W102"}]}`))
	if diff := cmp.Diff(ASNAnswer{ID: "A1", Partial: true, Notes: []string{"E106 one item", "W102"}}, a); diff != "" || err != nil {
		t.Error(diff, err)
	}
	var refused *ingest.RefusedError
	if _, err := ReadASNAnswer([]byte(`{"asn_id":null,"asn_sync_status":"REJECTED","errors":[{"code":"E107","message":"too many"}]}`)); !errors.As(err, &refused) ||
		!strings.Contains(refused.Reason, "E107 too many") {
		t.Errorf("%v", err)
	}
	for _, body := range []string{``, `{}`, `[]`, `{"asn_sync_status":"MAYBE"}`} {
		if _, err := ReadASNAnswer([]byte(body)); !errors.Is(err, ingest.ErrTemporary) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// What can be parsed can be answered, and a notice for all of it adds up.
func FuzzPO(f *testing.F) {
	b, err := os.ReadFile("testdata/po.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"type":"PO_CANCEL","tenant":"BLINKIT","po_number":"1"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		po, err := ParsePO(body)
		if err != nil {
			return
		}
		if _, err := json.Marshal(po.Review(nil, start())); err != nil {
			t.Error(err)
		}
		c := consignment()
		c.Parcels = nil
		for _, it := range po.Items {
			c.Parcels = append(c.Parcels, ConsignmentItem{ItemID: it.ItemID, Units: it.Units})
		}
		a, err := BuildASN(po, c)
		if err != nil {
			return
		}
		if len(a.Items) != len(po.Items) {
			t.Errorf("%d of %d items", len(a.Items), len(po.Items))
		}
		if _, err := json.Marshal(a); err != nil {
			t.Error(err)
		}
	})
}
