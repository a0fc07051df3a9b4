package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Guard decides where messages may be sent: to public addresses over https. It
// looks at the numeric address of each connection as it is made, after names
// were resolved, so that a name which points inside, now or a moment later, is
// of no use to anybody.
type Guard struct {
	// Allow are networks that count as public, http included; for the demo and
	// for tests.
	Allow []netip.Prefix
}

// ErrAddress says that an address may not be sent to; the text says why.
var ErrAddress = errors.New("this address cannot be used")

func refuse(format string, a ...any) error {
	return fmt.Errorf("%w: %s", ErrAddress, fmt.Sprintf(format, a...))
}

// CheckURL reports with ErrAddress what can be seen of an address before
// anything is resolved.
func (g Guard) CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" || strings.ContainsAny(text, " \t\r\n\\") {
		return refuse("write one such as https://example.com/hooks")
	}
	host := u.Hostname()
	ip, numeric := netip.ParseAddr(host)
	switch {
	case u.User != nil:
		return refuse("it holds a user name or password")
	case u.Fragment != "":
		return refuse("it holds a fragment (#)")
	case u.Scheme != "https" && (u.Scheme != "http" || !g.mayBeInside(host)):
		return refuse("it must begin with https://")
	case numeric == nil && !g.public(ip):
		return refuse("it is inside a private network")
	case numeric != nil && looksNumeric(host):
		return refuse("write its host as a name")
	}
	if port := u.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || !portAllowed(int(n)) {
			return refuse("port %.10s is not for webhooks", port)
		}
	}
	return nil
}

// mayBeInside reports whether a host may be one of Allow.
func (g Guard) mayBeInside(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return g.allowed(ip)
	}
	return len(g.Allow) > 0 && strings.EqualFold(host, "localhost")
}

// looksNumeric recognises the forms of numeric addresses that some resolvers
// take and netip does not: 127.1, 0x7f000001, 2130706433, 0177.0.0.1.
func looksNumeric(host string) bool {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := strings.ToLower(parts[len(parts)-1])
	_, err := strconv.ParseUint(strings.TrimPrefix(last, "0x"), 16, 64)
	return last == "" || (err == nil && (strings.HasPrefix(last, "0x") || strings.Trim(last, "0123456789") == ""))
}

// portAllowed keeps to the web's ports and those that anybody may open.
func portAllowed(n int) bool { return n == 80 || n == 443 || n >= 1024 }

// notPublic are the networks that are not part of the internet, or that lead
// to one of them by another name (IANA's special-purpose registries).
func notPublic() []netip.Prefix {
	texts := []string{"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
		"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"}
	all := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		all[i] = netip.MustParsePrefix(t)
	}
	return all
}

func (g Guard) allowed(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(g.Allow, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// public reports whether an address may be connected to.
func (g Guard) public(ip netip.Addr) bool {
	if g.allowed(ip) {
		return true
	}
	if ip.Zone() != "" || ip.Is4In6() {
		return false // a mapped address is a way to hide another
	}
	return !slices.ContainsFunc(notPublic(), func(p netip.Prefix) bool { return p.Contains(ip) })
}

// control is asked for each connection, with the address that it goes to.
func (g Guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return refuse("%.60s", address)
	}
	if !g.public(to.Addr()) {
		return refuse("it is inside a private network")
	}
	if !portAllowed(int(to.Port())) {
		return refuse("port %d is not for webhooks", to.Port())
	}
	return nil
}

// sendTimeout bounds one try, from the name's resolution to the answer.
const sendTimeout = 15 * time.Second

// Client is an HTTP client that keeps to the guard. It follows no redirect,
// uses no proxy, and keeps no cookie.
func (g Guard) Client() *http.Client {
	d := &net.Dialer{Timeout: 5 * time.Second, ControlContext: g.control}
	return &http.Client{Timeout: sendTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: sendTimeout,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true}}
}
