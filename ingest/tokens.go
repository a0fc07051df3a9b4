package ingest

import (
	"context"
	"sync"
	"time"
)

// Tokens keeps an access token that a platform gives for a while. It is safe
// for concurrent use, with one exchange in flight.
type Tokens struct {
	// exchange asks the platform for a token and how long it lives.
	exchange func(ctx context.Context) (token string, life time.Duration, err error)
	margin   time.Duration
	now      func() time.Time

	// turn holds one value; who takes it may exchange. A channel rather than a
	// mutex, so that waiting ends with the caller's context.
	turn chan struct{}

	mu      sync.Mutex
	current string
	until   time.Time
}

// NewTokens makes an empty cache. A token is not handed out any more when less
// than margin is left of its life (half of a life that is shorter than twice
// that), so that it does not run out on the way. It makes no call.
func NewTokens(exchange func(context.Context) (string, time.Duration, error), margin time.Duration, now func() time.Time) *Tokens {
	t := &Tokens{exchange: exchange, margin: margin, now: now, turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	return t
}

// Get returns a token, exchanged only when there is none that is good for some
// time. Errors are the exchange's or the context's.
func (t *Tokens) Get(ctx context.Context) (string, error) {
	if token, ok := t.cached(); ok {
		return token, nil
	}
	select {
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if token, ok := t.cached(); ok {
		return token, nil // another caller renewed it while we waited
	}
	token, life, err := t.exchange(ctx)
	if err != nil {
		return "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current, t.until = token, t.now().Add(life-min(t.margin, life/2))
	return token, nil
}

func (t *Tokens) cached() (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current, t.current != "" && t.now().Before(t.until)
}

// Drop forgets a token that the platform refused, unless it was replaced
// meanwhile.
func (t *Tokens) Drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == token {
		t.current = ""
	}
}
