package ingest

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestClientRetriesOnlyWhatMayBeRepeated(t *testing.T) {
	t.Parallel()
	plain := func(ctx context.Context) context.Context { return ctx }
	for _, tc := range []struct {
		name   string
		method string
		mark   func(context.Context) context.Context
		status int
		calls  int64
	}{
		{"GET 500", "GET", plain, 500, 4},
		{"HEAD 503", "HEAD", plain, 503, 4},
		{"GET 408", "GET", plain, 408, 4},
		{"GET 425", "GET", plain, 425, 4},
		{"GET 429", "GET", plain, 429, 4},
		{"GET 400", "GET", plain, 400, 1},
		{"GET 401", "GET", plain, 401, 1},
		{"GET 404", "GET", plain, 404, 1},
		{"POST 500", "POST", plain, 500, 1},
		{"PUT 429", "PUT", plain, 429, 1},
		{"repeatable POST 500", "POST", Repeatable, 500, 4},
		{"repeatable POST 422", "POST", Repeatable, 422, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.WriteHeader(tc.status)
			})
			clock := newClock()
			c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep})
			_, err := c.Do(tc.mark(t.Context()), "list", call(tc.method, url))
			if err == nil {
				t.Fatal("no error")
			}
			if got := calls.Load(); got != tc.calls {
				t.Errorf("%d calls, want %d (%v)", got, tc.calls, err)
			}
		})
	}
}

func TestClientRecovers(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) < 3 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if r.UserAgent() != userAgent {
			t.Errorf("User-Agent %q", r.UserAgent())
		}
		fmt.Fprint(w, `{"ok":12345678901234567890}`)
	})
	clock := newClock()
	c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep})
	res, err := c.Do(t.Context(), "list", get(url))
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := res.JSON(&v); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(v["ok"]); got != "12345678901234567890" {
		t.Errorf("number became %s", got)
	}
}

func TestClientSortsErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, contentType, body string
		status                  int
		auth, temporary, limit  bool
		text                    string
	}{
		{"401", "application/json", `{"code":"x","message":"Sorry, you cannot list resources."}`, 401, true, false, false, "HTTP 401: Sorry, you cannot list resources."},
		{"403", "application/json", `{"errors":[{"code":"Unauthorized","message":"Access denied"}]}`, 403, true, false, false, "HTTP 403: Access denied"},
		{"403 of a firewall", "text/html", `<html>Blocked</html>`, 403, false, true, false, "web page"},
		{"404", "application/json", `not json`, 404, false, false, false, "HTTP 404: Not Found"},
		{"422 by field", "application/json", `{"errors":{"order":["is shipped"],"zip":[]}}`, 422, false, false, false, "HTTP 422: order is shipped"},
		{"422 about all", "application/json", `{"errors":{"base":["already cancelled"]}}`, 422, false, false, false, "HTTP 422: already cancelled"},
		{"429", "application/json", `{}`, 429, false, true, true, "rate limit"},
		{"500", "application/json", `{"error":{"message":"boom"}}`, 500, false, true, false, "HTTP 500: boom"},
		{"502 page", "text/html", `<html>`, 502, false, true, false, "web page"},
		{"400 quotes data", "application/json", `{"error_description":"token abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz of asha@example.com, 9876543210"}`, 400, false, false, false, "HTTP 400: token … of … …"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tc.contentType)
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
			})
			clock := newClock()
			c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep})
			_, err := c.Do(t.Context(), "list", get(url))
			var limit *LimitError
			if errors.Is(err, ErrAuth) != tc.auth || errors.Is(err, ErrTemporary) != tc.temporary || errors.As(err, &limit) != tc.limit {
				t.Errorf("auth %v, temporary %v, limit %v: %v", errors.Is(err, ErrAuth), errors.Is(err, ErrTemporary), errors.As(err, &limit), err)
			}
			if err == nil || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("error %v, want %q in it", err, tc.text)
			}
		})
	}
}

func TestClientObeysRetryAfter(t *testing.T) {
	t.Parallel()
	clock := newClock()
	for _, tc := range []struct {
		name, header string
		status       int
		wait         time.Duration
	}{
		{"seconds", "7", 429, 7 * time.Second},
		{"fraction", "2.5", 429, 2500 * time.Millisecond},
		{"date", clock.now.Add(11 * time.Second).Format(http.TimeFormat), 503, 11 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			begun := clock.Now()
			var calls atomic.Int64
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if calls.Add(1) == 1 {
					w.Header().Set("Retry-After", tc.header)
					w.WriteHeader(tc.status)
					return
				}
				if early := tc.wait - clock.Now().Sub(begun); early > 0 {
					t.Errorf("called %s too early", early)
				}
			})
			c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep})
			if _, err := c.Do(t.Context(), "list", get(url)); err != nil {
				t.Fatal(err)
			}
			if got := clock.Now().Sub(begun); got > tc.wait+time.Second {
				t.Errorf("waited %s, want about %s", got, tc.wait)
			}
		})
	}
}

