package handlers

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Negative tests of what arrives on the wire: shapes of requests, signatures,
// passwords, and clients that take their time.

func TestN54HeadersAndFieldsThatAreTooMuch(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	addr := strings.TrimPrefix(a.http.URL, "http://")
	for name, raw := range map[string]string{
		"a header of 1 MB":  "GET /login HTTP/1.1\r\nHost: localhost\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n",
		"100,000 headers":   "GET /login HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X-A: b\r\n", 100_000) + "\r\n",
		"an address of 1MB": "GET /login?next=" + strings.Repeat("a", 1<<20) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		if status := rawStatus(t, addr, raw); status/100 != 4 {
			t.Errorf("%s: %d", name, status)
		}
	}
	form := url.Values{}
	for i := range 10_000 {
		form.Set(fmt.Sprint("field", i), "x")
	}
	b := a.as("admin")
	for _, path := range []string{"/login", "/account", "/orders/" + a.orders(1)[0].String() + "/status"} {
		if got := b.post(path, form); got.status != http.StatusUnprocessableEntity && got.status != http.StatusRequestEntityTooLarge {
			t.Errorf("10,000 fields for %s: %d", path, got.status)
		}
	}
}

// TestN57Smuggling: a request of which two readers would see different ends is
// refused. Length and chunks together are legal to read as chunks; then no byte
// of the body may be taken for a second request.
func TestN57Smuggling(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	addr := strings.TrimPrefix(a.http.URL, "http://")
	const post = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for name, raw := range map[string]string{
		"two lengths":             post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"a list of lengths":       post + "Content-Length: 1, 2\r\n\r\nab",
		"a length with a sign":    post + "Content-Length: +2\r\n\r\nab",
		"a negative length":       post + "Content-Length: -1\r\n\r\nab",
		"an unknown coding":       post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"chunks twice":            post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
		"chunked and identity":    post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
		"a space before a colon":  post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
		"obsolete folding":        "GET /login HTTP/1.1\r\nHost: localhost\r\n X-A: 1\r\n\r\n",
		"a line feed in a chunk":  post + "Transfer-Encoding: chunked\r\n\r\n2\nab\n0\n\n",
		"two hosts":               "GET /login HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
		"no host":                 "GET /login HTTP/1.1\r\n\r\n",
		"a carriage return alone": "GET /login HTTP/1.1\r\nHost: localhost\r\nX-A: a\rX-B: b\r\n\r\n",
		"an address of elsewhere": "GET http://evil.example/login HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		if status := rawStatus(t, addr, raw); status/100 != 4 && status != http.StatusNotImplemented {
			t.Errorf("%s: %d", name, status)
		}
	}
	both := post + "Content-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n3b\r\nemail=x&password=y&z=GET /healthz HTTP/1.1\r\nHost: localhost\r\n0\r\n\r\n"
	if got := rawAnswers(t, addr, both); strings.Count(got, "HTTP/1.1 ") != 1 || strings.Contains(got, " 200 ") {
		t.Errorf("a length and chunks: %q", cut(got, 300))
	}
}

// rawAnswers is all that comes until the connection rests for a second.
func rawAnswers(t *testing.T, addr, raw string) string {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(3 * time.Second))
	got, _ := io.ReadAll(c) // ends with the deadline
	return string(got)
}

// tallied counts what a client gave away.
type tallied struct {
	io.Reader
	n *atomic.Int64
}

func (c tallied) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestN58CompressedBodies(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	var gz, df bytes.Buffer
	g := gzip.NewWriter(&gz)
	d, _ := flate.NewWriter(&df, flate.BestCompression)
	mib := make([]byte, 1<<20)
	for range 64 {
		_, _ = g.Write(mib)
		_, _ = d.Write(mib)
	}
	if err := errors.Join(g.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	for kind, body := range map[string][]byte{"gzip": gz.Bytes(), "deflate": df.Bytes(), "br": gz.Bytes(), "gzip, gzip": gz.Bytes(), "identity": []byte("a=b"), "GZIP": gz.Bytes()} {
		for _, path := range []string{"/login", "/imports", "/api/auth/login", "/webhooks/website"} {
			var sent atomic.Int64
			r := b.request(http.MethodPost, path, tallied{io.MultiReader(bytes.NewReader(body), io.LimitReader(zeros{}, 64<<20)), &sent})
			r.Header.Set("Content-Encoding", kind)
			r.Header.Set("Content-Type", "application/json")
			res, err := b.client.Do(r)
			if err == nil {
				res.Body.Close()
				if res.StatusCode != http.StatusUnsupportedMediaType {
					t.Errorf("%s to %s: %d", kind, path, res.StatusCode)
				}
			}
			// What lies in the buffers of both ends counts as sent; the server itself
			// reads at most 256 KiB on, to be able to answer.
			if n := sent.Load(); n > 24<<20 {
				t.Errorf("%s to %s: %d bytes were taken", kind, path, n)
			}
		}
	}
	order := b.request(http.MethodPost, "/orders/"+a.orders(1)[0].String()+"/status", strings.NewReader("status=cancelled&version=1"))
	order.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	order.Header.Set("Content-Encoding", "gzip")
	b.do(order).want(t, http.StatusUnsupportedMediaType)
}

// TestN60SlowClients: clients that dawdle are cut off, and hold up nobody. The
// server's own limits are those of TestServerLimits; here they are shorter, so
// that the test need not wait for them.
func TestN60SlowClients(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for timeouts")
	}
	t.Parallel()
	a := newApp(t)
	s := NewHTTPServer(a.srv, slog.New(slog.DiscardHandler))
	s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = time.Second, 2*time.Second, 2*time.Second, time.Second
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	addr := l.Addr().String()
	shapes := []string{"GET /login HTTP/1.1\r\nHost: localhost\r\nX-A: ", // headers that never end
		"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nemail=", // a body that never ends
		"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n"} // an answer that is never read, a connection that is never closed
	const dawdlers = 200
	began := time.Now()
	var wg sync.WaitGroup
	for i := range dawdlers {
		wg.Go(func() {
			c, err := net.DialTimeout("tcp", addr, 10*time.Second)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			_, _ = io.WriteString(c, shapes[i%len(shapes)])
			_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.Copy(io.Discard, c); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
				t.Errorf("a dawdler of kind %d still has its connection", i%len(shapes))
			}
		})
	}
	client := &http.Client{Timeout: 20 * time.Second}
	for range 20 {
		start := time.Now()
		res, err := client.Get("http://" + addr + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if d := time.Since(start); res.StatusCode != http.StatusOK || d > 2*time.Second { // the bar is 200 ms on a machine of one's own
			t.Errorf("a probe: %d after %s", res.StatusCode, d)
		}
		time.Sleep(50 * time.Millisecond)
	}
	wg.Wait()
	if d := time.Since(began); d > 25*time.Second {
		t.Errorf("the last was cut off after %s", d)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
