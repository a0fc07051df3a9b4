package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/palmonas/palmonas-crm/"

// The architecture is who may know whom. A rule names a folder (and those
// below it) and what its non-test files must not import.
var importRules = []struct {
	folder string
	except []string // folders below it that are free
	stdlib bool     // nothing but the standard library and the listed prefixes
	allow  []string
	forbid []string
}{
	{folder: "order", except: []string{"order/ordertest", "order/orderjson"}, stdlib: true},
	{folder: "order/orderjson", stdlib: true, allow: []string{module + "order"}},
	{folder: "report", stdlib: true, allow: []string{module + "order"}},
	{folder: "account", stdlib: true, allow: []string{"golang.org/x/crypto/", "golang.org/x/text/"}},
	{folder: "channel", stdlib: true, allow: []string{module + "order", "golang.org/x/crypto/"}},
	{folder: "store", except: []string{"store/sqlite", "store/mongo", "store/storetest"}, stdlib: true,
		allow: []string{module + "order", module + "account", module + "channel", module + "report", module + "store"}},
	{folder: "store/sqlite", forbid: []string{module + "handlers", module + "views", module + "ingest", "github.com/labstack/", "go.mongodb.org/"}},
	{folder: "store/mongo", forbid: []string{module + "handlers", module + "views", module + "ingest", "github.com/labstack/", "modernc.org/"}},
	{folder: "views", forbid: []string{module + "store", module + "handlers", module + "ingest", "github.com/labstack/"}},
	{folder: "ingest", except: []string{"ingest/platformtest"}, forbid: []string{module + "handlers", module + "views", "github.com/labstack/", "github.com/a-h/templ", "database/sql", "go.mongodb.org/"}},
	{folder: "handlers", forbid: []string{module + "store/sqlite", module + "store/mongo", "database/sql", "go.mongodb.org/"}},
}

// What people do is decided below the pages: none of it knows HTTP frameworks,
// HTML or an engine.
var deciding = []string{"desk", "staff", "customer", "saved", "dispatch", "bearer", "export", "insight"}

// Adapters speak to platforms, never to the store.
var adapters = []string{"amazon", "woocommerce", "flipkart", "shopify", "blinkit", "swiggy", "custom"}

func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(p, root), string(os.PathSeparator)))
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && rel != "" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files++
		for _, spec := range f.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if why := forbidden(path.Dir(rel), imported); why != "" {
				t.Errorf("%s imports %s: %s", rel, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("looked at %d files only; is the root right?", files)
	}
}

func forbidden(folder, imported string) string {
	if strings.HasPrefix(imported, module+"cmd") {
		return "nothing imports cmd"
	}
	for _, a := range adapters {
		if within(folder, "ingest/"+a) && strings.HasPrefix(imported, module+"store") {
			return "an adapter never sees the store"
		}
	}
	for _, d := range deciding {
		for _, no := range []string{module + "handlers", module + "views", module + "store/sqlite", module + "store/mongo", "github.com/labstack/", "github.com/a-h/templ"} {
			if within(folder, d) && strings.HasPrefix(imported, no) {
				return d + " must not know it"
			}
		}
	}
	for _, r := range importRules {
		if !within(folder, r.folder) || slices.ContainsFunc(r.except, func(e string) bool { return within(folder, e) }) {
			continue
		}
		if has(r.forbid, imported) {
			return r.folder + " must not know it"
		}
		foreign := strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
		if r.stdlib && foreign && !has(r.allow, imported) {
			return r.folder + " uses the standard library only"
		}
	}
	return ""
}

func within(folder, root string) bool { return folder == root || strings.HasPrefix(folder, root+"/") }

func has(prefixes []string, imported string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool {
		return imported == strings.TrimSuffix(p, "/") || strings.HasPrefix(imported, p)
	})
}
