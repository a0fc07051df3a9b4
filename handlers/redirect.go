package handlers

import (
	"net/url"
	"strings"
)

// localPath is next if it names a page of ours, or "/". Browsers drop tabs and
// line ends and read a backslash as a slash, so anything unusual is refused
// rather than understood.
func localPath(next string) string {
	if len(next) > 2000 || !strings.HasPrefix(next, "/") {
		return "/"
	}
	for _, c := range []byte(next) {
		if c <= ' ' || c >= 0x7f || c == '\\' {
			return "/"
		}
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		strings.Contains(u.Path, "//") || strings.ContainsAny(u.Path, "\\\t\r\n") {
		return "/"
	}
	return next
}

// afterLogin is where to go after signing in; never to a page that signs out
// or in, and never to a stream.
func afterLogin(next string) string {
	next = localPath(next)
	for _, no := range []string{"/login", "/logout", "/events", "/static", "/healthz", "/readyz"} {
		if next == no || strings.HasPrefix(next, no+"/") || strings.HasPrefix(next, no+"?") {
			return "/"
		}
	}
	return next
}
