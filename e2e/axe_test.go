package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// axeSource is axe-core as it was published, checked against SHA256SUMS.
func axeSource(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("testdata/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	if want, _, _ := strings.Cut(string(sums), " "); want != hex.EncodeToString(sum[:]) {
		t.Fatal("testdata/axe.min.js is not the file that SHA256SUMS names")
	}
	return string(b)
}

// violation is one rule that a page breaks.
type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

const runAxe = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
	.then(r => r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 5).map(n => n.html.slice(0, 200) + " | " + n.failureSummary.slice(0, 300))})))`

// axe looks at the page as it is now.
func (b *tab) axe(t *testing.T, source, what string) {
	t.Helper()
	eval[any](b, source+"; 0")
	for _, v := range await[[]violation](b, runAxe) {
		t.Errorf("%s: %s: %s\n\t%s", what, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}

// TestAccessibility runs axe over every page in both themes and both sizes.
func TestAccessibility(t *testing.T) {
	a := newApp(t, 60)
	a.shop(t, 30)
	record := a.setAside(t)
	id := a.absorb(t, one("403-5550001-0000006", time.Now()))[0].String()
	source := axeSource(t)
	b := newTab(t, a)
	b.allow("status of 4")
	b.signIn("admin")
	out := newTab(t, a) // without a session
	out.allow("status of 4")
	for _, size := range [][2]int64{{1280, 800}, {390, 844}} {
		for _, scheme := range []string{"light", "dark"} {
			for _, p := range []struct {
				in   *tab
				path string
				act  func(*tab)
			}{
				{b, "/orders", nil},
				{b, "/orders", func(b *tab) {
					b.click(statusPick)
					b.until(`document.querySelector("#picks [open] input[name=status]")`)
				}},
				{b, "/orders", func(b *tab) {
					b.click(`#sorting > summary`)
					b.until(`document.querySelector("#sorting [open] #limit, #sorting #limit")`)
				}},
				{b, "/orders", func(b *tab) {
					if eval[bool](b, `document.querySelector("#nav").matches(":popover-open, :not([popover])") || innerWidth >= 960`) {
						b.click(`details.menu-up > summary`)
						b.until(`document.querySelector("form[action='/logout'] button")`)
					}
				}},
				{b, "/orders/filters?status=pending&q=ring", nil},
				{b, "/account/menu", nil},
				{b, "/orders?q=nothinglikeit", nil},
				{b, "/orders?q=ring", func(b *tab) {
					b.chord("k")
					b.until(`document.querySelector("#palette")?.open`)
				}},
				{b, "/orders?q=total", func(b *tab) {
					b.write(`#q`, " st")
					b.until(`document.querySelector("#suggest [role=option]")`)
				}},
				{b, "/orders", func(b *tab) {
					b.click(`#columns-open`)
					b.until(`document.querySelector("dialog#columns")?.open`)
				}},
				{b, "/orders/help", nil},
				{b, "/views?save=q%3Dring", nil},
				{b, "/palette?q=late", nil},
				{b, "/settings/dispatch", nil},
				{b, "/orders?q=total%3E%3E5", nil},
				{b, "/orders/" + id, nil},
				{b, "/imports", nil},
				{b, "/channels", nil},
				{b, "/channels/shop", nil},
				{b, "/channels/shop", func(b *tab) {
					b.click(`details.group > summary`)
					b.click(`#fetch button`) // it is empty: the browser says so
				}},
				{b, "/channels/new", nil},
				{b, "/channels/new?adapter=woocommerce", nil},
				{b, "/channels/shop/quarantine/" + record, nil},
				{b, "/nothing", nil},
				{out, "/login", nil},
			} {
				what := fmt.Sprintf("%s, %s, %d px", p.path, scheme, size[0])
				p.in.size(size[0], size[1])
				p.in.scheme(scheme)
				p.in.open(p.path)
				p.in.until(`document.readyState === "complete"`)
				if p.act != nil {
					p.act(p.in)
				}
				p.in.axe(t, source, what)
				if over := eval[int](p.in, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
					t.Errorf("%s: the page is %d px wider than the window", what, over)
				}
			}
		}
	}
}
