package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// traceSink takes OTLP over HTTP and keeps it as it came: names and values are
// plain text in it.
type traceSink struct {
	mu   sync.Mutex
	text strings.Builder
}

// ServeHTTP implements http.Handler.
func (k *traceSink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = io.Copy(&k.text, r.Body) // what is missing fails the test
}

func (k *traceSink) has(text string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Contains(k.text.String(), text)
}

// TestTracesOfTheWholeProgram lets a demo run with a collector: requests, runs,
// pages of platforms, webhooks and calls of the database reach it, and nothing of
// the customers does.
func TestTracesOfTheWholeProgram(t *testing.T) {
	t.Parallel()
	sink := &traceSink{}
	web := httptest.NewServer(sink)
	defer web.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs lockedBuffer
	const password = "correct horse battery staple"
	p := program{args: []string{"demo", "--addr", "127.0.0.1:0", "--orders", "60", "--password", password, "--data", t.TempDir()},
		env:   []string{"PALMONAS_LOG_LEVEL=error", "OTEL_EXPORTER_OTLP_ENDPOINT=" + web.URL, "OTEL_SERVICE_NAME=order-desk"},
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	done := make(chan int, 1)
	go func() { done <- p.run(ctx) }()
	base := waitFor(t, &out, &errs, regexp.MustCompile(`http://127\.0\.0\.1:\d+`))
	c := signIn(t, base, "admin@palmonas.demo", password)
	page := get(t, c, base+"/orders?q=kumar")
	id := regexp.MustCompile(`href="/orders/([0-9a-z]{8,})`).FindStringSubmatch(get(t, c, base+"/orders"))
	if id == nil {
		t.Fatalf("no order on the list: %.200s", page)
	}
	order := get(t, c, base+"/orders/"+id[1])
	cancel()
	select {
	case code := <-done:
		if code != 0 || errs.String() != "" {
			t.Errorf("exit %d, stderr %q", code, errs.String())
		}
	case <-time.After(45 * time.Second):
		t.Fatal("the demo does not stop")
	}
	for _, want := range []string{"order-desk", "GET /orders/:id", "channel pull", "channel fetch", "channel page", "platform GET",
		"store.orders.list", "store.orders.absorb", "palmonas.request"} {
		if !sink.has(want) {
			t.Errorf("the collector was not told %q", want)
		}
	}
	secrets := []string{"kumar", "Kumar", "admin@palmonas.demo", password, "127.0.0.1"}
	for _, m := range regexp.MustCompile(`mailto:([^"]+)|tel:([^"]+)`).FindAllStringSubmatch(order, -1) {
		secrets = append(secrets, m[1]+m[2])
	}
	for _, s := range secrets {
		if sink.has(s) {
			t.Errorf("the collector was told %q", s)
		}
	}
}
