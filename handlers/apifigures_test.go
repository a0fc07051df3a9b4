package handlers

import (
	"encoding"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/openapi"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

var update = flag.Bool("update", false, "write the schemas of figures into openapi.yaml")

// TestFiguresAreDescribed: the schemas of the six answers are those of package
// report. They are many and plain, so they are written by this test.
func TestFiguresAreDescribed(t *testing.T) {
	const begin, end = "    # Figures; written by TestFiguresAreDescribed -update.\n", "    # End of figures.\n"
	g := schemas{done: map[reflect.Type]bool{}}
	for _, v := range []any{report.Dashboard{}, report.Revenue{}, report.Platforms{}, report.Trends{}, report.Loyal{}, report.Products{}} {
		g.of(reflect.TypeOf(v))
	}
	text := string(openapi.YAML())
	before, rest, ok := strings.Cut(text, begin)
	written, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatal("openapi.yaml lacks the marks of the figures")
	}
	want := strings.Join(g.out, "")
	if *update {
		if err := os.WriteFile("../openapi/openapi.yaml", []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, written); diff != "" {
		t.Errorf("run go test ./handlers -run TestFiguresAreDescribed -update: %s", diff)
	}
}

// schemas writes types as OpenAPI, each struct once.
type schemas struct {
	done map[reflect.Type]bool
	out  []string
}

// of is the schema of a type, in one line.
func (g *schemas) of(t reflect.Type) string {
	ref := func(name string) string { return "{$ref: '#/components/schemas/" + name + "'}" }
	switch {
	case t == reflect.TypeFor[order.Money]():
		return ref("OptionalMoney")
	case t == reflect.TypeFor[time.Time]():
		return ref("Time")
	case t == reflect.TypeFor[order.Platform]():
		return ref("Platform")
	case t == reflect.TypeFor[order.Status]():
		return ref("Status")
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return "{type: string, format: date}"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.of(t.Elem())
	case reflect.Struct:
		g.object(t)
		return ref("Figures" + t.Name())
	case reflect.Slice:
		return "{type: array, items: " + g.of(t.Elem()) + "}"
	case reflect.Array:
		return fmt.Sprintf("{type: array, minItems: %d, maxItems: %d, items: %s}", t.Len(), t.Len(), g.of(t.Elem()))
	case reflect.Map:
		return "{type: object, additionalProperties: " + g.of(t.Elem()) + "}"
	case reflect.Bool:
		return "{type: boolean}"
	case reflect.Float64:
		return "{type: number}"
	case reflect.Int, reflect.Int64, reflect.Int32:
		return "{type: integer}"
	}
	return "{type: string}"
}

func (g *schemas) object(t reflect.Type) {
	if g.done[t] {
		return
	}
	g.done[t] = true
	var required, properties []string
	for _, f := range jsonMembers(t) {
		if !f.optional {
			required = append(required, f.name)
		}
		properties = append(properties, "        "+f.name+": "+g.of(f.kind)+"\n")
	}
	text := "    Figures" + t.Name() + ":\n      type: object\n      additionalProperties: false\n"
	if len(required) > 0 {
		text += "      required: [" + strings.Join(required, ", ") + "]\n"
	}
	g.out = append(g.out, text+"      properties:\n"+strings.Join(properties, ""))
}

type jsonMember struct {
	name     string
	kind     reflect.Type
	optional bool
}

// jsonMembers are the members that encoding/json writes for a struct, those of
// embedded structs among them unless the outer one has the same.
func jsonMembers(t reflect.Type) []jsonMember {
	var own, inner []jsonMember
	for f := range t.Fields() {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case tag == "-" || !f.IsExported() && !f.Anonymous:
		case f.Anonymous && tag == "":
			inner = append(inner, jsonMembers(f.Type)...)
		default:
			if tag == "" {
				tag = f.Name
			}
			own = append(own, jsonMember{tag, f.Type, strings.Contains(options, "omit")})
		}
	}
	for _, m := range inner {
		if !slices.ContainsFunc(own, func(o jsonMember) bool { return o.name == m.name }) {
			own = append(own, m)
		}
	}
	return own
}
