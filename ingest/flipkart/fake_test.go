package flipkart

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// day is when the tests play.
var day = time.Date(2026, 3, 11, 10, 0, 0, 0, time.UTC)

// seller is a seller account behind Flipkart's API.
type seller struct {
	url string

	mu        sync.Mutex
	shipments []map[string]any
	tokens    map[string]bool
	searches  map[string]listBody
	pageSize  int
	exchanges int
	calls     []string
	bodies    []string
	answers   []string // to pushes, in turn
	// hook may answer instead of the account.
	hook func(w http.ResponseWriter, r *http.Request) bool
}

func newSeller(t testing.TB) *seller {
	s := bareSeller()
	srv := httptest.NewServer(s.handler())
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func bareSeller() *seller {
	return &seller{tokens: map[string]bool{}, searches: map[string]listBody{}, pageSize: pageSize}
}

func secrets() channel.Secrets {
	return channel.Secrets{Credentials: map[string]string{"app_id": "fk-app-7731", "app_secret": "fk-s3cret"}}
}

func (s *seller) platform(t testing.TB, now func() time.Time, options ...string) *Platform {
	t.Helper()
	ch := channel.Channel{ID: "flipkart", Platform: order.Flipkart, Adapter: "flipkart-v3", BaseURL: s.url, Options: map[string]string{}}
	for i := 0; i+1 < len(options); i += 2 {
		ch.Options[options[i]] = options[i+1]
	}
	p, err := New(ingest.Config{Channel: ch, Secrets: secrets(), Now: now, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Platform)
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func (s *seller) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth-service/oauth/token", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.exchanges++
		id, secret, _ := r.BasicAuth()
		if id != "fk-app-7731" || secret != "fk-s3cret" || r.URL.Query().Get("grant_type") != "client_credentials" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"unauthorized","error_description":"Bad credentials"}`)
			return
		}
		token := fmt.Sprintf("fk-token-%d", s.exchanges)
		s.tokens[token] = true
		_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":5183999,"scope":"Seller_Api"}`, token)
	})
	for pattern, h := range map[string]http.HandlerFunc{
		"POST /sellers/v3/shipments/filter": s.search, "GET /sellers/v3/shipments/filter": s.more,
		"GET /sellers/v3/shipments": s.read, "GET /sellers/v3/shipments/{ids}": s.details, "POST /sellers/v3/shipments/": s.push,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.calls = append(s.calls, r.Method+" "+r.URL.String())
			w.Header().Set("Content-Type", "application/json")
			if !s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] {
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, `{"error":"invalid_token"}`)
				return
			}
			if s.hook == nil || !s.hook(w, r) {
				h(w, r)
			}
		})
	}
	return mux
}

func (s *seller) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

func (s *seller) search(w http.ResponseWriter, r *http.Request) {
	var body listBody
	if json.NewDecoder(r.Body).Decode(&body) != nil || !slices.Contains(lists(), body.Filter.Type) || body.Filter.Modified == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.page(w, body, 0)
}

