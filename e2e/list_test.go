package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/palmonas/palmonas-crm/order"
)

// keys presses keys where the focus is.
func (b *tab) keys(text string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(text))
}

// chord presses a key together with Ctrl, once the page listens.
func (b *tab) chord(key string) {
	b.t.Helper()
	b.until(`document.readyState === "complete" && document.documentElement.classList.contains("js")`)
	b.do(chromedp.KeyEvent(key, chromedp.KeyModifiers(2)))
}

// edit changes an order behind the page's back.
func (a *app) edit(t *testing.T, id order.ID, fn func(*order.Order)) {
	t.Helper()
	_, err := a.store.Orders().Update(t.Context(), id, func(o *order.Order) error { fn(o); return nil })
	if err != nil {
		t.Fatal(err)
	}
}

const options = `[...document.querySelectorAll("#suggest [role=option]")]`

// TestSuggestions: writing a query with the keyboard alone.
func TestSuggestions(t *testing.T) {
	a := newApp(t, 40)
	b := newTab(t, a)
	b.allow("status of 422")
	b.signIn("support")
	b.keys("/")
	b.until(`document.activeElement.id === "q"`)
	eval[any](b, `document.querySelector("#q").value = ""`) // the key that cancelled itself
	b.write(`#q`, "pend")
	b.until(options + `.some(o => o.innerText.includes("status:pending")) && document.querySelector("#q").getAttribute("aria-expanded") === "true"`)
	b.keys(kb.ArrowDown)
	b.until(options + `[0].getAttribute("aria-selected") === "true" && document.querySelector("#q").getAttribute("aria-activedescendant") === ` + options + `[0].id`)
	b.keys(kb.Enter)
	b.until(`document.querySelector("#q").value === "status:pending " && document.activeElement.id === "q"`)
	b.until(`location.search === "?q=status%3Apending" && [...document.querySelectorAll("#rows .badge")].every(x => x.innerText === "Pending")`)
	b.write(`#q`, "st")
	b.until(options + `.length > 1`)
	b.keys(kb.Escape)
	b.until(options + `.length === 0 && document.querySelector("#q").value === "status:pending st"`)
	b.keys(kb.ArrowDown)
	b.until(options + `.length > 1`)
	b.keys(kb.ArrowUp)
	b.until(options + `.at(-1).getAttribute("aria-selected") === "true"`)
	b.write(`#q`, "atsu:x ")
	b.until(`document.querySelector("#results mark")?.innerText === "statsu:x"`)
	if got := eval[string](b, `location.search`); got != "?q=status%3Apending" && got != "?q=status%3Apending+st" {
		t.Errorf("what was not understood became the address: %s", got)
	}
}

// TestPalette: Ctrl-K leads to orders, views, pages and actions, and Esc back
// to where one was.
func TestPalette(t *testing.T) {
	a := newApp(t, 30)
	id := a.absorb(t, one("403-5550001-0000009", time.Now()))[0].String()
	b := newTab(t, a)
	b.signIn("support")
	b.chord("k")
	b.until(`document.querySelector("#palette").open && document.activeElement.id === "palette-q"`)
	b.keys(kb.Escape)
	b.until(`!document.querySelector("#palette")`)
	b.chord("k")
	b.until(`document.activeElement.id === "palette-q"`)
	b.keys("late")
	b.until(`document.querySelector("#palette-list [role=option]")?.innerText.includes("Late")`)
	b.keys(kb.Enter)
	b.until(`location.search.includes("shipby") && document.querySelector("#views [aria-current=page]")?.innerText.includes("Late")`)
	b.chord("k")
	b.until(`document.activeElement.id === "palette-q"`)
	b.keys("findme")
	b.until(`document.querySelector("#palette-list [role=option]")?.href.endsWith("/orders/` + id + `")`)
	b.keys(kb.ArrowDown)
	b.keys(kb.Enter)
	b.until(`location.pathname === "/orders/` + id + `"`)
	b.chord("k")
	b.until(`document.activeElement.id === "palette-q"`)
	b.keys("import")
	b.until(`document.querySelector("#palette-list [role=option]")?.innerText.startsWith("Imports")`)
	b.keys(kb.Enter)
	b.until(`location.pathname === "/imports"`)
}

