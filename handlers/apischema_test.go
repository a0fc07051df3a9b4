package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/palmonas/palmonas-crm/openapi"
)

// description is openapi.yaml for checking what was sent and answered.
type description struct {
	root any
	ops  []describedOp
}

type describedOp struct {
	method, path string
	match        *regexp.Regexp
	raw          map[string]any
	inherited    []any // parameters of the path
	at           string
}

// described is read once; jsonschema.Compiler is not made for several tests at
// a time, so each check compiles what it needs.
var described = sync.OnceValues(func() (*description, error) {
	var tree any
	if err := yaml.Unmarshal(openapi.YAML(), &tree); err != nil {
		return nil, err
	}
	text, err := json.Marshal(tree) // numbers and keys as JSON has them
	if err != nil {
		return nil, err
	}
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	d := &description{root: root}
	paths, ok := root.(map[string]any)["paths"].(map[string]any)
	if !ok {
		return nil, errors.New("no paths")
	}
	parameter := regexp.MustCompile(`\\\{[^}]+\\\}`) // as QuoteMeta leaves it
	for path, item := range paths {
		members, ok := item.(map[string]any)
		if !ok {
			return nil, errors.New(path + " is empty")
		}
		shared, _ := members["parameters"].([]any)
		for method, op := range members {
			raw, is := op.(map[string]any)
			if !is {
				continue
			}
			d.ops = append(d.ops, describedOp{method: strings.ToUpper(method), path: path, raw: raw, inherited: shared,
				match: regexp.MustCompile("^" + parameter.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$"),
				at:    "#/paths/" + pointer(path) + "/" + method})
		}
	}
	return d, nil
})

func pointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

func describedAPI(t testing.TB) *description {
	t.Helper()
	d, err := described()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// op is the operation of a request; nil when none is described.
func (d *description) op(method, path string) *describedOp {
	path, _, _ = strings.Cut(path, "?")
	for i, o := range d.ops {
		if o.method == method && o.match.MatchString(path) {
			return &d.ops[i]
		}
	}
	return nil
}

// resolve follows $ref; at is where the value stands.
func (d *description) resolve(v any, at string) (map[string]any, string) {
	m, _ := v.(map[string]any)
	ref, _ := m["$ref"].(string)
	if ref == "" {
		return m, at
	}
	var here = d.root
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		inside, _ := here.(map[string]any)
		here = inside[part]
	}
	m, _ = here.(map[string]any)
	return m, ref
}

// valid checks a value against the schema at a place in the description.
func (d *description) valid(at string, text []byte) error {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("openapi.yaml", d.root); err != nil {
		return err
	}
	s, err := c.Compile("openapi.yaml" + at)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// checkAnswer fails the test when an answer is not as described.
func (d *description) checkAnswer(t testing.TB, method, path string, sent []byte, got answer) {
	t.Helper()
	op := d.op(method, path)
	if op == nil {
		return // no such route; the shape of its 404 is checked by name
	}
	what := method + " " + op.path + " " + strconv.Itoa(got.status)
	responses, _ := op.raw["responses"].(map[string]any)
	key := strconv.Itoa(got.status)
	if _, has := responses[key]; !has {
		key = "default"
		if got.status < 400 || slices.Contains([]int{401, 404, 409, 412, 422}, got.status) && op.path != "/api/openapi.yaml" {
			t.Errorf("%s is not described\n%s", what, cut(got.body, 500))
		}
	}
	response, at := d.resolve(responses[key], op.at+"/responses/"+key)
	content, _ := response["content"].(map[string]any)
	if len(content) == 0 {
		if got.body != "" {
			t.Errorf("%s has a body that is not described: %s", what, cut(got.body, 500))
		}
		return
	}
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	if _, has := content[kind]; !has {
		t.Errorf("%s is %q", what, kind)
		return
	}
	if kind == "application/json" {
		if err := d.valid(at+"/content/application~1json/schema", []byte(got.body)); err != nil {
			t.Errorf("%s: %v\n%s", what, err, cut(got.body, 2000))
		}
	}
	if body, has := op.raw["requestBody"]; has && got.status < 300 {
		_, at := d.resolve(body, op.at+"/requestBody")
		if err := d.valid(at+"/content/application~1json/schema", sent); err != nil {
			t.Errorf("%s: took a body that is not described: %v\n%s", what, err, sent)
		}
	}
	if got.status == http.StatusTooManyRequests && got.header.Get("Retry-After") == "" {
		t.Errorf("%s lacks Retry-After", what)
	}
}
