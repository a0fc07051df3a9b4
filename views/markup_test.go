package views

import (
	"bytes"
	"compress/gzip"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Every page and part keeps the content security policy and the rules that
// make it usable.
func TestMarkup(t *testing.T) {
	t.Parallel()
	whole := pages()
	maps.Copy(whole, channelPages())
	maps.Copy(whole, listPages())
	for name, c := range everything() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := render(t, c)
			for _, fault := range faultsOf(t, doc) {
				t.Error(fault)
			}
			if _, page := whole[name]; page && strings.Count(doc, "<h1") != 1 {
				t.Errorf("%d headings of the first level", strings.Count(doc, "<h1"))
			}
		})
	}
}

// faultsOf scans one document.
func faultsOf(t *testing.T, doc string) []string {
	t.Helper()
	var faults []string
	ids, labelled, named := map[string]bool{}, map[string]bool{}, map[string]string{}
	var needLabel []html.Token
	inLabel := 0
	tokens(t, doc, func(k html.Token) {
		if k.Data == "label" && k.Type == html.StartTagToken {
			inLabel++
		} else if k.Data == "label" {
			inLabel--
		}
		if k.Type != html.StartTagToken && k.Type != html.SelfClosingTagToken {
			return
		}
		faults = append(faults, forbidden(k)...)
		if id, ok := attribute(k, "id"); ok {
			if ids[id] || id == "" {
				faults = append(faults, "id used twice or empty: "+id)
			}
			ids[id] = true
		}
		if id, ok := attribute(k, "for"); ok {
			labelled[id] = true
		}
		for _, name := range []string{"aria-labelledby", "aria-describedby", "for", "form", "popovertarget"} {
			if list, ok := attribute(k, name); ok {
				for id := range strings.FieldsSeq(list) {
					named[id] = k.String()
				}
			}
		}
		if control(k) && inLabel == 0 {
			needLabel = append(needLabel, k)
		}
	})
	for _, k := range needLabel {
		id, _ := attribute(k, "id")
		if _, ok := attribute(k, "aria-label"); !labelled[id] && !ok {
			faults = append(faults, "no label: "+k.String())
		}
	}
	for id, by := range named {
		if !ids[id] && id != "filters" && id != "file-hint" { // the form of a partial is on the page
			faults = append(faults, "nothing has the id "+id+" that is named by "+by)
		}
	}
	return faults
}

// control reports whether an element needs a label.
func control(k html.Token) bool {
	kind, _ := attribute(k, "type")
	return k.Data == "select" || k.Data == "textarea" || k.Data == "progress" ||
		k.Data == "input" && !slices.Contains([]string{"hidden", "submit", "button"}, kind)
}

// forbidden finds what the policy would block, or templ prints wrongly.
func forbidden(k html.Token) []string {
	var faults []string
	bad := func(what string) { faults = append(faults, what+" in "+k.String()) }
	if k.Data == "style" {
		bad("style element")
	}
	if k.Data == "script" {
		if src, _ := attribute(k, "src"); !strings.HasPrefix(src, "/static/") {
			bad("script that is not a file of ours")
		}
	}
	for _, a := range k.Attr {
		switch {
		case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-on"):
			bad("inline " + a.Key)
		case strings.HasPrefix(a.Key, "hx-") && strings.HasPrefix(a.Val, "js:"), a.Key == "hx-trigger" && strings.Contains(a.Val, "["):
			bad("evaluated " + a.Key)
		case strings.HasPrefix(a.Key, "aria-") && a.Val == "", a.Key == "class" && a.Val == "":
			bad("empty " + a.Key)
		case slices.Contains([]string{"href", "src", "action", "hx-get", "hx-post", "formaction"}, a.Key) && !safeAddress(a.Val):
			bad("address " + a.Val)
		}
	}
	return faults
}

