package shopify

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
	"github.com/palmonas/palmonas-crm/order"
)

const (
	testToken    = "shpat_0123456789abcdef"
	testClient   = "client-id-0123"
	testSecret   = "client-secret-4567"
	testTokenURL = "/admin/oauth/access_token"
)

// fakeStore is as much of a store as the adapter asks for.
type fakeStore struct {
	platformtest.Fake
	told   map[string]string // last word by order
	tokens map[string]bool   // given for client credentials
	given  int
}

func newFakeStore(f platformtest.Fake) *fakeStore {
	return &fakeStore{Fake: f, told: map[string]string{}, tokens: map[string]bool{}}
}

func (s *fakeStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.URL.Path == testTokenURL {
		s.exchange(w, r)
		return
	}
	if token := r.Header.Get("X-Shopify-Access-Token"); token != testToken && !s.tokens[token] {
		fault(w, http.StatusUnauthorized, "[API] Invalid API key or access token (unrecognized login or wrong password)")
		return
	}
	w.Header().Set("X-Shopify-Shop-Api-Call-Limit", "1/40")
	w.Header().Set("X-Shopify-API-Version", defaultVersion)
	path, ok := strings.CutPrefix(r.URL.Path, "/admin/api/"+defaultVersion+"/")
	path, isJSON := strings.CutSuffix(path, ".json")
	parts := strings.Split(path, "/")
	switch {
	case !ok || !isJSON:
		fault(w, http.StatusNotFound, "Not Found")
	case path == "orders" && r.Method == http.MethodGet:
		s.list(w, r)
	case r.Method == http.MethodPost:
		s.post(w, r, parts)
	case len(parts) == 2 && parts[0] == "orders" && (s.told[parts[1]] != "" || s.left(parts[1])):
		// A push looks at the order; by now it has a parcel.
		write(w, map[string]any{"order": map[string]any{"id": json.Number(parts[1]), "currency": "INR",
			"line_items":   []any{map[string]any{"id": 71, "quantity": 1}},
			"fulfillments": []any{map[string]any{"id": 77, "status": "success", "location_id": 5, "line_items": []any{map[string]any{"id": 71}}}}}})
	case len(parts) == 2 && parts[0] == "orders":
		s.one(w, parts[1])
	case len(parts) == 3 && parts[2] == "fulfillment_orders":
		id, _ := strconv.Atoi(parts[1])
		write(w, map[string]any{"fulfillment_orders": []any{map[string]any{"id": id, "status": "open", "assigned_location_id": 5}}})
	case len(parts) == 3 && parts[2] == "fulfillments":
		write(w, map[string]any{"fulfillments": []any{map[string]any{"id": 77, "status": "success", "shipment_status": nil}}})
	default:
		fault(w, http.StatusNotFound, "Not Found")
	}
}

func (s *fakeStore) exchange(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("client_id") != testClient || r.FormValue("client_secret") != testSecret || r.FormValue("grant_type") != "client_credentials" {
		w.WriteHeader(http.StatusBadRequest)
		write(w, map[string]any{"error": "invalid_client", "error_description": "unknown client"})
		return
	}
	s.given++
	token := fmt.Sprintf("day-token-%d", s.given)
	s.tokens[token] = true
	write(w, map[string]any{"access_token": token, "scope": "read_orders,write_orders", "expires_in": 86399})
}