// TestPaletteWithoutScript: the same as a page.
func TestPaletteWithoutScript(t *testing.T) {
	a := newApp(t, 10)
	b := newTab(t, a)
	b.withoutScript()
	b.signIn("support")
	b.click(`#go`)
	b.until(`location.pathname === "/palette"`)
	b.write(`#go-q`, "attention\r")
	b.until(`document.querySelector(".go-list a")?.innerText === "Needs attention"`)
	b.click(`.go-list a`)
	b.until(`location.search.includes("needs_attention")`)
}

// TestSavedViews: a list is saved, shared, renamed and deleted, and its number
// follows the orders.
func TestSavedViews(t *testing.T) {
	a := newApp(t, 10)
	b := newTab(t, a)
	b.allow("status of 422")
	b.signIn("admin")
	b.open("/orders?q=findme")
	b.until(`document.querySelector(".chip-clear")`)
	b.click(`.chips a[href^="/views"]`)
	b.until(`location.pathname === "/views"`)
	b.write(`#name`, "late\r")
	b.until(`location.search.includes("q=findme") && document.querySelector("#views [aria-current=page] span").innerText === "late"`)
	number := `[...document.querySelectorAll("#views a")].find(x => x.innerText.startsWith("late"))?.querySelector("small").innerText`
	b.until(number + ` === ""`)
	width := eval[float64](b, `document.querySelector("#views").getBoundingClientRect().height`)
	a.absorb(t, one("403-5550001-0000010", time.Now()))
	b.until(number + ` === "1"`)
	if now := eval[float64](b, `document.querySelector("#views").getBoundingClientRect().height`); now != width {
		t.Errorf("the sidebar jumped from %v to %v", width, now)
	}
	b.open("/views")
	b.click(`ul[aria-labelledby=own] .edit > summary`)
	b.do(chromedp.SetValue(chromedp.CSS(`ul[aria-labelledby=own] input[name=name]`), "Found"))
	b.click(`ul[aria-labelledby=own] input[name=shared]`)
	b.click(`ul[aria-labelledby=own] .edit button[type=submit]`)
	b.until(`document.querySelector("ul[aria-labelledby=shared] > li:last-child a").innerText === "Found" && !document.querySelector("ul[aria-labelledby=own]")`)
	b.click(`ul[aria-labelledby=shared] > li:last-child button[value=up]`)
	b.until(`document.querySelector("ul[aria-labelledby=shared] > li:nth-last-child(2) a").innerText === "Found"`)
	other := newTab(t, a)
	other.signIn("readonly")
	other.until(`document.querySelector("#views").innerText.includes("Found")`)
	b.click(`ul[aria-labelledby=shared] > li:nth-last-child(2) form[action$="/delete"] button`)
	b.until(`!document.querySelector("#views").innerText.includes("Found")`)
}

// TestLiveRows: rows change in place; scroll, tick and focus stay, and what is
// new waits behind a button.
func TestLiveRows(t *testing.T) {
	a := newApp(t, 45)
	id := a.absorb(t, one("403-5550001-0000011", time.Now().Add(-90*24*time.Hour)))[0]
	b := newTab(t, a)
	b.size(1280, 640)
	b.signIn("support")
	row := `document.querySelector("` + rowOf(id.String()) + `")`
	b.until(row + ` && document.querySelector("#live").dataset.state === "on"`)
	eval[any](b, row+`.scrollIntoView({block: "center"}); `+row+`.querySelector("input[type=checkbox]").click(); `+row+`.querySelector("th a").focus()`)
	top := `document.querySelector(".region").scrollTop`
	was := eval[float64](b, top)
	if was == 0 {
		t.Fatal("the table does not scroll")
	}
	a.edit(t, id, func(o *order.Order) {
		o.Status = order.Processing
		o.Version++
		o.UpdatedAt = time.Now()
	})
	a.absorb(t, one("403-5550001-0000012", time.Now()))
	b.until(row + `.querySelector(".badge").innerText === "Processing"`)
	b.until(`!document.querySelector("#new-orders").hidden && document.querySelector("#new-orders").innerText.includes("1 new order")`)
	if now := eval[float64](b, top); now != was {
		t.Errorf("the table scrolled from %v to %v", was, now)
	}
	if !eval[bool](b, row+`.querySelector("input[type=checkbox]").checked`) {
		t.Error("the tick is gone")
	}
	if !eval[bool](b, row+`.contains(document.activeElement)`) {
		t.Error("the focus is gone")
	}
	b.click(`#new-orders`)
	b.until(`document.querySelector("#rows tr a").innerText.includes("403-5550001-0000012") && document.querySelector("#new-orders").hidden`)
}

