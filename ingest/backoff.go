package ingest

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 5 * time.Minute
)

// backoff is the pause after try number try (from 0) with full jitter:
// uniformly between nothing and min(limit, 0.5 s · 2^try).
func backoff(try int, limit time.Duration, jitter float64) time.Duration {
	upper := limit
	if try < 20 && firstBackoff<<try < limit {
		upper = firstBackoff << try
	}
	return time.Duration(jitter * float64(upper))
}

// retryAfter reads the Retry-After header: seconds, which Shopify sends with a
// fraction, or an HTTP date. Zero when there is none, or none to make sense of.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(s) || s <= 0 {
			return 0
		}
		return time.Duration(min(s, 30*24*3600) * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// retryBudget keeps retries a small part of the traffic, so that a platform in
// trouble does not get several times its usual load: every success earns a
// tenth of a retry, up to ten.
type retryBudget struct {
	mu    sync.Mutex
	spent float64
}

const maxRetryDebt = 10

func (b *retryBudget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(b.spent-0.1, 0)
}

func (b *retryBudget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent+1 > maxRetryDebt {
		return false
	}
	b.spent++
	return true
}
