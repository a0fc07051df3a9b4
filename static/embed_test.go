package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func newAssets(t *testing.T) *Assets {
	t.Helper()
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestServe(t *testing.T) {
	t.Parallel()
	a := newAssets(t)
	tests := []struct {
		name, method, path, accept string
		status                     int
		coding                     string
	}{
		{"gzip", "GET", a.URL("app.css"), "br, gzip", 200, "gzip"},
		{"plain when not accepted", "GET", a.URL("app.css"), "", 200, ""},
		{"plain when refused", "GET", a.URL("app.css"), "gzip;q=0", 200, ""},
		{"gzip with a weight", "GET", a.URL("app.css"), "gzip;q=0.5", 200, "gzip"},
		{"fonts are compressed already", "GET", a.URL("fonts/inter-latin.woff2"), "gzip", 200, ""},
		{"head", "HEAD", a.URL("app.js"), "gzip", 200, "gzip"},
		{"another build's hash", "GET", "/static/000000000000/app.css", "", 404, ""},
		{"no hash", "GET", "/static/app.css", "", 404, ""},
		{"the directory", "GET", a.URL(""), "", 404, ""},
		{"climbing out", "GET", a.URL("../embed.go"), "", 404, ""},
		{"write", "POST", a.URL("app.css"), "", 405, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, "http://x/", nil)
			r.URL.Path = tt.path
			r.Header.Set("Accept-Encoding", tt.accept)
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			if w.Code != tt.status || w.Header().Get("Content-Encoding") != tt.coding {
				t.Fatalf("got %d %q, want %d %q", w.Code, w.Header().Get("Content-Encoding"), tt.status, tt.coding)
			}
			if w.Code != http.StatusOK {
				return
			}
			if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
				t.Errorf("Cache-Control %q", got)
			}
			if (w.Body.Len() == 0) != (tt.method == "HEAD") {
				t.Errorf("%s answered %d bytes", tt.method, w.Body.Len())
			}
		})
	}
}

// What is served compressed is what is embedded, and each type is known.
func TestContent(t *testing.T) {
	t.Parallel()
	a := newAssets(t)
	if len(a.files) < 10 {
		t.Fatalf("only %d files", len(a.files))
	}
	for name, f := range a.files {
		if f.gzipped != nil {
			z, err := gzip.NewReader(bytes.NewReader(f.gzipped))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(z)
			if err != nil || !bytes.Equal(got, f.plain) {
				t.Errorf("%s: compressed copy differs (%v)", name, err)
			}
		}
		if strings.HasPrefix(f.kind, "text/plain") != (strings.HasPrefix(name, "vendor/LICENSE") || strings.HasPrefix(name, "fonts/LICENSE") || name == "vendor/SHA256SUMS") {
			t.Errorf("%s is served as %s", name, f.kind)
		}
	}
}

// The hash names the content: the same files give the same address.
func TestPrefix(t *testing.T) {
	t.Parallel()
	a, b := newAssets(t), newAssets(t)
	if a.Prefix() != b.Prefix() {
		t.Fatalf("%s and %s", a.Prefix(), b.Prefix())
	}
	if hash, ok := strings.CutPrefix(a.Prefix(), "/static/"); !ok || len(hash) != 12 {
		t.Fatalf("prefix %q", a.Prefix())
	}
}

// The vendored files are the published ones.
func TestVendorSums(t *testing.T) {
	t.Parallel()
	sums, err := files.ReadFile("vendor/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(sums)) {
		want, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("line %q", line)
		}
		body, err := files.ReadFile("vendor/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		sum := sha256.Sum256(body)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		listed["vendor/"+name] = true
	}
	err = fs.WalkDir(files, "vendor", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(name, ".js") && !listed[name] {
			t.Errorf("%s is not in SHA256SUMS", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Budgets of what every visitor loads, compressed.
func TestSizes(t *testing.T) {
	t.Parallel()
	a := newAssets(t)
	for name, limit := range map[string]int{"app.css": 10_000, "pages.css": 4_000, "icons.css": 3_000, "figures.css": 4_000, "docs.css": 1_500, "figures.js": 2_000, "app.js": 6_000, "vendor/htmx.min.js": 14_000} {
		if got := len(a.files[name].gzipped); got == 0 || got > limit {
			t.Errorf("%s: %d bytes compressed, at most %d", name, got, limit)
		}
	}
	css := a.files["app.css"].plain
	if lines := bytes.Count(css, []byte("\n")); lines > 900 {
		t.Errorf("app.css has %d lines, at most 900", lines)
	}
}

// What only readers of the source need is not sent.
func TestSlim(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.js":         "const a = 1; // why\nf();\n",
		"a.css":        ".x {\ncolor: red; /* here */\n}\n",
		"vendor/b.js":  "\t// kept\n",
		"favicon.html": "\t<p>\n",
	} {
		in := map[string]string{
			"a.js":         "// about\n\n\tconst a = 1; // why\n\t// more\nf();",
			"a.css":        "/* over\n   two lines */\n.x {\n\n\tcolor: red; /* here */\n}\n\t/* one */\n",
			"vendor/b.js":  "\t// kept\n",
			"favicon.html": "\t<p>\n",
		}[name]
		if got := string(slim(name, []byte(in))); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