// list pages as the store does: with page_info it takes nothing else but limit
// and fields.
func (s *fakeStore) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	info := q.Get("page_info")
	if info != "" {
		for name := range q {
			if name != "page_info" && name != "limit" && name != "fields" {
				fault(w, http.StatusBadRequest, name+" cannot be passed with page_info")
				return
			}
		}
		b, _ := base64.URLEncoding.DecodeString(info)
		q, _ = url.ParseQuery(string(b))
	} else if q.Get("status") != "any" || q.Get("limit") != "1" && q.Get("order") != "updated_at asc" {
		fault(w, http.StatusBadRequest, "the test wants all orders by time of change")
		return
	}
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	minAt, _ := time.Parse(time.RFC3339, q.Get("updated_at_min"))
	maxAt, maxErr := time.Parse(time.RFC3339, q.Get("updated_at_max"))
	found, last := []any{}, ""
	for _, o := range s.Orders() {
		key := o.Modified.UTC().Format(time.RFC3339) + " " + o.ID
		if o.Modified.Before(minAt) || maxErr == nil && o.Modified.After(maxAt) || key <= q.Get("after") {
			continue
		}
		if len(found) == min(limit, s.PageSize) {
			next := url.Values{"updated_at_min": q["updated_at_min"], "updated_at_max": q["updated_at_max"], "after": {last}}
			w.Header().Set("Link", fmt.Sprintf(`<https://elsewhere.example/orders.json?limit=%d&page_info=prev>; rel="previous", <https://elsewhere.example/orders.json?limit=%d&page_info=%s>; rel="next"`,
				limit, limit, base64.URLEncoding.EncodeToString([]byte(next.Encode()))))
			break
		}
		found, last = append(found, record(o)), key
	}
	write(w, map[string]any{"orders": found})
}

// left reports whether an order was put here as one that a parcel left for.
func (s *fakeStore) left(id string) bool {
	return slices.ContainsFunc(s.Orders(), func(o platformtest.Order) bool {
		return o.ID == id && strings.Contains(o.Status, "/fulfilled/")
	})
}

func (s *fakeStore) one(w http.ResponseWriter, id string) {
	for _, o := range s.Orders() {
		if o.ID == id {
			write(w, map[string]any{"order": record(o)})
			return
		}
	}
	fault(w, http.StatusNotFound, "Not Found")
}

