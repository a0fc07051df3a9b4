package amazon

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

func TestSearchRefusesWhatAmazonRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3, Options{LimitFactor: 1e6})
	const after = "2026-11-01T00:00:00Z"
	for name, q := range map[string][]string{
		"no time":              {},
		"before alone":         {"lastUpdatedBefore", "2026-11-02T00:00:00Z"},
		"both families":        {"createdAfter", after, "lastUpdatedAfter", after},
		"mixed families":       {"createdAfter", after, "lastUpdatedBefore", "2026-11-02T00:00:00Z"},
		"mixed the other way":  {"lastUpdatedAfter", after, "createdBefore", "2026-11-02T00:00:00Z"},
		"not a time":           {"createdAfter", "yesterday"},
		"a date":               {"createdAfter", "2026-11-01"},
		"future":               {"createdAfter", noon.Add(time.Hour).Format(time.RFC3339)},
		"before in 2 minutes":  {"createdAfter", after, "createdBefore", noon.Add(-119 * time.Second).Format(time.RFC3339)},
		"before the after":     {"createdAfter", after, "createdBefore", "2026-10-31T00:00:00Z"},
		"bad before":           {"createdAfter", after, "createdBefore", "x"},
		"page of 0":            {"createdAfter", after, "maxResultsPerPage", "0"},
		"page of 101":          {"createdAfter", after, "maxResultsPerPage", "101"},
		"page of x":            {"createdAfter", after, "maxResultsPerPage", "x"},
		"unknown status":       {"createdAfter", after, "fulfillmentStatuses", "SHIPPED,Shipped"},
		"unknown included":     {"createdAfter", after, "includedData", "BUYER,PII"},
		"unknown fulfilled by": {"createdAfter", after, "fulfilledBy", "MFN"},
		"many markets":         {"createdAfter", after, "marketplaceIds", strings.Repeat("A,", 51)},
		"bad token":            {"createdAfter", after, "paginationToken", "abc"},
	} {
		if res, body := d.get(listPath, q...); res.Code != 400 || fault(body) != "InvalidInput" {
			t.Errorf("%s: %d %v", name, res.Code, body)
		}
	}
	if res, body := d.get(listPath, "createdAfter", after, "createdBefore", noon.Add(-2*time.Minute).Format(time.RFC3339)); res.Code != 200 {
		t.Errorf("a Before of two minutes ago: %d %v", res.Code, body)
	}
}

// pages reads all pages of a search.
func (d *desk) pages(limit int, query ...string) (ids []string, pages int) {
	d.t.Helper()
	query = append(query, "maxResultsPerPage", fmt.Sprint(limit))
	token := ""
	for pages < 1000 {
		q := query
		if token != "" {
			q = append(q[:len(q):len(q)], "paginationToken", token)
		}
		res, body := d.get(listPath, q...)
		if res.Code != 200 {
			d.t.Fatalf("page %d: %d %v", pages+1, res.Code, body)
		}
		pages++
		for _, o := range body["orders"].([]any) {
			ids = append(ids, o.(map[string]any)["orderId"].(string))
		}
		p, ok := body["pagination"].(map[string]any)
		if !ok {
			return ids, pages
		}
		token = p["nextToken"].(string)
	}
	return ids, pages
}

