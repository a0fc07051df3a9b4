package views

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func everything() map[string]templ.Component {
	all := pages()
	maps.Copy(all, parts())
	maps.Copy(all, listPages())
	maps.Copy(all, listParts())
	maps.Copy(all, channelPages())
	maps.Copy(all, channelParts())
	return all
}

func goldenFile(name string) string {
	return filepath.Join("testdata", strings.ReplaceAll(name, "/", "-")+".golden.html")
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, c := range everything() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := oneNodePerLine(t, render(t, c))
			if *update {
				if err := os.WriteFile(goldenFile(name), []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(goldenFile(name))
			if err != nil {
				t.Fatalf("%v (run go test ./views -update)", err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("changed (-golden +now):\n%s", diff)
			}
		})
	}
}

// Every exported component is looked at, and no golden file is left over.
func TestEveryComponentHasAGolden(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	files := map[string]bool{}
	for name := range everything() {
		component, _, _ := strings.Cut(name, "/")
		covered[component] = true
		files[goldenFile(name)] = true
	}
	names := exportedComponents(t)
	if len(names) < 20 {
		t.Fatalf("found only %v", names)
	}
	for _, name := range names {
		if !covered[name] {
			t.Errorf("component %s has no golden; add it to pages or parts", name)
		}
	}
	on, err := filepath.Glob("testdata/*.golden.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range on {
		if !files[f] {
			t.Errorf("%s belongs to no component", f)
		}
	}
}

// exportedComponents reads the generated code: functions that return a
// templ.Component.
func exportedComponents(t *testing.T) []string {
	t.Helper()
	generated, err := filepath.Glob("*_templ.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range generated {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Name.IsExported() && fn.Type.Results != nil {
				names = append(names, fn.Name.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}
