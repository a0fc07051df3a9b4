package flipkart

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// account is a seller with a settable clock.
type account struct {
	*Seller
	t     *testing.T
	s     *shop.Shop
	token string

	mu sync.Mutex
	at time.Time
}

func open(t *testing.T, orders int, f shop.Faults) *account {
	t.Helper()
	a := &account{t: t, at: noon}
	a.s = shop.New(shop.Config{Seed: 2, Orders: orders, Days: 10, Now: a.now, Traits: Traits(), Faults: f})
	a.Seller = New(a.s, Options{Seed: 2, LimitFactor: 1e6})
	return a
}

func (a *account) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at
}

func (a *account) pass(d time.Duration) {
	a.mu.Lock()
	a.at = a.at.Add(d)
	a.mu.Unlock()
	a.s.Advance()
}

// call makes a signed call and returns the status and the body.
func (a *account) call(method, path string, body any) (int, object) {
	a.t.Helper()
	if a.token == "" {
		r := httptest.NewRequest(http.MethodGet, "/oauth-service/oauth/token?grant_type=client_credentials&scope=Seller_Api", nil)
		r.SetBasicAuth(a.keys.appID, a.keys.appSecret)
		_, v := a.do(r)
		a.token, _ = v["access_token"].(string)
	}
	var text io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			a.t.Fatal(err)
		}
		text = bytes.NewReader(b)
	}
	r := httptest.NewRequest(method, path, text)
	r.Header.Set("Authorization", "Bearer "+a.token)
	return a.do(r)
}

func (a *account) do(r *http.Request) (int, object) {
	a.t.Helper()
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	var v object
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		a.t.Fatalf("%s %s: %v: %s", r.Method, r.URL, err, w.Body)
	}
	return w.Code, v
}

func filterOf(kind string, more object) object {
	f := object{"type": kind}
	for k, v := range more {
		f[k] = v
	}
	return object{"filter": f, "pagination": object{"pageSize": 7}, "sort": object{"field": "modifiedDate", "order": "asc"}}
}

// walk reads a list to its end.
func (a *account) walk(body object) (all []object) {
	a.t.Helper()
	status, v := a.call("POST", "/sellers/v3/shipments/filter", body)
	for range 1000 {
		if status != 200 {
			a.t.Fatalf("%d %v", status, v)
		}
		for _, s := range v["shipments"].([]any) {
			all = append(all, s.(object))
		}
		if v["hasMore"] == false {
			return all
		}
		status, v = a.call("GET", "/sellers"+v["nextPageUrl"].(string), nil)
	}
	a.t.Fatal("the list does not end")
	return nil
}

func TestTokens(t *testing.T) {
	t.Parallel()
	a := open(t, 3, shop.Faults{})
	const path = "/oauth-service/oauth/token?grant_type=client_credentials&scope=Seller_Api"
	for name, c := range map[string]struct {
		path, secret string
		status       int
		code         string
	}{
		"wrong secret":    {path, "no", 401, "unauthorized"},
		"no grant":        {"/oauth-service/oauth/token?scope=Seller_Api", a.keys.appSecret, 400, "invalid_request"},
		"unknown grant":   {"/oauth-service/oauth/token?grant_type=password", a.keys.appSecret, 400, "unsupported_grant_type"},
		"unknown scope":   {path + ",Buyer_Api", a.keys.appSecret, 400, "invalid_scope"},
		"both scopes":     {path + ",Default", a.keys.appSecret, 200, ""},
		"self-access app": {path, a.keys.appSecret, 200, ""},
	} {
		r := httptest.NewRequest("GET", c.path, nil)
		r.SetBasicAuth(a.keys.appID, c.secret)
		status, v := a.do(r)
		if code, _ := v["error"].(string); status != c.status || code != c.code {
			t.Errorf("%s: %d %v", name, status, v)
		}
	}
	if status, _ := a.call("GET", "/sellers/v3/shipments?orderIds=x", nil); status != 200 {
		t.Errorf("a good token: %d", status)
	}
	a.pass(61 * 24 * time.Hour)
	if status, v := a.call("GET", "/sellers/v3/shipments?orderIds=x", nil); status != 401 || v["error"] != "invalid_token" {
		t.Errorf("a token of 61 days ago: %d %v", status, v)
	}
}

