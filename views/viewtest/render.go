// Package viewtest is what the tests of all packages of views share: rendering,
// golden files, and a scan of the markup for what the content security policy
// would block or people could not use.
package viewtest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

// Render is the component as text.
func Render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Golden compares a component with testdata/<name>.golden.html, written one
// node a line; with update it rewrites the file.
func Golden(t *testing.T, name string, c templ.Component, update bool) {
	t.Helper()
	file := filepath.Join("testdata", strings.ReplaceAll(name, "/", "-")+".golden.html")
	got := OneNodePerLine(t, Render(t, c))
	if update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file) //nolint:gosec // a golden file beside the test
	if err != nil {
		t.Fatalf("%v (run the test with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("changed (-golden +now):\n%s", diff)
	}
}

// Tokens calls fn for every token of a document.
func Tokens(t testing.TB, doc string, fn func(html.Token)) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(doc))
	for {
		if z.Next() == html.ErrorToken {
			if err := z.Err(); !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			return
		}
		fn(z.Token())
	}
}

func void(tag string) bool {
	return slices.Contains([]string{"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}, tag)
}

// OneNodePerLine writes a document so that a change shows as changed lines:
// one tag or text a line, indented by depth, attributes in their order.
func OneNodePerLine(t testing.TB, doc string) string {
	t.Helper()
	var b strings.Builder
	depth := 0
	line := func(s string) { b.WriteString(strings.Repeat(" ", max(depth, 0)) + s + "\n") }
	Tokens(t, doc, func(k html.Token) {
		switch k.Type {
		case html.TextToken:
			if s := strings.Join(strings.Fields(k.Data), " "); s != "" {
				line(html.EscapeString(s))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			line(k.String())
			if k.Type == html.StartTagToken && !void(k.Data) {
				depth++
			}
		case html.EndTagToken:
			depth--
		default:
			line(k.String())
		}
	})
	return b.String()
}

// Attribute is the value of an attribute.
func Attribute(k html.Token, name string) (string, bool) {
	for _, a := range k.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
