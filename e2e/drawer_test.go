package e2e

import (
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/palmonas/palmonas-crm/order"
)

// three orders of which the tests know the order in the list.
func (a *app) three(t *testing.T) []string {
	t.Helper()
	now := time.Now()
	var ids []string
	for i := range 3 {
		r := one("403-7770001-000000"+strconv.Itoa(i), now.Add(-time.Duration(i)*time.Hour))
		r.Facts.Customer.Phone = "+91987654321" + strconv.Itoa(i)
		ids = append(ids, a.absorb(t, r)[0].String())
	}
	return ids
}

// TestDrawer: the order lies over the list, which keeps its place.
func TestDrawer(t *testing.T) {
	a := newApp(t, 60)
	ids := a.three(t)
	b := newTab(t, a)
	b.signIn("support")
	b.open("/orders?q=findme")
	b.until(`document.querySelectorAll("#rows tr").length === 3`)
	eval[any](b, `window.same = document.querySelector("#rows"); 0`)

	b.click(linkOf(ids[0]))
	b.until(`location.pathname === "/orders/` + ids[0] + `" && document.activeElement.id === "drawer-title"`)
	// On to the next ones and back, without the list.
	b.press("j")
	b.until(`location.pathname === "/orders/` + ids[1] + `" && location.search === "?in=q%3Dfindme"`)
	b.press("j")
	b.until(`document.querySelector("#order")?.dataset.order === "` + ids[2] + `"`)
	b.until(`!document.querySelector("[data-walk=next]")`)
	b.press("k")
	b.until(`document.querySelector("#order")?.dataset.order === "` + ids[1] + `"`)

	// Esc leads back to the list as it was, and to the row of the last order.
	b.press("\x1b")
	b.until(`!document.querySelector("#drawer").open && location.pathname + location.search === "/orders?q=findme"`)
	b.until(`document.activeElement === document.querySelector("` + linkOf(ids[1]) + `")`)
	if !eval[bool](b, `window.same === document.querySelector("#rows")`) {
		t.Error("the list was loaded again")
	}

	// The browser's own Back closes it too.
	b.click(linkOf(ids[0]))
	b.until(`document.querySelector("#drawer").open`)
	eval[any](b, `history.back()`)
	b.until(`!document.querySelector("#drawer").open && location.pathname === "/orders"`)
	if !eval[bool](b, `window.same === document.querySelector("#rows")`) {
		t.Error("the list was loaded again")
	}

	// A reload gives the page, and its own way back.
	b.click(linkOf(ids[1]))
	b.until(`document.querySelector("#drawer").open`)
	eval[any](b, `location.reload()`)
	b.until(`document.querySelector("main #order h1") && !document.querySelector("#drawer")`)
	b.click(`a[data-back]`)
	b.until(`location.pathname + location.search === "/orders?q=findme" && document.querySelectorAll("#rows tr").length === 3`)
}

// TestSignOutFromDrawer: a menu that is opened while the drawer still closes
// stays open, so that one click signs out.
func TestSignOutFromDrawer(t *testing.T) {
	a := newApp(t, 0)
	ids := a.three(t)
	b := newTab(t, a)
	b.signIn("support")
	b.click(linkOf(ids[0]))
	b.until(`document.querySelector("#drawer").open && document.activeElement.id === "drawer-title"`)
	// The list takes the focus back once history has gone there; the menu is
	// opened in between, as soon as the drawer is gone.
	eval[any](b, `document.querySelector("#drawer").addEventListener("close", () => addEventListener("popstate", () => {
		const summary = document.querySelector("details.menu-up > summary");
		summary.focus();
		summary.click();
		window.opened = true;
	}, {once: true})); document.querySelector("#drawer").close(); 0`)
	b.until(`window.opened && location.pathname === "/orders" && document.querySelector("form[action='/logout'] button")`)
	await[any](b, `(async () => { await navigation.transition?.finished; for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame); return 0 })()`)
	if !eval[bool](b, `document.querySelector("details.menu-up").open`) {
		t.Fatal("the menu closed again under the pointer")
	}
	b.click(`form[action="/logout"] button`)
	b.until(`location.pathname === "/login"`)
}

