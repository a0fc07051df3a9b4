package order

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPieces(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":    nil,
		"  ":  nil,
		" a ": {"a"},
		`ring status:pending,confirmed -tag:"call back"`: {"ring", "status:pending,confirmed", `-tag:"call back"`},
		"a (b OR c) -(d e)": {"a", "(b OR c)", "-(d e)"},
		"a OR b c":          {"a OR b c"},
		"a (b":              {"a (b"},
		"a) b":              {"a) b"},
		`x "never closed`:   {`x "never closed`},
		"ring statsu:x":     {"ring", "statsu:x"},
	} {
		var got []string
		for _, p := range Pieces(text) {
			got = append(got, text[p.At:p.End])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// What lies between the pieces of any text is blank, so that nothing is lost.
func TestPiecesLoseNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"a", " ", "-", "(", ")", "OR", `"`, "tag:x", ",", "total>5", "é"})).Draw(t, "parts"), "")
		at := 0
		for _, p := range Pieces(text) {
			if p.At < at || p.End <= p.At || strings.TrimSpace(text[at:p.At]) != "" {
				t.Fatalf("%q: piece %v after %d", text, p, at)
			}
			at = p.End
		}
		if rest := text[at:]; strings.TrimSpace(rest) != "" {
			t.Fatalf("%q leaves %q", text, rest)
		}
	})
}
