package storetest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

func inboxTogether(t *testing.T, s store.Store) {
	var fresh atomic.Int32
	together(32, func(int) {
		if ok, err := s.Inbox().Put(t.Context(), message("e", noon())); err != nil {
			t.Errorf("put: %v", err)
		} else if ok {
			fresh.Add(1)
		}
	})
	if n := fresh.Load(); n != 1 {
		t.Errorf("%d were told that it is fresh", n)
	}
	same(t, "taken", "e", events(take(t, s, noon(), 100)))
}

// inboxStorm stores, takes and ends messages all at once: none is lost, none
// ended twice.
func inboxStorm(t *testing.T, s store.Store) {
	const writers, each = 64, 6
	ended := map[string]int{}
	var mu sync.Mutex
	work := func() {
		list, err := s.Inbox().Take(t.Context(), "", noon(), time.Hour, 16)
		if err != nil {
			t.Errorf("take: %v", err)
		}
		for _, m := range list {
			if err := s.Inbox().Finish(t.Context(), m.ID, noon()); err != nil {
				t.Errorf("finish: %v", err)
			}
			mu.Lock()
			ended[m.EventID]++
			mu.Unlock()
		}
	}
	together(writers, func(i int) {
		for j := range each {
			if fresh, err := s.Inbox().Put(t.Context(), message(fmt.Sprint(i, "-", j), noon())); err != nil || !fresh {
				t.Errorf("put: fresh %t, %v", fresh, err)
			}
			if i%16 == 0 {
				work()
			}
		}
	})
	for range writers * each {
		if n, _, err := s.Inbox().Backlog(t.Context(), shop); err != nil || n == 0 {
			break
		}
		work()
	}
	for event, n := range ended {
		if n != 1 {
			t.Errorf("%s was handed out %d times", event, n)
		}
	}
	if len(ended) != writers*each {
		t.Errorf("%d messages were worked off, want %d", len(ended), writers*each)
	}
}

func inboxTakers(t *testing.T, s store.Store) {
	const n = 40
	for i := range n {
		put(t, s, message(fmt.Sprint("e", i), noon()))
	}
	var mu sync.Mutex
	var got []string
	together(8, func(int) {
		for range n { // a taker that lost a race gets fewer and comes again
			list, err := s.Inbox().Take(t.Context(), shop, noon(), time.Hour, 7)
			if err != nil {
				t.Errorf("take: %v", err)
			}
			mu.Lock()
			for _, m := range list {
				got = append(got, m.EventID)
			}
			enough := len(got) >= n
			mu.Unlock()
			if enough {
				return
			}
		}
	})
	slices.Sort(got)
	if len(got) != n || len(slices.Compact(got)) != n {
		t.Errorf("%d messages were handed out as %d", n, len(got))
	}
}