// more serves the links that page gave.
func (s *seller) more(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	offset, err := strconv.Atoi(q.Get("offset"))
	body, ok := s.searches[q.Get("token")]
	if err != nil || !ok {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"errors":[{"code":"INVALID_TOKEN","description":"page token is not valid"}]}`)
		return
	}
	s.page(w, body, offset)
}

func (s *seller) page(w http.ResponseWriter, body listBody, offset int) {
	from, _ := instant(body.Filter.Modified.From)
	to, _ := instant(body.Filter.Modified.To)
	var found []map[string]any
	for _, x := range s.shipments {
		updated, ok := instant(x["updatedAt"].(string))
		if ok && !updated.Before(from) && !updated.After(to) && slices.Contains(listsOf(x), body.Filter.Type) {
			found = append(found, x)
		}
	}
	answer := map[string]any{"hasMore": false, "shipments": []any{}}
	if offset < len(found) {
		answer["shipments"] = found[offset:min(offset+s.pageSize, len(found))]
	}
	if offset+s.pageSize < len(found) {
		token := fmt.Sprint(len(s.searches))
		s.searches[token] = body
		answer["hasMore"], answer["nextPageUrl"] = true, fmt.Sprintf("/v3/shipments/filter?nextPage=true&token=%s&offset=%d", token, offset+s.pageSize)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// listsOf are the lists that a shipment is in.
func listsOf(x map[string]any) (in []string) {
	for _, it := range x["orderItems"].([]any) {
		kind := preDispatch
		switch it.(map[string]any)["status"] {
		case "CANCELLED":
			kind = "cancelled"
		case "PICKUP_COMPLETE", "SHIPPED", "DELIVERED", "COMPLETED", "RETURN_REQUESTED", "RETURNED":
			kind = "postDispatch"
		}
		in = append(in, kind)
	}
	return in
}

func (s *seller) read(w http.ResponseWriter, r *http.Request) {
	found := []any{}
	for kind, ids := range r.URL.Query() {
		wanted := strings.Split(ids[0], ",")
		for _, x := range s.shipments {
			item := x["orderItems"].([]any)[0].(map[string]any)
			id := map[string]any{"orderIds": item["orderId"], "shipmentIds": x["shipmentId"], "orderItemIds": item["orderItemId"]}[kind]
			if slices.Contains(wanted, fmt.Sprint(id)) {
				found = append(found, x)
			}
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"shipments": found})
}

func (s *seller) details(w http.ResponseWriter, r *http.Request) {
	found := []any{}
	for id := range strings.SplitSeq(r.PathValue("ids"), ",") {
		found = append(found, map[string]any{"shipmentId": id,
			"deliveryAddress": map[string]any{"firstName": "Asha", "lastName": "Kumari", "addressLine1": "12 MG Road", "landmark": "Near park", "city": "Pune",
				"state": "MH", "pinCode": "411001", "contactNumber": "9000000001"},
			"subShipments": []any{map[string]any{"courierDetails": map[string]any{"deliveryDetails": map[string]string{"vendorName": "E-Kart Logistics", "trackingId": "FMPC" + id}}}},
		})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"shipments": found})
}

func (s *seller) push(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.bodies = append(s.bodies, string(body))
	if len(s.answers) > 0 {
		answer := s.answers[0]
		s.answers = s.answers[1:]
		_, _ = io.WriteString(w, answer)
		return
	}
	var asked struct{ Shipments []struct{ ShipmentID string } }
	_ = json.Unmarshal(body, &asked)
	rows := []any{}
	for _, x := range asked.Shipments {
		rows = append(rows, map[string]any{"shipmentId": x.ShipmentID, "status": "SUCCESS", "errorCode": nil, "errorMessage": nil})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"shipments": rows})
}

// put adds a shipment with one item for each word.
func (s *seller) put(id, orderID string, updated time.Time, words ...string) map[string]any {
	var items []any
	for i, word := range words {
		items = append(items, map[string]any{
			"orderItemId": fmt.Sprintf("%s%d", id, i+1), "orderId": orderID, "cancellationGroupId": "grp" + id, "orderDate": stamp(updated.Add(-time.Hour)),
			"paymentType": "PREPAID", "status": word, "quantity": 2, "fsn": "FSN1", "sku": "RING-7", "title": "Twist Ring", "serviceProfile": "NON_FBF",
			"priceComponents": map[string]any{"sellingPrice": 598.0, "totalPrice": 598.0, "shippingCharge": 0.0, "customerPrice": 598.0, "flipkartDiscount": 0.0},
		})
	}
	x := map[string]any{"shipmentId": id, "locationId": "LOC1", "shipmentType": "NORMAL", "hold": false,
		"dispatchByDate": stamp(updated.Add(24 * time.Hour)), "updatedAt": stamp(updated), "orderItems": items}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shipments = append(s.shipments, x)
	return x
}

// drain reads until nothing waits; the last report of each order is kept.
func drain(t testing.TB, p *Platform, cursor string) (map[string]order.Report, string) {
	t.Helper()
	got := map[string]order.Report{}
	for range 1000 {
		page, err := p.Fetch(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Rejects) > 0 {
			t.Fatalf("set aside: %s", page.Rejects[0].Reason)
		}
		for _, r := range page.Reports {
			got[r.Ref.PlatformOrderID] = r
		}
		if cursor = page.Next; !page.More {
			return got, cursor
		}
	}
	t.Fatal("reading does not end")
	return nil, ""
}