func TestSearchPagesThroughEverything(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 250, Options{LimitFactor: 1e6})
	ids, pages := d.pages(100, "lastUpdatedAfter", "2026-10-01T00:00:00Z")
	seen := map[string]bool{}
	var last time.Time
	for _, id := range ids {
		o, err := d.shop.Get(id)
		if err != nil || seen[id] || o.Updated.Before(last) {
			t.Errorf("%s: %v, listed before: %v, updated %s after %s", id, err, seen[id], o.Updated, last)
		}
		seen[id], last = true, o.Updated
	}
	fresh := 0
	d.shop.Each(func(o shop.Order) {
		if o.Updated.After(noon.Add(-2 * time.Minute)) {
			fresh++
		}
	})
	if len(ids) != 250-fresh || pages != 3 {
		t.Errorf("%d orders in %d pages, want %d in 3", len(ids), pages, 250-fresh)
	}
	// The bounds are part of the window, so windows can touch.
	o, _ := d.shop.Get(ids[100])
	at := o.Updated.Format(time.RFC3339)
	if got, _ := d.pages(100, "lastUpdatedAfter", at, "lastUpdatedBefore", at); len(got) == 0 {
		t.Error("an order on both bounds of a window is not in it")
	}
	if got, _ := d.pages(100, "lastUpdatedAfter", "2026-10-01T00:00:00Z", "marketplaceIds", "ATVPDKIKX0DER"); len(got) != 0 {
		t.Errorf("%d orders in another marketplace", len(got))
	}
	var sum int
	for _, s := range fulfillmentStatuses {
		got, _ := d.pages(100, "createdAfter", "2026-10-01T00:00:00Z", "fulfillmentStatuses", s)
		sum += len(got)
	}
	mine, _ := d.pages(100, "createdAfter", "2026-10-01T00:00:00Z", "fulfilledBy", "MERCHANT")
	theirs, _ := d.pages(100, "createdAfter", "2026-10-01T00:00:00Z", "fulfilledBy", "AMAZON")
	all, _ := d.pages(100, "createdAfter", "2026-10-01T00:00:00Z")
	if sum != len(all) || len(mine)+len(theirs) != len(all) || len(theirs) == 0 {
		t.Errorf("%d orders, %d by status, %d + %d by who ships", len(all), sum, len(mine), len(theirs))
	}
}

func TestPageTokens(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 50, Options{LimitFactor: 1e6})
	const after = "2026-10-01T00:00:00Z"
	_, body := d.get(listPath, "lastUpdatedAfter", after, "maxResultsPerPage", "10", "marketplaceIds", Marketplace)
	token := body["pagination"].(map[string]any)["nextToken"].(string)
	bound := body["lastUpdatedBefore"]
	try := func(q ...string) int {
		res, _ := d.get(listPath, append(q, "paginationToken", token)...)
		return res.Code
	}
	if got := try("lastUpdatedAfter", after); got != 400 {
		t.Errorf("a token with a parameter missing: %d", got)
	}
	if got := try("lastUpdatedAfter", "2026-10-02T00:00:00Z", "marketplaceIds", Marketplace); got != 400 {
		t.Errorf("a token with a parameter changed: %d", got)
	}
	if got := try("lastUpdatedAfter", after, "marketplaceIds", Marketplace, "maxResultsPerPage", "5", "includedData", "BUYER"); got != 200 {
		t.Errorf("page size and included data may change: %d", got)
	}
	d.wait(50 * time.Minute)
	d.open(Options{LimitFactor: 1e6})
	if _, body := d.get(listPath, "lastUpdatedAfter", after, "marketplaceIds", Marketplace, "paginationToken", token); body["lastUpdatedBefore"] != bound {
		t.Errorf("the window moved between pages: %v and %v", bound, body["lastUpdatedBefore"])
	}
	d.wait(23*time.Hour + 11*time.Minute)
	d.open(Options{LimitFactor: 1e6})
	if got := try("lastUpdatedAfter", after, "marketplaceIds", Marketplace); got != 400 {
		t.Errorf("a token of more than a day ago: %d", got)
	}
}

func TestPageFaults(t *testing.T) {
	t.Parallel()
	const after = "2026-10-01T00:00:00Z"
	d := newDesk(t, 95, Options{LimitFactor: 1e6, Settle: -1})
	d.shop.SetFaults(shop.Faults{Overlap: 3, Duplicate: 1})
	ids, pages := d.pages(10, "lastUpdatedAfter", after)
	seen := map[string]int{}
	for _, id := range ids {
		seen[id]++
	}
	if len(seen) != 95 || len(ids) != 95+3*(pages-1)+pages {
		t.Errorf("%d rows in %d pages with %d different orders", len(ids), pages, len(seen))
	}
	d.shop.SetFaults(shop.Faults{Repeat: 1})
	if _, pages := d.pages(10, "lastUpdatedAfter", after); pages != 1000 {
		t.Errorf("a page that leads to itself ended after %d pages", pages)
	}
	d.shop.SetFaults(shop.Faults{Expire: 1})
	_, body := d.get(listPath, "lastUpdatedAfter", after, "maxResultsPerPage", "10")
	token := body["pagination"].(map[string]any)["nextToken"].(string)
	if res, _ := d.get(listPath, "lastUpdatedAfter", after, "paginationToken", token); res.Code != 400 {
		t.Errorf("an expired token: %d", res.Code)
	}
	d.shop.SetFaults(shop.Faults{Unparsable: 1})
	_, body = d.get(listPath, "lastUpdatedAfter", after, "maxResultsPerPage", "1")
	if o := body["orders"].([]any)[0].(map[string]any); o["orderId"] == "" || o["createdTime"] != "yesterday" {
		t.Errorf("%v can be read", o)
	}
	d.shop.SetFaults(shop.Faults{Unknown: 1, Skew: -time.Hour})
	_, body = d.get(listPath, "createdAfter", after, "includedData", "FULFILLMENT", "maxResultsPerPage", "1")
	if f := body["orders"].([]any)[0].(map[string]any)["fulfillment"].(map[string]any); f["fulfillmentStatus"] != "AWAITING_INSPECTION" {
		t.Errorf("status %v", f)
	}
	if body["createdBefore"] != noon.Add(-time.Hour).Format("2006-01-02T15:04:05Z") {
		t.Errorf("the clock is right: %v", body["createdBefore"])
	}
}

