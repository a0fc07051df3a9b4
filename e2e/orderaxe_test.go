package e2e

import (
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// TestOrderAccessibility runs axe over the order in its page and its drawer,
// with forms open, refused and in conflict, over writing one down and over what
// is printed, in both themes and both sizes.
func TestOrderAccessibility(t *testing.T) {
	a := newApp(t, 20)
	ids := a.three(t)
	a.worked(t, ids[0])
	source := axeSource(t)
	b := newTab(t, a)
	b.allow("status of 4")
	b.signIn("admin")
	states := []struct {
		what string
		show func()
	}{
		{"order", func() { b.open("/orders/" + ids[0] + "?in=q%3Dfindme") }},
		{"order with every form open", func() { eval[any](b, `document.querySelectorAll("#order details").forEach(d => d.open = true); 0`) }},
		{"order with a refused form", func() {
			b.open("/orders/" + ids[1])
			b.click(`#edit-address summary`)
			eval[any](b, `document.querySelector("#address-pincode").value = "12"; document.querySelector("#form-address button[value=save]").click(); 0`)
			b.until(`document.querySelector("#address-pincode-err")`)
		}},
		{"order in conflict", func() {
			b.open("/orders/" + ids[2])
			eval[any](b, `document.querySelector("#form-tags [name=seen]").value = "old"; document.querySelector("#edit-tags").open = true; document.querySelector("#form-tags button").click(); 0`)
			b.until(`document.querySelector("#conflict .versions")`)
		}},
		{"drawer", func() {
			b.open("/orders?q=findme")
			b.click(linkOf(ids[0]))
			b.until(`document.querySelector("#drawer")?.open`)
		}},
		{"new order", func() { b.open("/orders/new") }},
		{"new order refused", func() {
			b.click(`#entry-save`)
			b.until(`document.querySelector("#e-items-0-unitPrice-err")`)
		}},
		{"company", func() { b.open("/settings/company") }},
		{"packing slip", func() { b.open("/orders/" + ids[0] + "/print/slip") }},
		{"invoice", func() { b.open("/orders/" + ids[0] + "/print/invoice") }},
		{"pick list", func() { b.open("/orders/print?what=pick&ids=" + ids[0] + "," + ids[1]) }},
	}
	for _, size := range [][2]int64{{1280, 800}, {390, 844}} {
		b.size(size[0], size[1])
		for _, theme := range []string{"light", "dark"} {
			b.scheme(theme)
			for _, s := range states {
				s.show()
				what := s.what + ", " + theme + ", " + map[int64]string{1280: "wide", 390: "narrow"}[size[0]]
				b.axe(t, source, what)
				if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
					t.Errorf("%s: the page is %d px wider than the window", what, over)
				}
			}
		}
	}
}

// worked makes an order on which much has happened.
func (a *app) worked(t *testing.T, id string) {
	t.Helper()
	key, err := order.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if _, err := a.store.Orders().Update(t.Context(), key, func(o *order.Order) error {
		if err := o.SetTags([]string{"vip", "gift"}, "admin", now); err != nil {
			return err
		}
		o.Assign("support", "admin", now)
		o.AddNote("@admin please look", "support", now)
		if err := o.CorrectAddress(order.Address{Line1: "4 Hill Road", City: "Mumbai", State: "Kerala", Pincode: "400050"}, "admin", now); err != nil {
			return err
		}
		return o.PutOnHold("waits for the customer", now.Add(48*time.Hour), "admin", now)
	}); err != nil {
		t.Fatal(err)
	}
}

// TestWriteDown: an order is entered by hand with the keyboard, without and
// with mistakes, and is not made twice.
func TestWriteDown(t *testing.T) {
	a := newApp(t, 0)
	b := newTab(t, a)
	b.allow("status of 422")
	b.signIn("support")
	b.open("/orders/new")
	b.write(`#e-customer-name`, "Kavya Nair")
	b.write(`#e-customer-phone`, "9876543210")
	b.write(`#e-items-0-sku`, "RING-7")
	b.write(`#e-items-0-unitPrice`, "twelve\r")
	b.until(`document.activeElement.id === "e-items-0-unitPrice" && document.querySelector("#e-items-0-unitPrice-err")`)
	if got := eval[string](b, `document.querySelector("#e-customer-name").value`); got != "Kavya Nair" {
		t.Errorf("the name became %q", got)
	}
	eval[any](b, `document.querySelector("#e-items-0-unitPrice").select(); 0`)
	b.press("1299")
	b.click(`#entry button[value=check]`)
	b.until(`document.querySelector(".sum-total dd").innerText === "₹1,299.00"`)
	b.click(`#entry-save`)
	b.until(`document.querySelector("main #order h1")?.innerText.startsWith("PLM-")`)
	b.click(`a[href$="/edit"]`)
	b.until(`document.querySelector("#e-items-0-quantity")`)
	eval[any](b, `document.querySelector("#e-items-0-quantity").select(); 0`)
	b.press("2")
	b.press("\r")
	b.until(`document.querySelector("main #order")?.dataset.version === "2" && document.querySelector(".sum-total dd").innerText === "₹2,598.00"`)
}
