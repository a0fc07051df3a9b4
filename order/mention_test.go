package order

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMentions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"@nisha please call":                 {"nisha"},
		"ask @Nisha.K, then @dev (@nisha.k)": {"nisha.k", "dev"},
		"mail asha@example.com":              nil,
		"@nisha@palmonas.demo, look.":        {"nisha@palmonas.demo"},
		"to @dev.":                           {"dev"},
		"@@dev @ @-x":                        nil,
		"price@100":                          nil,
		"":                                   nil,
		strings.Repeat("@a", 3):              {"a@a"},
	} {
		if diff := cmp.Diff(want, Mentions(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	many := ""
	for i := range 50 {
		many += " @user" + strings.Repeat("x", i)
	}
	if n := len(Mentions(many)); n != maxMentions {
		t.Errorf("%d mentions", n)
	}
}

func TestSplitMentionsLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("@@ab.C-_ \n,é"))).Draw(t, "text")
		var joined strings.Builder
		var called []string
		for _, p := range SplitMentions(text) {
			joined.WriteString(p.Text)
			if p.Handle != "" {
				called = append(called, p.Handle)
			}
		}
		if joined.String() != text {
			t.Fatalf("%q became %q", text, joined.String())
		}
		for _, h := range Mentions(text) {
			if len(called) == 0 || !strings.Contains(strings.Join(called, " "), h) {
				t.Fatalf("%q calls %q, the parts call %q", text, h, called)
			}
		}
	})
}
