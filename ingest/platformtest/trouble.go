package platformtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
)

// answer is a fault that always answers the same.
func answer(status int, contentType, body string) func(int, http.ResponseWriter, *http.Request) bool {
	return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

func testRateLimit(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	ids := w.add(5)
	p := w.adapter()
	w.faulty(func(_ int, rw http.ResponseWriter, _ *http.Request) bool {
		rw.Header().Set("Retry-After", "900")
		rw.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	_, err := p.Fetch(t.Context(), "")
	var limit *ingest.LimitError
	if !errors.As(err, &limit) || limit.RetryAfter < 14*time.Minute {
		t.Errorf("error %v, want a *LimitError of 15 minutes", err)
	}
	if w.count() != 1 {
		t.Errorf("%d calls, want 1: none before the time the platform named", w.count())
	}
	// A short limit in the middle of a run is waited for.
	w.faulty(func(n int, rw http.ResponseWriter, _ *http.Request) bool {
		if n != 2 {
			return false
		}
		rw.Header().Set("Retry-After", "0.01")
		rw.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	wantIDs(t, w.run(w.adapter(), ""), ids)
}

func testFailures(t *testing.T, c Case) {
	for name, fault := range map[string]func(int, http.ResponseWriter, *http.Request) bool{
		"500":              answer(500, "application/json", `{"message":"boom"}`),
		"503 page":         answer(503, "text/html", "<html>Maintenance</html>"),
		"200 page":         answer(200, "text/html; charset=UTF-8", "<!DOCTYPE html><html>Sign in</html>"),
		"403 page":         answer(403, "text/html", "<html>Blocked by a firewall</html>"),
		"empty answer":     answer(200, "application/json", ""),
		"broken JSON":      answer(200, "application/json", `{"a":[{"b":`),
		"dropped":          func(int, http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
		"truncated answer": truncated,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c, 3)
			w.add(2)
			w.faulty(fault)
			page, err := w.adapter().Fetch(t.Context(), "")
			if !errors.Is(err, ingest.ErrTemporary) || errors.Is(err, ingest.ErrAuth) {
				t.Errorf("error %v with %d orders, want ErrTemporary alone", err, len(page.Reports))
			}
			w.quiet(err)
		})
	}
}

func truncated(_ int, w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "4096")
	_, _ = io.WriteString(w, `[]`)
	return true
}

func testRefused(t *testing.T, c Case) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		w := newWorld(t, c, 3)
		w.faulty(answer(status, "application/json", `{"message":"no"}`))
		p := w.adapter()
		_, ferr := p.Fetch(t.Context(), "")
		for what, err := range map[string]error{"Fetch": ferr, "Check": p.Check(t.Context())} {
			if !errors.Is(err, ingest.ErrAuth) {
				t.Errorf("%d: %s: %v, want ErrAuth", status, what, err)
			}
			w.quiet(err)
		}
		if w.count() > 6 {
			t.Errorf("%d: %d calls with credentials that are refused", status, w.count())
		}
	}
	w := newWorld(t, c, 3)
	if err := w.adapter().Check(t.Context()); err != nil {
		t.Errorf("Check with good credentials: %v", err)
	}
	w.c.Secrets = channel.Secrets{Credentials: map[string]string{}}
	for name := range c.Secrets.Credentials {
		w.c.Secrets.Credentials[name] = "wrong-" + name
	}
	err := w.adapter().Check(t.Context())
	if !errors.Is(err, ingest.ErrAuth) {
		t.Errorf("wrong credentials: %v, want ErrAuth", err)
	}
	w.quiet(err)
}

func hasTokens(_ *testing.T, c Case) bool { return c.ExpireTokens != nil }

func testRenewal(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	ids := w.add(10)
	w.faulty(func(n int, _ http.ResponseWriter, _ *http.Request) bool {
		if n == 3 {
			c.ExpireTokens(w.inner)
		}
		return false
	})
	wantIDs(t, w.run(w.adapter(), ""), ids)
}

