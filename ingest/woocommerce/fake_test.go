package woocommerce

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
	"github.com/palmonas/palmonas-crm/order"
)

const (
	testKey    = "ck_0123456789"
	testSecret = "cs_9876543210"
	gmt        = "2006-01-02T15:04:05"
)

// fakeStore is as much of a store as the adapter asks for.
type fakeStore struct {
	platformtest.Fake
	pushed map[string]string // slug by order
}

func (s fakeStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if key, secret, _ := r.BasicAuth(); key != testKey || secret != testSecret {
		fault(w, http.StatusUnauthorized, "woocommerce_rest_cannot_view")
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/wp-json/wc/v3/orders")
	switch {
	case ok && r.Method == http.MethodPut && s.pushed != nil:
		var body struct{ Status string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		s.pushed[strings.TrimPrefix(path, "/")] = body.Status
		write(w, map[string]any{"id": path, "status": body.Status})
	case !ok || r.Method != http.MethodGet:
		fault(w, http.StatusNotFound, "rest_no_route")
	case path == "":
		s.list(w, r)
	default:
		for _, o := range s.Orders() {
			if path == "/"+o.ID {
				write(w, record(o))
				return
			}
		}
		fault(w, http.StatusNotFound, "woocommerce_rest_shop_order_invalid_id")
	}
}

func (s fakeStore) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("dates_are_gmt") != "true" {
		fault(w, http.StatusBadRequest, "rest_invalid_param")
		return
	}
	var found []map[string]any
	for _, o := range s.Orders() {
		after, err := time.Parse(gmt, q.Get("modified_after"))
		if err == nil && !o.Modified.After(after) {
			continue
		}
		before, err := time.Parse(gmt, q.Get("modified_before"))
		if err == nil && !o.Modified.Before(before) {
			continue
		}
		found = append(found, record(o))
	}
	per, _ := strconv.Atoi(q.Get("per_page"))
	per = min(per, s.PageSize)
	page, _ := strconv.Atoi(q.Get("page"))
	from := min(max(page-1, 0)*per, len(found))
	w.Header().Set("X-WP-Total", strconv.Itoa(len(found)))
	w.Header().Set("X-WP-TotalPages", strconv.Itoa((len(found)+per-1)/per))
	write(w, found[from:min(from+per, len(found))])
}

func record(o platformtest.Order) map[string]any {
	id, _ := strconv.Atoi(o.ID)
	v := map[string]any{
		"id": id, "status": o.Status, "total": "1299.00",
		"date_created_gmt": o.Created.Format(gmt), "date_modified_gmt": o.Modified.Format(gmt),
	}
	if o.Status == "" {
		v["status"] = "processing"
	}
	if o.Broken {
		v["total"] = "a lot"
	}
	if o.Bare {
		return v
	}
	v["number"], v["currency"], v["payment_method"], v["total_tax"] = "N"+o.ID, "INR", "razorpay", "38.00"
	v["billing"] = map[string]any{"first_name": "Asha", "last_name": "Rao", "phone": "9000000001", "state": "KA", "country": "IN"}
	v["line_items"] = []any{map[string]any{
		"id": 1, "name": "Necklace", "quantity": 1, "subtotal": "1261.00", "subtotal_tax": "38.00", "total": "1261.00", "total_tax": "38.00",
		"sku": "NCK-1", "price": 1261,
	}}
	return v
}

func write(w http.ResponseWriter, v any) {
	if v, ok := v.([]map[string]any); ok && len(v) == 0 {
		_, _ = w.Write([]byte("[]"))
		return
	}
	_ = json.NewEncoder(w).Encode(v)
}

func fault(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"code":%q,"message":"Sorry.","data":{"status":%d}}`, code, status)
}

func testChannel(baseURL string) channel.Channel {
	return channel.Channel{ID: "shop", Platform: order.Organic, Adapter: "woocommerce", Name: "Shop", BaseURL: baseURL,
		Enabled: true, Interval: time.Minute, Version: 1}
}

func testSecrets() channel.Secrets {
	return channel.Secrets{
		Credentials: map[string]string{"consumer_key": testKey, "consumer_secret": testSecret},
		Webhook:     []string{"new hook secret", "old hook secret"},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, platformtest.Case{
		Build:   New,
		Channel: testChannel,
		Secrets: testSecrets(),
		NewServer: func(_ testing.TB, f platformtest.Fake) http.Handler {
			return fakeStore{f, map[string]string{}}
		},
		Statuses: map[string]order.Status{
			"pending": order.Pending, "on-hold": order.Pending, "failed": order.Pending, "processing": order.Confirmed,
			"completed": order.Delivered, "cancelled": order.Cancelled, "refunded": order.Refunded, "trash": order.Cancelled,
			"packed": order.Processing, "shipped": order.Shipped, "out-for-delivery": order.OutForDelivery, "returned": order.Returned,
		},
		UnknownStatus: "awaiting-pickup",
		OrderID:       func(n int) string { return strconv.Itoa(1000 + n) },
		GoneID:        "999999",
		Hook: &platformtest.Hook{
			Sign: func(secret string, _ time.Time, body []byte) http.Header {
				return http.Header{"X-Wc-Webhook-Topic": {"order.updated"}, "X-Wc-Webhook-Signature": {signature(secret, body)}}
			},
			Body: func(o platformtest.Order) []byte {
				b, _ := json.Marshal(record(o))
				return b
			},
		},
		Push: &platformtest.Push{
			Words: map[order.Status]string{
				order.Confirmed: "processing", order.Delivered: "completed", order.Cancelled: "cancelled", order.Refunded: "refunded",
			},
			Status: func(h http.Handler, id string) string { return h.(fakeStore).pushed[id] },
		},
	})
}