// safeAddress accepts our own paths, anchors and the few other schemes in use.
func safeAddress(s string) bool {
	for _, start := range []string{"/", "#", "https://", "http://", "tel:", "mailto:"} {
		if strings.HasPrefix(s, start) && !strings.HasPrefix(s, "//") {
			return true
		}
	}
	return false
}

// The scanner itself finds what it looks for.
func TestScannerFinds(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		`<p style="color:red">`, `<style>`, `<script>x</script>`, `<a href="/" onclick="x">`, `<a hx-on:click="x">`,
		`<a hx-vals="js:x">`, `<a hx-trigger="click[x]">`, `<p id="a"><p id="a">`, `<input type="text">`, `<select id="s"></select>`,
		`<a href="javascript:x">`, `<a href="//elsewhere">`, `<a aria-current="">`, `<p aria-labelledby="none">`,
	} {
		if len(faultsOf(t, doc)) == 0 {
			t.Errorf("nothing found in %s", doc)
		}
	}
	if f := faultsOf(t, `<label for="a">A</label><input id="a"><label><input type="checkbox"> B</label><a href="/x">x</a>`); len(f) > 0 {
		t.Errorf("found %v in good markup", f)
	}
}

// Names of htmx 2 that do nothing, or something else, in version 4.
func TestNoHabitsOfHtmx2(t *testing.T) {
	t.Parallel()
	old := regexp.MustCompile(`hx-disabled-elt|hx-ext=|\bsse-(connect|swap|close)|hx-(params|vars|request|disinherit|prompt|boost)=|` +
		`htmx:(afterSwap|beforeSwap|afterSettle|configRequest|responseError|sendError|afterRequest|beforeRequest|afterOnLoad|historyRestore|load)\b|HX-Trigger-(After|Name)`)
	files, err := filepath.Glob("*.templ")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "../static/app.js", "parts.go", "job.go", "channelforms.go", "filters.go", "page.go")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range old.FindAll(text, -1) {
			t.Errorf("%s: %s", file, hit)
		}
	}
	if !old.MatchString(`<a hx-disabled-elt="this">`) || old.MatchString(`hx-sse:connect="/events" hx-push-url:inherited`) {
		t.Error("the pattern itself is wrong")
	}
}

// Every icon that is named is drawn, and every drawing has a name.
func TestIcons(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../static/icons.css")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\.i-([a-z0-9-]+)[ ,]`).FindAllStringSubmatch(string(css), -1) {
		drawn[m[1]] = true
		if !slices.Contains(iconNames(), m[1]) {
			t.Errorf("%s is drawn and not listed", m[1])
		}
	}
	for _, name := range iconNames() {
		if !drawn[name] {
			t.Errorf("%s is listed and not drawn", name)
		}
	}
	for name, c := range everything() {
		for _, m := range regexp.MustCompile(`icon (?:sign )?i-([a-z0-9-]*)`).FindAllStringSubmatch(render(t, c), -1) {
			if !drawn[m[1]] {
				t.Errorf("%s uses the icon %q, which is not drawn", name, m[1])
			}
		}
	}
}

// maxPageBytes is the budget of a page of fifty orders, compressed.
const maxPageBytes = 6000

func TestOrdersPageWeight(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	p := samplePage()
	p.Lean = true
	doc := render(t, Orders(p, SampleOrders(50)))
	if _, err := z.Write([]byte(doc)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d compressed", len(doc), b.Len())
	if b.Len() > maxPageBytes {
		t.Errorf("%d bytes compressed, at most %d", b.Len(), maxPageBytes)
	}
}

func BenchmarkOrders(b *testing.B) {
	p, v := samplePage(), SampleOrders(50)
	b.ReportAllocs()
	for b.Loop() {
		render(b, Orders(p, v))
	}
}

func BenchmarkOrdersTable(b *testing.B) {
	v := SampleOrders(50)
	b.ReportAllocs()
	for b.Loop() {
		render(b, OrdersTable(v))
	}
}
