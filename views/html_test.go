package views

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// tokens calls fn for every token of a document.
func tokens(t testing.TB, doc string, fn func(html.Token)) {
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

// oneNodePerLine writes a document so that a change shows as changed lines:
// one tag or text a line, indented by depth, attributes in their order.
func oneNodePerLine(t testing.TB, doc string) string {
	t.Helper()
	var b strings.Builder
	depth := 0
	line := func(s string) {
		b.WriteString(strings.Repeat(" ", max(depth, 0)) + s + "\n")
	}
	tokens(t, doc, func(k html.Token) {
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

func attribute(k html.Token, name string) (string, bool) {
	for _, a := range k.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
