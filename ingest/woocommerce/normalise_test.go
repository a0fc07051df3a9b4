package woocommerce

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
	"github.com/palmonas/palmonas-crm/order"
)

var seen = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// newAdapter builds an adapter that has nobody to talk to.
func newAdapter(t testing.TB, options map[string]string) *Adapter {
	t.Helper()
	ch := testChannel("https://shop.example")
	ch.Options = options
	p, err := New(ingest.Config{Channel: ch, Secrets: testSecrets(), Now: func() time.Time { return seen }})
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Adapter)
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNormaliseFullOrder(t *testing.T) {
	t.Parallel()
	got, err := newAdapter(t, nil).normalise(read(t, "order.json"), seen)
	if err != nil {
		t.Fatal(err)
	}
	want := order.Report{
		Ref: order.Ref{PlatformOrderID: "4101"}, Platform: order.Organic, Status: order.Confirmed, Source: order.FromPlatform,
		At: time.Date(2026, 11, 19, 18, 42, 30, 0, time.UTC), Version: seen.UnixMilli(),
		Facts: order.Facts{
			OrderNumber: "PJ-2041", OrderedAt: time.Date(2026, 11, 19, 18, 40, 0, 0, time.UTC),
			PlatformStatus: "processing", Flags: []order.Flag{order.PartiallyRefunded}, Payment: order.COD,
			Customer: order.Customer{ID: "88", Name: "Meera Nair", Email: "meera@example.com", Phone: "+919847000001", Address: order.Address{
				Line1: "Flat 3B", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"}},
			Items: []order.Item{
				{LineID: "11", SKU: "PJ-PRL-02", ProductID: "502", Title: "Pearl Drop & Stud Set", Quantity: 2,
					UnitPrice: order.INR(100000), Discount: order.INR(20000), Tax: order.INR(8572), Total: order.INR(180000)},
				{LineID: "12", ProductID: "77", Title: "Anklet", Quantity: 1,
					UnitPrice: order.INR(60000), Discount: order.INR(0), Tax: order.INR(2856), Total: order.INR(60000)},
			},
			Subtotal: order.INR(260000), Discount: order.INR(20000), Shipping: order.INR(7900), Tax: order.INR(11428), Total: order.INR(247900),
			Shipment: order.Shipment{Carrier: "Delhivery", AWB: "DL200", ShippedAt: time.Date(2025, 11, 20, 0, 0, 0, 0, time.UTC)},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report differs (-want +got):\n%s", diff)
	}
}

// A store that mixes up its types gives the same kind of report.
func TestNormaliseBrokenStore(t *testing.T) {
	t.Parallel()
	got, err := newAdapter(t, map[string]string{"completed_means": "shipped"}).normalise(read(t, "broken.json"), seen)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	want := order.Report{
		Ref: order.Ref{PlatformOrderID: "4102"}, Platform: order.Organic, Status: order.Shipped, Source: order.FromPlatform,
		At: at, Version: seen.UnixMilli(),
		Facts: order.Facts{
			OrderNumber: "4102", OrderedAt: at, PlatformStatus: "completed",
			Items: []order.Item{{LineID: "7", ProductID: "9", Quantity: 2, UnitPrice: order.INR(59967), Discount: order.INR(0),
				Tax: order.INR(0), Total: order.INR(89950)}},
			Subtotal: order.INR(89950), Discount: order.INR(0), Shipping: order.INR(0), Tax: order.INR(0), Total: order.INR(89950),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report differs (-want +got):\n%s", diff)
	}
}

// edit changes members of the full order.
func edit(t testing.TB, members map[string]any) []byte {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(read(t, "order.json"), &v); err != nil {
		t.Fatal(err)
	}
	for k, m := range members {
		if m == nil {
			delete(v, k)
		} else {
			v[k] = m
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNormaliseRefusals(t *testing.T) {
	t.Parallel()
	a := newAdapter(t, nil)
	for name, tc := range map[string]struct {
		raw  []byte
		text string
	}{
		"no id":            {edit(t, map[string]any{"id": nil}), "no id"},
		"id 0":             {edit(t, map[string]any{"id": 0}), "no id"},
		"no status":        {edit(t, map[string]any{"status": nil}), "no status"},
		"no total":         {edit(t, map[string]any{"total": nil}), "no total"},
		"no times":         {edit(t, map[string]any{"date_created_gmt": nil, "date_modified_gmt": nil}), "no time"},
		"bad time":         {edit(t, map[string]any{"date_created_gmt": "yesterday"}), "time"},
		"bad total":        {edit(t, map[string]any{"total": "12,99.x"}), "total"},
		"huge total":       {edit(t, map[string]any{"total": "99999999999999999999"}), "total"},
		"long exponent":    {edit(t, map[string]any{"total": "1e999999999"}), "total"},
		"bad currency":     {edit(t, map[string]any{"currency": "Rupees"}), "total"},
		"negative pieces":  {edit(t, map[string]any{"line_items": []any{map[string]any{"quantity": -1}}}), "line 1: quantity"},
		"too many pieces":  {edit(t, map[string]any{"line_items": []any{map[string]any{"quantity": 1e9}}}), "line 1: quantity"},
		"a list":           {[]byte(`[1]`), "not an order"},
		"nothing":          {[]byte(`null`), "not an order"},
		"broken off":       {[]byte(`{"id":`), "not an order"},
		"fee that is text": {edit(t, map[string]any{"fee_lines": []any{map[string]any{"total": "free"}}}), "fee"},
	} {
		if _, err := a.normalise(tc.raw, seen); err == nil || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: error %v, want %q in it", name, err, tc.text)
		}
	}
	for _, slug := range []string{"auto-draft", "checkout-draft", "draft"} {
		if _, err := a.normalise(edit(t, map[string]any{"status": slug}), seen); !errors.Is(err, errBasket) {
			t.Errorf("%s: %v, want it left out", slug, err)
		}
	}
}

func TestNormaliseDetails(t *testing.T) {
	t.Parallel()
	a := newAdapter(t, map[string]string{"status_map": `{"wc-at-workshop":"processing","shipped":"delivered"}`})
	normalise := func(members map[string]any) order.Report {
		t.Helper()
		r, err := a.normalise(edit(t, members), seen)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := normalise(map[string]any{"status": "failed"}); r.Status != order.Pending || r.Facts.SubStatus != "payment_failed" {
		t.Errorf("failed: %s, %s", r.Status, r.Facts.SubStatus)
	}
	if r := normalise(map[string]any{"status": "at-workshop"}); r.Status != order.Processing || r.Facts.PlatformStatus != "at-workshop" {
		t.Errorf("own slug: %s, %s", r.Status, r.Facts.PlatformStatus)
	}
	if r := normalise(map[string]any{"status": "shipped"}); r.Status != order.Delivered {
		t.Errorf("the store's own table must win: %s", r.Status)
	}
	if r := normalise(map[string]any{"status": "refunded"}); len(r.Facts.Flags) != 0 || r.Facts.Total != order.INR(247900) {
		t.Errorf("refunded: flags %v, total %v", r.Facts.Flags, r.Facts.Total)
	}
	if r := normalise(map[string]any{"total": "2600.00"}); !strings.Contains(cmp.Diff(nil, r.Facts.Flags), "needs_attention") {
		t.Errorf("totals that do not add up: flags %v", r.Facts.Flags)
	}
	if r := normalise(map[string]any{"payment_method": "razorpay", "payment_method_title": "UPI"}); r.Facts.Payment != order.Prepaid {
		t.Errorf("razorpay: %s", r.Facts.Payment)
	}
	if r := normalise(map[string]any{"payment_method": "smart_cod", "payment_method_title": ""}); r.Facts.Payment != order.COD {
		t.Errorf("smart_cod: %s", r.Facts.Payment)
	}
	deleted := map[string]any{"first_name": "[deleted]", "last_name": "[deleted]", "email": "deleted@site.invalid", "phone": "0000000000"}
	if r := normalise(map[string]any{"billing": deleted, "shipping": deleted}); r.Facts.Customer != (order.Customer{Name: "[deleted]"}) {
		t.Errorf("erased customer: %+v", r.Facts.Customer)
	}
	if r := normalise(map[string]any{"currency": "JPY", "total": "1200", "line_items": []any{}, "fee_lines": []any{}, "discount_total": "0",
		"discount_tax": "0", "shipping_total": "1200.000", "total_tax": "0"}); r.Facts.Total != (order.Money{Minor: 1200, Currency: "JPY"}) {
		t.Errorf("yen: %+v", r.Facts.Total)
	}
	abroad := map[string]any{"first_name": "Ann", "address_1": "1 Main St", "city": "Niagara Falls", "state": "NY", "postcode": "14304", "country": "us"}
	if r := normalise(map[string]any{"shipping": abroad}); r.Facts.Customer.Address.State != "NY" || r.Facts.Customer.Address.Country != "US" {
		t.Errorf("abroad: %+v", r.Facts.Customer.Address)
	}
}

func TestRoundMoney(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"2426.213592": 242621, "0.005": 1, "-0.005": -1, "1.2e3": 120000, "9.994999": 999, "9.995": 1000, "-9.995": -1000, "1E-9": 0,
	} {
		if got, err := roundMoney(text, "INR"); err != nil || got != order.INR(want) {
			t.Errorf("%s: %v, %v; want %d paise", text, got, err, want)
		}
	}
	for _, text := range []string{"", ".", "1/3", "0x10", "1e21", "1e-21", "e5", "--1", "1_000", "Inf", "NaN", strings.Repeat("9", 41)} {
		if got, err := roundMoney(text, "INR"); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	a := newAdapter(f, nil)
	platformtest.Fuzz(f, "testdata/*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		r, err := a.normalise(body, seen)
		if err != nil {
			return nil, nil, err
		}
		return []order.Report{r}, nil, nil
	})
}

func FuzzList(f *testing.F) {
	a := newAdapter(f, nil)
	platformtest.Fuzz(f, "testdata/*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		var list []json.RawMessage
		res := ingest.Response{
			Header: http.Header{"Content-Type": {"application/json"}},
			Body:   slices.Concat([]byte("<br />Notice\n["), body, []byte("]")),
		}
		if err := decode(res, &list); err != nil {
			return nil, nil, err
		}
		page, times := a.page(list, seen)
		next, _ := cursor{}.next(times, len(times)%2 == 0, seen)
		if _, err := parseCursor(next.String()); err != nil {
			return nil, nil, err
		}
		return page.Reports, page.Rejects, nil
	})
}
