package ingest

import (
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The largest distance between the empirical distribution and the uniform one
// (Kolmogorov-Smirnov); 1.63/√n is passed by chance once in a hundred, so the
// generator has a fixed seed.
func TestBackoffIsFullJitter(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	for try, upper := range map[int]time.Duration{0: 500 * time.Millisecond, 3: 4 * time.Second, 9: 256 * time.Second, 40: maxBackoff} {
		const n = 5000
		var got []float64
		for range n {
			got = append(got, float64(backoff(try, maxBackoff, rnd.Float64()))/float64(upper))
		}
		slices.Sort(got)
		worst := 0.0
		for i, x := range got {
			worst = max(worst, math.Abs(x-float64(i)/n), math.Abs(x-float64(i+1)/n))
		}
		if limit := 1.63 / math.Sqrt(n); worst > limit {
			t.Errorf("try %d: distance %.4f from uniform on 0…%s, want at most %.4f", try, worst, upper, limit)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := newClock().now
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "-3": 0, "NaN": 0, "soon": 0, "120": 2 * time.Minute, "0.25": 250 * time.Millisecond,
		"1e300": 30 * 24 * time.Hour,
		now.Add(-time.Hour).Format(http.TimeFormat): 0, now.Add(time.Hour).Format(http.TimeFormat): time.Hour,
	} {
		h := http.Header{}
		h.Set("Retry-After", text)
		if got := retryAfter(h, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestClientKeepsTheRate(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var at []time.Time
	url := serve(t, func(http.ResponseWriter, *http.Request) { at = append(at, clock.Now()) })
	c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep, Limits: map[string]Limit{"list": {Rate: 2, Burst: 5}}})
	for range 45 {
		if _, err := c.Do(t.Context(), "list", get(url)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range at {
		for j := i; j < len(at); j++ {
			if n, allowed := float64(j-i+1), 5+2*at[j].Sub(at[i]).Seconds()+1e-6; n > allowed {
				t.Fatalf("%v calls within %s", n, at[j].Sub(at[i]))
			}
		}
	}
	if took := at[len(at)-1].Sub(at[0]); took != 20*time.Second {
		t.Errorf("45 calls took %s, want 20 s", took)
	}
}

func TestClientLearnsTheRate(t *testing.T) {
	t.Parallel()
	clock := newClock()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Rate", "10") })
	c := NewClient(ClientOptions{
		Now: clock.Now, Sleep: clock.Sleep, Limits: map[string]Limit{"list": {Rate: 1, Burst: 1}},
		LearnRate: func(_ string, h http.Header) (float64, bool) {
			rate, err := strconv.ParseFloat(h.Get("X-Rate"), 64)
			return rate, err == nil
		},
	})
	begun := clock.Now()
	for range 11 {
		if _, err := c.Do(t.Context(), "list", get(url)); err != nil {
			t.Fatal(err)
		}
	}
	if took := clock.Now().Sub(begun).Round(time.Millisecond); took != time.Second {
		t.Errorf("11 calls took %s, want 1 s", took)
	}
}

func TestClientFailsRatherThanWaitForLong(t *testing.T) {
	t.Parallel()
	clock := newClock()
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep, Limits: map[string]Limit{"list": {Rate: 0.005, Burst: 1}}})
	if _, err := c.Do(t.Context(), "list", get(url)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Do(t.Context(), "list", get(url))
	var limit *LimitError
	if !errors.As(err, &limit) || limit.RetryAfter != 200*time.Second {
		t.Fatalf("error %v, want a limit of 200 s", err)
	}
	clock.advance(200 * time.Second)
	if _, err := c.Do(t.Context(), "list", get(url)); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// a dead platform gets few calls, and is found again soon.
func TestClientSparesADeadPlatform(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var calls atomic.Int64
	var alive atomic.Bool
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		if !alive.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep})
	for end := clock.Now().Add(time.Hour); clock.Now().Before(end); clock.advance(5 * time.Second) {
		if _, err := c.Do(t.Context(), "list", get(url)); !errors.Is(err, ErrTemporary) {
			t.Fatalf("error %v", err)
		}
	}
	if calls.Load() > 130 {
		t.Errorf("%d calls in an hour, want at most 130", calls.Load())
	}
	alive.Store(true)
	clock.advance(breakerProbe)
	for range 3 {
		if _, err := c.Do(t.Context(), "list", get(url)); err != nil {
			t.Errorf("after the platform came back: %v", err)
		}
	}
}

func TestBreakerOpensOnAShareOfFailures(t *testing.T) {
	t.Parallel()
	var b breaker
	now := newClock().now
	for i := range 19 {
		b.note(now, i%2 == 0)
		if !b.allow(now) {
			t.Fatalf("open after %d calls", i+1)
		}
	}
	b.note(now, false)
	if b.allow(now) {
		t.Error("closed although half of 20 calls failed")
	}
	if !b.allow(now.Add(breakerProbe)) || b.allow(now.Add(breakerProbe)) {
		t.Error("want exactly one probe after 30 s")
	}
	if !b.allow(now.Add(-time.Hour)) {
		t.Error("a clock that jumped back shuts the platform out")
	}
}

func TestRetriesAreASmallShare(t *testing.T) {
	t.Parallel()
	clock := newClock()
	var calls, good atomic.Int64
	// Every third call fails: the breaker stays closed, the budget runs out.
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1)%3 == 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		good.Add(1)
	})
	c := NewClient(ClientOptions{Now: clock.Now, Sleep: clock.Sleep})
	const n = 1000
	for range n {
		_, _ = c.Do(t.Context(), "list", get(url)) // most succeed; the count is what matters
	}
	if retries := calls.Load() - n; retries > n/10+maxRetryDebt {
		t.Errorf("%d retries of %d calls", retries, n)
	}
}

func TestBucketServesInTurn(t *testing.T) {
	t.Parallel()
	b := newBucket(Limit{Rate: 10, Burst: 1})
	now := newClock().now
	var mu sync.Mutex
	var waits []time.Duration
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			wait, ok := b.take(now, time.Hour)
			if !ok {
				t.Error("refused")
			}
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, wait)
		})
	}
	wg.Wait()
	slices.Sort(waits)
	for i, w := range waits {
		if want := time.Duration(i) * 100 * time.Millisecond; (w - want).Abs() > time.Microsecond {
			t.Fatalf("waiter %d waits %s, want %s", i, w, want)
		}
	}
	b.giveBack()
	if wait, _ := b.take(now, time.Hour); (wait - 4900*time.Millisecond).Abs() > time.Microsecond {
		t.Errorf("after a token came back: %s", wait)
	}
}

func TestBucketAndClockJumps(t *testing.T) {
	t.Parallel()
	b := newBucket(Limit{Rate: 1, Burst: 3})
	now := newClock().now
	for range 3 {
		b.take(now, 0)
	}
	if _, ok := b.take(now.Add(-10*time.Minute), 0); ok {
		t.Error("a clock that jumped back earned a token")
	}
	if _, ok := b.take(now.Add(-10*time.Minute+time.Second), 0); !ok {
		t.Error("no token a second after the jump")
	}
}
