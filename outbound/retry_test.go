package outbound

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

func TestRetriesWithTheSameID(t *testing.T) {
	t.Parallel()
	h := newShop(t)
	sub, _ := h.subscribe(OrderCreated)
	h.absorb("W1", order.Pending, h.at)
	h.answers(http.StatusInternalServerError)
	ids, tries := map[string]bool{}, 0
	start := h.at
	for h.at.Sub(start) < 30*time.Hour {
		for _, g := range h.run() {
			ids[g.header.Get(standardwebhook.HeaderID)] = true
			tries++
			if sent := g.header.Get(standardwebhook.HeaderTimestamp); sent == "" {
				t.Error("no time")
			}
		}
		h.later(time.Minute)
	}
	if len(ids) != 1 || tries < 8 || tries > 30 {
		t.Errorf("%d tries of %d messages", tries, len(ids))
	}
	list, err := h.Deliveries(t.Context(), sub.ID, 10)
	if err != nil || len(list) != 1 || list[0].State != GivenUp || list[0].Attempts != tries || list[0].Error != "it answered 500" {
		t.Errorf("%+v, %v", list, err)
	}
	h.answers(http.StatusNoContent)
	if err := h.Redeliver(t.Context(), sub.ID, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if all := h.run(); len(all) != 1 || !ids[all[0].header.Get(standardwebhook.HeaderID)] {
		t.Errorf("redelivered %d", len(all))
	}
	if s := h.sub(sub.ID); !s.FailingSince.IsZero() {
		t.Errorf("still failing: %+v", s)
	}
	if err := h.Redeliver(t.Context(), "other", list[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another's delivery: %v", err)
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	total := time.Duration(0)
	for n := 1; n < 100; n++ {
		d := wait(n)
		if d < firstWait/2 || d > longestWait {
			t.Errorf("after %d tries: %s", n, d)
		}
		if n <= 8 {
			total += d
		}
	}
	if total < 3*time.Hour {
		t.Errorf("eight tries within %s", total)
	}
}

func TestReceiversWish(t *testing.T) {
	t.Parallel()
	h := newShop(t)
	h.subscribe(OrderCreated)
	h.absorb("W1", order.Pending, h.at)
	h.answer = func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	h.run()
	h.later(9 * time.Minute)
	if all := h.run(); len(all) != 0 {
		t.Error("it did not wait")
	}
	h.later(2 * time.Minute)
	if all := h.run(); len(all) != 1 {
		t.Errorf("%d messages", len(all))
	}
}

func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	h := newShop(t)
	gone, _ := h.subscribe(OrderCreated)
	h.absorb("W1", order.Pending, h.at)
	h.answers(http.StatusGone)
	h.run()
	if s := h.sub(gone.ID); s.Enabled || !strings.Contains(s.Stopped, "410") {
		t.Errorf("%+v", s)
	}
	if err := h.Delete(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	dead, _ := h.subscribe(OrderCreated)
	h.answers(http.StatusBadGateway)
	for i := range 80 {
		h.absorb("X"+string(rune('a'+i%26))+string(rune('a'+i/26)), order.Pending, h.at)
		h.run()
		h.later(time.Hour)
	}
	s := h.sub(dead.ID)
	if s.Enabled || !strings.Contains(s.Stopped, "three days") {
		t.Fatalf("%+v", s)
	}
	h.answers(http.StatusOK)
	h.run()
	w := Wish{Name: s.Name, URL: s.URL, Events: s.Events, Enabled: true}
	if s, err := h.Change(t.Context(), dead.ID, s.Version, w); !errors.Is(err, ErrStale) && (err != nil || s.Stopped != "" || !s.FailingSince.IsZero()) {
		t.Errorf("%+v, %v", s, err)
	}
	if all := h.run(); len(all) != 0 {
		t.Errorf("what happened meanwhile was sent: %s", types(all))
	}
}

// TestSlowReceiverDelaysNobody: each subscription is sent to on its own.
func TestSlowReceiverDelaysNobody(t *testing.T) {
	t.Parallel()
	h := newShop(t)
	stuck := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stuck:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	if _, _, err := h.Create(t.Context(), Wish{Name: "slow", URL: slow.URL, Events: []Event{OrderCreated}, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	h.subscribe(OrderCreated)
	h.absorb("W1", order.Pending, h.at)
	done := make(chan []got)
	go func() { done <- h.run() }()
	for range 500 {
		h.mu.Lock()
		n := len(h.got)
		h.mu.Unlock()
		if n == 1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.mu.Lock()
	if len(h.got) != 1 {
		t.Error("the quick receiver waits for the slow one")
	}
	h.mu.Unlock()
	close(stuck)
	<-done
}
