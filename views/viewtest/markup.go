package viewtest

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Faults scans one document for what the policy blocks, for addresses that are
// not ours, for ids used twice or named and missing, and for controls without a
// label. elsewhere lists ids that a part of a page may name.
func Faults(t testing.TB, doc string, elsewhere ...string) []string {
	t.Helper()
	s := scan{ids: map[string]bool{}, labelled: map[string]bool{}, named: map[string]string{}}
	Tokens(t, doc, s.token)
	for _, k := range s.needLabel {
		id, _ := Attribute(k, "id")
		if _, ok := Attribute(k, "aria-label"); !s.labelled[id] && !ok {
			s.faults = append(s.faults, "no label: "+k.String())
		}
	}
	for id, by := range s.named {
		if !s.ids[id] && !slices.Contains(elsewhere, id) {
			s.faults = append(s.faults, "nothing has the id "+id+" that is named by "+by)
		}
	}
	return s.faults
}

type scan struct {
	faults    []string
	ids       map[string]bool
	labelled  map[string]bool
	named     map[string]string
	needLabel []html.Token
	inLabel   int
}

func (s *scan) token(k html.Token) {
	if k.Data == "label" && k.Type == html.StartTagToken {
		s.inLabel++
	} else if k.Data == "label" {
		s.inLabel--
	}
	if k.Type != html.StartTagToken && k.Type != html.SelfClosingTagToken {
		return
	}
	s.faults = append(s.faults, blocked(k)...)
	if id, ok := Attribute(k, "id"); ok {
		if s.ids[id] || id == "" {
			s.faults = append(s.faults, "id used twice or empty: "+id)
		}
		s.ids[id] = true
	}
	if id, ok := Attribute(k, "for"); ok {
		s.labelled[id] = true
	}
	for _, name := range []string{"aria-labelledby", "aria-describedby", "for", "form", "popovertarget"} {
		list, _ := Attribute(k, name)
		for id := range strings.FieldsSeq(list) {
			s.named[id] = k.String()
		}
	}
	if control(k) && s.inLabel == 0 {
		s.needLabel = append(s.needLabel, k)
	}
}

// control reports whether an element needs a label.
func control(k html.Token) bool {
	kind, _ := Attribute(k, "type")
	return k.Data == "select" || k.Data == "textarea" || k.Data == "progress" ||
		k.Data == "input" && !slices.Contains([]string{"hidden", "submit", "button"}, kind)
}

// blocked finds what the policy would block, or templ prints wrongly.
func blocked(k html.Token) []string {
	var faults []string
	bad := func(what string) { faults = append(faults, what+" in "+k.String()) }
	if k.Data == "style" {
		bad("style element")
	}
	if k.Data == "script" {
		if src, _ := Attribute(k, "src"); !strings.HasPrefix(src, "/static/") {
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
		case slices.Contains([]string{"href", "src", "action", "hx-get", "hx-post", "formaction"}, a.Key) && !ours(a.Val):
			bad("address " + a.Val)
		}
	}
	return faults
}

// ours accepts paths of the program, anchors and the few other schemes in use.
func ours(s string) bool {
	for _, start := range []string{"/", "#", "https://", "http://", "tel:", "mailto:"} {
		if strings.HasPrefix(s, start) && !strings.HasPrefix(s, "//") {
			return true
		}
	}
	return false
}
