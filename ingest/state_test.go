package ingest

import (
	"context"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
)

// failing pulls as the schedule does, every interval, and returns how often the
// platform was called.
func pullFor(t *testing.T, s *Syncer, f *fakePlatform, clock *fakeClock, d time.Duration) int {
	t.Helper()
	before := f.calls()
	for end := clock.Now().Add(d); clock.Now().Before(end); clock.advance(30 * time.Second) {
		s.scheduled(t.Context(), "shop")
	}
	return f.calls() - before
}

func TestFailingChannelRests(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: func(context.Context, string) (Page, error) { return Page{}, ErrTemporary }}
	s, st, clock := newSyncer(t, f)
	if n := pullFor(t, s, f, clock, time.Hour); n < 25 || n > 40 {
		t.Errorf("%d calls in an hour of failures, want about 30", n)
	}
	if len(st.runs) != 1 || st.progress["shop"].Failures < 25 {
		t.Errorf("%d records of %d equal failures, want 1", len(st.runs), st.progress["shop"].Failures)
	}
	f.fetch = numbered(1)
	pullFor(t, s, f, clock, failureCap)
	if len(st.orders) != 2 {
		t.Errorf("not caught up after %s", failureCap)
	}
}

// F-23: refused credentials pause the schedule; nobody hammers.
func TestRefusedCredentialsPause(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: func(context.Context, string) (Page, error) { return Page{}, &StatusError{Status: 401, Message: "no"} }}
	s, st, clock := newSyncer(t, f)
	if n := pullFor(t, s, f, clock, 24*time.Hour); n != maxAuthFailures {
		t.Errorf("%d calls in a day, want %d", n, maxAuthFailures)
	}
	if rest, ok := s.Resting(st.channels["shop"], st.progress["shop"]); !ok || !rest.Paused {
		t.Errorf("rest %+v, %v", rest, ok)
	}
	if _, err := s.Pull(t.Context(), "shop", "user-1"); err == nil || f.calls() != maxAuthFailures+1 {
		t.Errorf("a pull by hand was not tried: %v", err)
	}
	st.change("shop", func(c *channel.Channel) { c.UpdatedAt = clock.Now() })
	f.fetch = numbered(1)
	if n := pullFor(t, s, f, clock, 5*time.Minute); n != 10 || len(st.orders) != 2 {
		t.Errorf("%d calls and %d orders after the channel was changed", n, len(st.orders))
	}
}

func TestRefusedCredentialsHealedByHand(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: func(context.Context, string) (Page, error) { return Page{}, ErrAuth }}
	s, _, clock := newSyncer(t, f)
	pullFor(t, s, f, clock, time.Hour)
	f.fetch = numbered(1)
	if _, err := s.Pull(t.Context(), "shop", "user-1"); err != nil {
		t.Fatal(err)
	}
	if n := pullFor(t, s, f, clock, 5*time.Minute); n != 10 {
		t.Errorf("%d calls, want 10", n)
	}
}

func TestRateLimitRests(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: func(context.Context, string) (Page, error) {
		return Page{}, &LimitError{RetryAfter: 10 * time.Minute}
	}}
	s, st, clock := newSyncer(t, f)
	if n := pullFor(t, s, f, clock, time.Hour); n != 6 {
		t.Errorf("%d calls in an hour, want 6", n)
	}
	if p := st.progress["shop"]; p.Failures != 0 || len(st.runs) != 0 || p.LastRun.Error == "" {
		t.Errorf("obeying a limit counted as a failure: %+v, %d records", p, len(st.runs))
	}
}

func TestFailurePause(t *testing.T) {
	t.Parallel()
	for _, interval := range []time.Duration{channel.MinInterval, time.Minute, 24 * time.Hour} {
		last := time.Duration(0)
		for n := 1; n < 100; n++ {
			got := failurePause(interval, n)
			if got < last || got > max(interval, failureCap) || got <= 0 {
				t.Fatalf("interval %s, failure %d: %s after %s", interval, n, got, last)
			}
			last = got
		}
	}
}
