package shopify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// client talks to a store with a settable clock.
type client struct {
	*Store
	t *testing.T
	s *shop.Shop

	mu sync.Mutex
	at time.Time
}

func open(t *testing.T, orders int, opt Options) *client {
	t.Helper()
	c := &client{t: t, at: noon}
	c.s = shop.New(shop.Config{Seed: 6, Orders: orders, Days: 90, Now: c.now, Traits: Traits()})
	c.Store = New(c.s, opt)
	return c
}

func (c *client) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *client) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

const base = "/admin/api/2026-07/"

func (c *client) do(method, path, body string) (*httptest.ResponseRecorder, object) {
	c.t.Helper()
	r := httptest.NewRequest(method, base+path, strings.NewReader(body))
	r.Header.Set("X-Shopify-Access-Token", c.keys.token)
	return c.send(r)
}

func (c *client) send(r *http.Request) (*httptest.ResponseRecorder, object) {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	var v object
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		c.t.Fatalf("%s %s: %v: %s", r.Method, r.URL, err, w.Body)
	}
	return w, v
}

// must makes a call that succeeds.
func (c *client) must(method, path, body string) object {
	c.t.Helper()
	w, v := c.do(method, path, body)
	if w.Code/100 != 2 {
		c.t.Fatalf("%s %s: %d %v", method, path, w.Code, v)
	}
	return v
}

var nextLink = regexp.MustCompile(`<[^>]*/admin/api/2026-07/([^>]*)>; rel="next"`)

