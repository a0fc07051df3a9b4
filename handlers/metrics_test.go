package handlers

import (
	"net/http"
	"net/http/httptest"
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
