package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/palmonas/palmonas-crm/order"
)

// TestDoubleClick: people double-click buttons. The second click must neither
// repeat the form nor fall on the one that the first click brought.
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

// twice clicks two times on one spot, whatever is there the second time.
func (b *tab) twice(selector string, pause time.Duration) {
	b.t.Helper()
	b.until("!!document.querySelector(`" + selector + "`)")
	spot := eval[[]float64](b, "(() => { const e = document.querySelector(`"+selector+"`); e.scrollIntoView({block: 'center'});"+
		"const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()")
	b.do(chromedp.MouseClickXY(spot[0], spot[1]))
	time.Sleep(pause)
	b.do(chromedp.MouseClickXY(spot[0], spot[1], chromedp.ClickCount(2)))
}
