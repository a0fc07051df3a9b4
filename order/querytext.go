package order

import (
	"net/url"
	"slices"
	"strings"
)

// QueryText reads a selection as programs write it, in either of its two forms:
// the parameters of the list's address (status=pending&platform=amazon), or the
// query language alone (status:pending platform:amazon). ParseFilter checks the
// result. Where on the list somebody is does not matter to a selection: page,
// limit, sort and cursors are left out.
func QueryText(text string) url.Values {
	text = strings.TrimPrefix(strings.TrimSpace(text), "?")
	name, _, given := strings.Cut(text, "=")
	v, err := url.ParseQuery(text)
	if !given || err != nil || !slices.Contains(listParameters(), name) {
		return url.Values{"q": {text}}
	}
	for _, place := range []string{"page", "after", "before", "limit", "sort"} {
		v.Del(place)
	}
	return v
}

func listParameters() []string {
	return []string{"q", "platform", "channel", "status", "from", "to", "customer", "tag", "assignee", "sort", "limit", "page", "after", "before"}
}
