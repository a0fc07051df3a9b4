package invoice

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/order"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for paise, want := range map[int64]string{
		0:               "Rupees Zero Only",
		100:             "Rupee One Only",
		50:              "Fifty Paise Only",
		101:             "Rupee One and One Paise Only",
		129900:          "Rupees One Thousand Two Hundred Ninety-Nine Only",
		123456750:       "Rupees Twelve Lakh Thirty-Four Thousand Five Hundred Sixty-Seven and Fifty Paise Only",
		1_00_00_000_00:  "Rupees One Crore Only",
		10_01_00_011_15: "Rupees Ten Crore One Lakh Eleven and Fifteen Paise Only",
		20_00_019_00:    "Rupees Twenty Lakh Nineteen Only",
		-129900:         "Minus Rupees One Thousand Two Hundred Ninety-Nine Only",
		math.MaxInt64:   "Rupees Nine Hundred Twenty-Two Crore Thirty-Three Lakh Seventy-Two Thousand Thirty-Six Crore Eighty-Five Lakh Forty-Seven Thousand Seven Hundred Fifty-Eight and Seven Paise Only",
	} {
		if got := Words(order.INR(paise)); got != want {
			t.Errorf("%d: %q, want %q", paise, got, want)
		}
	}
	if got := Words(order.Money{Minor: 1, Currency: "USD"}); got != "" {
		t.Errorf("dollars: %q", got)
	}
	if !strings.HasPrefix(Words(order.INR(math.MinInt64)), "Minus Rupees") {
		t.Error("the smallest amount")
	}
}

