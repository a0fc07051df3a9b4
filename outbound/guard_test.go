package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// inside are addresses that no message may reach, in the forms they come in.
func inside() []string {
	return []string{"127.0.0.1", "127.8.9.10", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.254", "169.254.169.254",
		"0.0.0.0", "0.1.2.3", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
		"::1", "::", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:1::1"}
}

func TestN30InsideAddresses(t *testing.T) {
	t.Parallel()
	var g Guard
	for _, text := range inside() {
		ip := netip.MustParseAddr(text)
		if g.public(ip) {
			t.Errorf("%s counts as public", text)
		}
		host := text
		if ip.Is6() {
			host = "[" + text + "]"
		}
		if err := g.CheckURL("https://" + host + "/hooks"); !errors.Is(err, ErrAddress) {
			t.Errorf("%s may be subscribed", text)
		}
		if _, err := g.Client().Post("https://"+host+"/", "text/plain", nil); !errors.Is(err, ErrAddress) {
			t.Errorf("%s is dialled: %v", text, err)
		}
	}
	for _, text := range []string{"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:4009:80b::200e"} {
		if !g.public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as private", text)
		}
	}
}

func TestN30NumericDisguises(t *testing.T) {
	t.Parallel()
	var g Guard
	for _, text := range []string{"https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0x7f.1/", "https://127.0.0.1./",
		"https://[::ffff:127.0.0.1]/", "https://[::ffff:8.8.8.8]/", "https://[fe80::1%25eth0]/", "https://127.0.0.1:443@example.com/", "https://example.com\\@127.0.0.1/", "https://user:pass@example.com/",
		"https://example.com/#x", "https://", "//example.com/", "example.com", "https:example.com", "https://exa mple.com/", ""} {
		if err := g.CheckURL(text); !errors.Is(err, ErrAddress) {
			t.Errorf("%s may be subscribed", text)
		}
	}
	for _, text := range []string{"https://example.com", "https://hooks.example.co.in:8443/a?b=c", "https://8.8.8.8/", "https://xn--bcher-kva.example/"} {
		if err := g.CheckURL(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestN31Rebinding: a name that led outside when it was looked at, and leads
// inside when it is dialled, is refused where it is dialled.
func TestN31Rebinding(t *testing.T) {
	t.Parallel()
	reached := atomic.Bool{}
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer inner.Close()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(inner.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	var g Guard
	if err := g.CheckURL("https://rebind.example:" + port + "/"); err != nil {
		t.Fatal(err) // a name says nothing yet
	}
	asked := atomic.Int32{}
	resolver := &net.Resolver{PreferGo: true, Dial: nameServer(t, func() [4]byte {
		if asked.Add(1) == 1 {
			return [4]byte{8, 8, 8, 8}
		}
		return [4]byte{127, 0, 0, 1}
	})}
	if first, err := resolver.LookupHost(t.Context(), "rebind.example"); err != nil || first[0] != "8.8.8.8" {
		t.Fatal(first, err)
	}
	d := &net.Dialer{Resolver: resolver, ControlContext: g.control}
	client := &http.Client{Transport: &http.Transport{DialContext: d.DialContext}}
	if _, err := client.Get("http://rebind.example:" + port + "/"); !errors.Is(err, ErrAddress) {
		t.Errorf("%v", err)
	}
	if reached.Load() {
		t.Error("the inner server was reached")
	}
	// The same through a name of the system.
	if _, err := g.Client().Get("http://localhost:" + port + "/"); !errors.Is(err, ErrAddress) || reached.Load() {
		t.Errorf("localhost: %v", err)
	}
}

// nameServer answers every question for an IPv4 address, over a pipe.
func nameServer(t *testing.T, answer func() [4]byte) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			// Over something that is no packet connection each message has its
			// length before it, as over TCP.
			head := make([]byte, 2)
			for {
				if _, err := readFull(theirs, head); err != nil {
					return
				}
				question := make([]byte, int(head[0])<<8|int(head[1]))
				if _, err := readFull(theirs, question); err != nil {
					return
				}
				var p dnsmessage.Parser
				h, err := p.Start(question)
				if err != nil {
					return
				}
				q, err := p.Question()
				if err != nil {
					return
				}
				m := dnsmessage.Message{Header: dnsmessage.Header{ID: h.ID, Response: true, RecursionAvailable: true}, Questions: []dnsmessage.Question{q}}
				if q.Type == dnsmessage.TypeA {
					m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: answer()}}}
				}
				packed, err := m.Pack()
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := theirs.Write(append([]byte{byte(len(packed) >> 8), byte(len(packed))}, packed...)); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}
}

func readFull(c net.Conn, b []byte) (int, error) {
	n := 0
	for n < len(b) {
		m, err := c.Read(b[n:])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func TestN32NoRedirects(t *testing.T) {
	t.Parallel()
	reached := atomic.Bool{}
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer inner.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		outer := httptest.NewServer(http.RedirectHandler(inner.URL, status))
		res, err := loopback().Client().Post(outer.URL, "text/plain", strings.NewReader("x"))
		if err != nil || res.StatusCode != status {
			t.Errorf("%d: %v", status, err)
		}
		if err == nil {
			res.Body.Close()
		}
		outer.Close()
	}
	if reached.Load() {
		t.Error("a redirect was followed")
	}
}

func TestN33SchemesAndPorts(t *testing.T) {
	t.Parallel()
	var g Guard
	for _, text := range []string{"file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "http://example.com/", "javascript:alert(1)", "data:,x", "unix:///run/x.sock",
		"https://example.com:22/", "https://example.com:25/", "https://example.com:0/", "https://example.com:99999/", "https://example.com:-1/", "HTTPS+x://example.com/"} {
		if err := g.CheckURL(text); !errors.Is(err, ErrAddress) {
			t.Errorf("%s may be subscribed", text)
		}
	}
	if _, err := loopback().Client().Get("http://127.0.0.1:22/"); !errors.Is(err, ErrAddress) {
		t.Errorf("port 22 was dialled: %v", err)
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, text := range append(inside(), "example.com", "127.1", "[::1]", "0x7f.1") {
		f.Add("https://" + text + "/")
	}
	f.Fuzz(func(t *testing.T, text string) {
		var g Guard
		if g.CheckURL(text) != nil {
			return
		}
		// Whatever is let through and is an address is a public one.
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, text, nil)
		if err != nil {
			t.Skip()
		}
		if ip, err := netip.ParseAddr(r.URL.Hostname()); err == nil && !g.public(ip) {
			t.Errorf("%q leads to %s", text, ip)
		}
	})
}
