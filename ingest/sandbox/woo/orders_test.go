package woo

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

func TestOrderResource(t *testing.T) {
	t.Parallel()
	c := newClient(t, 300)
	paise := func(v any) int64 {
		m, err := order.ParseMoney(v.(string), "INR")
		if err != nil {
			t.Fatal(err)
		}
		return m.Minor
	}
	texts, nulls := 0, 0
	for page := 1; page <= 3; page++ {
		rows, _ := c.list(fmt.Sprintf("per_page=100&page=%d", page))
		for _, r := range rows {
			o, err := c.shop.Get(strconv.Itoa(int(r["id"].(float64))))
			if err != nil {
				t.Fatal(err)
			}
			sum := paise(r["shipping_total"])
			for _, x := range r["line_items"].([]any) {
				l := x.(map[string]any)
				sum += paise(l["total"]) + paise(l["total_tax"])
				if _, ok := l["price"].(float64); !ok {
					t.Errorf("price %T", l["price"])
				}
				if l["sku"] == nil {
					nulls++
				}
				if _, text := l["quantity"].(string); text {
					texts++
				}
			}
			if paise(r["total"]) != o.Total() || sum != o.Total() {
				t.Errorf("%s: total %v, lines %d, want %d", o.ID, r["total"], sum, o.Total())
			}
			if m, ok := r["meta_data"].([]any); !ok {
				t.Errorf("meta_data %v", m)
			}
			if r["number"] == o.ID || r["status"] != slug(o) || r["currency"] != "INR" {
				t.Errorf("%v", r)
			}
		}
	}
	if texts == 0 || nulls == 0 {
		t.Errorf("%d numbers as text, %d SKUs of null: PHP is kinder than that", texts, nulls)
	}
}

