package ingest

import (
	"sync"
	"time"
)

// bucket is a token bucket that can be told to follow another rate and to stay
// shut until a time. A caller takes its token in advance and waits for it, so
// waiting callers are served in turn.
type bucket struct {
	mu     sync.Mutex
	rate   float64 // tokens a second; 0 means no limit
	burst  float64
	tokens float64 // below zero: promised to waiting callers
	at     time.Time
	shut   time.Time
}

func newBucket(l Limit) *bucket {
	burst := float64(max(l.Burst, 1))
	return &bucket{rate: max(l.Rate, 0), burst: burst, tokens: burst}
}

// take promises a token and tells how long to wait for it. When that would be
// longer than limit nothing is taken and ok is false.
func (b *bucket) take(now time.Time, limit time.Duration) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now)
	if wait = b.next(now); wait > limit {
		return wait, false
	}
	if b.rate > 0 {
		b.tokens--
	}
	return wait, true
}

// giveBack returns a token that was promised and not used.
func (b *bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate > 0 {
		b.tokens = min(b.tokens+1, b.burst)
	}
}

// follow changes the rate; what was saved until now stays.
func (b *bucket) follow(rate float64, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if rate > 0 {
		b.refill(now)
		b.rate = rate
	}
}

// block keeps the bucket shut until a time; an earlier one changes nothing.
func (b *bucket) block(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until.After(b.shut) {
		b.shut = until
	}
}

// blocked is how much longer the bucket stays shut.
func (b *bucket) blocked(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(b.shut.Sub(now), 0)
}

// empty takes all tokens: the platform counted calls that the bucket did not
// know of, such as those before a restart. It returns the wait for the next.
func (b *bucket) empty(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now)
	b.tokens = min(b.tokens, 0)
	return b.next(now)
}

// next is the wait for the next free token.
func (b *bucket) next(now time.Time) time.Duration {
	var wait time.Duration
	if b.rate > 0 && b.tokens < 1 {
		wait = time.Duration((1 - b.tokens) / b.rate * float64(time.Second))
	}
	return max(wait, b.shut.Sub(now), 0)
}

// refill adds what time has earned. A clock that jumps back earns nothing.
func (b *bucket) refill(now time.Time) {
	if gone := now.Sub(b.at); gone > 0 && !b.at.IsZero() {
		b.tokens = min(b.tokens+gone.Seconds()*b.rate, b.burst)
	}
	b.at = now
}