func TestClientWaitsNoLongerThanAllowed(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	clock := newClock()
	c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep})
	for range 3 { // the later calls must not even reach the platform
		_, err := c.Do(t.Context(), "list", get(url))
		var limit *LimitError
		if !errors.As(err, &limit) || limit.RetryAfter != 600*time.Second {
			t.Fatalf("error %v, want a limit of 10 minutes", err)
		}
	}
	if calls.Load() != 1 || len(clock.slept) != 0 {
		t.Errorf("%d calls, slept %v; want one call and no wait", calls.Load(), clock.slept)
	}
	if _, err := c.Do(t.Context(), "other", get(url)); err == nil || calls.Load() != 2 {
		t.Errorf("another operation was held back too")
	}
}

func TestClientStopsWithItsContext(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	ctx, cancel := context.WithCancel(t.Context())
	slept := 0
	c := NewClient(ClientOptions{Sleep: func(ctx context.Context, _ time.Duration) error {
		slept++
		cancel()
		return ctx.Err()
	}})
	if _, err := c.Do(ctx, "list", get(url)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if slept != 1 {
		t.Errorf("slept %d times", slept)
	}
	if _, err := c.Do(ctx, "list", get(url)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

func TestClientRefusesRedirects(t *testing.T) {
	t.Parallel()
	var leaked atomic.Int64
	thief := serve(t, func(http.ResponseWriter, *http.Request) { leaked.Add(1) })
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, thief+"/?consumer_secret=cs_secret", http.StatusFound)
	})
	c := NewClient(ClientOptions{HTTP: &http.Client{}})
	_, err := c.Do(t.Context(), "list", get(url))
	var status *StatusError
	if !errors.As(err, &status) || status.Status != http.StatusFound || !strings.Contains(err.Error(), "base URL") {
		t.Errorf("error %v", err)
	}
	if leaked.Load() != 0 {
		t.Error("the redirect was followed")
	}
	if strings.Contains(err.Error(), "cs_secret") {
		t.Errorf("secret in %q", err)
	}
}

func TestClientErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	url := srv.URL
	srv.Close()
	clock := newClock()
	c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep})
	_, err := c.Do(t.Context(), "list", get(url+"/orders?consumer_secret=cs_secret&page=1"))
	if !errors.Is(err, ErrTemporary) {
		t.Fatalf("error %v", err)
	}
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "?") {
		t.Errorf("query in %q", err)
	}
}

func TestClientRefusesTruncatedAnswers(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"announced length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"orders":[]}`)
		},
		"cut chunks": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"orders":[]}`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep})
			if res, err := c.Do(t.Context(), "list", get(serve(t, h))); !errors.Is(err, ErrTemporary) {
				t.Errorf("%d bytes, error %v", len(res.Body), err)
			}
		})
	}
}

func TestClientBoundsTheBody(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		size := 1000
		if r.URL.Path == "/bomb" {
			size = 100_000
		}
		fmt.Fprintf(z, `"%s"`, strings.Repeat("a", size))
		z.Close()
	})
	c := NewClient(ClientOptions{MaxBody: 2000})
	res, err := c.Do(t.Context(), "list", get(url))
	var text string
	if err != nil || res.JSON(&text) != nil || len(text) != 1000 {
		t.Errorf("gzip answer: %d characters, %v", len(text), err)
	}
	if _, err := c.Do(t.Context(), "list", get(url+"/bomb")); err == nil || errors.Is(err, ErrTemporary) {
		t.Errorf("bomb: error %v, want a permanent one", err)
	}
}

func TestResponseJSON(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, contentType, body string
		ok, temporary           bool
	}{
		{"object", "application/json; charset=utf-8", `{"a":1}`, true, false},
		{"mislabelled", "text/plain", ` {"a":1} `, true, false},
		{"page", "text/html; charset=UTF-8", `{"a":1}`, false, true},
		{"unlabelled page", "", "\ufeff<!DOCTYPE html>", false, true},
		{"empty", "application/json", " \n", false, true},
		{"cut", "application/json", `{"a":`, false, true},
		{"two values", "application/json", `{"a":1}{"a":2}`, false, true},
		{"other shape", "application/json", `[1]`, false, false},
		{"too deep", "application/json", strings.Repeat("[", 20_000), false, true},
	} {
		var v struct{ A int }
		h := http.Header{}
		h.Set("Content-Type", tc.contentType)
		err := Response{Status: 200, Header: h, Body: []byte(tc.body)}.JSON(&v)
		if (err == nil) != tc.ok || errors.Is(err, ErrTemporary) != tc.temporary {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
