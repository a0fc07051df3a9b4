package order

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func shopWords() Vocabulary {
	return Vocabulary{
		FieldTag:      {{Value: "vip"}, {Value: "call back"}},
		FieldAssignee: {{Value: "me", Label: "you"}, {Value: "Asha Rao"}},
		FieldChannel:  {{Value: "amazon-in", Label: "Amazon India"}},
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		typed string // | is the caret
		want  []string
		from  int
	}{
		{"st|", []string{"status:", "state:"}, 0},
		{"ring pa|", []string{"payment:"}, 5},
		{"pend|", []string{"status:pending"}, 0},
		{"status:p|", []string{"status:pending", "status:processing"}, 0},
		{"status:pending,co|", []string{"status:pending,confirmed"}, 0},
		{"STATUS:Pend|", []string{"status:pending"}, 0},
		{"status:pending,p|", []string{"status:pending,processing"}, 0},
		{"(a OR -tag:c|) b", []string{`tag:"call back"`}, 7},
		{`tag:"call|`, []string{`tag:"call back"`}, 0},
		{"assignee:as|", []string{`assignee:"Asha Rao"`}, 0},
		{"rao|", []string{`assignee:"Asha Rao"`}, 0},
		{"channel:india|", []string{"channel:amazon-in"}, 0},
		{"state:mahar|", []string{"state:maharashtra"}, 0},
		{"shipby<n|", []string{"shipby<now"}, 0},
		{"total:|", []string{"total>5000", "total:1000..5000"}, 0},
		{"status:pending|xyz more", []string{"status:pending"}, 0},
		{"nothing:like|", nil, 0},
		{"405-8078784|", nil, 0},
	} {
		text := strings.Replace(tt.typed, "|", "", 1)
		got := Suggest(text, strings.Index(tt.typed, "|"), shopWords())
		var texts []string
		for _, s := range got {
			texts = append(texts, s.Text)
			if s.From != tt.from {
				t.Errorf("%s: from %d, want %d", tt.typed, s.From, tt.from)
			}
		}
		if len(got) < len(tt.want) || !slices.Equal(texts[:len(tt.want)], tt.want) || tt.want == nil && got != nil {
			t.Errorf("%s: %q, want %q first", tt.typed, texts, tt.want)
		}
	}
	if n := len(Suggest("", 0, nil)); n != MaxSuggestions {
		t.Errorf("%d suggestions for nothing", n)
	}
}

// TestSuggestionsParse: whatever is suggested for whatever is typed can stand
// in the text and, being whole, parses.
func TestSuggestionsParse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ ()"a-c:,<>s-v-]{0,12}`).Draw(t, "text")
		caret := rapid.IntRange(-1, 14).Draw(t, "caret")
		for _, s := range Suggest(text, caret, shopWords()) {
			if s.From < 0 || s.From > s.To || s.To > len(text) {
				t.Fatalf("%q: replaces %d to %d", text, s.From, s.To)
			}
			if strings.HasSuffix(s.Text, ":") {
				continue
			}
			if _, err := ParseExprAt(s.Text, time.UTC, noon); err != nil && !strings.Contains(s.Text, ",") {
				t.Fatalf("%q suggests %q: %v", text, s.Text, err)
			}
		}
	})
}

func TestHelpParses(t *testing.T) {
	t.Parallel()
	covered := map[Field]bool{}
	for _, h := range FieldsHelp() {
		covered[h.Field] = true
		for _, e := range h.Examples {
			if _, err := ParseExprAt(e, time.UTC, noon); err != nil {
				t.Errorf("%s: %v", e, err)
			}
		}
	}
	for _, f := range append(textFields(), numberFields()...) {
		if !covered[f] {
			t.Errorf("no help on %s", f)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"kurta statsu:pending x": "statsu:pending",
		"(status:gone)":          "status:gone",
		"a)":                     ")",
		`a "b c`:                 `"b`,
		"a OR":                   "",
		"नाम total>much":         "total>much",
		"tag: x":                 " ",
	} {
		_, err := ParseExprAt(text, time.UTC, noon)
		var faults FieldErrors
		if !errors.As(err, &faults) {
			t.Fatalf("%s: %v", text, err)
		}
		at, end, ok := faults.Place("q")
		if got := text[at:end]; got != want || ok != (want != "") {
			t.Errorf("%s: marks %q (%v), want %q", text, got, ok, want)
		}
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	r := Reader{Loc: kolkata(t), Now: noon, People: func(text string) []string {
		return map[string][]string{"me": {"u-1"}, "asha": {"u-2", "u-3"}}[text]
	}}
	for text, want := range map[string]string{
		"assignee:me":           "assignee:u-1",
		"-assignee:asha,me":     "-assignee:u-1,u-2,u-3",
		"shipby<now":            "shipby<=2026-11-22T06:29:59.999Z",
		"shipby:4h":             "shipby:2026-11-22T06:30:00.000Z..2026-11-22T10:29:59.999Z",
		"updated:2h":            "updated:2026-11-22T04:30:00.000Z..2026-11-22T06:30:00.000Z",
		"date>=now":             "date>=2026-11-22T06:30:00.000Z",
		"shipby<now OR total>5": "shipby<=2026-11-22T06:29:59.999Z OR total>=5.01",
	} {
		e, err := r.Expr(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := PrintExpr(e, r.Loc); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	_, err := r.Expr("x assignee:nobody")
	if err == nil || !strings.Contains(err.Error(), `at character 3: there is nobody called "nobody"`) {
		t.Errorf("%v", err)
	}
	q, err := Filter{Assignee: "me"}.QueryWith(r)
	if err != nil || PrintExpr(q.Where, r.Loc) != "assignee:u-1" {
		t.Errorf("%v %v", q, err)
	}
	if _, err := (Filter{Assignee: "nobody"}).QueryWith(r); err == nil {
		t.Error("nobody was found")
	}
}
