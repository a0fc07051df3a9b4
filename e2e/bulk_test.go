package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/palmonas/palmonas-crm/order"
)

// ticked counts the orders that carry a tag.
func (a *app) ticked(t *testing.T, tag string) int {
	t.Helper()
	n, err := a.store.Orders().Count(t.Context(), order.Term{Field: order.FieldTag, Text: []string{tag}}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const boxes = `[...document.querySelectorAll("#rows input[name=order]")]`

// TestBulk: ticks and ranges by mouse and key, then a dry run, the act and its
// undo.
func TestBulk(t *testing.T) {
	a := newApp(t, 30)
	b := newTab(t, a)
	b.signIn("support")
	b.open("/orders?limit=20")
	b.until(`getComputedStyle(document.querySelector("#bulk")).display === "none"`)
	b.click(`#rows tr:nth-child(2) input`)
	b.until(`getComputedStyle(document.querySelector("#bulk")).display === "flex" && document.querySelector("#bulk-count").innerText === "1 selected"`)
	b.until(`document.querySelector("#tick-all").indeterminate`)
	eval[any](b, boxes+`[4].dispatchEvent(new MouseEvent("click", {shiftKey: true, bubbles: true, cancelable: true}))`)
	b.until(boxes + `.map(x => +x.checked).join("") === "01111" + "0".repeat(15) && document.querySelector("#bulk-count").innerText === "4 selected"`)
	eval[any](b, `document.querySelector("#rows tr:nth-child(6) th a").focus()`)
	b.press("x")
	b.until(`document.querySelector("#bulk-count").innerText === "5 selected" && ` + boxes + `[5].checked`)
	b.click(`#tick-all`)
	b.until(boxes + `.every(x => x.checked) && document.querySelector("#bulk-count").innerText === "20 selected"`)
	b.click(`#bulk button[type=reset]`)
	b.until(boxes + `.every(x => !x.checked) && !document.querySelector("#tick-all").checked && getComputedStyle(document.querySelector("#bulk")).display === "none"`)

	b.click(`#rows tr:nth-child(1) input`)
	b.click(`#rows tr:nth-child(3) input`)
	b.choose(`#bulk select`, "tag")
	b.click(`#bulk button[type=submit]`)
	b.until(`location.pathname === "/orders/bulk" && document.querySelector(".lede").innerText.startsWith("2 selected orders")`)
	b.write(`#bulk-tag`, "festive")
	b.click(`button[name=step][value=check]`)
	b.until(`document.querySelector("#plan button[value=run]")?.innerText.includes("Add tag festive: 2 orders")`)
	if n := a.ticked(t, "festive"); n != 0 {
		t.Fatalf("the dry run changed %d orders", n)
	}
	b.click(`button[name=step][value=run]`)
	b.until(`location.pathname.startsWith("/jobs/") && document.querySelector(".job form[action$='/undo'] button")`)
	if n := a.ticked(t, "festive"); n != 2 {
		t.Fatalf("%d orders have the tag, want 2", n)
	}
	first := eval[string](b, `location.pathname`)
	b.click(`.job form[action$='/undo'] button`)
	b.until(`location.pathname.startsWith("/jobs/") && location.pathname !== "` + first + `" && document.querySelector("h1").innerText.startsWith("Undo")`)
	b.until(`document.body.innerText.includes("Every order was seen to")`)
	if n := a.ticked(t, "festive"); n != 0 {
		t.Errorf("%d orders have the tag after the undo", n)
	}
}

// TestBarOutputs: ticked orders are printed and exported from the bar, which the
// keyboard reaches.
func TestBarOutputs(t *testing.T) {
	a := newApp(t, 12)
	b := newTab(t, a)
	b.signIn("admin")
	b.until(`document.documentElement.classList.contains("js")`)
	b.keys("j")
	b.keys("x")
	b.keys("j")
	b.keys("x")
	b.until(`document.querySelector("#bulk-count").innerText === "2 selected" && document.querySelector("#bulk select")`)
	b.keys("b")
	b.until(`document.activeElement.id === "bulk-action"`)
	b.click(`#bulk summary`)
	// Paper opens in a tab of its own; here it is looked at in this one.
	eval[any](b, `document.querySelectorAll("[formtarget]").forEach(x => x.removeAttribute("formtarget")); 0`)
	b.click(`#bulk button[value=pick]`)
	b.until(`location.pathname === "/orders/print" && document.querySelector("h1").innerText === "Pick list"`)
	if n := eval[int](b, `new URLSearchParams(location.search).getAll("order").length`); n != 2 {
		t.Errorf("%d orders are printed", n)
	}
	b.open("/orders")
	b.click(`#rows tr:nth-child(1) input`)
	b.click(`#bulk label.check`)
	b.until(`document.querySelector("#bulk-count").innerText === "All 12 that match"`)
	b.click(`#bulk button[formaction="/orders/export"]`)
	b.until(`location.pathname === "/orders/export" && document.querySelector(".lede").innerText.startsWith("12 orders")`)
}

// TestTicksStay: rows that change by themselves keep their ticks.
func TestTicksStay(t *testing.T) {
	a := newApp(t, 5)
	id := a.absorb(t, one("403-5550001-0000077", time.Now()))[0]
	b := newTab(t, a)
	b.signIn("support")
	row := rowOf(id.String())
	b.click(row + ` input`)
	b.until(`document.querySelector("#bulk-count").innerText === "1 selected"`)
	a.edit(t, id, func(o *order.Order) {
		if err := o.SetStatus(order.Cancelled, "admin", "", false, time.Now()); err != nil {
			t.Error(err)
		}
	})
	b.until(`document.querySelector("` + row + ` .badge").innerText === "Cancelled" && document.querySelector("` + row + ` input").checked`)
	b.until(`document.querySelector("#bulk-count").innerText === "1 selected"`)
}

// TestBulkWithoutScript: a whole list, with plain forms only.
func TestBulkWithoutScript(t *testing.T) {
	a := newApp(t, 12)
	b := newTab(t, a)
	b.allow("status of 422")
	b.withoutScript()
	b.signIn("support")
	b.click(`#rows tr:nth-child(1) input`)
	b.until(`getComputedStyle(document.querySelector("#bulk")).display === "flex" && getComputedStyle(document.querySelector("#tick-all")).visibility === "hidden"`)
	b.click(`#bulk label.check`)
	b.click(`#bulk button.primary`)
	b.until(`location.pathname === "/orders/bulk"`)
	b.choose(`#bulk-action`, "hold")
	b.click(`button[name=step][value=check]`)
	b.until(`document.querySelector("#bulk-reason")`)
	b.write(`#bulk-reason`, "stock count")
	b.click(`button[name=step][value=check]`)
	b.until(`document.querySelector("#plan button[value=run]")?.innerText.includes("12 orders")`)
	b.click(`button[name=step][value=run]`)
	b.until(`location.pathname.startsWith("/jobs/")`)
	a.eventually(t, func() bool {
		b.open(eval[string](b, `location.pathname`))
		return eval[bool](b, `!!document.querySelector(".job form[action$='/undo']")`)
	})
	if n, err := a.store.Orders().Count(t.Context(), order.Term{Field: order.FieldFlag, Text: []string{"held"}}, 100); err != nil || n != 12 {
		t.Errorf("%d orders are held, want 12: %v", n, err)
	}
}

// TestExport: from the list to the file.
func TestExport(t *testing.T) {
	a := newApp(t, 15)
	b := newTab(t, a)
	b.signIn("admin")
	b.click(`a[href^="/orders/export"]`)
	b.until(`location.pathname === "/orders/export" && document.querySelector(".lede").innerText.startsWith("15 orders")`)
	b.click(`input[name=format][value=csv]`)
	b.click(`form.review button[type=submit]`)
	b.until(`location.pathname.startsWith("/jobs/") && document.querySelector(".job a[download]")`)
	text := await[string](b, `fetch(document.querySelector(".job a[download]").href).then(r => r.text())`)
	if n := strings.Count(text, "\r\n"); n != 16 || !strings.HasPrefix(text, "order_number,") {
		t.Errorf("%d lines in the file: %.200s", n, text)
	}
}

// TestBulkAccessible looks at the pages in each state and size.
func TestBulkAccessible(t *testing.T) {
	a := newApp(t, 30)
	b := newTab(t, a)
	b.allow("status of 422")
	b.signIn("admin")
	source := axeSource(t)
	review := func(b *tab) {
		b.click(`#rows tr:nth-child(1) input`)
		b.choose(`#bulk select`, "status:shipped")
		b.click(`#bulk button[type=submit]`)
		b.until(`document.querySelector("#plan")`)
	}
	for _, size := range [][2]int64{{1280, 800}, {390, 844}} {
		for _, scheme := range []string{"light", "dark"} {
			b.size(size[0], size[1])
			b.scheme(scheme)
			for what, act := range map[string]func(*tab){
				"ticked": func(b *tab) { b.click(`#rows tr:nth-child(2) input`) },
				"review": review,
				"refused": func(b *tab) {
					b.click(`#rows tr:nth-child(1) input`)
					b.choose(`#bulk select`, "hold")
					b.click(`#bulk button[type=submit]`)
					b.until(`document.querySelector("#bulk-reason")`)
					eval[any](b, `document.querySelector("#bulk-reason").required = false`)
					b.click(`button[name=step][value=check]`)
					b.until(`document.querySelector("#bulk-reason-err")`)
				},
				"done": func(b *tab) {
					review(b)
					if eval[bool](b, `document.querySelector("#plan button[value=run]").disabled`) {
						return
					}
					b.click(`#plan button[value=run]`)
					b.until(`location.pathname.startsWith("/jobs/") && document.readyState === "complete" && document.querySelector(".job") && !document.querySelector(".job progress")`)
				},
				"export": func(b *tab) {
					b.open("/orders/export")
					b.click(`details > summary.more`)
				},
			} {
				b.open("/orders")
				b.until(`document.readyState === "complete" && document.querySelector("#rows")`)
				act(b)
				b.axe(t, source, what+", "+scheme)
				if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
					t.Errorf("%s, %s, %d px: the page is %d px wider than the window", what, scheme, size[0], over)
				}
			}
		}
	}
}

// choose picks an option of a select by its value.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(selector), value, chromedp.NodeVisible))
}