func TestTokens(t *testing.T) {
	t.Parallel()
	c := open(t, 1, Options{})
	exchange := func(secret, grant string) (*httptest.ResponseRecorder, object) {
		r := httptest.NewRequest("POST", "/admin/oauth/access_token", strings.NewReader(url.Values{"client_id": {c.keys.clientID}, "client_secret": {secret}, "grant_type": {grant}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return c.send(r)
	}
	for secret, grant := range map[string]string{"no": "client_credentials", c.keys.clientSecret: "password"} {
		if w, v := exchange(secret, grant); w.Code != 400 || v["error"] == nil {
			t.Errorf("%s: %d %v", grant, w.Code, v)
		}
	}
	_, v := exchange(c.keys.clientSecret, "client_credentials")
	if v["expires_in"] != 86399.0 || v["scope"] != allScopes {
		t.Fatalf("%v", v)
	}
	get := func() (*httptest.ResponseRecorder, object) {
		r := httptest.NewRequest("GET", base+"orders/count.json", nil)
		r.Header.Set("X-Shopify-Access-Token", v["access_token"].(string))
		return c.send(r)
	}
	if w, v := get(); w.Code != 200 || w.Header().Get("X-Shopify-API-Version") != "2026-07" {
		t.Errorf("%d %v", w.Code, v)
	}
	c.pass(24 * time.Hour)
	if w, v := get(); w.Code != 401 || v["errors"] != "[API] Invalid API key or access token (unrecognized login or wrong password)" {
		t.Errorf("a day later: %d %v", w.Code, v)
	}
	r := httptest.NewRequest("GET", "/admin/api/2019-04/orders/count.json", nil)
	r.Header.Set("X-Shopify-Access-Token", c.keys.token)
	if w, _ := c.send(r); w.Header().Get("X-Shopify-API-Version") != versions[0] {
		t.Errorf("an expired version is answered in %s", w.Header().Get("X-Shopify-API-Version"))
	}
}

func TestListPagesByLink(t *testing.T) {
	t.Parallel()
	for _, sort := range []string{"updated_at asc", "created_at desc", "id asc"} {
		c := open(t, 230, Options{LimitFactor: 1e6})
		path, seen, pages := "orders.json?status=any&limit=50&order="+url.QueryEscape(sort), map[float64]bool{}, 0
		for path != "" {
			w, v := c.do("GET", path, "")
			for _, o := range v["orders"].([]any) {
				seen[o.(object)["id"].(float64)] = true
			}
			if pages++; pages == 2 && !strings.Contains(w.Header().Get("Link"), `rel="previous"`) {
				t.Errorf("%s: %s", sort, w.Header().Get("Link"))
			}
			path = ""
			if m := nextLink.FindStringSubmatch(w.Header().Get("Link")); m != nil {
				path = m[1]
			}
		}
		if len(seen) != 230 || pages != 5 {
			t.Errorf("%s: %d orders on %d pages", sort, len(seen), pages)
		}
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	c := open(t, 300, Options{LimitFactor: 1e6})
	list := func(query string) []any { return c.must("GET", "orders.json?limit=250&"+query, "")["orders"].([]any) }
	for _, o := range list("") {
		if v := o.(object); v["cancelled_at"] != nil || v["closed_at"] != nil {
			t.Errorf("listed as open: %v %v", v["cancelled_at"], v["closed_at"])
		}
	}
	from := noon.AddDate(0, 0, -10)
	recent := list("status=any&updated_at_min=" + url.QueryEscape(from.Format(time.RFC3339)))
	for _, o := range recent {
		if at, err := time.Parse(time.RFC3339, o.(object)["updated_at"].(string)); err != nil || at.Before(from) {
			t.Errorf("%v %v", at, err)
		}
	}
	if some := list("status=any&fields=id,name"); len(recent) == 0 || len(some[0].(object)) != 2 {
		t.Errorf("%d recent, %v", len(recent), some[0])
	}
	for name, want := range map[string]string{"financial_status": "refunded", "fulfillment_status": "shipped"} {
		for _, o := range list("status=any&" + name + "=" + want) {
			if got := o.(object)[name]; got != want && got != "fulfilled" {
				t.Errorf("%s=%s lists %v", name, want, got)
			}
		}
	}
	if n := c.must("GET", "orders/count.json?status=any", "")["count"]; n != 300.0 {
		t.Errorf("count %v", n)
	}
	for _, query := range []string{"status=lost", "updated_at_min=yesterday", "limit=none", "page_info=x&status=any", "page_info=made-up", "order=price"} {
		if w, v := c.do("GET", "orders.json?"+query, ""); w.Code != 400 || v["errors"] == nil {
			t.Errorf("%s: %d %v", query, w.Code, v)
		}
	}
}

// Orders of more than 60 days ago need a scope of their own.
func TestOldOrdersAreHidden(t *testing.T) {
	t.Parallel()
	c := open(t, 200, Options{LimitFactor: 1e6, Scopes: "read_orders"})
	n := c.must("GET", "orders/count.json?status=any", "")["count"].(float64)
	first, _ := c.s.Nth(0)
	if w, _ := c.do("GET", "orders/"+first.ID+".json", ""); w.Code != 404 || n == 0 || n >= 200 {
		t.Errorf("%d for an old order, %v orders", w.Code, n)
	}
	if w, v := c.do("POST", "orders/"+first.ID+"/cancel.json", "{}"); w.Code != 403 {
		t.Errorf("without write_orders: %d %v", w.Code, v)
	}
}

func TestLeakyBucket(t *testing.T) {
	t.Parallel()
	c := open(t, 1, Options{})
	for i := 1; i <= bucket; i++ {
		if w, _ := c.do("GET", "orders/count.json", ""); w.Code != 200 || w.Header().Get("X-Shopify-Shop-Api-Call-Limit") != fmt.Sprintf("%d/40", i) {
			t.Fatalf("call %d: %d, %s", i, w.Code, w.Header().Get("X-Shopify-Shop-Api-Call-Limit"))
		}
	}
	w, v := c.do("GET", "orders/count.json", "")
	if w.Code != 429 || w.Header().Get("Retry-After") != "1.0" || !strings.HasPrefix(v["errors"].(string), "Exceeded 2 calls per second") {
		t.Errorf("%d %v %v", w.Code, w.Header(), v)
	}
	c.pass(time.Second)
	for range 2 {
		if w, _ := c.do("GET", "orders/count.json", ""); w.Code != 200 {
			t.Errorf("a second later: %d", w.Code)
		}
	}
}

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
