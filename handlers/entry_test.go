package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// entry is the form for a new order, filled in.
func (a *app) entry() url.Values {
	f := url.Values{"version": {"0"}, "seed": {"s1"}, "action": {"save"}}
	for _, name := range views.EntryFields() {
		f.Set(name, "")
	}
	for name, v := range map[string]string{
		"channel": "website", "orderedAt": a.clock.now().In(a.srv.Location).Format(formMinute), "status": "confirmed", "paymentMethod": "cod",
		"customer.name": "Meera Iyer", "customer.phone": "98765 43210", "customer.address.line1": "4 Hill Road", "customer.address.city": "Chennai",
		"customer.address.state": "tn", "customer.address.pincode": "600 001", "shipping": "49", "discount": "100.50",
	} {
		f.Set(name, v)
	}
	f["sku"], f["title"], f["quantity"] = []string{"RING-1", "", "CHAIN"}, []string{"Ring", "", ""}, []string{"2", "1", "1"}
	f["price"], f["lineDiscount"], f["tax"] = []string{"₹1,299", "", "499.50"}, []string{"98", "", ""}, []string{"72.82", "", ""}
	return f
}

func TestNewOrder(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	page := b.get("/orders/new").want(t, http.StatusOK).doc(t)
	if page.Find("#e-channel option").Length() != 2 || page.Find(".entry-row").Length() != newRows || page.Find("input[name=seed]").AttrOr("value", "") == "" {
		t.Error("the form is not complete")
	}
	x := b.post("/orders/new", a.entry()).want(t, http.StatusSeeOther)
	id, err := order.ParseID(strings.TrimPrefix(x.header.Get("Location"), "/orders/"))
	if err != nil {
		t.Fatal(err)
	}
	o := a.order(id)
	f := o.Facts
	if o.Ref.Channel != "website" || o.Platform != order.Organic || o.Status != order.Confirmed || f.Payment != order.COD || len(f.Items) != 2 ||
		f.Customer.Phone != "+919876543210" || f.Customer.Address.State != "Tamil Nadu" || f.Customer.Address.Pincode != "600001" {
		t.Errorf("%+v", o)
	}
	// 2 × 1299 − 98 + 499.50 − 100.50 + 49
	if f.Subtotal != order.INR(309750) || f.Discount != order.INR(19850) || f.Total != order.INR(294800) || f.Tax != order.INR(7282) {
		t.Errorf("amounts %v − %v = %v, tax %v", f.Subtotal, f.Discount, f.Total, f.Tax)
	}
	b.get("/orders/"+id.String()).want(t, http.StatusOK).wantText(t, "The order was added.", "Meera Iyer", "/edit")

	// The same form again is the same order.
	b.post("/orders/new", a.entry()).want(t, http.StatusUnprocessableEntity).wantText(t, "sent before")
	other := a.entry()
	other.Set("seed", "s2")
	b.post("/orders/new", other).want(t, http.StatusSeeOther)
}

func TestNewOrderPressedTwice(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	form := a.entry()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { b.post("/orders/new", form) })
	}
	wg.Wait()
	if n, err := a.store.Orders().Count(t.Context(), nil, 10); n != 1 || err != nil {
		t.Errorf("%d orders, %v", n, err)
	}
}

func TestNewOrderRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	for what, c := range map[string]struct {
		change func(url.Values)
		at     string // id of the field that says it
		says   string
	}{
		"no name": {func(f url.Values) { f.Set("customer.name", ""); f.Set("customer.phone", "") }, "e-customer-name", "Write a name"},
		"no item": {func(f url.Values) {
			f["sku"], f["title"], f["price"], f["lineDiscount"], f["tax"] = []string{""}, []string{""}, []string{""}, []string{""}, []string{""}
			f["quantity"] = []string{"1"}
		}, "e-items-0-sku", "Say what was ordered"},
		"no price":           {func(f url.Values) { f["price"][0] = "" }, "e-items-0-unitPrice", "Say what one costs"},
		"no number":          {func(f url.Values) { f["quantity"][2] = "a few" }, "e-items-1-quantity", "whole number"},
		"no amount":          {func(f url.Values) { f["price"][2] = "12,50" }, "e-items-1-unitPrice", "Write an amount"},
		"too much":           {func(f url.Values) { f["price"][0] = "99999999999999999999" }, "e-items-0-unitPrice", "too much"},
		"negative":           {func(f url.Values) { f["price"][0] = "-1" }, "e-items-0-unitPrice", "negative"},
		"discount too large": {func(f url.Values) { f["lineDiscount"][0] = "9999" }, "e-items-0-discount", "more than the price"},
		"no day":             {func(f url.Values) { f.Set("orderedAt", "yesterday") }, "e-orderedAt", "Write it as"},
		"future":             {func(f url.Values) { f.Set("orderedAt", "2099-01-01T10:00") }, "e-orderedAt", "future"},
		"no channel":         {func(f url.Values) { f.Set("channel", "nowhere") }, "e-channel", "Choose a channel"},
		"pincode":            {func(f url.Values) { f.Set("customer.address.pincode", "12") }, "e-customer-address-pincode", "six digits"},
		"phone":              {func(f url.Values) { f.Set("customer.phone", "12") }, "e-customer-phone", "ten digits"},
		"status":             {func(f url.Values) { f.Set("status", "lost") }, "e-status", "no such status"},
		"payment":            {func(f url.Values) { f.Set("paymentMethod", "barter") }, "e-paymentMethod", "prepaid or cod"},
		"shipping":           {func(f url.Values) { f.Set("shipping", "free") }, "e-shipping", "Write an amount"},
		"markup":             {func(f url.Values) { f.Set("customer.name", "<script>x</script>"); f.Set("shipping", `"><b>`) }, "e-shipping", "Write an amount"},
	} {
		f := a.entry()
		c.change(f)
		x := b.post("/orders/new", f).want(t, http.StatusUnprocessableEntity).lacksText(t, "<script>x", "<b>")
		d := x.doc(t)
		if got := d.Find("#" + c.at + "-err").Text(); !strings.Contains(got, c.says) {
			t.Errorf("%s: at %s it says %q", what, c.at, got)
		}
		if d.Find("#"+c.at).AttrOr("aria-invalid", "") != "true" || d.Find("#e-customer-address-line1").AttrOr("value", "") != "4 Hill Road" {
			t.Errorf("%s: the field is not marked, or what was typed is lost", what)
		}
	}
	uneven := a.entry()
	uneven["price"] = uneven["price"][:1]
	b.post("/orders/new", uneven).want(t, http.StatusBadRequest)
	many := a.entry()
	for _, name := range []string{"sku", "title", "quantity", "price", "lineDiscount", "tax"} {
		many[name] = make([]string, order.MaxItems+1)
	}
	b.post("/orders/new", many).want(t, http.StatusUnprocessableEntity)
	if n, err := a.store.Orders().Count(t.Context(), nil, 10); n != 0 || err != nil {
		t.Errorf("%d orders, %v", n, err)
	}
	a.as("readonly").get("/orders/new").want(t, http.StatusForbidden)
}

