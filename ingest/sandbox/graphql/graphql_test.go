package graphql

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func roots() map[string]Object {
	leaf := func(n int) Object {
		return Object{Type: "Leaf", Fields: map[string]any{"n": n, "deep": nil}}
	}
	return map[string]Object{"query": {Type: "Query", Fields: map[string]any{
		"title": "tree",
		"leaf":  leaf(1),
		"leaves": Resolver(func(a Args) (any, error) {
			n, ok := a.Int("first")
			if !ok {
				return nil, errors.New("first is required")
			}
			return []Object{leaf(1), leaf(2), leaf(3)}[:n], nil
		}),
		"echo": Resolver(func(a Args) (any, error) {
			return a.Object("in").Text("text") + "/" + a.Text("sort"), nil
		}),
	}}}
}

func TestRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ query, vars, want string }{
		"fields":       {`{ title leaf { n __typename } }`, ``, `{"leaf":{"__typename":"Leaf","n":1},"title":"tree"}`},
		"alias":        {`query Q { a: title b: leaf { x: n } }`, ``, `{"a":"tree","b":{"x":1}}`},
		"literal":      {`{ leaves(first: 2) { n } }`, ``, `{"leaves":[{"n":1},{"n":2}]}`},
		"variable":     {`query($n: Int! = 1) { leaves(first: $n) { n } }`, `{"n":3}`, `{"leaves":[{"n":1},{"n":2},{"n":3}]}`},
		"default":      {`query($n: Int = 1) { leaves(first: $n) { n } }`, ``, `{"leaves":[{"n":1}]}`},
		"input object": {`query($t: String) { echo(in: {text: $t, list: [1, 2.5, null]}, sort: UP) }`, `{"t":"hi"}`, `{"echo":"hi/UP"}`},
		"fragments":    {`{ leaf { ...L ... on Leaf { deep } ... on Other { no } } } fragment L on Leaf { n }`, ``, `{"leaf":{"deep":null,"n":1}}`},
		"directives":   {`query($y: Boolean!) { title @include(if: $y) leaf @skip(if: true) { n } }`, `{"y":false}`, `{}`},
		"block text":   {"{ echo(in: {text: \"\"\"a \"b\" c\"\"\"}) # note\n }", ``, `{"echo":"a \"b\" c/"}`},
		"escapes":      {`{ echo(in: {text: "a\"\u00e9\/"}) }`, ``, `{"echo":"a\"é//"}`},
	} {
		doc, err := Parse(c.query)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var vars map[string]any
		if c.vars != "" {
			if err := json.Unmarshal([]byte(c.vars), &vars); err != nil {
				t.Fatal(err)
			}
		}
		data, errs := Run(doc, "", vars, roots())
		got, err := json.Marshal(data)
		if err != nil || len(errs) > 0 {
			t.Errorf("%s: %v %v", name, err, errs)
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`{ nope }`:                              "Field 'nope' doesn't exist on type 'Query'",
		`{ leaf }`:                              "Field must have selections",
		`{ title { x } }`:                       "Selections can't be made on scalars",
		`{ ...F }`:                              "Fragment F was used, but not defined",
		`mutation { x }`:                        "Schema is not configured for mutation",
		`query A { title } query B { title }`:   "An operation name is required",
		`{ ...F } fragment F on Query { ...F }`: "nested too deeply",
	} {
		doc, err := Parse(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if data, errs := Run(doc, "", nil, roots()); data != nil || len(errs) == 0 || !strings.Contains(errs[0].Message, want) {
			t.Errorf("%s: %v %v", query, data, errs)
		}
	}
	doc, err := Parse(`{ title leaves { n } }`)
	if err != nil {
		t.Fatal(err)
	}
	data, errs := Run(doc, "", nil, roots())
	if data["title"] != "tree" || data["leaves"] != nil || len(errs) != 1 || errs[0].Message != "first is required" {
		t.Errorf("an error of one field: %v %v", data, errs)
	}
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"", "{", "{ a", "{ a( }", "{ a(b: ) }", "query", `{ a(b: "x) }`, "{ a } }", "{ a(b: $) }", "{ \x00 }", "subscription { a }",
		"{" + strings.Repeat("a {", 100) + strings.Repeat("}", 101), "{ a(b: " + strings.Repeat("[", 100) + ") }"} {
		if doc, err := Parse(query); err == nil {
			t.Errorf("%.40q was read as %+v", query, doc)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{ a }`, `query Q($n: [Int!]! = [1]) { a: b(c: {d: $n, e: E, f: "x\n", g: 1.5e3}) @include(if: true) { ...F ... on T { x } } } fragment F on T { y }`, `"""`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := Parse(text)
		if err == nil && len(doc.Operations) == 0 {
			t.Error("neither an operation nor an error")
		}
	})
}
