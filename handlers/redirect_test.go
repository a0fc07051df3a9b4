package handlers

import (
	"net/url"
	"strings"
	"testing"
)

func TestN47WhereToGoNext(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/orders": "/orders", "/orders?q=a&page=2": "/orders?q=a&page=2", "/orders?q=%2F%2Fevil": "/orders?q=%2F%2Fevil", "/": "/",
		"": "/", "orders": "/", "//evil.example": "/", `/\evil.example`: "/", "/%09/evil.example": "/", "/\t/evil.example": "/",
		"https:evil.example": "/", "https://evil.example": "/", "//user@evil.example": "/", "/%5cevil.example": "/", "/%2f/evil.example": "/",
		"javascript:alert(1)": "/", "/a//evil.example": "/", "/a\r\nX: y": "/", "/ä": "/", "/" + strings.Repeat("a", 3000): "/",
	} {
		if got := localPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
	for _, next := range []string{"/login", "/login?next=/login", "/logout", "/events", "/static/x/app.css"} {
		if got := afterLogin(next); got != "/" {
			t.Errorf("afterLogin(%q) = %q", next, got)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/orders", "//evil", `/\evil`, "/%09/evil", "https:evil", "/%2f%2fevil", "/..//evil", "/a/../../evil"} {
		f.Add(s)
	}
	base, err := url.Parse("https://crm.example/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := localPath(next)
		// What a browser makes of it: blanks and control characters dropped,
		// backslashes read as slashes.
		seen := strings.Map(func(r rune) rune {
			switch {
			case r <= ' ' || r == 0x7f:
				return -1
			case r == '\\':
				return '/'
			}
			return r
		}, got)
		u, err := base.Parse(seen)
		if err != nil || u.Host != "crm.example" || u.Scheme != "https" || u.User != nil {
			t.Errorf("localPath(%q) = %q leads to %v (%v)", next, got, u, err)
		}
		if strings.ContainsAny(got, "\r\n") || got == "" {
			t.Errorf("localPath(%q) = %q cannot be a header", next, got)
		}
	})
}
