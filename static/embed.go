// Package static serves the style sheet, the scripts, the fonts and the icon.
// Everything is embedded, read once at start and served from memory under a
// path that names the content, so that browsers may keep it for good.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed app.css pages.css icons.css figures.css docs.css print.css app.js print.js figures.js drawer.js lids.js favicon.svg fonts vendor
var files embed.FS

// file is one asset as it goes over the wire.
type file struct {
	kind    string // content type
	plain   []byte
	gzipped []byte // nil when compression does not pay
}

// Assets is the embedded directory, hashed as a whole: relative addresses in
// the style sheet and the scripts keep working, and one changed byte changes
// every address. It is read-only after New and safe for concurrent use.
type Assets struct {
	prefix string
	files  map[string]file
}

// New reads and compresses every embedded file.
func New() (*Assets, error) {
	a := &Assets{files: map[string]file{}}
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		// WalkDir goes in name order, and the length keeps two files from
		// reading as one.
		fmt.Fprintf(sum, "%s %d\n", name, len(body))
		sum.Write(body)
		a.files[name], err = pack(name, slim(name, body))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	a.prefix = "/static/" + hex.EncodeToString(sum.Sum(nil))[:12]
	return a, nil
}

// Prefix is where the files are served, without a slash at the end, such as
// /static/0123456789ab.
func (a *Assets) Prefix() string { return a.prefix }

// URL is the address of one file, such as app.css.
func (a *Assets) URL(name string) string { return a.prefix + "/" + name }

// Has reports whether there is a file of this name.
func (a *Assets) Has(name string) bool { _, ok := a.files[name]; return ok }

// ServeHTTP answers GET and HEAD under /static/. A path with another hash is
// 404: a page of an older build must not be styled by this one's files.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, a.prefix+"/")
	f, found := a.files[name]
	if !ok || !found {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	body := f.plain
	if f.gzipped != nil {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = f.gzipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the browser has gone; there is nobody to tell
	}
}

// acceptsGzip reads just enough of RFC 9110 §12.5.3: gzip is named and not
// refused with q=0.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			return !ok || strings.Trim(q, "0.") != ""
		}
	}
	return false
}

// slim takes from our own scripts and style sheets what only their readers
// need: indentation, empty lines, and lines that are nothing but a comment. A
// text over several lines must therefore not depend on its indentation.
func slim(name string, body []byte) []byte {
	if strings.Contains(name, "/") || !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".css") {
		return body
	}
	out := make([]byte, 0, len(body))
	inComment := false
	for line := range bytes.Lines(body) {
		line = bytes.TrimSpace(line)
		opens, closes := bytes.HasPrefix(line, []byte("/*")), bytes.HasSuffix(line, []byte("*/"))
		comment := inComment || opens || strings.HasSuffix(name, ".js") && bytes.HasPrefix(line, []byte("//"))
		inComment = (inComment || opens) && !closes
		if comment || len(line) == 0 {
			continue
		}
		out = append(append(out, line...), '\n')
	}
	return out
}

func pack(name string, body []byte) (file, error) {
	f := file{kind: contentType(name), plain: body}
	if path.Ext(name) == ".woff2" {
		return f, nil // compressed already
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return f, err
	}
	if _, err := z.Write(body); err != nil {
		return f, err
	}
	if err := z.Close(); err != nil {
		return f, err
	}
	if b.Len() < len(body) {
		f.gzipped = b.Bytes()
	}
	return f, nil
}

// contentType is fixed here because mime.TypeByExtension depends on files of
// the machine.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	return "text/plain; charset=utf-8"
}
