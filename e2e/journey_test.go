package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// one is an order that the tests can tell from the others.
func one(id string, at time.Time) order.Report {
	r := ordertest.Report("amazon-in", id, at)
	r.Platform, r.Ref.Channel = order.Amazon, firstChannel(order.Amazon)
	r.Status = order.Confirmed
	r.Facts.Customer.Name = "Kamala Findme"
	return r
}

func firstChannel(p order.Platform) string {
	for id, q := range ordertest.Channels() {
		if q == p {
			return id
		}
	}
	return ""
}

// TestJourney is what support does all day: sign in, filter, open an order,
// move it on, and go back to the same list.
func TestJourney(t *testing.T) {
	a := newApp(t, 120)
	id := a.absorb(t, one("403-5550001-0000001", time.Now().Add(-time.Hour)))[0].String()
	b := newTab(t, a)
	b.signIn("support")

	b.click(statusPick)
	b.click(`label:has(input[name=status][value=confirmed])`)
	b.until(`new URLSearchParams(location.search).get("status") === "confirmed"`)
	b.until(`[...document.querySelectorAll("#rows tr")].length > 0 && [...document.querySelectorAll("#rows tr")].every(row => row.innerText.includes("Confirmed"))`)
	b.write(`#q`, "findme")
	b.until(`location.search === "?q=findme&status=confirmed"`)
	b.until(`document.querySelectorAll("#rows tr").length === 1`)
	if got := eval[string](b, `document.querySelector("#order-count").innerText`); got != "1 order" {
		t.Errorf("the count says %q", got)
	}

	b.click(linkOf(id))
	b.until(`location.pathname === "/orders/` + id + `"`)
	b.until(`document.querySelector("#drawer[open] #order h2")?.innerText.includes("403-5550001-0000001")`)
	b.click(`label:has(#status-processing)`)
	b.write(`#status-note`, "packed by the window")
	b.click(`#status-form button[type=submit]`)
	b.until(`document.querySelector("#order")?.dataset.version === "2"`)
	b.until(`document.querySelector("#order").innerText.includes("packed by the window")`)
	if got := a.status(t, id); got != order.Processing {
		t.Errorf("the order is %s", got)
	}

	b.click(`#drawer button[aria-label=Close]`)
	b.until(`location.pathname + location.search === "/orders?q=findme&status=confirmed"`)
	b.until(`document.querySelector("` + rowOf(id) + `").matches(".stale")`) // it is not confirmed any more
	b.click(`a.chip-clear`)
	b.until(`location.search === "" && document.querySelectorAll("#rows tr").length === 50`)
}

func (a *app) status(t *testing.T, id string) order.Status {
	t.Helper()
	key, err := order.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	o, err := a.store.Orders().Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return o.Status
}

// TestConflict: somebody else was faster.
func TestConflict(t *testing.T) {
	a := newApp(t, 0)
	key := a.absorb(t, one("403-5550001-0000002", time.Now()))[0]
	b := newTab(t, a)
	b.allow("status of 409")
	b.signIn("support")
	b.open("/orders/" + key.String())
	b.until(`document.querySelector("#status-form form")`)
	if _, err := a.store.Orders().Update(t.Context(), key, func(o *order.Order) error {
		return o.SetStatus(order.Cancelled, "admin", "", false, time.Now())
	}); err != nil {
		t.Fatal(err)
	}
	b.click(`label:has(#status-processing)`)
	b.click(`#status-form button[type=submit]`)
	b.until(`document.querySelector("#conflict")?.innerText.includes("was not saved")`)
	if got := a.status(t, key.String()); got != order.Cancelled {
		t.Errorf("the order is %s", got)
	}
}

// TestLiveNews: a new order is announced without a reload, and shown when the
// reader wants it.
func TestLiveNews(t *testing.T) {
	a := newApp(t, 3)
	b := newTab(t, a)
	b.signIn("readonly")
	b.until(`document.querySelectorAll("#rows tr").length === 3`)
	b.until(`document.querySelector("#live").dataset.state === "on"`)
	a.absorb(t, one("403-5550001-0000003", time.Now()))
	b.until(`!document.querySelector("#new-orders").hidden`)
	if n := eval[int](b, `document.querySelectorAll("#rows tr").length`); n != 3 {
		t.Errorf("the list changed under the reader: %d rows", n)
	}
	b.click(`#new-orders`)
	b.until(`document.querySelectorAll("#rows tr").length === 4`)
	b.until(`document.querySelector("#new-orders").hidden`)
}

