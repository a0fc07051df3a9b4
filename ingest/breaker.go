package ingest

import (
	"sync"
	"time"
)

const (
	breakerRow    = 5 // failures in a row
	breakerWindow = time.Minute
	breakerCalls  = 20 // calls within the window before a share counts
	breakerProbe  = 30 * time.Second
)

// breaker stops calls to a platform that keeps failing, but for one probe every
// 30 seconds. It opens after 5 failures in a row, or when half of at least 20
// calls within a minute failed, and closes with the first success.
type breaker struct {
	mu         sync.Mutex
	row        int
	since      time.Time
	calls, bad int
	open       bool
	probe      time.Time // when the next call may go out while open
}

// allow reports whether a call may go out now.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return true
	}
	// A wait beyond the period means that the clock jumped back.
	if wait := b.probe.Sub(now); wait > 0 && wait <= breakerProbe {
		return false
	}
	b.probe = now.Add(breakerProbe)
	return true
}

// note records the outcome of a call.
func (b *breaker) note(now time.Time, good bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if gone := now.Sub(b.since); gone < 0 || gone > breakerWindow {
		b.since, b.calls, b.bad = now, 0, 0
	}
	b.calls++
	if good {
		b.row, b.open = 0, false
		return
	}
	b.row++
	b.bad++
	if b.open {
		return
	}
	if b.row >= breakerRow || b.calls >= breakerCalls && b.bad*2 >= b.calls {
		b.open, b.probe = true, now.Add(breakerProbe)
	}
}
