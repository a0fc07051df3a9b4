package ingest

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// ParseAddress parses an address that secrets may be sent to: https, or plain
// http to this machine for sandboxes and proxies. Slashes at its end are left
// out. The error does not repeat the text, which may hold a password.
func ParseAddress(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("not an http address")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("must not hold a user name, a query or a fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, errors.New("must be https, plain http is for loopback only")
	}
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
