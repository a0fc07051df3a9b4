package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDemoAgain: somebody tried a file import in the demo, for which they made
// a channel of their own, and starts it again on the same data.
func TestDemoAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "channel.json")
	if err := os.WriteFile(file, []byte(`{"id":"shop-file","platform":"organic","adapter":"manual","name":"Files"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := invoke(t, []string{"PALMONAS_DATA_DIR=" + dir}, "", "channel", "add", "--file", file); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs lockedBuffer
	p := program{args: []string{"demo", "--addr", "127.0.0.1:0", "--orders", "20", "--live=false", "--data", dir},
		env: []string{"PALMONAS_LOG_LEVEL=error"}, stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	done := make(chan int, 1)
	go func() { done <- p.run(ctx) }()
	waitFor(t, &out, &errs, regexp.MustCompile(`Ctrl-C ends it`))
	cancel()
	select {
	case code := <-done:
		if code != 0 || errs.String() != "" {
			t.Errorf("exit %d, stderr %q", code, errs.String())
		}
	case <-time.After(45 * time.Second):
		t.Fatal("the demo does not stop")
	}
}

// TestInterrupted: Ctrl-C is no fault of the database or a platform.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs lockedBuffer
	p := program{args: []string{"migrate"}, env: quietEnv(t), stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	if code := p.run(ctx); code != 1 {
		t.Errorf("exit %d, want 1", code)
	}
	if got := errs.String(); !strings.HasPrefix(got, "palmonas: interrupted") || strings.Count(got, "\n") != 1 {
		t.Errorf("stderr %q", got)
	}
}
