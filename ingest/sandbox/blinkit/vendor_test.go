package blinkit

import (
	"encoding/json"
	"fmt"
	"io"
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
	*Vendor
	t *testing.T
	s *shop.Shop

	mu sync.Mutex
	at time.Time
}

func open(t *testing.T, orders int, opt Options) *client {
	t.Helper()
	c := &client{t: t, at: noon}
	c.s = shop.New(shop.Config{Seed: 8, Orders: orders, Days: 3, Now: c.now, Traits: Traits()})
	c.Vendor = New(c.s, opt)
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

func (c *client) do(method, path, once, body string) (*httptest.ResponseRecorder, object) {
	c.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Api-Key", c.keys.api[1]) // the key that comes next works already
	r.Header.Set("X-Vendor-Id", c.keys.vendor)
	if once != "" {
		r.Header.Set("X-Idempotency-Key", once)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	var v object
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		c.t.Fatalf("%s %s: %v: %s", method, path, err, w.Body)
	}
	return w, v
}

// code is the code of the first error of an envelope.
func code(v object) string {
	data, _ := v["data"].(object)
	all, _ := data["errors"].([]any)
	if v["success"] != false || len(all) == 0 {
		return ""
	}
	return all[0].(object)["code"].(string)
}

func TestListPagesByToken(t *testing.T) {
	t.Parallel()
	c := open(t, 140, Options{LimitFactor: 1e6})
	filters := "page_size=40&updated_from=" + url.QueryEscape(stamp(noon.AddDate(0, 0, -9)))
	seen, last, token := map[string]bool{}, "", ""
	for {
		_, v := c.do("GET", "/v1/orders?"+filters+"&page_token="+token, "", "")
		data := v["data"].(object)
		for _, x := range data["orders"].([]any) {
			o := x.(object)
			key := o["updated_at"].(string) + o["order_id"].(string)
			if seen[o["order_id"].(string)] || key < last {
				t.Errorf("%s after %s", key, last)
			}
			seen[o["order_id"].(string)], last = true, key
		}
		if data["next_page_token"] == nil {
			break
		}
		token = data["next_page_token"].(string)
	}
	if len(seen) != 140 {
		t.Errorf("%d orders", len(seen))
	}
	if w, v := c.do("GET", "/v1/orders?page_token="+token, "", ""); w.Code != 400 || code(v) != "E100" {
		t.Errorf("a token of other filters: %d %v", w.Code, v)
	}
	c.pass(16 * time.Minute)
	if w, v := c.do("GET", "/v1/orders?"+filters+"&page_token="+token, "", ""); w.Code != 400 || code(v) != "E100" {
		t.Errorf("a token of 16 minutes: %d %v", w.Code, v)
	}
	_, v := c.do("GET", "/v1/orders?page_size=100&status=CANCELLED", "", "")
	for _, x := range v["data"].(object)["orders"].([]any) {
		if o := x.(object); o["status"] != "CANCELLED" || o["cancellation"] == nil {
			t.Errorf("%v %v", o["status"], o["cancellation"])
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := open(t, 5, Options{})
	for path, want := range map[string]string{"/v1/orders?page_size=101": "400 E100", "/v1/orders?updated_from=now": "400 E100", "/v1/orders/9": "404 E404", "/v2/orders": "404 E404"} {
		if w, v := c.do("GET", path, "", ""); fmt.Sprint(w.Code, " ", code(v)) != want {
			t.Errorf("%s: %d %v", path, w.Code, v)
		}
	}
	r := httptest.NewRequest("GET", "/v1/orders", nil)
	r.Header.Set("Api-Key", c.keys.api[0])
	w := httptest.NewRecorder()
	if c.ServeHTTP(w, r); w.Code != 401 || !strings.Contains(w.Body.String(), `"E001"`) {
		t.Errorf("without a vendor: %d %s", w.Code, w.Body)
	}
	for range 70 {
		w, v := c.do("GET", "/v1/orders", "", "")
		if w.Code == 429 {
			if code(v) != "E429" || w.Header().Get("Retry-After") != "1" || w.Header().Get("X-RateLimit-Limit") != "60" {
				t.Errorf("%v %v", w.Header(), v)
			}
			return
		}
	}
	t.Error("seventy calls in one moment were answered")
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

func bySeller(o shop.Order) bool { return !o.ByPlatform }

func TestSellerMovesHisOwnOrders(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	o := c.place(bySeller)
	tell := func(id, once, word string) (*httptest.ResponseRecorder, object) {
		return c.do("POST", "/v1/orders/"+id+"/status", once, fmt.Sprintf(`{"status":%q,"at":%q}`, word, stamp(noon)))
	}
	if w, v := tell(o.ID, "a", "PACKED"); w.Code != 409 || code(v) != "E201" {
		t.Errorf("packed before accepted: %d %v", w.Code, v)
	}
	for _, step := range []struct {
		word string
		want order.Status
	}{{"ACCEPTED", order.Confirmed}, {"PACKED", order.Processing}, {"DISPATCHED", order.Shipped}} {
		for range 2 { // the second is a repeat of a lost answer
			if w, v := tell(o.ID, step.word, step.word); w.Code != 200 || v["success"] != true {
				t.Fatalf("%s: %d %v", step.word, w.Code, v)
			}
		}
		if now, _ := c.s.Get(o.ID); now.Status != step.want {
			t.Errorf("%s: %s", step.word, now.Status)
		}
	}
	if now, _ := c.s.Get(o.ID); len(now.History) != 4 {
		t.Errorf("%d steps", len(now.History))
	}
	if w, v := tell(o.ID, "PACKED", "CANCELLED"); w.Code != 422 || code(v) != "E202" {
		t.Errorf("a key used twice: %d %v", w.Code, v)
	}
	for _, word := range []string{"CANCELLED", "OUT_FOR_DELIVERY", "DELIVERED"} {
		if w, v := tell(o.ID, "x"+word, word); w.Code != 409 || code(v) != "E201" {
			t.Errorf("%s after dispatch: %d %v", word, w.Code, v)
		}
	}
	own := c.place(func(o shop.Order) bool { return o.ByPlatform })
	if w, v := tell(own.ID, "b", "ACCEPTED"); w.Code != 409 || v["message"] != "order is fulfilled by Blinkit" {
		t.Errorf("Blinkit's own: %d %v", w.Code, v)
	}
	if w, v := c.do("POST", "/v1/orders/"+o.ID+"/status", "", `{}`); w.Code != 400 || code(v) != "E100" {
		t.Errorf("without a key: %d %v", w.Code, v)
	}
}

func TestAmountsAddUp(t *testing.T) {
	t.Parallel()
	c := open(t, 300, Options{})
	c.s.Each(func(o shop.Order) {
		for _, l := range o.Lines {
			if l.Amount%int64(l.Quantity) != 0 || l.Amount != l.Unit*int64(l.Quantity)-l.Discount {
				t.Errorf("%s: %+v has no price of one piece", o.ID, l)
			}
		}
		if totals := c.wire(o)["totals"].(object); totals["gross_bill_amount"] != totals["item_total"] || totals["gross_bill_amount"] != rupees(o.Total()) {
			t.Errorf("%s: %v", o.ID, totals)
		}
	})
}

func TestPurchaseOrders(t *testing.T) {
	t.Parallel()
	c := open(t, 0, Options{LimitFactor: 1e6})
	var got object
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(b, &got); err != nil || r.Header.Get("Api-Key") != c.keys.hook {
			t.Errorf("%v %v", err, r.Header)
		}
	}))
	t.Cleanup(srv.Close)
	c.Subscribe(srv.URL)
	number := c.Purchase()
	if c.Deliver(t.Context(), srv.Client()); got["type"] != "PO_CREATION" || got["po_number"] != number {
		t.Fatalf("%v", got)
	}
	item := got["details"].(object)["item_data"].([]any)[0].(object)
	send := func(units any) object {
		w, v := c.do("POST", "/webhook/public/v1/asn", "", fmt.Sprintf(`{"po_number":%q,"invoice_number":"I1","items":[{"item_id":%q,"quantity":%v}]}`, number, item["item_id"], units))
		if w.Code != 200 {
			t.Fatalf("%d %v", w.Code, v)
		}
		return v
	}
	if v := send(1); v["asn_sync_status"] != "REJECTED" {
		t.Errorf("before the order was accepted: %v", v)
	}
	if w, v := c.do("POST", "/webhook/public/v1/po/acknowledgement", "", fmt.Sprintf(`{"success":true,"data":{"po_status":"accepted","po_number":%q}}`, number)); w.Code != 200 || v["success"] != true {
		t.Errorf("%d %v", w.Code, v)
	}
	if v := send(1000); v["asn_sync_status"] != "REJECTED" || v["errors"].([]any)[0].(object)["code"] != "E110" {
		t.Errorf("more than ordered: %v", v)
	}
	if v := send(item["units_ordered"]); v["asn_sync_status"] != "ACCEPTED" {
		t.Errorf("%v", v)
	}
}