func TestEntryWithoutScript(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	f := a.entry()
	f.Set("action", "row")
	if n := b.post("/orders/new", f).want(t, http.StatusOK).doc(t).Find(".entry-row").Length(); n != 4 {
		t.Errorf("%d lines", n)
	}
	f.Set("action", "check")
	b.post("/orders/new", f).want(t, http.StatusOK).wantText(t, "₹2,948.00", "₹2,500.00")
	f.Set("action", "explode")
	b.post("/orders/new", f).want(t, http.StatusUnprocessableEntity)
}

func TestNoManualChannel(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for _, id := range []string{"website", "amazon-in"} {
		if _, err := a.store.Channels().Update(t.Context(), id, disable); err != nil {
			t.Fatal(err)
		}
	}
	a.as("support").get("/orders/new").want(t, http.StatusOK).wantText(t, "no channel for orders by hand", "Ask somebody").lacksText(t, "/orders/new/channel")
	b := a.as("admin")
	b.get("/orders/new").want(t, http.StatusOK).wantText(t, "/orders/new/channel")
	b.post("/orders/new/channel", nil).want(t, http.StatusSeeOther)
	b.post("/orders/new/channel", nil).want(t, http.StatusSeeOther)
	b.get("/orders/new").want(t, http.StatusOK).wantText(t, "By hand", "e-channel")
}

func TestEditOrder(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	x := b.post("/orders/new", a.entry()).want(t, http.StatusSeeOther)
	path := x.header.Get("Location") + "/edit"
	id, err := order.ParseID(strings.TrimPrefix(x.header.Get("Location"), "/orders/"))
	if err != nil {
		t.Fatal(err)
	}
	b.post("/orders/"+id.String()+"/status", statusForm("processing", 1, "")).want(t, http.StatusSeeOther)
	page := b.get(path).want(t, http.StatusOK).doc(t)
	f := url.Values{"action": {"save"}}
	page.Find("#entry input, #entry select, #entry textarea").Each(collect(f))
	f["quantity"][0] = "3"
	f.Set("customer.name", "Meera I.")
	b.post(path, f).want(t, http.StatusSeeOther)
	o := a.order(id)
	if o.Status != order.Processing || o.Facts.Items[0].Quantity != 3 || o.Facts.Customer.Name != "Meera I." || o.Facts.Total != order.INR(294800+129900) || o.Version != 3 {
		t.Errorf("status %s, version %d, %+v", o.Status, o.Version, o.Facts)
	}
	if last := o.History[len(o.History)-1]; last.By != "u-support" || last.Source != order.FromUser {
		t.Errorf("history %+v", last)
	}
	// The version that was shown is old now; what was typed stays.
	f.Set("customer.name", "Typed Meanwhile")
	stale := b.post(path, f).want(t, http.StatusConflict).wantText(t, "Typed Meanwhile", "Somebody has changed").doc(t)
	if got := stale.Find("input[name=version]").AttrOr("value", ""); got != strconv.FormatInt(o.Version, 10) {
		t.Errorf("the form offers version %s", got)
	}
	f.Set("version", "3")
	b.post(path, f).want(t, http.StatusSeeOther)
	bad := f
	bad.Set("version", "4")
	for _, name := range []string{"line1", "line2", "city", "state", "pincode"} {
		bad.Set("customer.address."+name, "")
	}
	b.post(path, bad).want(t, http.StatusUnprocessableEntity).wantText(t, "keeps one")
	a.as("readonly").get(path).want(t, http.StatusForbidden)
}

func TestPlatformsOrderIsNotRewritten(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	if _, err := a.store.Channels().Update(t.Context(), "amazon-in", overAPI); err != nil {
		t.Fatal(err)
	}
	b := a.as("admin")
	b.get("/orders/"+id.String()).want(t, http.StatusOK).lacksText(t, id.String()+"/edit")
	b.get("/orders/"+id.String()+"/edit").want(t, http.StatusConflict).wantText(t, "platform owns")
	b.post("/orders/"+id.String()+"/edit", a.entry()).want(t, http.StatusConflict)
}
