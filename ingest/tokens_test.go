package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

func TestTokensAreExchangedOnceAtATime(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	tokens := ingest.NewTokens(func(context.Context) (string, time.Duration, error) {
		n := calls.Add(1)
		time.Sleep(time.Millisecond)
		return fmt.Sprint("token", n), time.Hour, nil
	}, time.Minute, time.Now)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if token, err := tokens.Get(t.Context()); token != "token1" || err != nil {
				t.Errorf("%q, %v", token, err)
			}
		})
	}
	wg.Wait()
	tokens.Drop("another")
	if token, _ := tokens.Get(t.Context()); token != "token1" {
		t.Errorf("dropping another token gave %q", token)
	}
	tokens.Drop("token1")
	if token, _ := tokens.Get(t.Context()); token != "token2" {
		t.Errorf("after a drop: %q", token)
	}
}

func TestTokensLife(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ life, margin, lasts time.Duration }{
		{time.Hour, 5 * time.Minute, 55 * time.Minute},
		{4 * time.Minute, 5 * time.Minute, 2 * time.Minute},
	} {
		now, n := time.Unix(1e9, 0), 0
		tokens := ingest.NewTokens(func(context.Context) (string, time.Duration, error) { n++; return fmt.Sprint(n), tt.life, nil },
			tt.margin, func() time.Time { return now })
		for _, step := range []struct {
			at   time.Duration
			want string
		}{{0, "1"}, {tt.lasts - time.Second, "1"}, {tt.lasts, "2"}} {
			now = time.Unix(1e9, 0).Add(step.at)
			if got, err := tokens.Get(t.Context()); got != step.want || err != nil {
				t.Errorf("life %s, after %s: token %s, %v, want %s", tt.life, step.at, got, err, step.want)
			}
		}
	}
}

func TestTokensFailure(t *testing.T) {
	t.Parallel()
	began, fail := make(chan struct{}), errors.New("down")
	tokens := ingest.NewTokens(func(ctx context.Context) (string, time.Duration, error) {
		close(began)
		<-ctx.Done()
		return "", 0, fail
	}, time.Minute, time.Now)
	first, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := tokens.Get(first); done <- err }()
	<-began
	waiting, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := tokens.Get(waiting); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a stuck exchange: %v", err)
	}
	stop()
	if err := <-done; !errors.Is(err, fail) {
		t.Errorf("the exchange's own error: %v", err)
	}
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://api.amazon.com/":  "https://api.amazon.com",
		"http://127.0.0.1:9090/eu": "http://127.0.0.1:9090/eu",
		"http://[::1]:9090":        "http://[::1]:9090",
		" http://localhost:9090//": "http://localhost:9090",
		"http://127.0.0.1.evil.in": "",
		"http://10.0.0.1":          "",
		"ftp://localhost":          "",
		"//api.amazon.com":         "",
		"https://a.in?x=1":         "",
		"https://u:p@a.in":         "",
		"https://:80":              "",
		"":                         "",
	} {
		u, err := ingest.ParseAddress(text)
		if (err == nil) != (want != "") || err == nil && u.String() != want {
			t.Errorf("ParseAddress(%q) = %v, %v, want %q", text, u, err, want)
		}
	}
}
