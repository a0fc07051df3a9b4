package order

import (
	"regexp"
	"slices"
	"strings"
)

// mention is an @ that no word or address runs into, and a handle: what stands
// before the @ of somebody's e-mail address, or the whole address.
var mention = regexp.MustCompile(`(?:^|[^\pL\pN._%+@-])@([\pL\pN](?:[\pL\pN._+-]*[\pL\pN])?(?:@[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)?)`)

// maxMentions bounds whom one note can call.
const maxMentions = 20

// Mentions lists the handles that a text calls with @, in lower case, each
// once, in their order. Whether anybody has such a handle is for the caller to
// know (account.User.Handle).
func Mentions(text string) []string {
	var out []string
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		if h := strings.ToLower(m[1]); !slices.Contains(out, h) && len(out) < maxMentions {
			out = append(out, h)
		}
	}
	return out
}

// TextPart is a piece of a text; Handle is set where it is a mention.
type TextPart struct{ Text, Handle string }

// SplitMentions cuts a text into mentions and what stands between them; joined
// again the parts are the text.
func SplitMentions(text string) []TextPart {
	var out []TextPart
	at := 0
	for _, m := range mention.FindAllStringSubmatchIndex(text, -1) {
		if start := m[2] - 1; start > at {
			out = append(out, TextPart{Text: text[at:start]})
		}
		out = append(out, TextPart{Text: text[m[2]-1 : m[3]], Handle: strings.ToLower(text[m[2]:m[3]])})
		at = m[3]
	}
	if at < len(text) {
		out = append(out, TextPart{Text: text[at:]})
	}
	return out
}
