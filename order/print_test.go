package order

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// expr draws any expression a program could build, canonical or not.
func expr(depth int) *rapid.Generator[Expr] {
	return rapid.Custom(func(t *rapid.T) Expr {
		kind := 3
		if depth > 0 {
			kind = rapid.IntRange(0, 4).Draw(t, "kind")
		}
		switch kind {
		case 0:
			return And(rapid.SliceOfN(expr(depth-1), 0, 3).Draw(t, "and"))
		case 1:
			return Or(rapid.SliceOfN(expr(depth-1), 0, 3).Draw(t, "or"))
		case 2:
			return Not{expr(depth-1).Draw(t, "not")}
		}
		if rapid.Bool().Draw(t, "number") {
			f := rapid.SampledFrom(numberFields()).Draw(t, "field")
			end := rapid.OneOf(rapid.SampledFrom([]int64{Lowest, Highest, 0, 129900, ist(2026, 11, 22), ist(2026, 11, 23), noon.UnixMilli(), noon.UnixMilli() + 1}), rapid.Int64(),
				rapid.Int64Range(-62135596800000-2*86400000, -62135596800000+3*86400000), rapid.Int64Range(253402300800000-3*86400000, 253402300800000+86400000))
			return Term{Field: f, Lo: end.Draw(t, "lo"), Hi: end.Draw(t, "hi")}
		}
		f := rapid.SampledFrom(append(textFields(), Words)).Draw(t, "field")
		if f == Words {
			return word(rapid.SampledFrom([]string{"anita", "405", "or", "नमस्ते", "status"}).Draw(t, "word"))
		}
		values := knownValues(f)
		if values == nil {
			values = []string{"a", "navi mumbai", `q"uo\te`, "x,y", "(b)", "amazon-in", "maharashtra", "400703", "-c", "#1001", "a:b"}
		}
		return Term{Field: f, Text: foldAll(rapid.SliceOfN(rapid.SampledFrom(values), 0, 3).Draw(t, "values"))}
	})
}

// TestPrintParse: what is printed parses, means the same on orders, and prints
// the same again.
func TestPrintParse(t *testing.T) {
	t.Parallel()
	loc := kolkata(t)
	orders := []Order{sample(), {}, absorbAll([]Report{at(1, Shipped, "")})}
	orders[1].Facts.OrderedAt, orders[1].UpdatedAt = noon.Add(time.Millisecond), noon
	rapid.Check(t, func(t *rapid.T) {
		e := expr(3).Draw(t, "expr")
		printed := PrintExpr(e, loc)
		if len(printed) > maxQueryText {
			t.Skip("longer than a query may be")
		}
		parsed, err := ParseExprAt(printed, loc, noon)
		if err != nil {
			t.Fatalf("%q: %v", printed, err)
		}
		if again := PrintExpr(parsed, loc); len(again) <= maxQueryText {
			twice, err := ParseExprAt(again, loc, noon)
			if err != nil {
				t.Fatalf("%q: %v", again, err)
			}
			if diff := cmp.Diff(parsed, twice); diff != "" {
				t.Fatalf("%q, then %q:\n%s", printed, again, diff)
			}
		}
		for i, o := range orders {
			if m := (&matcher{order: o}); m.holds(e) != m.holds(parsed) {
				t.Fatalf("%q holds differently for order %d", printed, i)
			}
		}
	})
}

func FuzzParseExpr(f *testing.F) {
	for _, s := range []string{`a OR (b -c) status:pending,confirmed`, `total:1000..5000 date:7d -tag:"x y",z`, `"`, `((`, `date>=2026-11-21T10:00:00+05:30`,
		`units:..`, `state:"tamil nadu" 405-80`, `--a`, "-(a OR b)", "\xff", `awb:"\\\""`, `pincode:"'400081.0"`, `pincode:"'"`} {
		f.Add(s)
	}
	loc := kolkata(f)
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseExprAt(s, loc, noon)
		if err != nil {
			var faults FieldErrors
			if !errors.As(err, &faults) || faults[0].Field != "q" || !strings.HasPrefix(faults[0].Message, "at character ") {
				t.Fatalf("%q: error without a place: %v", s, err)
			}
			return
		}
		if e == nil && strings.TrimSpace(s) != "" {
			t.Fatalf("%q selects everything", s)
		}
		Match(e, sample())
		printed := PrintExpr(e, loc)
		if len(printed) > maxQueryText {
			return
		}
		again, err := ParseExprAt(printed, loc, noon)
		if err != nil {
			t.Fatalf("%q prints %q: %v", s, printed, err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Fatalf("%q prints %q:\n%s", s, printed, diff)
		}
	})
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"Café", "फ़ोन १२", "İstanbul", "\xff", "a\u200db", "ǅ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, w := range Normalise(s) {
			if again := Normalise(w); len(again) != 1 || again[0] != w {
				t.Fatalf("%q gives %q, which gives %q", s, w, again)
			}
		}
	})
}

func TestParseExprFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"kurta statsu:pending":           `at character 7: there is no field "statsu"`,
		"status:gone":                    `at character 1: status "gone" is unknown`,
		"status>pending":                 "at character 1: status can be compared with : only",
		"a total>much":                   `at character 3: "much" is not an amount in rupees`,
		"total:5..1":                     "at character 1: total:5..1 starts after it ends",
		"total>1..2":                     "at character 1: a range follows a colon",
		"total:1,2":                      "at character 1: total takes one value or a range",
		"date:2026-02-30":                `at character 1: "2026-02-30" is not a day`,
		"date:0d":                        `at character 1: "0d" is not a day`,
		"units:1.5":                      `at character 1: "1.5" is not a whole number`,
		"units:9223372036854775807":      "at character 1: \"9223372036854775807\" is out of range",
		"tag:":                           "at character 5: tag: needs a value",
		"tag:a,":                         "at character 7: tag: needs a value",
		`a "b`:                           "at character 3: the quote is never closed",
		`pincode:"'"`:                    "at character 1: pincode needs a value",
		"(a":                             "at character 1: this ( is never closed",
		"a)":                             "at character 2: this ) has no ( before it",
		"()":                             "at character 1: these parentheses hold no condition",
		"a OR":                           "at character 5: OR needs a condition on both sides",
		"OR a":                           "at character 1: OR needs a condition on both sides",
		"-()":                            "at character 2: these parentheses hold no condition",
		"-)":                             "at character 1: the minus sign needs a condition",
		"***":                            "at character 1: there is no word or condition here",
		`-"&"`:                           "at character 1: the minus sign needs a word",
		strings.Repeat("(", 30) + "a":    "at character 22: more than 20 levels",
		strings.Repeat("a ", 101):        "at character 201: more than 100 conditions",
		strings.Repeat("a", 2001):        "at character 2001: the query is longer than 2000 bytes",
		"http://x":                       "at character 1: there is no field \"http\"",
		"flag:archvied":                  `at character 1: flag "archvied" is unknown; use one of`,
		"platform:amazon,ebay payment:x": `at character 1: platform "ebay" is unknown`,
	} {
		_, err := ParseExprAt(text, time.UTC, noon)
		var faults FieldErrors
		if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Field != "q" || !strings.HasPrefix(faults[0].Message, want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