func (s *fakeStore) post(w http.ResponseWriter, r *http.Request, parts []string) {
	var body struct {
		Fulfilment struct {
			Lines []struct {
				ID json.Number `json:"fulfillment_order_id"`
			} `json:"line_items_by_fulfillment_order"`
		} `json:"fulfillment"`
		Event  struct{ Status string }
		Refund struct {
			Transactions []struct{ Amount, Kind string }
			Lines        []struct {
				Restock  string      `json:"restock_type"`
				Location json.Number `json:"location_id"`
			} `json:"refund_line_items"`
		}
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	path := strings.Join(parts, "/")
	switch {
	case path == "fulfillments":
		s.told[string(body.Fulfilment.Lines[0].ID)] = "shipped"
	case strings.HasSuffix(path, "/events"):
		s.told[parts[1]] = body.Event.Status
	case strings.HasSuffix(path, "/cancel"):
		s.told[parts[1]] = "cancelled"
	case strings.HasSuffix(path, "/refunds/calculate"):
		write(w, map[string]any{"refund": map[string]any{"transactions": []any{map[string]any{
			"parent_id": 9, "kind": "suggested_refund", "gateway": "razorpay", "amount": "1.00", "maximum_refundable": "1299.00"}}}})
		return
	case strings.HasSuffix(path, "/refunds"):
		if t := body.Refund.Transactions; len(t) == 1 && t[0].Kind == "refund" && t[0].Amount == "1299.00" {
			s.told[parts[1]] = "refunded"
		} else if l := body.Refund.Lines; len(t) == 0 && len(l) == 1 && l[0].Restock == "return" && l[0].Location == "5" {
			s.told[parts[1]] = "returned"
		}
	}
	w.WriteHeader(http.StatusCreated)
	write(w, map[string]any{})
}

// record writes the order; its status is Shopify's words, as the adapter names
// them: [cancelled/]financial[/fulfilment[/shipment]].
func record(o platformtest.Order) map[string]any {
	id, _ := strconv.Atoi(o.ID)
	ist := time.FixedZone("IST", 19800)
	v := map[string]any{
		"id": id, "currency": "INR", "total_price": "1299.00", "taxes_included": true, "financial_status": "paid", "fulfillment_status": nil,
		"created_at": o.Created.In(ist).Format(time.RFC3339), "updated_at": o.Modified.In(ist).Format(time.RFC3339),
	}
	words := strings.Split(o.Status, "/")
	if words[0] == "cancelled" {
		v["cancelled_at"], words = v["updated_at"], words[1:]
	}
	for i, word := range words {
		switch {
		case word == "":
		case i == 0:
			v["financial_status"] = word
		case i == 1:
			v["fulfillment_status"] = word
			if word == "fulfilled" || word == "partial" {
				v["fulfillments"] = []any{map[string]any{"id": 77, "status": "success", "shipment_status": nil, "created_at": v["created_at"]}}
			}
		case i == 2:
			v["fulfillments"].([]any)[0].(map[string]any)["shipment_status"] = word
		}
	}
	if o.Broken {
		v["total_price"] = "a lot"
	}
	if o.Bare {
		return v
	}
	v["name"], v["payment_gateway_names"], v["total_tax"] = "#"+o.ID, []string{"razorpay"}, "38.00"
	v["customer"] = map[string]any{"id": 5, "first_name": "Asha", "last_name": "Rao", "email": "asha@example.com"}
	v["shipping_address"] = map[string]any{"address1": "Flat 1", "city": "Pune", "province": "Maharashtra", "country_code": "IN", "zip": "411001", "phone": "9000000001"}
	v["line_items"] = []any{map[string]any{"id": 71, "product_id": 2071, "sku": "NCK-1", "title": "Necklace", "quantity": 1, "current_quantity": 1,
		"price": "1299.00", "total_discount": "0.00", "discount_allocations": []any{}, "tax_lines": []any{map[string]any{"price": "38.00"}}}}
	v["total_line_items_price"], v["total_discounts"] = "1299.00", "0.00"
	return v
}

func write(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func fault(w http.ResponseWriter, status int, words string) {
	w.WriteHeader(status)
	write(w, map[string]any{"errors": words})
}

func testChannel(baseURL string) channel.Channel {
	return channel.Channel{ID: "store", Platform: order.Organic, Adapter: "shopify", Name: "Store", BaseURL: baseURL,
		Enabled: true, Interval: time.Minute, Version: 1}
}

func testSecrets() channel.Secrets {
	return channel.Secrets{
		Credentials: map[string]string{"access_token": testToken},
		Webhook:     []string{"new hook secret", "old hook secret"},
	}
}

func signed(secret string, _ time.Time, body []byte) http.Header {
	return http.Header{"X-Shopify-Topic": {"orders/updated"}, "X-Shopify-Webhook-Id": {"b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"},
		"X-Shopify-Hmac-Sha256": {base64.StdEncoding.EncodeToString(mac(secret, body))}}
}

func conformance() platformtest.Case {
	return platformtest.Case{
		Build:   New,
		Channel: testChannel,
		Secrets: testSecrets(),
		NewServer: func(_ testing.TB, f platformtest.Fake) http.Handler {
			return newFakeStore(f)
		},
		Statuses: map[string]order.Status{
			"pending": order.Pending, "authorized": order.Confirmed, "partially_paid": order.Confirmed, "paid": order.Confirmed,
			"partially_refunded": order.Confirmed, "refunded": order.Refunded, "voided": order.Cancelled, "expired": order.Cancelled,
			"cancelled/paid": order.Cancelled, "cancelled/refunded/restocked": order.Cancelled, "paid/partial/delivered": order.Processing,
			"paid/fulfilled": order.Shipped, "paid/fulfilled/delayed": order.Shipped, "paid/fulfilled/out_for_delivery": order.OutForDelivery,
			"paid/fulfilled/attempted_delivery": order.OutForDelivery, "paid/fulfilled/delivered": order.Delivered,
			"paid/fulfilled/beamed_over": order.Shipped, "paid/restocked": order.Confirmed,
		},
		UnknownStatus: "paid/teleported",
		OrderID:       func(n int) string { return strconv.Itoa(6_100_000_000_000 + n) },
		GoneID:        "999999",
		Hook: &platformtest.Hook{
			Sign: signed,
			Body: func(o platformtest.Order) []byte {
				b, _ := json.Marshal(record(o))
				return b
			},
		},
		Push: &platformtest.Push{
			Words: map[order.Status]string{
				order.Shipped: "shipped", order.OutForDelivery: "out_for_delivery", order.Delivered: "delivered",
				order.Cancelled: "cancelled", order.Returned: "returned", order.Refunded: "refunded",
			},
			Status: func(h http.Handler, id string) string { return h.(*fakeStore).told[id] },
			Before: map[order.Status]string{order.Returned: "paid/fulfilled/delivered"},
		},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conformance())
}

// The same with an app of the developer dashboard.
func TestConformanceClientCredentials(t *testing.T) {
	t.Parallel()
	c := conformance()
	c.Secrets.Credentials = map[string]string{"client_id": testClient, "client_secret": testSecret}
	c.IsAuth = func(r *http.Request) bool { return r.URL.Path == testTokenURL }
	c.ExpireTokens = func(h http.Handler) { clear(h.(*fakeStore).tokens) }
	platformtest.Run(t, c)
}

func testAdapter() *Adapter {
	now := time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)
	return &Adapter{set: settings{version: defaultVersion, overlap: minOverlap, hookSecrets: []string{"demo_client_secret"}}, now: func() time.Time { return now }}
}

func FuzzPage(f *testing.F) {
	a := testAdapter()
	platformtest.Fuzz(f, "testdata/*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		var answer struct{ Orders []json.RawMessage }
		if err := (ingest.Response{Body: body}).JSON(&answer); err != nil || answer.Orders == nil {
			answer.Orders = []json.RawMessage{body}
		}
		page, _, err := a.page(answer.Orders, time.Time{}, a.now())
		return page.Reports, page.Rejects, err
	})
}

