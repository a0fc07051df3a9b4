package amazon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// ready places an order of two articles, two and three pieces, that waits for
// the seller.
func (d *desk) ready(change func(*shop.Order)) shop.Order {
	d.t.Helper()
	o := d.shop.Arrive()
	o, err := d.shop.Update(o.ID, func(o *shop.Order) error {
		a, _ := shop.Article(1)
		b, _ := shop.Article(2)
		a.ID, a.Quantity, b.ID, b.Quantity = "11", 2, "22", 3
		o.Lines = []shop.Line{a, b}
		o.ByPlatform, o.Collected = false, false
		o.Move(order.Confirmed, "", d.now(), shop.ByLife)
		if change != nil {
			change(o)
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return o
}

func (d *desk) confirm(id, body string) (*httptest.ResponseRecorder, map[string]any) {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/orders/v0/orders/"+id+"/shipmentConfirmation", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return d.do(r)
}

// detail is a confirmation; from and to replace a part of it.
func detail(from, to string) string {
	const whole = `{"marketplaceId":"A21TJRUUN4KGV","packageDetail":{"packageReferenceId":"1","carrierCode":"Other","carrierName":"Delhivery","shippingMethod":"Standard","trackingNumber":"AWB1","shipDate":"2026-11-22T06:30:00.000Z","orderItems":[{"orderItemId":"11","quantity":2},{"orderItemId":"22","quantity":3}]}}`
	return strings.Replace(whole, from, to, 1)
}

func TestConfirmShipment(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0, Options{LimitFactor: 1e6})
	o := d.ready(nil)
	d.wait(time.Minute)
	res, _ := d.confirm(o.ID, detail("", ""))
	if res.Code != http.StatusNoContent || res.Body.Len() != 0 {
		t.Fatalf("%d %q", res.Code, res.Body)
	}
	got, _ := d.shop.Get(o.ID)
	if got.Status != order.Shipped || got.Parcel().AWB != "AWB1" || got.Parcel().Carrier != "Delhivery" || !got.Updated.Equal(d.now()) {
		t.Errorf("%+v", got)
	}
	_, body := d.get(listPath+"/"+o.ID, "includedData", "FULFILLMENT,PACKAGES")
	w := body["order"].(map[string]any)
	if w["fulfillment"].(map[string]any)["fulfillmentStatus"] != "SHIPPED" || len(w["packages"].([]any)) != 1 {
		t.Errorf("%v", w)
	}
	// The same reference edits the package; nothing is shipped twice.
	changes := len(got.History)
	if res, body := d.confirm(o.ID, detail("AWB1", "AWB2")); res.Code != 204 {
		t.Errorf("edit: %d %v", res.Code, body)
	}
	got, _ = d.shop.Get(o.ID)
	if len(got.Parcels) != 1 || got.Parcel().AWB != "AWB2" || len(got.History) != changes {
		t.Errorf("after an edit: %+v", got)
	}
	if res, body := d.confirm(o.ID, detail(`"packageReferenceId":"1"`, `"packageReferenceId":"2"`)); res.Code != 400 || !strings.Contains(fmt.Sprint(body), "PackageToUpdateNotFound") {
		t.Errorf("another package of a shipped order: %d %v", res.Code, body)
	}
}

func TestPartialShipments(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0, Options{LimitFactor: 1e6})
	o := d.ready(nil)
	if res, body := d.confirm(o.ID, detail(`,{"orderItemId":"22","quantity":3}`, "")); res.Code != 204 {
		t.Fatalf("%d %v", res.Code, body)
	}
	_, body := d.get(listPath+"/"+o.ID, "includedData", "FULFILLMENT,PACKAGES")
	w := body["order"].(map[string]any)
	if got := w["fulfillment"].(map[string]any)["fulfillmentStatus"]; got != "PARTIALLY_SHIPPED" {
		t.Errorf("one line shipped: %v", got)
	}
	second := strings.Replace(detail(`{"orderItemId":"11","quantity":2},`, ""), `"packageReferenceId":"1"`, `"packageReferenceId":"2"`, 1)
	if res, body := d.confirm(o.ID, second); res.Code != 204 {
		t.Fatalf("%d %v", res.Code, body)
	}
	if got, _ := d.shop.Get(o.ID); got.Status != order.Shipped || len(got.Parcels) != 2 || got.Word != "" {
		t.Errorf("both lines shipped: %+v", got)
	}
}

func TestConfirmShipmentRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0, Options{LimitFactor: 1e6})
	o := d.ready(nil)
	for name, body := range map[string]string{
		"no JSON":           "x",
		"no market":         detail("A21TJRUUN4KGV", ""),
		"no package":        `{"marketplaceId":"A21TJRUUN4KGV"}`,
		"reference a word":  detail(`"packageReferenceId":"1"`, `"packageReferenceId":"one"`),
		"reference zero":    detail(`"packageReferenceId":"1"`, `"packageReferenceId":"0"`),
		"no carrier":        detail(`"carrierCode":"Other"`, `"carrierCode":""`),
		"other without":     detail(`"carrierName":"Delhivery"`, `"carrierName":""`),
		"no tracking":       detail("AWB1", ""),
		"date as in the US": detail("2026-11-22T06:30:00.000Z", "02/21/2022"),
		"date to come":      detail("2026-11-22T06:30:00.000Z", "2026-11-22T06:30:01.000Z"),
		"before the order":  detail("2026-11-22T06:30:00.000Z", "2026-11-20T06:30:00.000Z"),
		"no items":          detail(`[{"orderItemId":"11","quantity":2},{"orderItemId":"22","quantity":3}]`, `[]`),
		"unknown item":      detail(`"orderItemId":"11"`, `"orderItemId":"33"`),
		"too many":          detail(`"quantity":2`, `"quantity":3`),
		"none":              detail(`"quantity":2`, `"quantity":0`),
	} {
		if res, got := d.confirm(o.ID, body); res.Code != 400 || fault(got) != "InvalidInput" {
			t.Errorf("%s: %d %v", name, res.Code, got)
		}
	}
	for name, change := range map[string]func(*shop.Order){
		"by amazon": func(o *shop.Order) { o.ByPlatform = true },
		"easy ship": func(o *shop.Order) { o.Collected = true },
		"pending":   func(o *shop.Order) { o.Status = order.Pending },
		"cancelled": func(o *shop.Order) { o.Status = order.Cancelled },
	} {
		if res, got := d.confirm(d.ready(change).ID, detail("", "")); res.Code != 400 || fault(got) != "InvalidInput" {
			t.Errorf("%s: %d %v", name, res.Code, got)
		}
	}
	if got, _ := d.shop.Get(o.ID); got.Status != order.Confirmed || len(got.Parcels) != 0 {
		t.Errorf("a refused confirmation changed the order: %+v", got)
	}
	if res, got := d.confirm("404-0000000-0000000", detail("", "")); res.Code != 404 || fault(got) != "NotFound" {
		t.Errorf("unknown order: %d %v", res.Code, got)
	}
	r := httptest.NewRequest(http.MethodPost, "/orders/v0/orders/x/shipmentConfirmation", strings.NewReader("a=b"))
	if res, got := d.do(r); res.Code != 415 {
		t.Errorf("a form: %d %v", res.Code, got)
	}
	if res, got := d.confirm(o.ID, `{"marketplaceId":"`+strings.Repeat("x", maxConfirmation)+`"}`); res.Code != 413 {
		t.Errorf("a huge body: %d %v", res.Code, got)
	}
}
