package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// office answers people at work, and tells every open page of each note. It
// turns away the first who signs in.
type office struct {
	verify  standardwebhook.Verifier
	broken  atomic.Bool // pages of channels fail
	entries atomic.Int64
	hooks   atomic.Int64
	notes   chan string
}

func newOffice(t *testing.T) (*office, string) {
	t.Helper()
	v, err := standardwebhook.NewVerifier([]string{hookSecret})
	if err != nil {
		t.Fatal(err)
	}
	f := &office{verify: v, notes: make(chan string, 1000)}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return f, s.URL
}

// ServeHTTP implements http.Handler.
func (f *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/login":
		if f.entries.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "palmonas_session", Value: "x", Path: "/"})
		w.WriteHeader(http.StatusSeeOther)
	case r.URL.Path == "/metrics":
		fmt.Fprint(w, "# HELP go_goroutines x\ngo_goroutines 40\nprocess_resident_memory_bytes 1.5e+08\ngo_memstats_heap_inuse_bytes 5e+07\n")
	case r.URL.Path == "/webhooks/shop":
		body, err := io.ReadAll(r.Body)
		if err != nil || f.verify.Verify(r.Header, body, time.Now()) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		f.hooks.Add(1)
		w.WriteHeader(http.StatusAccepted)
	case r.URL.Path == "/events":
		_ = http.NewResponseController(w).Flush() // a test's connection takes it
		for {
			select {
			case <-r.Context().Done():
				return
			case id := <-f.notes:
				fmt.Fprintf(w, "event: order\ndata: {\"id\":%q}\n\n", id)
				_ = http.NewResponseController(w).Flush()
			}
		}
	case strings.HasSuffix(r.URL.Path, "/notes"):
		f.notes <- strings.Split(r.URL.Path, "/")[2]
	case r.URL.Path == "/channels" && f.broken.Load():
		w.WriteHeader(http.StatusInternalServerError)
	default:
		fmt.Fprint(w, `<span id="order-count">1,234 orders</span><a href="/orders/0123456789ab">x</a>`)
	}
}

func people(t *testing.T, url string, more ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := runUsers(t.Context(), append([]string{"--url", url, "--email", "bench%d@example.com", "--password", "p", "--users", "6", "--accounts", "2",
		"--think", "5ms", "--for", "1s", "--every", "50ms", "--hooks", "50", "--hook-channel", "shop", "--hook-secret", hookSecret}, more...), &out)
	return out.String(), err
}

func TestPeopleAtWork(t *testing.T) {
	t.Parallel()
	f, url := newOffice(t)
	out, err := people(t, url+","+url)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"6 people", "at 2 servers", "| list |", "| note |", "| webhook |", "| event, ", "150, 50, 40 · 150, 50, 40",
		"every page within", "goroutines in the second quarter 40, in the last 40 (+0.0%)"} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q:\n%s", want, out)
		}
	}
	if n := f.hooks.Load(); n < 5 || n > 60 {
		t.Errorf("%d webhooks in a second at 50 a second", n)
	}
	if n := f.entries.Load(); n != 7 {
		t.Errorf("6 people signed in with %d tries, one of them refused", n)
	}
}

func TestWhatFailsIsAnError(t *testing.T) {
	t.Parallel()
	f, url := newOffice(t)
	f.broken.Store(true)
	out, err := people(t, url, "--hook-secret", "whsec_"+strings.Repeat("A", 32))
	if err == nil || !strings.Contains(out, "first error of channels: /channels: 500") || !strings.Contains(out, "first error of webhook: webhook: 401") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := people(t, url, "--users", "0"); err == nil {
		t.Error("nobody worked")
	}
	if _, err := people(t, url, "--hook-secret", "short"); err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("a secret that is none: %v", err)
	}
}

func TestSlowPagesAreTold(t *testing.T) {
	t.Parallel()
	r := newRun(userOptions{})
	for range 100 {
		r.note("list", 150*time.Millisecond, nil)
		r.note("webhook", time.Second, nil) // nobody waits for it
	}
	var out bytes.Buffer
	if err := r.report(&out); err != nil || !strings.Contains(out.String(), ": 1\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
