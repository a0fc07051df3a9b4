package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

func disable(ch *channel.Channel) error { ch.Enabled = false; return nil }

func overAPI(ch *channel.Channel) error { ch.Adapter = "woocommerce"; return nil }

// collect puts the fields of a form into f, as a browser would send them.
func collect(f url.Values) func(int, *goquery.Selection) {
	return func(_ int, s *goquery.Selection) {
		name, value := s.AttrOr("name", ""), s.AttrOr("value", "")
		switch goquery.NodeName(s) {
		case "select":
			value = s.Find("option[selected]").AttrOr("value", s.Find("option").First().AttrOr("value", ""))
		case "textarea":
			value = s.Text()
		}
		f.Add(name, value)
	}
}

func companyOf(state string) url.Values {
	return url.Values{"name": {"Palmonas Jewellery"}, "line1": {"1 Road"}, "line2": {""}, "city": {"Pune"}, "state": {state}, "pincode": {"411001"}, "phone": {""}, "email": {""},
		"gstin": {"27AAPFU0939F1ZV"}, "prefix": {"plm"}, "hsn": {"7117"}, "rate": {"3"}, "rules": {"RING- 7113 3\n\nBOX 4819 18%"}, "terms": {"Exchange within\r\n15 days."}}
}

func TestCompanySettings(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	b.get("/settings").want(t, http.StatusOK).wantText(t, "/settings/company")
	b.get("/settings/company").want(t, http.StatusOK).wantText(t, `value="7117"`, `value="3"`)
	bad := companyOf("Kerala")
	bad.Set("rate", "much")
	bad.Set("rules", "RING- 7113")
	b.post("/settings/company", bad).want(t, http.StatusUnprocessableEntity).wantText(t, "This GSTIN is of Maharashtra.", "Write a percentage", "Line 1", "Palmonas Jewellery")
	b.post("/settings/company", companyOf("Maharashtra")).want(t, http.StatusSeeOther)
	b.post("/settings/company", companyOf("Maharashtra")).want(t, http.StatusSeeOther)
	b.get("/settings/company").want(t, http.StatusOK).wantText(t, "RING- 7113 3\nBOX 4819 18", `value="PLM"`, "Settings saved.")
	a.as("support").get("/settings/company").want(t, http.StatusForbidden)
}

func TestPrinting(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(3)
	b := a.as("support")
	path := "/orders/" + ids[0].String()
	b.get(path+"/print/slip").want(t, http.StatusOK).wantText(t, "Packing slip", "Asha Raghunathan", "12 Hidden Lane", "RING-1", "AWB000001", "not set up yet").lacksText(t, "₹1,299")
	b.get(path+"/print/invoice").want(t, http.StatusOK).wantText(t, "Proforma invoice", "Maharashtra").lacksText(t, "Issue ")
	list := url.Values{"ids": {ids[0].String() + "," + ids[1].String(), ids[2].String(), ids[0].String()}}
	for what, wants := range map[string][]string{"slip": {"RING-1", "RING-3"}, "pick": {"Pick list", "3 orders", "RING-2"}, "invoice": {"Proforma", "7117"}} {
		list.Set("what", what)
		b.get("/orders/print?"+list.Encode()).want(t, http.StatusOK).wantText(t, wants...)
	}
	if n := b.get("/orders/print?" + list.Encode()).doc(t).Find(".sheet").Length(); n < 1 {
		t.Errorf("%d sheets", n)
	}
	// Masked for those who may not read customers.
	r := a.as("readonly")
	for _, p := range []string{path + "/print/slip", path + "/print/invoice", "/orders/print?what=slip&ids=" + ids[0].String(), "/orders/print?what=invoice&ids=" + ids[0].String()} {
		r.get(p).want(t, http.StatusOK).lacksText(t, "Raghunathan", "Hidden Lane", "9876543210", "98765 43210", "411001", "Issue ").wantText(t, "masked")
	}
	for _, bad := range []string{"", "?what=slip", "?ids=zzz&what=slip", "?ids=" + ids[0].String() + "&what=poster", "?ids=0000000000001&what=slip", "?ids=" + strings.Repeat("0000000000001,", 3) + "&what=slip&x=1"} {
		b.get("/orders/print"+bad).want(t, http.StatusUnprocessableEntity)
	}
	b.get("/orders/0000000000001/print/slip").want(t, http.StatusNotFound)
}

func TestIssueInvoices(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(12)
	b := a.as("admin")
	b.post("/orders/"+ids[0].String()+"/invoice", nil).want(t, http.StatusUnprocessableEntity).wantText(t, "Settings")
	b.post("/settings/company", companyOf("Maharashtra")).want(t, http.StatusSeeOther)
	co, err := a.srv.company(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := co.Series(a.clock.now(), a.srv.Location) + "/00001"
	path := "/orders/" + ids[0].String()
	b.get(path+"/print/invoice").want(t, http.StatusOK).wantText(t, "Proforma", "Issue "+first)
	b.post(path+"/invoice", nil).want(t, http.StatusSeeOther)
	b.get(path+"/print/invoice").want(t, http.StatusOK).wantText(t, "Tax invoice", first, "Palmonas Jewellery", "27AAPFU0939F1ZV", "Asha Raghunathan", "7113", "Rupees One Thousand Two Hundred Ninety-Nine and One Paise Only").lacksText(t, "Proforma", "Issue ")
	b.get(path).want(t, http.StatusOK).wantText(t, first)

	// What was issued stays, whatever becomes of the seller and the order.
	other := companyOf("Maharashtra")
	other.Set("name", "Another Name")
	b.post("/settings/company", other).want(t, http.StatusSeeOther)
	b.post(path+"/invoice", nil).want(t, http.StatusSeeOther)
	b.get(path+"/print/invoice").want(t, http.StatusOK).wantText(t, first, "Palmonas Jewellery").lacksText(t, "Another Name")

	// Many at once get consecutive numbers, one each.
	var wg sync.WaitGroup
	for _, id := range ids {
		for range 2 {
			wg.Go(func() { b.post("/orders/"+id.String()+"/invoice", nil) })
		}
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, id := range ids {
		is, there, err := a.srv.invoiceOf(t.Context(), id)
		if err != nil || !there || seen[is.Number] || is.Invoice.Buyer != (order.Customer{}) {
			t.Errorf("%s: %s there %v, %v", id, is.Number, there, err)
		}
		seen[is.Number] = true
	}
	for n := range len(ids) {
		if number := first[:len(first)-2] + string(rune('0'+(n+1)/10)) + string(rune('0'+(n+1)%10)); !seen[number] {
			t.Errorf("there is no %s among %v", number, seen)
		}
	}
	all, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "order.invoice"})
	if err != nil || len(all) != len(ids) {
		t.Errorf("%d audit entries, %v", len(all), err)
	}
	a.user("looker", account.ReadOnly)
	a.as("looker").post(path+"/invoice", nil).want(t, http.StatusForbidden)
}