func FuzzWebhook(f *testing.F) {
	a := testAdapter()
	platformtest.Fuzz(f, "testdata/*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		d, err := a.Parse(http.Header{}, body)
		return d.Reports, d.Rejects, err
	})
}

// Whatever the header and the body, nothing passes that was not signed.
func FuzzVerify(f *testing.F) {
	a, body := testAdapter(), []byte(`{"id":1}`)
	good := base64.StdEncoding.EncodeToString(mac("demo_client_secret", body))
	f.Add(good, body)
	f.Add("", []byte{})
	f.Add(strings.TrimSuffix(good, "="), body)
	f.Fuzz(func(t *testing.T, signature string, got []byte) {
		err := a.Verify(http.Header{"X-Shopify-Hmac-Sha256": {signature}}, got, time.Time{})
		if sum, _ := base64.StdEncoding.DecodeString(signature); err == nil && string(sum) != string(mac("demo_client_secret", got)) {
			t.Error("an unsigned delivery passed")
		}
	})
}

func FuzzCursor(f *testing.F) {
	now := time.Date(2026, 3, 11, 5, 0, 0, 0, time.UTC)
	f.Add("")
	f.Add(`{"v":1,"mark":"2026-03-11T04:00:00Z","page":"abc","restarts":2}`)
	f.Add(`{"v":2}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			return
		}
		again, err := parseCursor(c.begin(minOverlap).next(now, now, "x").String())
		if err != nil || again.Mark.Before(c.Mark) {
			t.Errorf("%q became %+v, %v", text, again, err)
		}
	})
}

func FuzzLink(f *testing.F) {
	f.Add(`<https://a.example/orders.json?page_info=a>; rel="previous", <https://a.example/orders.json?page_info=b,c>; rel="next"`)
	f.Add(`<<>>;rel=next`)
	f.Fuzz(func(t *testing.T, header string) {
		page, err := nextPage(http.Header{"Link": {header}})
		if len(page) > maxPageInfo || err != nil && page != "" {
			t.Errorf("page %q, %v", page, err)
		}
	})
}