func TestOnlyIncludedDataIsSent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 300, Options{LimitFactor: 1e6})
	parts := map[string]string{"BUYER": "buyer", "RECIPIENT": "recipient", "PROCEEDS": "proceeds", "FULFILLMENT": "fulfillment",
		"PACKAGES": "packages", "PAYMENT": "payment", "FULFILLMENT_ORDERS": "fulfillmentOrders"}
	var delivered shop.Order
	d.shop.Each(func(o shop.Order) {
		if o.Status == order.Delivered && o.Collected {
			delivered = o
		}
	})
	path := listPath + "/" + delivered.ID
	_, body := d.get(path)
	bare := body["order"].(map[string]any)
	for name, field := range parts {
		if _, ok := bare[field]; ok {
			t.Errorf("%s comes without being asked for", field)
		}
		_, body := d.get(path, "includedData", name)
		if _, ok := body["order"].(map[string]any)[field]; !ok {
			t.Errorf("%s does not come when asked for", field)
		}
	}
	if it := bare["orderItems"].([]any)[0].(map[string]any); it["fulfillment"] != nil || it["proceeds"] != nil || it["product"] == nil {
		t.Errorf("bare item: %v", it)
	}
}

func TestPendingOrdersHaveNoPrices(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0, Options{LimitFactor: 1e6})
	o := d.shop.Arrive()
	all := "BUYER,RECIPIENT,PROCEEDS,PAYMENT,FULFILLMENT,PACKAGES"
	_, body := d.get(listPath+"/"+o.ID, "includedData", all)
	w := body["order"].(map[string]any)
	for _, field := range []string{"buyer", "recipient", "proceeds", "payment", "packages"} {
		if w[field] != nil {
			t.Errorf("a pending order has %s: %v", field, w[field])
		}
	}
	if p := w["orderItems"].([]any)[0].(map[string]any)["product"].(map[string]any); p["price"] != nil {
		t.Errorf("a pending order has a price: %v", p)
	}
	// Nothing is listed before it is two minutes old.
	if ids, _ := d.pages(10, "lastUpdatedAfter", "2026-11-01T00:00:00Z"); len(ids) != 0 {
		t.Errorf("%v is listed at once", ids)
	}
	d.wait(2 * time.Minute)
	if ids, _ := d.pages(10, "lastUpdatedAfter", "2026-11-01T00:00:00Z"); len(ids) != 1 {
		t.Errorf("after two minutes: %v", ids)
	}
}

func TestOldOrdersAreForgotten(t *testing.T) {
	t.Parallel()
	old := shop.Order{ID: "404-1111111-1111111", Created: noon.AddDate(-3, 0, 0), Updated: noon.AddDate(-3, 0, 1), Status: order.Shipped}
	d := newDesk(t, 0, Options{})
	d.shop = shop.Load(shop.Config{Now: d.now, Traits: Traits()}, []shop.Order{old})
	for all, want := range map[bool]int{false: 404, true: 200} {
		d.open(Options{AllTime: all, LimitFactor: 1e6})
		if res, _ := d.get(listPath + "/" + old.ID); res.Code != want {
			t.Errorf("all time %v: %d", all, res.Code)
		}
		ids, _ := d.pages(10, "lastUpdatedAfter", "2020-01-01T00:00:00Z")
		created, _ := d.pages(10, "createdAfter", "2020-01-01T00:00:00Z")
		if found := want == 200; (len(ids) == 1) != found || (len(created) == 1) != found {
			t.Errorf("all time %v: listed %v and %v", all, ids, created)
		}
	}
}