// TestBadFilter: the form keeps what was typed and says what is wrong.
func TestBadFilter(t *testing.T) {
	a := newApp(t, 3)
	b := newTab(t, a)
	b.allow("status of 422")
	b.signIn("admin")
	b.write(`#q`, "total>>5")
	b.until(`document.querySelector("#results") && !document.querySelector("#rows")`)
	if got := eval[string](b, `document.querySelector("#q").value`); got != "total>>5" {
		t.Errorf("the search box says %q", got)
	}
	if got := eval[string](b, `location.search`); got != "" {
		t.Errorf("the wrong query became the address: %s", got)
	}
}

// TestPagingByHand: the pages follow each other and Back leads back.
func TestPagingByHand(t *testing.T) {
	a := newApp(t, 45)
	b := newTab(t, a)
	b.signIn("support")
	b.open("/orders?limit=20")
	first := eval[string](b, `document.querySelector("#rows a").href`)
	b.click(`#page-next`)
	b.until(`location.search === "?limit=20&page=2" && document.querySelector("#rows a").href !== ` + fmt.Sprintf("%q", first))
	b.click(`#page-next`)
	b.until(`location.search === "?limit=20&page=3" && document.querySelectorAll("#rows tr").length === 5`)
	if eval[bool](b, `document.activeElement === document.body`) {
		t.Error("focus was lost with the last page's button")
	}
	eval[any](b, `history.back()`)
	b.until(`location.search === "?limit=20&page=2" && document.querySelectorAll("#rows tr").length === 20`)
	eval[any](b, `history.back()`)
	b.until(`location.search === "?limit=20" && document.querySelector("#rows a").href === ` + fmt.Sprintf("%q", first))
}

// TestWithoutScript: everything works as plain HTML.
func TestWithoutScript(t *testing.T) {
	a := newApp(t, 60)
	id := a.absorb(t, one("403-5550001-0000004", time.Now()))[0].String()
	b := newTab(t, a)
	b.withoutScript()
	b.signIn("support")
	b.write(`#q`, "findme\r")
	b.until(`location.search.includes("q=findme") && document.querySelectorAll("#rows tr").length === 1`)
	b.click(linkOf(id))
	b.until(`location.pathname === "/orders/` + id + `"`)
	b.click(`label:has(#status-processing)`)
	b.click(`#status-form button[type=submit]`)
	b.until(`document.querySelector("#order")?.dataset.version === "2"`)
	b.write(`#note-text`, "written without script")
	b.click(`#note-form button[type=submit]`)
	b.until(`document.querySelector("#order").innerText.includes("written without script")`)
	b.open("/orders?limit=20")
	b.click(`#page-next`)
	b.until(`location.search.includes("page=2") && document.querySelectorAll("#rows tr").length === 20`)
}

// TestNothingStaysInTheBrowser: no order data in storage, and Back after
// signing out shows no order (N-37, N-38).
func TestN37NothingStaysInTheBrowser(t *testing.T) {
	a := newApp(t, 20)
	id := a.absorb(t, one("403-5550001-0000005", time.Now()))[0].String()
	b := newTab(t, a)
	b.signIn("support")
	b.click(linkOf(id))
	b.until(`document.querySelector("#order")`)
	if got := eval[string](b, `JSON.stringify([{...localStorage}, {...sessionStorage}])`); got != "[{},{}]" {
		t.Errorf("the browser keeps %s", got)
	}
}

func TestN38BackAfterLogout(t *testing.T) {
	a := newApp(t, 5)
	id := a.absorb(t, one("403-5550001-0000005", time.Now()))[0].String()
	b := newTab(t, a)
	b.signIn("support")
	b.click(linkOf(id))
	b.until(`document.querySelector("#order")`)
	b.click(`#drawer button[aria-label=Close]`)
	b.until(`location.pathname === "/orders"`)
	b.click(`details.menu-up > summary`)
	b.click(`form[action="/logout"] button`)
	b.until(`location.pathname === "/login"`)
	eval[any](b, `history.back()`)
	b.until(`location.pathname === "/login" && !document.body.innerText.includes("Findme")`)
}
