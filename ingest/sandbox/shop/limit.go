package shop

import (
	"math"
	"sync"
	"time"
)

// Rate is a documented limit: PerSecond tokens a second, Burst at once.
type Rate struct {
	PerSecond float64
	Burst     float64
}

// Limits are the token buckets of one account, one for each operation. It is
// safe for concurrent use.
type Limits struct {
	mu      sync.Mutex
	rates   map[string]Rate
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// NewLimits scales documented rates by factor; 0 and 1 leave them as they are.
// A bucket is never smaller than one second's worth of tokens.
func NewLimits(documented map[string]Rate, factor float64) *Limits {
	if factor <= 0 {
		factor = 1
	}
	l := &Limits{rates: map[string]Rate{}, buckets: map[string]*bucket{}}
	for op, r := range documented {
		r.PerSecond *= factor
		r.Burst = math.Max(r.Burst, r.PerSecond)
		l.rates[op] = r
	}
	return l
}

// Rate is the limit of an operation; false when it has none.
func (l *Limits) Rate(op string) (Rate, bool) {
	r, ok := l.rates[op]
	return r, ok
}

// Take takes one token. When there is none it tells how long until there is.
func (l *Limits) Take(op string, now time.Time) (wait time.Duration, ok bool) {
	r, limited := l.rates[op]
	if !limited {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[op]
	if b == nil {
		b = &bucket{tokens: r.Burst, at: now}
		l.buckets[op] = b
	}
	if gone := now.Sub(b.at).Seconds(); gone > 0 {
		b.tokens, b.at = math.Min(r.Burst, b.tokens+gone*r.PerSecond), now
	}
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / r.PerSecond * float64(time.Second)), false
	}
	b.tokens--
	return 0, true
}

// Level is how many whole tokens an operation has left.
func (l *Limits) Level(op string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.buckets[op]; b != nil {
		return int(b.tokens)
	}
	return int(l.rates[op].Burst)
}