func TestWrites(t *testing.T) {
	t.Parallel()
	c := newClient(t, 0)
	o := c.shop.Arrive()
	path := "/orders/" + o.ID
	c.wait(time.Minute)
	var got map[string]any
	for _, step := range []struct {
		method, body, slug string
		status             order.Status
	}{
		{"PUT", `{"status":"processing"}`, "processing", order.Confirmed},
		{"POST", `{"status":"packed"}`, "packed", order.Processing},
		{"PATCH", `{"status":"shipped","meta_data":[{"key":"_awb","value":{"n":1}}]}`, "shipped", order.Shipped},
		{"PUT", `{"status":"on-hold"}`, "on-hold", order.Pending},
		{"PUT", `{"customer_note":"ring the bell"}`, "on-hold", order.Pending},
		{"PUT", `{"status":"rto"}`, "rto", order.Returned},
		{"PUT", `{"status":"completed"}`, "completed", order.Delivered},
	} {
		w := c.do(step.method, path, step.body)
		c.read(w, &got)
		now, _ := c.shop.Get(o.ID)
		if w.Code != 200 || got["status"] != step.slug || now.Status != step.status || !now.Updated.Equal(c.now()) {
			t.Errorf("%s: %d %v, order is %s", step.body, w.Code, got["status"], now.Status)
		}
	}
	if got["customer_note"] != "ring the bell" || got["date_completed"] == nil {
		t.Errorf("%v", got)
	}
	for body, want := range map[string]string{`{"status":"beamed"}`: "rest_invalid_param status", `{`: "rest_invalid_json", `{"status":7}`: "rest_invalid_param status"} {
		if w := c.do("PUT", path, body); w.Code != 400 || c.code(w) != want {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if w := c.do("PUT", "/orders/99999", `{"status":"completed"}`); w.Code != 400 || c.code(w) != "woocommerce_rest_shop_order_invalid_id" {
		t.Errorf("update of an unknown order: %d %s", w.Code, w.Body)
	}
	w := c.do("POST", "/orders", `{"payment_method":"cod","billing":{"first_name":"Asha","city":"Pune","state":"MH"},"line_items":[{"product_id":101,"quantity":2}],"shipping_lines":[{"total":"49.00"}]}`)
	c.read(w, &got)
	if w.Code != 201 || got["total"] != "1647.00" || got["payment_method"] != "cod" || w.Header().Get("Location") == "" {
		t.Errorf("create: %d %v", w.Code, got)
	}
	if w := c.do("POST", "/orders", `{"line_items":[{"product_id":1}]}`); w.Code != 400 {
		t.Errorf("create with an unknown product: %d", w.Code)
	}
	if w := c.do("DELETE", path+"?force=true", ""); w.Code != 200 {
		t.Errorf("delete: %d", w.Code)
	}
	if w := c.do("GET", path, ""); w.Code != 404 {
		t.Errorf("after delete: %d", w.Code)
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	c := newClient(t, 0)
	a, b := c.shop.Arrive(), c.shop.Arrive()
	w := c.do("POST", "/orders/batch", fmt.Sprintf(`{"create":[{"payment_method":"cod"}],"update":[{"id":%s,"status":"processing"},{"id":99999,"status":"completed"},{"id":"%s","status":"x"}],"delete":[%s]}`, a.ID, b.ID, b.ID))
	var got struct {
		Create, Update, Delete []struct {
			ID     int
			Status string
			Error  *fault
		}
	}
	c.read(w, &got)
	if w.Code != 200 || len(got.Create) != 1 || len(got.Update) != 3 || len(got.Delete) != 1 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got.Update[0].Status != "processing" || got.Update[0].Error != nil {
		t.Errorf("%+v", got.Update[0])
	}
	if e := got.Update[1].Error; e == nil || got.Update[1].ID != 99999 || e.Code != "woocommerce_rest_shop_order_invalid_id" {
		t.Errorf("%+v", got.Update[1])
	}
	if e := got.Update[2].Error; e == nil || e.Code != "rest_invalid_param" {
		t.Errorf("%+v", got.Update[2])
	}
	many := strings.TrimSuffix(strings.Repeat("1,", 101), ",")
	if w := c.do("POST", "/orders/batch", `{"delete":[`+many+`]}`); w.Code != 413 {
		t.Errorf("101 rows: %d", w.Code)
	}
}

func TestNotesRefundsAndTrackings(t *testing.T) {
	t.Parallel()
	c := newClient(t, 0)
	o := c.shop.Arrive()
	path := "/orders/" + o.ID
	c.wait(time.Minute)
	if w := c.do("POST", path+"/notes", `{"note":"called"}`); w.Code != 201 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if now, _ := c.shop.Get(o.ID); !now.Updated.Equal(o.Updated) {
		t.Error("a note moved the order's date of change")
	}
	if w := c.do("POST", path+"/notes", `{}`); w.Code != 400 || !strings.HasPrefix(c.code(w), "rest_missing_callback_param") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	var rows []map[string]any
	c.read(c.do("GET", path+"/notes", ""), &rows)
	if len(rows) != 1 || rows[0]["note"] != "called" || rows[0]["customer_note"] != false {
		t.Errorf("%v", rows)
	}
	if w := c.do("POST", path+"/shipment-trackings", `{"custom_tracking_provider":"Delhivery","tracking_number":"A1"}`); w.Code != 201 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	c.read(c.do("GET", path+"/shipment-trackings", ""), &rows)
	if len(rows) != 1 || rows[0]["tracking_number"] != "A1" || rows[0]["tracking_provider"] != "Delhivery" {
		t.Errorf("%v", rows)
	}
	for _, body := range []string{`{"amount":"0"}`, `{"amount":"x"}`, `{"amount":"999999.00","api_refund":false}`} {
		if w := c.do("POST", path+"/refunds", body); w.Code != 400 {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if w := c.do("POST", path+"/refunds", `{"amount":"10.00","reason":"late","api_refund":false}`); w.Code != 201 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	now, _ := c.shop.Get(o.ID)
	if now.Status != order.Pending || now.Refunded() != 1000 {
		t.Errorf("a part was refunded: %s, %d", now.Status, now.Refunded())
	}
	rest := order.INR(now.Total() - 1000).Decimal()
	if w := c.do("POST", path+"/refunds", `{"amount":"`+rest+`","api_refund":false}`); w.Code != 201 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if now, _ := c.shop.Get(o.ID); now.Status != order.Refunded {
		t.Errorf("all was refunded: %s", now.Status)
	}
	c.read(c.do("GET", path+"/refunds", ""), &rows)
	if len(rows) != 2 || rows[0]["amount"] != rest {
		t.Errorf("%v", rows)
	}
}
