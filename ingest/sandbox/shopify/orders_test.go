package shopify

import (
	"fmt"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// place puts an order that suits a test into the store.
func (c *client) place(fits func(shop.Order) bool) shop.Order {
	c.t.Helper()
	for range 1000 {
		if o := c.s.Arrive(); fits(o) {
			return o
		}
	}
	c.t.Fatal("no order fits")
	return shop.Order{}
}

func (c *client) status(o shop.Order) order.Status {
	now, err := c.s.Get(o.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return now.Status
}

func cod(lines int) func(shop.Order) bool {
	return func(o shop.Order) bool { return o.COD && len(o.Lines) == lines }
}

// A parcel with half of an order, then the rest; then the carrier's events.
func TestFulfillments(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	o := c.place(cod(2))
	fo := c.must("GET", "orders/"+o.ID+"/fulfillment_orders.json", "")["fulfillment_orders"].([]any)[0].(object)
	id := strconv.FormatInt(int64(fo["id"].(float64)), 10)
	line := fo["line_items"].([]any)[0].(object)
	ship := func(lines string) (*httptest.ResponseRecorder, object) {
		return c.do("POST", "fulfillments.json", `{"fulfillment":{"line_items_by_fulfillment_order":[{"fulfillment_order_id":"`+id+`"`+lines+`}],"tracking_info":{"company":"Delhivery","number":"A1"}}}`)
	}
	part := fmt.Sprintf(`,"fulfillment_order_line_items":[{"id":%.0f,"quantity":%v}]`, line["id"], line["quantity"])
	if w, v := ship(`,"fulfillment_order_line_items":[{"id":1,"quantity":1}]`); w.Code != 422 || v["errors"] == nil {
		t.Errorf("a line of nothing: %d %v", w.Code, v)
	}
	w, first := ship(part)
	if w.Code != 201 || c.status(o) != order.Processing {
		t.Fatalf("half: %d %v, %s", w.Code, first, c.status(o))
	}
	if got := c.must("GET", "orders/"+o.ID+".json", "")["order"].(object)["fulfillment_status"]; got != "partial" {
		t.Errorf("half: %v", got)
	}
	if w, _ := ship(part); w.Code != 422 {
		t.Errorf("the same half again: %d", w.Code)
	}
	w, second := ship("")
	if w.Code != 201 || c.status(o) != order.Shipped {
		t.Fatalf("the rest: %d %v, %s", w.Code, second, c.status(o))
	}
	if w, v := ship(""); w.Code != 422 {
		t.Errorf("nothing is left: %d %v", w.Code, v)
	}
	event := func(f object, word string) int {
		w, _ := c.do("POST", fmt.Sprintf("orders/%s/fulfillments/%.0f/events.json", o.ID, f["fulfillment"].(object)["id"]), `{"event":{"status":"`+word+`"}}`)
		return w.Code
	}
	if code := event(first, "teleported"); code != 422 {
		t.Errorf("a word of nobody: %d", code)
	}
	for _, step := range []struct {
		parcel object
		word   string
		want   order.Status
	}{{first, "delivered", order.Shipped}, {second, "out_for_delivery", order.OutForDelivery}, {second, "delivered", order.Delivered}} {
		if code := event(step.parcel, step.word); code != 201 || c.status(o) != step.want {
			t.Errorf("%s: %d, the order is %s, want %s", step.word, code, c.status(o), step.want)
		}
	}
	if w, v := c.do("POST", "orders/"+o.ID+"/cancel.json", "{}"); w.Code != 422 || v["error"] == nil {
		t.Errorf("cancel after delivery: %d %v", w.Code, v)
	}
}

func TestFulfillmentIsUndone(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	o := c.place(cod(1))
	v := c.must("POST", "fulfillments.json", fmt.Sprintf(`{"fulfillment":{"line_items_by_fulfillment_order":[{"fulfillment_order_id":%d}]}}`, fulfilOrderID(o)))
	id := fmt.Sprintf("%.0f", v["fulfillment"].(object)["id"])
	if v := c.must("POST", "fulfillments/"+id+"/update_tracking.json", `{"fulfillment":{"tracking_info":{"company":"DTDC","number":"Z9"}}}`); v["fulfillment"].(object)["tracking_number"] != "Z9" {
		t.Errorf("%v", v)
	}
	if v := c.must("POST", "fulfillments/"+id+"/cancel.json", ""); v["fulfillment"].(object)["status"] != "cancelled" || c.status(o) != order.Confirmed {
		t.Errorf("%v, %s", v["fulfillment"].(object)["status"], c.status(o))
	}
	if v := c.must("POST", "orders/"+o.ID+"/cancel.json", `{"reason":"inventory"}`)["order"].(object); v["cancel_reason"] != "inventory" || v["financial_status"] != "voided" {
		t.Errorf("%v %v", v["cancel_reason"], v["financial_status"])
	}
}

func TestRefunds(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	o := c.place(func(o shop.Order) bool { return !o.COD && len(o.Lines) == 1 && o.Lines[0].Quantity == 1 })
	path := "orders/" + o.ID + "/"
	c.must("POST", path+"transactions.json", `{"transaction":{"kind":"capture"}}`)
	if c.status(o) != order.Confirmed {
		t.Fatalf("paid: %s", c.status(o))
	}
	c.must("POST", "fulfillments.json", fmt.Sprintf(`{"fulfillment":{"line_items_by_fulfillment_order":[{"fulfillment_order_id":%d}]}}`, fulfilOrderID(o)))
	line := fmt.Sprintf(`"refund_line_items":[{"line_item_id":%s,"quantity":1,"restock_type":"return"}]`, o.Lines[0].ID)
	suggested := c.must("POST", path+"refunds/calculate.json", `{"refund":{"shipping":{"full_refund":true},`+line+`}}`)["refund"].(object)["transactions"].([]any)[0].(object)
	if suggested["amount"] != rupees(o.Total()) || suggested["kind"] != "suggested_refund" {
		t.Errorf("%v", suggested)
	}
	c.must("POST", path+"refunds.json", `{"refund":{`+line+`}}`)
	if c.status(o) != order.Returned {
		t.Errorf("all came back: %s", c.status(o))
	}
	pay := func(amount string) (*httptest.ResponseRecorder, object) {
		return c.do("POST", path+"refunds.json", fmt.Sprintf(`{"refund":{"transactions":[{"parent_id":%.0f,"amount":%q,"kind":"refund"}]}}`, suggested["parent_id"], amount))
	}
	if w, v := pay(rupees(o.Total() + 1)); w.Code != 422 || v["errors"] == nil {
		t.Errorf("more than was paid: %d %v", w.Code, v)
	}
	if w, _ := pay("1.00"); w.Code != 201 || c.status(o) != order.Returned {
		t.Errorf("a rupee: %d %s", w.Code, c.status(o))
	}
	if w, _ := pay(rupees(o.Total() - 100)); w.Code != 201 || c.status(o) != order.Refunded {
		t.Errorf("the rest: %d %s", w.Code, c.status(o))
	}
	if n := len(c.must("GET", path+"transactions.json", "")["transactions"].([]any)); n != 3 {
		t.Errorf("%d transactions", n)
	}
}
