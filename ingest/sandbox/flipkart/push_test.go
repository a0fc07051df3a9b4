package flipkart

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// place puts an order that suits a test into the shop.
func (a *account) place(fits func(shop.Order) bool) shop.Order {
	a.t.Helper()
	for range 2000 {
		if o := a.s.Arrive(); fits(o) {
			return o
		}
	}
	a.t.Fatal("no order fits")
	return shop.Order{}
}

func plain(o shop.Order) bool {
	return !held(o) && !o.ByPlatform && len(shipments(o)) == 1 && o.Seq%13 != 5 && !slices.ContainsFunc(o.Lines, func(l shop.Line) bool { return l.Cancelled })
}

// write sends one row and returns the code of its refusal.
func (a *account) write(path string, row object) string {
	a.t.Helper()
	status, v := a.call("POST", "/sellers/v3/shipments/"+path, object{"shipments": []object{row}})
	if status != 200 {
		a.t.Fatalf("%s: %d %v", path, status, v)
	}
	code, _ := v["shipments"].([]any)[0].(object)["errorCode"].(string)
	return code
}

func (a *account) status(o shop.Order) (order.Status, shop.Detail) {
	a.t.Helper()
	now, err := a.s.Get(o.ID)
	if err != nil {
		a.t.Fatal(err)
	}
	return now.Status, now.Detail
}

func TestPackAndDispatch(t *testing.T) {
	t.Parallel()
	a := open(t, 0, shop.Faults{})
	o := a.place(func(o shop.Order) bool { return plain(o) && o.Collected })
	row := object{"shipmentId": shipmentID(o.Seq, 1), "locationId": mainLocation}
	dispatch := func() object {
		_, v := a.call("POST", "/sellers/v3/shipments/dispatch", object{"shipmentIds": []string{shipmentID(o.Seq, 1)}, "locationId": mainLocation})
		return v["shipments"].([]any)[0].(object)
	}
	if r := dispatch(); r["errorCode"] != "INVALID_STATE" || r["errorMessage"] != "shipment is not in PACKED state" || r["status"] != "FAILURE" {
		t.Errorf("dispatch before packing: %v", r)
	}
	if code := a.write("labels", row); code != "" {
		t.Fatal(code)
	}
	if _, d := a.status(o); d != shop.Packing {
		t.Errorf("right after the label: %s", d)
	}
	if code := a.write("labels", row); code != "INVALID_STATE" {
		t.Errorf("second label: %q", code)
	}
	a.pass(11 * time.Second)
	if st, d := a.status(o); st != order.Processing || d != shop.Packed {
		t.Errorf("eleven seconds later: %s %s", st, d)
	}
	if r := dispatch(); r["status"] != "SUCCESS" || r["errorCode"] != nil {
		t.Errorf("%v", r)
	}
	if code := a.write("cancel", object{"shipmentId": row["shipmentId"], "locationId": mainLocation, "reason": "not_enough_inventory",
		"cancellationGroupIds": []string{group(o.Lines[0])}}); code != "INVALID_STATE" {
		t.Errorf("cancel after packing: %q", code)
	}
}

func TestRefusedRows(t *testing.T) {
	t.Parallel()
	a := open(t, 0, shop.Faults{})
	own := func(o shop.Order) object {
		return object{"shipmentId": shipmentID(o.Seq, 1), "locationId": mainLocation}
	}
	fit := a.place(plain)
	elsewhere := own(fit)
	elsewhere["locationId"] = "LOC9"
	for name, c := range map[string]struct {
		row  object
		code string
	}{
		"unknown":          {object{"shipmentId": "x", "locationId": mainLocation}, "SHIPMENT_NOT_FOUND"},
		"another location": {elsewhere, "LOCATION_MISMATCH"},
		"on hold":          {own(a.place(held)), "SHIPMENT_ON_HOLD"},
		"too early":        {own(a.place(func(o shop.Order) bool { return o.Seq%13 == 5 && !held(o) && !o.ByPlatform })), "TOO_EARLY"},
		"Flipkart's own":   {own(a.place(func(o shop.Order) bool { return o.ByPlatform && !held(o) })), "NOT_ALLOWED"},
	} {
		if code := a.write("labels", c.row); code != c.code {
			t.Errorf("%s: %q", name, code)
		}
	}
	if status, v := a.call("POST", "/sellers/v3/shipments/labels", object{"shipments": make([]object, 26)}); status != 400 || v["errors"] == nil {
		t.Errorf("26 shipments: %d %v", status, v)
	}
}

