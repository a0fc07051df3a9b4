package swiggy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// client talks to an account with a settable clock.
type client struct {
	*Merchant
	t *testing.T
	s *shop.Shop

	mu sync.Mutex
	at time.Time
}

func open(t *testing.T, orders int, opt Options) *client {
	t.Helper()
	c := &client{t: t, at: noon}
	c.s = shop.New(shop.Config{Seed: 9, Orders: orders, Days: Days - 1, Now: c.now, Traits: Traits()})
	c.Merchant = New(c.s, opt)
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

// call posts a body and returns the status, the response and the error code.
func (c *client) call(path, once string, body object) (status int, answer object, code string) {
	c.t.Helper()
	body["requestContext"], body["merchantId"] = object{"requestId": "req-1"}, c.keys.merchant
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/v1/orders/"+path, strings.NewReader(string(b)))
	r.Header.Set("Authorization", "Bearer "+c.keys.token)
	r.Header.Set("X-Merchant-Id", c.keys.merchant)
	r.Header.Set("X-Request-Id", "req-1")
	if once != "" {
		r.Header.Set("X-Idempotency-Key", once)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	var v struct {
		Context  object `json:"requestContext"`
		Response object `json:"response"`
		Error    struct {
			Code string `json:"errorCode"`
		} `json:"error"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || v.Context["requestId"] != "req-1" || w.Header().Get("X-Request-Id") != "req-1" {
		c.t.Fatalf("%s: %v: %s", path, err, w.Body)
	}
	return w.Code, v.Response, v.Error.Code
}

func span(from, to time.Time, size int) object {
	return object{"fromTimestamp": from.UnixMilli(), "toTimestamp": to.UnixMilli(), "sortOrder": "ASC", "size": size}
}

func TestWindowsHoldAllChanges(t *testing.T) {
	t.Parallel()
	c := open(t, 150, Options{LimitFactor: 1e6})
	seen := map[string]int{}
	for day := 0; day < Days-1; day++ {
		q := span(noon.AddDate(0, 0, day-Days+1), noon.AddDate(0, 0, day-Days+2), 20)
		for {
			status, v, code := c.call("changes", "", q)
			if status != 200 {
				t.Fatal(code)
			}
			for _, id := range v["orderIds"].([]any) {
				seen[id.(string)]++
			}
			if v["nextPage"] == nil {
				break
			}
			q["nextPage"] = v["nextPage"]
		}
	}
	c.s.Each(func(o shop.Order) {
		if want := map[bool]int{true: 1}[o.Updated.Before(noon)]; seen[o.ID] != want {
			t.Errorf("%s of %s was listed %d times", o.ID, o.Updated, seen[o.ID])
		}
	})
}

func TestWindowsAreChecked(t *testing.T) {
	t.Parallel()
	c := open(t, 40, Options{LimitFactor: 1e6})
	for name, x := range map[string]struct {
		q    object
		code string
	}{
		"longer than a day":  {span(noon.Add(-25*time.Hour), noon, 5), "INVALID_TIME_RANGE"},
		"eight days ago":     {span(noon.AddDate(0, 0, -8), noon.AddDate(0, 0, -8).Add(time.Hour), 5), "INVALID_TIME_RANGE"},
		"backwards":          {span(noon, noon.Add(-time.Hour), 5), "INVALID_TIME_RANGE"},
		"51 at once":         {span(noon.Add(-time.Hour), noon, 51), "INVALID_REQUEST"},
		"page of nothing":    {object{"fromTimestamp": noon.Add(-time.Hour).UnixMilli(), "toTimestamp": noon.UnixMilli(), "nextPage": "Mg=="}, "INVALID_REQUEST"},
		"times that are not": {object{"fromTimestamp": "now"}, "INVALID_REQUEST"},
	} {
		if status, _, code := c.call("changes", "", x.q); status != 400 || code != x.code {
			t.Errorf("%s: %d %s", name, status, code)
		}
	}
	if status, _, code := c.call("status", "", object{"orderIds": make([]string, 26)}); status != 400 || code != "INVALID_REQUEST" {
		t.Errorf("26 orders: %d %s", status, code)
	}
	first, _ := c.s.Nth(0)
	if _, v, _ := c.call("status", "", object{"orderIds": []string{first.ID, "1"}}); len(v["orders"].([]any)) != 1 {
		t.Errorf("unknown ids are left out: %v", v)
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	c := open(t, 1, Options{})
	r := httptest.NewRequest("POST", "/v1/oauth/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}, "client_id": {c.keys.clientID}, "client_secret": {c.keys.clientSecret}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	var v struct {
		Token   string `json:"access_token"`
		Expires int    `json:"expires_in"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || v.Expires != 3600 {
		t.Fatalf("%v %s", err, w.Body)
	}
	if !c.knows(v.Token) || c.knows("x") {
		t.Error("the token that was given is not known, or any is")
	}
	c.pass(time.Hour)
	if c.knows(v.Token) {
		t.Error("an hour later it still is")
	}
	c.keys.merchant = "M-OTHER" // the header names it, the token is good for all
	for i := range 21 {
		status, _, code := c.call("status", "", object{"orderIds": []string{"1"}})
		if limited := status == 429 && code == "RATE_LIMITED"; limited != (i == 20) {
			t.Errorf("call %d: %d %s", i+1, status, code)
		}
	}
}

// place puts an order that suits a test into the shop.
func (c *client) place(fits func(shop.Order) bool) shop.Order {
	c.t.Helper()
	for range 500 {
		if o := c.s.Arrive(); fits(o) {
			return o
		}
	}
	c.t.Fatal("no order fits")
	return shop.Order{}
}

func state(word string) object { return object{"type": "ORDER_STATE_UPDATE", "orderState": word} }
func step(word string) object {
	return object{"type": "ORDER_FULFILMENT_STATE_UPDATE", "fulfilmentState": word}
}

func TestMerchantSteps(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	o := c.place(func(o shop.Order) bool { return !o.ByPlatform && o.Lines[0].Quantity > 1 })
	n := 0
	tell := func(action object) (string, any) {
		n++
		_, v, code := c.call("update", fmt.Sprint("key", n), object{"orderId": o.ID, "action": action})
		return code, v["version"]
	}
	for _, x := range []struct {
		action  object
		code    string
		version any
		status  order.Status
	}{
		{step("PACKED"), "ACTION_NOT_ALLOWED", nil, order.Pending},
		{state("CANCELLED"), "ACTION_NOT_ALLOWED", nil, order.Pending},
		{state("ACCEPTED"), "", 2.0, order.Confirmed},
		{object{"type": "ITEM_UNIT_UPDATE", "items": []object{{"itemId": o.Lines[0].ID, "availableQuantity": o.Lines[0].Quantity}}}, "INVALID_ITEM_UNITS", nil, order.Confirmed},
		{object{"type": "ITEM_UNIT_UPDATE", "items": []object{{"itemId": o.Lines[0].ID, "availableQuantity": 1}}}, "", 3.0, order.Confirmed},
		{step("PACKING"), "", 4.0, order.Processing},
		{step("PACKED"), "", 5.0, order.Processing},
		{step("OUT_FOR_DELIVERY"), "ACTION_NOT_ALLOWED", nil, order.Processing},
	} {
		code, version := tell(x.action)
		if now, _ := c.s.Get(o.ID); code != x.code || version != x.version || now.Status != x.status {
			t.Errorf("%v: %q version %v, %s", x.action, code, version, now.Status)
		}
	}
	now, _ := c.s.Get(o.ID)
	item := c.wire(now)["items"].([]object)[0]
	if item["cancelledQuantity"] != o.Lines[0].Quantity-1 || item["quantity"] != o.Lines[0].Quantity || now.Total() >= o.Total() {
		t.Errorf("%v, %d of %d paise", item, now.Total(), o.Total())
	}
	if _, v, code := c.call("update", "key3", object{"orderId": o.ID, "action": state("ACCEPTED")}); code != "" || v["version"] != 2.0 {
		t.Errorf("the same key again: %v %s", v, code)
	}
	if status, _, code := c.call("update", "key3", object{"orderId": o.ID, "action": step("PACKED")}); status != 409 || code != "CONFLICT" {
		t.Errorf("the key for something else: %d %s", status, code)
	}
	if status, _, code := c.call("update", "k", object{"orderId": "1", "action": state("ACCEPTED")}); status != 404 || code != "ORDER_NOT_FOUND" {
		t.Errorf("%d %s", status, code)
	}
}

// A webhook is tried three times; a receiver that fails often is left alone.
func TestWebhooksGiveUp(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{})
	calls := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; r.Header.Get("X-Swiggy-Token") != c.keys.hook {
			t.Errorf("%v", r.Header)
		}
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(srv.Close)
	c.Subscribe(srv.URL)
	c.s.Arrive()
	for _, wait := range []time.Duration{0, 31 * time.Second, 5*time.Minute + time.Second, time.Hour} {
		c.pass(wait)
		c.Deliver(t.Context(), srv.Client())
	}
	if calls != 3 || c.outbox.Len() != 0 {
		t.Errorf("%d tries, %d wait", calls, c.outbox.Len())
	}
	for range 20 {
		c.s.Arrive()
	}
	c.Deliver(t.Context(), srv.Client())
	calls = 0
	c.s.Arrive()
	if c.Deliver(t.Context(), srv.Client()); calls != 0 {
		t.Errorf("%d calls while it is left alone", calls)
	}
	c.pass(16 * time.Minute)
	c.s.Arrive()
	if c.Deliver(t.Context(), srv.Client()); calls == 0 {
		t.Error("nothing is sent after the pause")
	}
}
