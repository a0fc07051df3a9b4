package ingest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

// eventually waits for something that other goroutines bring about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 3000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never happened: %s", what)
}

// newSchedule serves the channels a, b and c of the platform given for each.
func newSchedule(t *testing.T, platforms map[string]*fakePlatform) (*Schedule, memStore) {
	t.Helper()
	st := newStore(t)
	for id := range platforms {
		st.channels[id] = testChannel(id)
	}
	s := NewSyncer(SyncerConfig{Store: st, Builders: map[string]Build{"fake": func(c Config) (Platform, error) {
		return platforms[c.Channel.ID], nil
	}}})
	return NewSchedule(ScheduleConfig{Syncer: s, Patience: 5 * time.Second}), st
}

func (m memStore) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.orders)
}

func TestScheduleRunsAtOnceAndStops(t *testing.T) {
	defer goleak.VerifyNone(t)
	hung := make(chan struct{}, 1)
	s, st := newSchedule(t, map[string]*fakePlatform{
		"a": {fetch: numbered(3)},
		"b": {fetch: func(ctx context.Context, _ string) (Page, error) { // a dead platform
			hung <- struct{}{}
			<-ctx.Done()
			return Page{}, ctx.Err()
		}},
		"c": {fetch: func(context.Context, string) (Page, error) { panic("boom") }},
	})
	if s.Alive() {
		t.Error("alive before Start")
	}
	for range 2 {
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"freshness", "inbox", "leases", "maintain", "pull:a", "pull:b", "pull:c", "push:a", "push:b", "push:c",
		"reconcile:a", "reconcile:b", "reconcile:c", "refresh"}
	if diff := cmp.Diff(want, s.Jobs()); diff != "" {
		t.Errorf("jobs: %s", diff)
	}
	<-hung
	eventually(t, "the healthy channel is read", func() bool { return st.count() == 6 })
	eventually(t, "the store is maintained", func() bool {
		st.mu.Lock()
		defer st.mu.Unlock()
		return st.maintained > 0
	})
	eventually(t, "the panic is a failed run", func() bool {
		st.mu.Lock()
		defer st.mu.Unlock()
		return st.progress["c"].Failures == 1
	})
	if !s.Alive() {
		t.Error("not alive")
	}
	begun := time.Now()
	for range 2 {
		if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("stopping took %s", took)
	}
	if err := s.Start(t.Context()); err == nil {
		t.Error("started again after Stop")
	}
	if s.Alive() {
		t.Error("alive after Stop")
	}
	if p := st.progress["b"]; p.LastRun.Finished.IsZero() || p.Failures != 0 {
		t.Errorf("the run that was stopped: %+v", p)
	}
}

func TestScheduleFollowsTheChannels(t *testing.T) {
	defer goleak.VerifyNone(t)
	s, st := newSchedule(t, map[string]*fakePlatform{"a": {fetch: numbered(1)}, "b": {fetch: numbered(1)}})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Stop(context.WithoutCancel(t.Context()))
	st.change("a", func(c *channel.Channel) { c.Enabled = false })
	st.change("b", func(c *channel.Channel) { c.Interval = time.Hour })
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if jobs := s.Jobs(); slices.Contains(jobs, "pull:a") || !slices.Contains(jobs, "pull:b") {
		t.Errorf("jobs %v", jobs)
	}
	s.mu.Lock()
	every := s.jobs["pull:b"].every
	s.mu.Unlock()
	if every != time.Hour {
		t.Errorf("period %s", every)
	}
	st.change("a", func(c *channel.Channel) { c.Enabled = true })
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(s.Jobs(), "pull:a") {
		t.Errorf("jobs %v", s.Jobs())
	}
}

func TestScheduleTrigger(t *testing.T) {
	defer goleak.VerifyNone(t)
	release := make(chan struct{})
	slow := &fakePlatform{fetch: func(context.Context, string) (Page, error) {
		<-release
		return Page{}, nil
	}}
	s, st := newSchedule(t, map[string]*fakePlatform{"a": {fetch: numbered(2)}, "slow": slow})
	run, err := s.Trigger(t.Context(), "a", "user-1")
	if err != nil || run.Created != 4 || run.By != "user-1" {
		t.Errorf("run %+v, %v", run, err)
	}
	impatient, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Trigger(impatient, "slow", "user-1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if _, err := s.Trigger(t.Context(), "slow", "user-1"); !errors.Is(err, ErrRunning) {
		t.Errorf("error %v, want ErrRunning: the first run goes on", err)
	}
	if err := s.Begin(t.Context(), "slow", "user-1"); !errors.Is(err, ErrRunning) {
		t.Errorf("Begin: %v, want ErrRunning", err)
	}
	if err := s.Begin(t.Context(), "nobody", "user-1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Begin: %v, want ErrNotFound", err)
	}
	if err := s.Begin(t.Context(), "a", "user-2"); err != nil {
		t.Errorf("Begin: %v", err)
	}
	eventually(t, "the run that was begun ends", func() bool {
		st.mu.Lock()
		defer st.mu.Unlock()
		return st.progress["a"].LastRun.By == "user-2" && !st.progress["a"].LastRun.Finished.IsZero()
	})
	close(release)
	eventually(t, "the run ends without its caller", func() bool {
		st.mu.Lock()
		defer st.mu.Unlock()
		return !st.progress["slow"].LastSuccess.IsZero()
	})
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := s.Trigger(t.Context(), "a", "user-1"); !errors.Is(err, context.Canceled) {
		t.Errorf("after Stop: %v", err)
	}
}
