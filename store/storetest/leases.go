package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

func leases() []testCase {
	return []testCase{
		{"a lease is held by one", leaseHeld},
		{"a holder prolongs under its token", leaseProlonged},
		{"an ended lease is taken under a new token", leaseEnded},
		{"a released lease is free", leaseReleased},
		{"a lost lease cannot be released", leaseLost},
		{"leases do not know each other", leaseNames},
		{"16 goroutines want one lease", leaseTogether},
	}
}

const (
	longLease  = time.Hour
	shortLease = 50 * time.Millisecond
)

func acquire(t testing.TB, s store.Store, name, holder string, ttl time.Duration) (store.Lease, bool) {
	t.Helper()
	l, ok, err := s.Leases().Acquire(t.Context(), name, holder, ttl)
	if err != nil {
		t.Fatalf("acquire: %v", err)
	}
	return l, ok
}

func release(t testing.TB, s store.Store, l store.Lease) {
	t.Helper()
	if err := s.Leases().Release(t.Context(), l); err != nil {
		t.Fatalf("release: %v", err)
	}
}

func leaseHeld(t *testing.T, s store.Store) {
	start := time.Now()
	mine, ok := acquire(t, s, "pull", "a", longLease)
	if !ok || mine.Name != "pull" || mine.Holder != "a" || mine.Token < 1 {
		t.Fatalf("a free lease: %+v, %t", mine, ok)
	}
	if left := mine.Until.Sub(start); left < longLease-time.Minute || left > longLease+time.Minute {
		t.Errorf("it ends in %v", left)
	}
	theirs, ok := acquire(t, s, "pull", "b", longLease)
	if ok {
		t.Error("two hold it")
	}
	same(t, "what the other is told", mine, theirs)
}

func leaseProlonged(t *testing.T, s store.Store) {
	first, _ := acquire(t, s, "pull", "a", time.Minute)
	again, ok := acquire(t, s, "pull", "a", longLease)
	if !ok || again.Token != first.Token || !again.Until.After(first.Until) {
		t.Errorf("%+v became %+v, %t", first, again, ok)
	}
	if _, ok := acquire(t, s, "pull", "b", longLease); ok {
		t.Error("a prolonged lease was taken")
	}
}

// leaseEnded has two holders follow each other, then the second itself: who
// was away past the end cannot tell whether somebody else was there.
func leaseEnded(t *testing.T, s store.Store) {
	token := int64(0)
	for _, holder := range []string{"a", "b", "b"} {
		l, ok := acquire(t, s, "pull", holder, shortLease)
		if !ok || l.Holder != holder || l.Token <= token {
			t.Errorf("%s after token %d: %+v, %t", holder, token, l, ok)
		}
		token = l.Token
		time.Sleep(2 * shortLease)
	}
}

func leaseReleased(t *testing.T, s store.Store) {
	mine, _ := acquire(t, s, "pull", "a", longLease)
	for range 2 { // again is no error
		release(t, s, mine)
	}
	theirs, ok := acquire(t, s, "pull", "b", longLease)
	if !ok || theirs.Token <= mine.Token {
		t.Errorf("after %+v: %+v, %t", mine, theirs, ok)
	}
}

func leaseLost(t *testing.T, s store.Store) {
	lost, _ := acquire(t, s, "pull", "a", shortLease)
	time.Sleep(2 * shortLease)
	held, ok := acquire(t, s, "pull", "b", longLease)
	if !ok {
		t.Fatal("an ended lease is not free")
	}
	release(t, s, lost)
	forged := held
	forged.Token--
	release(t, s, forged)
	release(t, s, store.Lease{Name: "unknown", Holder: "a", Token: 1})
	if theirs, ok := acquire(t, s, "pull", "c", longLease); ok || theirs != held {
		t.Errorf("it was released by who had lost it: %+v, %t", theirs, ok)
	}
}

func leaseNames(t *testing.T, s store.Store) {
	for i, name := range []string{"pull:a", "pull:b", "$x.y"} {
		if l, ok := acquire(t, s, name, fmt.Sprint(i), longLease); !ok || l.Token != 1 {
			t.Errorf("%s: %+v, %t", name, l, ok)
		}
	}
}

// leaseTogether lets holders fight over a lease. Each counts what it was given
// from before it asked, as the contract says, and is done in time.
func leaseTogether(t *testing.T, s store.Store) {
	const ttl, turns = time.Second, 5
	var inside atomic.Int32
	var mu sync.Mutex
	var tokens []int64
	enough := func() bool { mu.Lock(); defer mu.Unlock(); return len(tokens) >= turns }
	deadline := time.Now().Add(time.Minute)
	together(16, func(i int) {
		for !enough() && time.Now().Before(deadline) {
			asked := time.Now()
			l, ok, err := s.Leases().Acquire(t.Context(), "pull", fmt.Sprint("h", i), ttl)
			switch {
			case err != nil:
				t.Errorf("acquire: %v", err)
				return
			case !ok:
				time.Sleep(ttl / 5)
				continue
			case time.Since(asked) > ttl/2:
				continue // too late to be sure of it
			}
			if n := inside.Add(1); n != 1 {
				t.Errorf("%d hold the lease", n)
			}
			mu.Lock()
			tokens = append(tokens, l.Token)
			mu.Unlock()
			time.Sleep(time.Millisecond)
			inside.Add(-1)
			if i%4 == 0 { // some let it end
				time.Sleep(ttl)
			} else if err := s.Leases().Release(t.Context(), l); err != nil {
				t.Errorf("release: %v", err)
			}
		}
	})
	if len(tokens) < turns {
		t.Fatalf("it was held %d times in a minute, want %d", len(tokens), turns)
	}
	for i := 1; i < len(tokens); i++ {
		if tokens[i] <= tokens[i-1] {
			t.Errorf("token %d after %d", tokens[i], tokens[i-1])
		}
	}
}