func testRedirect(t *testing.T, c Case) {
	var followed atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer thief.Close()
	w := newWorld(t, c, 3)
	w.faulty(func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		http.Redirect(rw, r, thief.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
		return true
	})
	_, err := w.adapter().Fetch(t.Context(), "")
	if err == nil || followed.Load() != 0 {
		t.Errorf("error %v, %d requests elsewhere", err, followed.Load())
	}
	w.quiet(err)
}

// Hostile returns answers that no platform should send.
func Hostile() map[string]string {
	deep := strings.Repeat(`{"orders":[`, 3000) + strings.Repeat(`]}`, 3000)
	return map[string]string{
		"null": `null`, "true": `true`, "number": `1e999`, "text": `"orders"`, "list of nulls": `[null,null]`,
		"list of numbers": `[1,2.5,-3]`, "list of lists": `[[],[[]]]`, "empty list": `[]`, "empty object": `{}`, "list of empty objects": `[{},{}]`,
		"wrong types":  `{"orders":"none","data":7,"payload":{"orders":{"a":1}},"id":{},"total":[]}`,
		"wrong fields": `[{"id":{"a":1},"status":7,"total":"NaN","line_items":{"x":null},"date_modified_gmt":true,"currency":null}]`,
		"deep":         deep, "very deep": strings.Repeat("[", 200_000), "wide": "[" + strings.Repeat("{},", 100_000) + "{}]",
		"long text":     `{"orders":[{"id":"` + strings.Repeat("9", 1<<20) + `"}]}`,
		"not UTF-8":     "[{\"id\":\"\xff\xfe\",\"name\":\"\x00\"}]",
		"huge exponent": `[{"id":1,"total":1e999999999,"price":-1e-999999999,"quantity":1e400}]`,
	}
}

func testHostile(t *testing.T, c Case) {
	for name, body := range Hostile() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c, 3)
			w.faulty(answer(200, "application/json", body))
			p := w.adapter()
			begun := time.Now()
			page, err := p.Fetch(t.Context(), "")
			if err == nil && len(page.Reports) > 0 {
				t.Errorf("%d orders out of nothing", len(page.Reports))
			}
			if _, err := p.FetchOne(t.Context(), c.OrderID(1)); err == nil {
				t.Error("an order out of nothing")
			}
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
			_ = p.Check(t.Context()) // any answer but a panic
		})
	}
}

func testMissing(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	for name := range c.Secrets.Credentials {
		for _, empty := range []string{"", " \n"} {
			cfg := w.config()
			cfg.Secrets.Credentials = map[string]string{}
			for k, v := range c.Secrets.Credentials {
				cfg.Secrets.Credentials[k] = v
			}
			cfg.Secrets.Credentials[name] = empty
			_, err := c.Build(cfg)
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s as %q: error %v, want one that names it", name, empty, err)
			}
			w.quiet(err)
		}
	}
	for _, address := range []string{"", "not an address", "ftp://shop.example", "http://shop.example", "https://"} {
		cfg := w.config()
		cfg.Channel.BaseURL = address
		if _, err := c.Build(cfg); err == nil {
			t.Errorf("base URL %q was accepted", address)
		}
	}
	if w.count() != 0 {
		t.Errorf("building made %d calls", w.count())
	}
}

func testContext(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	w.add(2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := w.adapter()
	if _, err := p.Fetch(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("Fetch: %v, want the context's error", err)
	}
	if _, err := p.FetchOne(ctx, c.OrderID(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("FetchOne: %v, want the context's error", err)
	}
	if w.count() != 0 {
		t.Errorf("%d calls", w.count())
	}
}

func testConcurrent(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	ids := w.add(4)
	p := w.adapter()
	var wg sync.WaitGroup
	errs := make(chan error, 16)
	for i := range 4 {
		wg.Go(func() {
			if _, err := p.Fetch(t.Context(), ""); err != nil {
				errs <- fmt.Errorf("fetch: %w", err)
			}
			if _, err := p.FetchOne(t.Context(), ids[i]); err != nil {
				errs <- fmt.Errorf("fetch one: %w", err)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}
