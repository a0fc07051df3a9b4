package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience is how long anything on a page may take on a busy machine.
const patience = 20 * time.Second

// tab is a page in a profile of its own. What goes wrong in it fails its test.
type tab struct {
	t   *testing.T
	ctx context.Context
	app *app

	mu       sync.Mutex
	problems []string
	expected []string // parts of console errors that belong to the test
}

func newTab(t *testing.T, a *app) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chrome, chromedp.WithNewBrowserContext())
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		t.Fatal(err)
	}
	b := &tab{t: t, ctx: ctx, app: a}
	messages := chromedp.Console(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == "error" || m.Type == chromedp.ConsoleException {
				b.mu.Lock()
				b.problems = append(b.problems, fmt.Sprintf("%s (%s)", m.Text, m.URL))
				b.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.problems {
			if !b.allowed(p) {
				t.Errorf("the console says: %s", p)
			}
		}
	})
	return b
}

// allow expects console errors that hold the text, such as the line Chromium
// writes for an answer of 422.
func (b *tab) allow(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, text)
}

func (b *tab) allowed(problem string) bool {
	for _, e := range b.expected {
		if strings.Contains(problem, e) {
			return true
		}
	}
	return false
}

// do runs steps and gives them patience.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\npage: %s", err, b.state())
	}
}

// hit does one thing to an element, again when the page put a new one in its
// place between finding and touching it, as a swap or a navigation may.
func (b *tab) hit(step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, step)
	for err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "Could not find node") {
		err = chromedp.Do(ctx, step)
	}
	if err != nil {
		b.t.Fatalf("%v\npage: %s", err, b.state())
	}
}

// state is where the tab is, for a failure's message.
func (b *tab) state() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 1500)`))
	if err != nil {
		return err.Error()
	}
	return s
}

// eval is the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// await is the value of a promise in the page.
func await[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 2*patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to become true.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for ; ctx.Err() == nil; time.Sleep(30 * time.Millisecond) {
		// A page may be half there, or leave while it is asked.
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(() => { try { return !!("+expression+") } catch { return false } })()"))
		if err == nil && is {
			return
		}
	}
	b.t.Fatalf("%s does not become true\npage: %s", expression, b.state())
}

func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.app.url + path))
}

// size makes the window one of the two that every page is looked at in.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// scheme makes the system prefer a colour scheme.
func (b *tab) scheme(name string) {
	b.t.Helper()
	b.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
		return err
	})
}

// withoutScript turns the page's JavaScript off; eval still works.
func (b *tab) withoutScript() {
	b.t.Helper()
	b.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
}

func (b *tab) call(fn func(context.Context) error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := fn(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// click clicks as a person does: on what is visible, with the mouse.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.hit(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

func (b *tab) write(selector, text string) {
	b.t.Helper()
	b.hit(chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

// statusPick opens the filter of statuses.
const statusPick = `#picks > details:nth-child(2) > summary`

// linkOf and rowOf are selectors of an order in the list.
func linkOf(id string) string { return "#rows a[href='/orders/" + id + "']" }

func rowOf(id string) string { return "#rows tr:has(a[href='/orders/" + id + "'])" }

// signIn goes through the form, as everybody does.
func (b *tab) signIn(name string) {
	b.t.Helper()
	b.open("/login")
	b.write(`input[name=email]`, name+"@example.com")
	b.write(`input[name=password]`, password)
	b.click(`form[action="/login"] button[type=submit]`)
	b.until(`location.pathname !== "/login" && document.querySelector("#main")`)
	b.open("/orders")
	b.until(`location.pathname === "/orders" && document.querySelector("#results")`)
}