func TestSelfShip(t *testing.T) {
	t.Parallel()
	a := open(t, 0, shop.Faults{})
	o := a.place(func(o shop.Order) bool { return plain(o) && selfShip(o) && len(o.Lines) == 2 })
	row := object{"shipmentId": shipmentID(o.Seq, 1), "locationId": mainLocation, "dispatchDate": stamp(noon), "tentativeDeliveryDate": stamp(noon.AddDate(0, 0, 5)),
		"deliveryPartner": "Delhivery", "trackingId": "AWB1"}
	if code := a.write("selfShip/delivery", object{"shipmentId": row["shipmentId"], "locationId": mainLocation, "deliveryDate": stamp(noon)}); code != "INVALID_STATE" {
		t.Errorf("delivered before it left: %q", code)
	}
	if code := a.write("selfShip/dispatch", row); code != "INVALID_REQUEST" {
		t.Errorf("without an invoice: %q", code)
	}
	items := []object{}
	for _, l := range o.Lines {
		items = append(items, object{"orderItemId": l.ID, "quantity": l.Quantity})
	}
	row["invoice"] = object{"items": items[:1]}
	if code := a.write("selfShip/dispatch", row); code != "INVALID_INVOICE" {
		t.Errorf("half an invoice: %q", code)
	}
	row["invoice"] = object{"items": items}
	if code := a.write("selfShip/dispatch", row); code != "" {
		t.Fatal(code)
	}
	if status, v := a.call("POST", "/sellers/v3/shipments/"+shipmentID(o.Seq, 1)+"/update", object{"shipment_id": shipmentID(o.Seq, 1), "tracking_id": "AWB2",
		"delivery_partner": "DTDC"}); status != 200 {
		t.Errorf("%d %v", status, v)
	}
	_, v := a.call("GET", "/sellers/v3/shipments/"+shipmentID(o.Seq, 1), nil)
	if s, _ := json.Marshal(v); !strings.Contains(string(s), `"trackingId":"AWB2"`) {
		t.Errorf("%s", s)
	}
	if code := a.write("selfShip/delivery", object{"shipmentId": row["shipmentId"], "locationId": mainLocation, "deliveryDate": stamp(noon)}); code != "" {
		t.Error(code)
	}
	if st, _ := a.status(o); st != order.Delivered {
		t.Errorf("at last: %s", st)
	}
}

// One of two articles is cancelled: the order goes on without it.
func TestPartialCancellation(t *testing.T) {
	t.Parallel()
	a := open(t, 0, shop.Faults{})
	o := a.place(func(o shop.Order) bool { return plain(o) && len(o.Lines) == 2 })
	row := object{"shipmentId": shipmentID(o.Seq, 1), "locationId": mainLocation, "reason": "not_enough_inventory", "cancellationGroupIds": []string{group(o.Lines[0])}}
	if code := a.write("cancel", row); code != "" {
		t.Fatal(code)
	}
	now, _ := a.s.Get(o.ID)
	if now.Status != order.Confirmed || now.Total() != o.Lines[1].Amount {
		t.Errorf("%s, %d paise", now.Status, now.Total())
	}
	if code := a.write("cancel", row); code != "INVALID_CANCELLATION_GROUP" {
		t.Errorf("the same again: %q", code)
	}
	row["cancellationGroupIds"] = []string{group(o.Lines[1])}
	if code := a.write("cancel", row); code != "" {
		t.Fatal(code)
	}
	if st, _ := a.status(o); st != order.Cancelled {
		t.Errorf("without articles: %s", st)
	}
}