// Each shipment is in the list of its state, and in two when it is partly
// cancelled; all lists together hold all.
func TestListsPartitionTheShipments(t *testing.T) {
	t.Parallel()
	a := open(t, 400, shop.Faults{})
	found := map[string][]string{}
	for _, kind := range []string{preDispatch, postDispatch, cancelledOf} {
		last := ""
		for _, s := range a.walk(filterOf(kind, nil)) {
			id, updated := s["shipmentId"].(string), s["updatedAt"].(string)
			found[id] = append(found[id], kind)
			if updated < last {
				t.Errorf("%s: %s after %s", kind, updated, last)
			}
			last = updated
		}
	}
	want, split, partly := 0, 0, 0
	a.s.Each(func(o shop.Order) {
		parts := shipments(o)
		if len(parts) > 1 {
			split++
		}
		for _, s := range parts {
			want++
			if lists := found[s.id()]; len(lists) == 2 {
				partly++
			} else if len(lists) != 1 {
				t.Errorf("shipment %s is in %v", s.id(), lists)
			}
		}
	})
	if len(found) != want || split == 0 || partly == 0 {
		t.Errorf("%d of %d shipments found, %d orders were split, %d shipments in two lists", len(found), want, split, partly)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	a := open(t, 300, shop.Faults{})
	from := noon.Add(-48 * time.Hour)
	for _, s := range a.walk(filterOf(postDispatch, object{"modifiedDate": object{"from": stamp(from), "to": stamp(noon)}, "locationId": otherLocation})) {
		at, err := time.Parse(time.RFC3339, s["updatedAt"].(string))
		if err != nil || at.Before(from) || s["locationId"] != otherLocation {
			t.Errorf("%v %v %v", s["updatedAt"], s["locationId"], err)
		}
	}
	for _, s := range a.walk(filterOf(preDispatch, object{"states": []string{"APPROVED"}, "shipmentTypes": []string{"SELF"}})) {
		if s["shipmentType"] != "SELF" {
			t.Errorf("%v", s["shipmentType"])
		}
	}
	newest := filterOf(postDispatch, nil)
	newest["sort"] = object{"field": "orderDate", "order": "desc"}
	all := a.walk(newest)
	if !slices.IsSortedFunc(all, func(x, y object) int {
		return strings.Compare(firstItem(y)["orderDate"].(string), firstItem(x)["orderDate"].(string))
	}) || len(all) < 100 {
		t.Errorf("%d shipments, not by order date", len(all))
	}
	for name, body := range map[string]any{
		"no type": object{"filter": object{}}, "unknown type": filterOf("all", nil), "unknown shipment type": filterOf(preDispatch, object{"shipmentTypes": []string{"AIR"}}),
		"not JSON": "x",
	} {
		if status, v := a.call("POST", "/sellers/v3/shipments/filter", body); status != 400 || v["errors"] == nil {
			t.Errorf("%s: %d %v", name, status, v)
		}
	}
	if status, v := a.call("GET", "/sellers/v3/shipments/filter?nextPage=true&token=made-up", nil); status != 400 || v["errors"] == nil {
		t.Errorf("%d %v", status, v)
	}
}

func firstItem(s object) object { return s["orderItems"].([]any)[0].(object) }

func TestReads(t *testing.T) {
	t.Parallel()
	a := open(t, 200, shop.Faults{})
	var split shop.Order
	a.s.Each(func(o shop.Order) {
		if len(shipments(o)) == 2 {
			split = o
		}
	})
	parts := shipments(split)
	for query, want := range map[string]int{
		"orderIds=" + split.ID: 2, "shipmentIds=" + parts[1].id() + ",nobody": 1, "orderItemIds=" + split.Lines[0].ID + "," + split.Lines[0].ID: 1,
	} {
		if status, v := a.call("GET", "/sellers/v3/shipments?"+query, nil); status != 200 || len(v["shipments"].([]any)) != want {
			t.Errorf("%s: %d, %d shipments, want %d", query, status, len(v["shipments"].([]any)), want)
		}
	}
	for _, query := range []string{"", "orderIds=", "orderIds=a&shipmentIds=b", "shipmentIds=" + strings.Repeat("x,", 100) + "y"} {
		status, _ := a.call("GET", "/sellers/v3/shipments?"+query, nil)
		if wide := strings.HasPrefix(query, "shipmentIds"); status != 400 && !wide {
			t.Errorf("%q: %d", query, status)
		}
	}
	a.s.Each(func(o shop.Order) {
		_, v := a.call("GET", "/sellers/v3/shipments/"+shipmentID(o.Seq, 1), nil)
		d := v["shipments"].([]any)[0].(object)
		if address := d["deliveryAddress"]; (address != nil) != selfShip(o) {
			t.Errorf("order %d, self-ship %v, has address %v", o.Seq, selfShip(o), address)
		}
	})
}
