package shopify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

func (c *client) gql(query string, vars object) object {
	c.t.Helper()
	b, err := json.Marshal(object{"query": query, "variables": vars})
	if err != nil {
		c.t.Fatal(err)
	}
	w, v := c.do("POST", "graphql.json", string(b))
	if w.Code != 200 {
		c.t.Fatalf("%d %v", w.Code, v)
	}
	return v
}

func TestGraphQLListsWhatRESTLists(t *testing.T) {
	t.Parallel()
	c := open(t, 120, Options{LimitFactor: 1e6})
	const query = `query($after: String) { orders(first: 50, after: $after, sortKey: UPDATED_AT, query: "updated_at:>='2026-09-01T00:00:00Z' status:any") {
		nodes { legacyResourceId updatedAt displayFinancialStatus totalPriceSet { shopMoney { amount } } lineItems(first: 2) { nodes { sku } pageInfo { hasNextPage endCursor } } }
		pageInfo { hasNextPage endCursor } } }`
	seen, after, last := map[string]bool{}, any(nil), ""
	for {
		orders := c.gql(query, object{"after": after})["data"].(object)["orders"].(object)
		for _, x := range orders["nodes"].([]any) {
			o := x.(object)
			id, at := o["legacyResourceId"].(string), o["updatedAt"].(string)
			if seen[id] || at < last {
				t.Errorf("%s of %s after %s", id, at, last)
			}
			seen[id], last = true, at
			rest, err := c.s.Get(id)
			if err != nil || o["totalPriceSet"].(object)["shopMoney"].(object)["amount"] != rupees(rest.Total()) ||
				o["displayFinancialStatus"] != strings.ToUpper(financial(rest)) || o["lineItems"].(object)["pageInfo"].(object)["hasNextPage"] != (len(rest.Lines) > 2) {
				t.Errorf("%v %v", o, err)
			}
		}
		info := orders["pageInfo"].(object)
		if after = info["endCursor"]; info["hasNextPage"] == false {
			break
		}
	}
	c.s.Each(func(o shop.Order) {
		if want := !o.Updated.Before(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)); want != seen[o.ID] {
			t.Errorf("%s of %s: listed %v", o.ID, o.Updated, seen[o.ID])
		}
	})
}

func TestGraphQLCosts(t *testing.T) {
	t.Parallel()
	c := open(t, 30, Options{})
	const query = `{ orders(first: 250) { nodes { id lineItems(first: 50) { nodes { id } } } } }`
	var throttled object
	for range 40 {
		v := c.gql(query, nil)
		if v["errors"] != nil {
			throttled = v
			break
		}
	}
	if throttled == nil {
		v := c.gql(`{ orders(first: 250) { nodes { id lineItems(first: 250) { nodes { id } } fulfillmentOrders(first: 250) { nodes { id } } } } }`, nil)
		if !strings.Contains(fmt.Sprint(v["errors"]), "MAX_COST_EXCEEDED") {
			t.Errorf("%v", v)
		}
		return
	}
	status := throttled["extensions"].(object)["cost"].(object)["throttleStatus"].(object)
	if !strings.Contains(fmt.Sprint(throttled["errors"]), "THROTTLED") || status["restoreRate"] != 100.0 || throttled["data"] != nil {
		t.Errorf("%v", throttled)
	}
	c.pass(20 * time.Second)
	if v := c.gql(query, nil); v["errors"] != nil {
		t.Errorf("twenty seconds later: %v", v["errors"])
	}
}

func TestGraphQLMutations(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	o := c.place(cod(1))
	v := c.gql(`mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id displayStatus trackingInfo { number } } userErrors { message } } }`,
		object{"f": object{"lineItemsByFulfillmentOrder": []object{{"fulfillmentOrderId": gid("FulfillmentOrder", fulfilOrderID(o))}}, "trackingInfo": object{"number": "T1"}}})
	f := v["data"].(object)["fulfillmentCreate"].(object)["fulfillment"].(object)
	if c.status(o) != order.Shipped || f["displayStatus"] != "FULFILLED" {
		t.Fatalf("%v", v)
	}
	c.gql(`mutation($id: ID!) { fulfillmentEventCreate(fulfillmentEvent: {fulfillmentId: $id, status: DELIVERED}) { fulfillmentEvent { status } } }`, object{"id": f["id"]})
	if c.status(o) != order.Delivered {
		t.Errorf("%s", c.status(o))
	}
	v = c.gql(`mutation($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, refund: false, restock: true) { job { id } userErrors { message } } }`, object{"id": gid("Order", o.ID)})
	cancel := v["data"].(object)["orderCancel"].(object)
	if cancel["job"] != nil || len(cancel["userErrors"].([]any)) != 1 {
		t.Errorf("a delivered order was cancelled: %v", v)
	}
	v = c.gql(`mutation($in: OrderInput!) { orderUpdate(input: $in) { order { note tags } } }`, object{"in": object{"id": gid("Order", o.ID), "note": "gift", "tags": []string{"vip", "gift"}}})
	if got := v["data"].(object)["orderUpdate"].(object)["order"].(object); got["note"] != "gift" || !slices.Equal(got["tags"].([]any), []any{"vip", "gift"}) {
		t.Errorf("%v", v)
	}
}
