package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// site answers like the desk, slowly where asked, and counts what it answered.
func site(t *testing.T, slow time.Duration) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var pages atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/login":
			http.SetCookie(w, &http.Cookie{Name: "palmonas_session", Value: "x", Path: "/"})
			w.WriteHeader(http.StatusSeeOther)
		case r.URL.Path == "/api/auth/login":
			fmt.Fprint(w, `{"token":"t"}`)
		case r.URL.Path == "/orders" && r.URL.Query().Get("limit") == "100":
			fmt.Fprint(w, `<span id="order-count" role="status">1,234 orders</span><a href="/orders/0123456789ab">x</a>`)
		case r.URL.Path == "/orders/0123456789ab":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			if _, err := r.Cookie("palmonas_session"); err != nil && r.Header.Get("Authorization") != "Bearer t" {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			pages.Add(1)
			time.Sleep(slow)
			fmt.Fprint(w, "page")
		}
	}))
	t.Cleanup(s.Close)
	return s, &pages
}

func bench(t *testing.T, s *httptest.Server, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), append([]string{"--url", s.URL, "--email", "e", "--password", "p", "--each", "100ms"}, args...), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestClosedLoop(t *testing.T) {
	t.Parallel()
	s, pages := site(t, 5*time.Millisecond)
	out := bench(t, s, "--only", "list,channels", "--conns", "4")
	if !strings.Contains(out, "1,234 orders") || strings.Count(out, "\n| ") != 4 || pages.Load() < 8 {
		t.Errorf("%d pages\n%s", pages.Load(), out)
	}
}

// TestOpenLoop: the rate is kept, and waiting counts as time.
func TestOpenLoop(t *testing.T) {
	t.Parallel()
	s, pages := site(t, 0)
	bench(t, s, "--only", "list", "--rate", "50")
	if n := pages.Load(); n < 4 || n > 12 { // a tenth to warm up, then 100 ms
		t.Errorf("%d pages at 50 a second", n)
	}
}

func TestErrorsAreToldAndCounted(t *testing.T) {
	t.Parallel()
	s, _ := site(t, 0)
	var out bytes.Buffer
	err := run(context.Background(), []string{"--url", s.URL, "--email", "e", "--password", "p", "--each", "50ms", "--only", "order"}, &out)
	if err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("every answer was an error: %v\n%s", err, out.String())
	}
	if err := run(context.Background(), []string{"--url", s.URL, "--email", "e", "--password", "p", "--only", "none"}, &out); err == nil {
		t.Error("an unknown scenario ran")
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	var r result
	for i := range 100 {
		r.times = append(r.times, time.Duration(i+1)*time.Millisecond)
	}
	for q, want := range map[float64]float64{.5: 51, .95: 96, .99: 100, 1: 100} {
		if got := r.at(q); got != want {
			t.Errorf("%v: %v, want %v", q, got, want)
		}
	}
}