// TestDrawerEdits: what is changed in the drawer shows in the row behind it,
// and what is being typed elsewhere stays.
func TestDrawerEdits(t *testing.T) {
	a := newApp(t, 0)
	ids := a.three(t)
	b := newTab(t, a)
	b.allow("status of 422")
	b.signIn("support")
	b.open("/orders?q=findme")
	b.click(linkOf(ids[0]))
	b.until(`document.querySelector("#drawer")?.open`)
	b.write(`#note-text`, "half a note")
	b.click(`#edit-hold summary`)
	b.write(`#hold-until`, "")
	b.click(`#form-hold button[value=save]`)
	b.until(`document.querySelector("#hold-reason-err") && document.activeElement.id === "hold-reason"`)
	b.write(`#hold-reason`, "customer asked")
	b.click(`#form-hold button[value=save]`)
	b.until(`document.querySelector("#order").dataset.version === "2"`)
	if got := eval[string](b, `document.querySelector("#note-text").value`); got != "half a note" {
		t.Errorf("the note being typed became %q", got)
	}
	b.until(`document.querySelector("` + rowOf(ids[0]) + `").innerHTML.includes("On hold")`)
	b.click(`#drawer button[aria-label=Close]`)
	b.until(`location.pathname === "/orders"`)
}

// TestBothVersions: a save on stale data shows both and lets one choose.
func TestBothVersions(t *testing.T) {
	a := newApp(t, 0)
	ids := a.three(t)
	b := newTab(t, a)
	b.allow("status of 409")
	b.signIn("support")
	b.open("/orders/" + ids[0])
	b.click(`#edit-tags summary`)
	b.write(`#tags-tags`, "mine")
	key, err := order.ParseID(ids[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.store.Orders().Update(t.Context(), key, func(o *order.Order) error { return o.SetTags([]string{"theirs"}, "admin", time.Now()) }); err != nil {
		t.Fatal(err)
	}
	b.click(`#form-tags button[type=submit]`)
	b.until(`document.querySelector("#conflict .versions")?.innerText.includes("theirs") && document.activeElement.id === "conflict-title"`)
	if got := eval[string](b, `document.querySelector("#tags-tags").value`); got != "mine" {
		t.Errorf("what was typed became %q", got)
	}
	b.click(`#again-form button`)
	b.until(`document.querySelector("#order").dataset.version === "3" && document.querySelector("#order .title").innerText.includes("mine")`)
}

// TestOrderWithoutScript: every small form works as plain HTML.
func TestOrderWithoutScript(t *testing.T) {
	a := newApp(t, 0)
	ids := a.three(t)
	b := newTab(t, a)
	b.allow("status of 422")
	b.withoutScript()
	b.signIn("admin")
	b.open("/orders?q=findme")
	b.click(linkOf(ids[0]))
	b.until(`location.pathname === "/orders/` + ids[0] + `"`)
	b.click(`a[rel=next]`)
	b.until(`location.pathname === "/orders/` + ids[1] + `"`)
	b.click(`a[rel=prev]`)
	b.until(`location.pathname === "/orders/` + ids[0] + `"`)
	b.click(`#edit-assign summary`)
	b.click(`#form-assign button[value=me]`)
	b.until(`document.querySelector("#edit-assign:not([open]) summary").innerText.includes("Test admin")`)
	b.click(`#edit-address summary`)
	b.write(`#address-pincode`, "12")
	b.click(`#form-address button[value=save]`)
	b.until(`document.querySelector("#edit-address[open] #address-pincode-err")`)
	b.click(`#edit-archive summary`)
	b.click(`#form-archive button[type=submit]`)
	b.until(`document.querySelector("#form-restore")`)
	b.click(`#form-restore button`)
	b.until(`document.readyState === "complete" && !document.querySelector("#form-restore") && document.querySelector("#order")`)
}

func (b *tab) press(key string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(key))
}
