package handlers

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestN68MetricsAreNotPublic: without the right to see them there is no such
// page.
func TestN68MetricsAreNotPublic(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token, peer, host string
		header            http.Header
		want              bool
	}{
		"this machine":       {peer: "127.0.0.1:5000", host: "localhost:8080", want: true},
		"this machine, IPv6": {peer: "[::1]:5000", host: "[::1]:8080", want: true},
		"another machine":    {peer: "192.0.2.1:5000", host: "localhost:8080"},
		"through a proxy":    {peer: "127.0.0.1:5000", host: "localhost", header: http.Header{"X-Forwarded-For": {"192.0.2.1"}}},
		"rebound name":       {peer: "127.0.0.1:5000", host: "evil.example"},
		"token":              {token: "s3cret", peer: "192.0.2.1:5000", host: "10.0.0.5", header: http.Header{"Authorization": {"Bearer s3cret"}}, want: true},
		"wrong token":        {token: "s3cret", peer: "127.0.0.1:5000", host: "localhost", header: http.Header{"Authorization": {"Bearer s3creu"}}},
		"no token":           {token: "s3cret", peer: "127.0.0.1:5000", host: "localhost"},
		"token in the query": {token: "s3cret", peer: "127.0.0.1:5000", host: "localhost?token=s3cret"},
	} {
		s := &Server{Deps: Deps{MetricsToken: c.token}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		r.RemoteAddr, r.Host = c.peer, c.host
		if c.header != nil {
			r.Header = c.header
		}
		if got := s.mayScrape(r); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestMetricsArePackedOnce asks as Prometheus does.
func TestMetricsArePackedOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/metrics", nil)
	r.RemoteAddr = "127.0.0.1:1234"
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	a.srv.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("%d, encoding %q", w.Code, w.Header().Get("Content-Encoding"))
	}
	plain, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(plain)
	if err != nil || !strings.Contains(string(text), "\npalmonas_build_info{") {
		t.Errorf("unpacked once it is no text of Prometheus: %v, %q", err, text[:min(len(text), 60)])
	}
}
