package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/palmonas/palmonas-crm/order"
)

// TestDoubleClick: people double-click buttons. The answer to the first click
// may bring the next form under the pointer before the second one.
func TestDoubleClick(t *testing.T) {
	a := newApp(t, 0)
	key := a.absorb(t, one("403-5550001-0000009", time.Now()))[0]
	b := newTab(t, a)
	b.signIn("support")
	b.open("/orders/" + key.String())
	b.until(`document.querySelector("#status-form form")`)
	b.click(`label:has(#status-processing)`)
	b.twice(`#status-form button[type=submit]`, 0)
	b.until(`document.querySelector("#order")?.dataset.version === "2"`)
	b.until(`document.querySelector("#status-shipped")`)
	b.write(`#note-text`, "said once")
	b.twice(`#note-form button[type=submit]`, 150*time.Millisecond)
	b.until(`document.querySelector("#order").innerText.includes("said once")`)
	time.Sleep(300 * time.Millisecond) // what must not come
	if text := eval[string](b, `document.querySelector("#conflict").innerText`); text != "" {
		t.Errorf("the second click made a conflict: %s", text)
	}
	o, err := a.store.Orders().Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if o.Status != order.Processing || len(o.Desk.Notes) != 1 {
		t.Errorf("the order is %s with %d notes", o.Status, len(o.Desk.Notes))
	}
}

// twice clicks two times on one spot.
func (b *tab) twice(selector string, pause time.Duration) {
	b.t.Helper()
	b.click(selector)
	time.Sleep(pause)
	b.do(chromedp.DoubleClick(chromedp.CSS(selector), chromedp.NodeVisible))
}
