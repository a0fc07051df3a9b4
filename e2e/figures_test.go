package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// countFigures does the job that keeps figures current.
func (a *app) countFigures(t *testing.T) {
	t.Helper()
	for {
		n, err := a.store.Figures().Recount(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// TestFigures uses the dashboard and the pages of figures as people do.
func TestFigures(t *testing.T) {
	a := newApp(t, 300)
	a.countFigures(t)
	b := newTab(t, a)
	b.size(1280, 900)
	b.signIn("admin")
	b.open("/")
	b.until(`document.querySelectorAll(".stat").length === 8`)

	// A period is one click and an address.
	b.click(`.quick input[value="7d"] + span`)
	b.until(`location.search === "?period=7d"`)
	b.until(`document.querySelector(".ask-said").textContent.includes("compared with")`)
	b.click(`details.pick:has(input[name=platform]) > summary`)
	b.click(`input[name=platform][value=amazon]`)
	b.until(`location.search === "?period=7d&platform=amazon"`)
	if !eval[bool](b, `document.querySelector("details.pick:has(input[name=platform])").open`) {
		t.Error("the panel closed under the pointer")
	}
	b.until(`document.querySelector("#revenue-chart .legend, #revenue-chart .chart-none")`)

	// Back is the page before.
	eval[any](b, `history.back()`)
	b.until(`location.search === "?period=7d" && !document.querySelector("input[name=platform]:checked")`)

	// Days of one's own choose "Any range" by themselves.
	b.click(`details.pick:has([data-range]) > summary`)
	day := time.Now().AddDate(0, 0, -3).Format(time.DateOnly)
	eval[any](b, fmt.Sprintf(`for (const id of ["from", "to"]) { const e = document.getElementById(id); e.value = %q; e.dispatchEvent(new Event("change", {bubbles: true})); }`, day))
	b.until(fmt.Sprintf(`location.search === "?from=%[1]s&to=%[1]s"`, day))

	// The tooltip says what the bar is.
	b.open("/analytics/revenue")
	b.until(`document.querySelector("#revenue-chart .hit")`)
	eval[any](b, `(() => { const h = [...document.querySelectorAll("#revenue-chart .hit")].at(-3), r = h.getBoundingClientRect();
		h.dispatchEvent(new PointerEvent("pointermove", {bubbles: true, clientX: r.x + 2, clientY: r.y + 20})); })()`)
	b.until(`document.querySelector(".tip:not([hidden]) strong")`)
	if text := eval[string](b, `document.querySelector(".tip").innerText`); !strings.Contains(text, "₹") {
		t.Errorf("the tooltip says %q", text)
	}

	// A number leads to its orders.
	b.click(`#revenue-chart details.data > summary`)
	b.click(`#revenue-chart tbody td a`)
	b.until(`location.pathname === "/orders" && document.querySelector("#rows tr")`)
}

// TestDashboardIsLive shows a new order without being asked to.
func TestDashboardIsLive(t *testing.T) {
	a := newApp(t, 20)
	b := newTab(t, a)
	b.signIn("admin")
	b.open("/")
	b.until(`document.querySelector("#live")?.dataset.state === "on"`)
	fresh := ordertest.Report("website", "live-1", time.Now())
	fresh.Facts.OrderNumber = "LIVE-1"
	a.absorb(t, fresh)
	b.until(`document.querySelector("#newest")?.textContent.includes("LIVE-1")`)
}

// TestFiguresAccessible runs axe over the dashboard and the pages of figures in
// both themes and both sizes, with tables open and with faults.
func TestFiguresAccessible(t *testing.T) {
	a := newApp(t, 250)
	a.countFigures(t)
	source := axeSource(t)
	b := newTab(t, a)
	b.allow("status of 4")
	b.signIn("admin")
	open := func(b *tab) { eval[any](b, `document.querySelectorAll("details.data").forEach(d => d.open = true)`) }
	panel := func(b *tab) { b.click(`details.pick:has([data-range]) > summary`) }
	for _, size := range [][2]int64{{1280, 800}, {390, 844}} {
		for _, scheme := range []string{"light", "dark"} {
			for _, p := range []struct {
				path string
				act  func(*tab)
			}{
				{"/", open}, {"/", panel}, {"/?from=2026-13-01", nil}, {"/analytics/revenue", open}, {"/analytics/platforms", nil},
				{"/analytics/trends", open}, {"/analytics/customers", nil}, {"/analytics/products", nil}, {"/analytics/revenue?from=2001-01-01&to=2001-01-02", nil},
				{"/analytics/builder", nil}, {"/analytics/builder?rows=week&columns=status", nil}, {"/analytics/builder?rows=colour", nil},
			} {
				what := fmt.Sprintf("%s, %s, %d px", p.path, scheme, size[0])
				b.size(size[0], size[1])
				b.scheme(scheme)
				b.open(p.path)
				b.until(`document.readyState === "complete"`)
				if p.act != nil {
					p.act(b)
				}
				b.axe(t, source, what)
				if over := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
					t.Errorf("%s: the page is %d px wider than the window", what, over)
				}
			}
		}
	}
}