// TestKeys: rows by j and k, ticks by x, editing by e, help by ?, and nothing
// of it once it is turned off.
func TestKeys(t *testing.T) {
	a := newApp(t, 20)
	b := newTab(t, a)
	b.signIn("support")
	b.keys("j")
	b.keys("j")
	b.until(`document.activeElement === document.querySelector("#rows tr:nth-child(2) th a")`)
	b.keys("x")
	b.until(`document.querySelector("#rows tr:nth-child(2) input").checked`)
	b.keys("x")
	b.until(`!document.querySelector("#rows tr:nth-child(2) input").checked`)
	b.keys("k")
	b.until(`document.activeElement === document.querySelector("#rows tr:nth-child(1) th a")`)
	b.keys("?")
	b.until(`document.querySelector("#shortcuts").matches(":popover-open")`)
	b.click(`#shortcuts input`)
	b.keys(kb.Escape)
	b.until(`!document.querySelector("#shortcuts").matches(":popover-open")`)
	b.keys("j")
	b.keys("/")
	if got := eval[string](b, `document.activeElement.id`); got == "q" {
		t.Error("a single key works although it is turned off")
	}
	b.until(`document.documentElement.dataset.keys === "off"`)
	a.eventually(t, func() bool { // it is sent behind the page's back
		u, err := a.store.Users().Get(t.Context(), "support")
		return err == nil && u.Keys == "off"
	})
	b.open("/orders")
	b.until(`document.documentElement.dataset.keys === "off"`)
	b.chord("k") // two keys still do
	b.until(`document.activeElement.id === "palette-q"`)
}

// TestColumns: what the list shows is chosen and stays chosen.
func TestColumns(t *testing.T) {
	a := newApp(t, 10)
	b := newTab(t, a)
	b.signIn("support")
	b.click(`#columns-open`)
	b.until(`document.querySelector("dialog#columns").open`)
	b.click(`#columns label:has([value=payment])`)
	b.click(`#columns label:has([value=items])`)
	b.click(`#columns button.primary`)
	heads := `[...document.querySelectorAll("thead th")].map(x => x.innerText)`
	b.until(heads + `.includes("Payment") && !` + heads + `.includes("Items")`)
	b.open("/orders?q=flag%3Aheld&sort=total")
	b.open("/orders")
	b.until(heads + `.includes("Payment")`)
}

// TestPhone: the list, its menu and the palette on a narrow screen.
func TestPhone(t *testing.T) {
	a := newApp(t, 20)
	b := newTab(t, a)
	b.size(390, 844)
	b.signIn("support")
	b.click(`.nav-open`)
	b.until(`document.querySelector("#nav").matches(":popover-open") && document.querySelector("#views a").getBoundingClientRect().width > 0`)
	b.click(`#go`)
	b.until(`document.activeElement.id === "palette-q"`)
	b.keys("needs conf")
	b.until(`document.querySelector("#palette-list [role=option]")?.innerText.includes("Needs confirming")`)
	b.keys(kb.Enter)
	b.until(`location.search.includes("status%3Apending")`)
	if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		t.Errorf("the page is %d px wider than the window", over)
	}
}

// TestSearchAndBack: what was searched is there again after Back, and so is
// what stood before it.
func TestSearchAndBack(t *testing.T) {
	a := newApp(t, 30)
	id := a.absorb(t, one("403-5550001-0000013", time.Now()))[0].String()
	b := newTab(t, a)
	b.signIn("support")
	b.write(`#q`, "findme")
	b.until(`location.search === "?q=findme" && document.querySelectorAll("#rows tr").length === 1`)
	b.open("/orders/" + id)
	eval[any](b, `history.back()`)
	b.until(`location.search === "?q=findme" && document.querySelector("#q").value === "findme" && document.querySelectorAll("#rows tr").length === 1`)
	eval[any](b, `history.back()`)
	b.until(`location.search === "" && document.querySelectorAll("#rows tr").length > 20`)
	// Twice at once, the second time while the page still loads.
	b.open("/orders/" + id)
	b.open("/orders")
	b.write(`#q`, "findme")
	b.until(`location.search === "?q=findme" && document.querySelectorAll("#rows tr").length === 1`)
	b.open("/orders/" + id)
	eval[any](b, `history.back()`)
	b.until(`location.search === "?q=findme"`)
	eval[any](b, `history.back()`)
	b.until(`location.pathname === "/orders" && location.search === "" && document.querySelectorAll("#rows tr").length > 20`)
}