func TestGSTIN(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"27AAPFU0939F1ZV": true, // published examples of the GST network
		"29AAGCB7383J1Z4": true,
		"27AAPFU0939F1ZW": false, "27AAPFU0939F1YV": false, "99AAPFU0939F1ZV": false, "27AAPF10939F1ZV": false, "": false, "27AAPFU0939F1Z": false,
		"२७AAPFU0939F1ZV": false,
	} {
		if ValidGSTIN(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestSeries(t *testing.T) {
	t.Parallel()
	ist := time.FixedZone("IST", 5*3600+1800)
	c := Company{Prefix: "PLM"}
	for at, want := range map[string]string{"2026-11-22T10:00:00Z": "PLM/26-27", "2027-03-31T18:29:59Z": "PLM/26-27", "2027-03-31T18:30:00Z": "PLM/27-28", "2099-12-31T00:00:00Z": "PLM/99-00"} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Series(when, ist); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
	if got := Number("PLM/26-27", 42); got != "PLM/26-27/00042" || len(got) > 16 {
		t.Errorf("number %s", got)
	}
}

func seller() Company {
	return Company{Name: "Palmonas", GSTIN: "27AAPFU0939F1ZV", Prefix: "PLM", HSN: HSNPlated, Rate: RateJewellery,
		Address: order.Address{Line1: "1 Road", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"},
		Rules:   []Rule{{SKU: "GLD-", HSN: HSNPrecious, Rate: 300}, {SKU: "GLD-BOX", HSN: "4819", Rate: 500}}}
}

func sold(state string, items ...order.Item) order.Order {
	return order.Order{Facts: order.Facts{Items: items, Customer: order.Customer{Address: order.Address{State: state, Country: "IN"}}}}
}

func item(sku string, quantity int, unit int64) order.Item {
	return order.Item{SKU: sku, Title: "Item " + sku, Quantity: quantity, UnitPrice: order.INR(unit), Total: order.INR(unit * int64(quantity))}
}

func TestMakeWithinTheState(t *testing.T) {
	t.Parallel()
	inv, err := Make(sold("mh", item("RING", 1, 129900), item("GLD-1", 2, 500000)), seller())
	if err != nil {
		t.Fatal(err)
	}
	// 1299.00 ÷ 1.03 = 1261.165 → 1261.17, tax 37.83, odd: 1261.18 and 18.91 twice.
	want := Line{Title: "Item RING", SKU: "RING", HSN: "7117", Quantity: 1, Gross: order.INR(129900), Discount: order.INR(0), Amount: order.INR(129900), Rate: 300,
		Taxable: order.INR(126118), CGST: order.INR(1891), SGST: order.INR(1891), IGST: order.INR(0)}
	if diff := cmp.Diff(want, inv.Lines[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if inv.Inter || inv.Union || inv.PlaceOfSupply != "Maharashtra" || inv.PlaceCode != "27" || inv.PlaceAssumed || inv.Lines[1].HSN != "7113" {
		t.Errorf("%+v", inv)
	}
	if inv.Total != order.INR(1129900) || inv.Words != "Rupees Eleven Thousand Two Hundred Ninety-Nine Only" {
		t.Errorf("total %v, %q", inv.Total, inv.Words)
	}
}

func TestMakeElsewhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o            order.Order
		change       func(*Company)
		place, code  string
		inter, union bool
		assumed      bool
	}{
		"another state":     {sold("Karnataka", item("A", 1, 10000)), nil, "Karnataka", "29", true, false, false},
		"no state":          {sold("", item("A", 1, 10000)), nil, "Maharashtra", "27", false, false, true},
		"an unknown state":  {sold("Atlantis", item("A", 1, 10000)), nil, "Maharashtra", "27", false, false, true},
		"army post":         {sold("APO", item("A", 1, 10000)), nil, "Maharashtra", "27", false, false, true},
		"a union territory": {sold("Ladakh", item("A", 1, 10000)), func(c *Company) { c.Address.State = "Ladakh" }, "Ladakh", "38", false, true, false},
		"abroad": {func() order.Order {
			o := sold("", item("A", 1, 10000))
			o.Facts.Customer.Address.Country = "AE"
			return o
		}(), nil, "AE", "96", true, false, false},
	} {
		seller := seller()
		if c.change != nil {
			c.change(&seller)
		}
		inv, err := Make(c.o, seller)
		if err != nil || inv.PlaceOfSupply != c.place || inv.PlaceCode != c.code || inv.Inter != c.inter || inv.Union != c.union || inv.PlaceAssumed != c.assumed {
			t.Errorf("%s: %+v, %v", name, inv, err)
		}
		if c.inter != (inv.IGST.Minor > 0) || c.inter == (inv.CGST.Minor > 0) {
			t.Errorf("%s: CGST %v, IGST %v", name, inv.CGST, inv.IGST)
		}
	}
}

func TestMakeSettlesTheWholeOrder(t *testing.T) {
	t.Parallel()
	o := sold("Goa", item("A", 1, 10000), item("GLD-BOX9", 1, 20000), item("C", 1, 30000))
	o.Facts.Items[2].Status = order.Cancelled
	o.Facts.Shipping, o.Facts.Total = order.INR(5000), order.INR(99999)
	inv, err := Make(o, seller())
	if err != nil || len(inv.Lines) != 3 || inv.Total != order.INR(35000) || inv.Lines[2].Title != "Delivery" || inv.Lines[2].HSN != "4819" || inv.Lines[2].Rate != 500 {
		t.Errorf("with a cancelled line: %+v, %v", inv, err)
	}
	o.Facts.Items = o.Facts.Items[:2]
	o.Facts.Total = order.INR(30001)
	if inv, err = Make(o, seller()); err != nil || inv.Total != order.INR(30001) || inv.Lines[0].Discount.Minor == 0 {
		t.Errorf("with a discount on the order: %+v, %v", inv, err)
	}
	o.Facts.Total = order.INR(36050)
	if inv, err = Make(o, seller()); err != nil || inv.Total != order.INR(36050) {
		t.Errorf("with tax on top: %+v, %v", inv, err)
	}
}

func TestMakeRefuses(t *testing.T) {
	t.Parallel()
	dollars := item("A", 1, 100)
	dollars.Total.Currency, dollars.UnitPrice.Currency = "USD", "USD"
	gone := item("A", 1, 100)
	gone.Status = order.Cancelled
	huge := item("A", 1_000_000, math.MaxInt64/2)
	for name, c := range map[string]struct {
		o    order.Order
		want error
	}{
		"nothing": {sold("Goa"), ErrNothing}, "all cancelled": {sold("Goa", gone), ErrNothing}, "dollars": {sold("Goa", dollars), ErrCurrency},
		"no price": {sold("Goa", order.Item{SKU: "A", Quantity: 1}), ErrAmounts}, "too much": {sold("Goa", huge), order.ErrOverflow},
		"negative": {sold("Goa", order.Item{SKU: "A", Quantity: 1, Total: order.INR(-1)}), ErrAmounts},
	} {
		if _, err := Make(c.o, seller()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// Whatever is sold, the parts add up to what the customer pays, CGST equals
// SGST, and the tax is within two paise of its rate.
func TestPartsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var items []order.Item
		for range rapid.IntRange(1, 6).Draw(t, "items") {
			it := item(rapid.SampledFrom([]string{"A", "GLD-1", "GLD-BOX"}).Draw(t, "sku"), rapid.IntRange(1, 9).Draw(t, "quantity"), rapid.Int64Range(0, 5_000_000).Draw(t, "unit"))
			it.Discount = order.INR(rapid.Int64Range(0, it.Total.Minor).Draw(t, "discount"))
			it.Total.Minor -= it.Discount.Minor
			items = append(items, it)
		}
		o := sold(rapid.SampledFrom([]string{"Maharashtra", "Kerala", ""}).Draw(t, "state"), items...)
		o.Facts.Shipping = order.INR(rapid.Int64Range(0, 20000).Draw(t, "shipping"))
		sum := o.Facts.Shipping.Minor
		for _, it := range items {
			sum += it.Total.Minor
		}
		if rapid.Bool().Draw(t, "total known") {
			o.Facts.Total = order.INR(max(0, sum+rapid.Int64Range(-50000, 50000).Draw(t, "off")))
		}
		inv, err := Make(o, seller())
		if err != nil {
			t.Fatal(err)
		}
		paid := sum
		if o.Facts.Total.Known() && sum > 0 {
			paid = o.Facts.Total.Minor
		}
		if inv.Total.Minor != paid || inv.Taxable.Minor+inv.CGST.Minor+inv.SGST.Minor+inv.IGST.Minor != paid || inv.CGST != inv.SGST {
			t.Fatalf("paid %d: %+v", paid, inv)
		}
		for _, l := range inv.Lines {
			if l.Gross.Minor-l.Discount.Minor != l.Amount.Minor || l.Taxable.Minor+l.CGST.Minor+l.SGST.Minor+l.IGST.Minor != l.Amount.Minor || l.Discount.Minor < 0 {
				t.Fatalf("line %+v", l)
			}
			tax, exact := float64(l.Amount.Minor-l.Taxable.Minor), float64(l.Amount.Minor)*float64(l.Rate)/float64(10000+l.Rate)
			if math.Abs(tax-exact) > 1.51 {
				t.Fatalf("tax %v, exactly %v", tax, exact)
			}
		}
	})
}

func TestCleanCompany(t *testing.T) {
	t.Parallel()
	good, err := seller().Clean()
	if err != nil || !good.Ready() || DefaultCompany().Ready() {
		t.Fatalf("%+v, %v", good, err)
	}
	for field, change := range map[string]func(*Company){
		"name": func(c *Company) { c.Name = " " }, "line1": func(c *Company) { c.Address.Line1 = "" }, "state": func(c *Company) { c.Address.State = "Nowhere" },
		"pincode": func(c *Company) { c.Address.Pincode = "1" }, "gstin": func(c *Company) { c.GSTIN = "29AAGCB7383J1Z4" }, "prefix": func(c *Company) { c.Prefix = "TOOLONG" },
		"hsn": func(c *Company) { c.HSN = "71" }, "rules": func(c *Company) { c.Rules = []Rule{{SKU: "", HSN: "7113"}} }, "terms": func(c *Company) { c.Terms = "a\x00b" },
	} {
		c := seller()
		change(&c)
		var faults order.FieldErrors
		if _, err := c.Clean(); !errors.As(err, &faults) || faults.For(field) == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}
