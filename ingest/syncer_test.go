package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

func TestPullStoresEveryPage(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: numbered(5)}
	s, st, _ := newSyncer(t, f)
	var live []channel.Run
	s.c.Notify = func(r channel.Run) { live = append(live, r) }
	run, err := s.Pull(t.Context(), "shop", "")
	if err != nil {
		t.Fatal(err)
	}
	if want := (channel.Tally{Fetched: 10, Created: 10}); run.Tally != want {
		t.Errorf("tally %+v", run.Tally)
	}
	if len(st.orders) != 10 || st.progress["shop"].Cursor != "p5" {
		t.Errorf("%d orders, cursor %q", len(st.orders), st.progress["shop"].Cursor)
	}
	for ref, o := range st.orders {
		if ref.Channel != "shop" || o.Platform != order.Organic || o.History[0].Source != order.FromPlatform {
			t.Fatalf("order %+v of %s from %s", ref, o.Platform, o.History[0].Source)
		}
	}
	if len(live) != 5 || live[1].Fetched != 4 || !live[1].Finished.IsZero() || live[4].Finished.IsZero() {
		t.Errorf("live figures: %+v", live)
	}
	if diff := cmp.Diff(st.runs[run.ID], run); diff != "" {
		t.Errorf("run record differs: %s", diff)
	}
	if p := st.progress["shop"]; p.Failures != 0 || !p.LastSuccess.Equal(run.Finished) || p.LastRun.ID != run.ID {
		t.Errorf("progress %+v", p)
	}
}

func TestPullThatFindsNothingLeavesNoRecord(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: numbered(1)}
	s, st, _ := newSyncer(t, f)
	for range 20 {
		if _, err := s.Pull(t.Context(), "shop", ""); err != nil {
			t.Fatal(err)
		}
	}
	if f.calls() != 20 || len(st.runs) != 1 || st.saves != 20 {
		t.Errorf("%d calls, %d run records, %d writes of progress; want 20, 1, 20", f.calls(), len(st.runs), st.saves)
	}
	if last := st.progress["shop"].LastRun; last.Unchanged != 2 || last.Finished.IsZero() {
		t.Errorf("last run %+v", last)
	}
	if _, err := s.Pull(t.Context(), "shop", "user-1"); err != nil || len(st.runs) != 2 {
		t.Errorf("a pull by hand left no record: %v", err)
	}
}

// R-6, F-05: what was stored stays, and the next run goes on after it.
func TestPullGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	all := numbered(5)
	broken := true
	f := &fakePlatform{}
	f.fetch = func(ctx context.Context, cursor string) (Page, error) {
		if cursor == "p3" && broken {
			return Page{}, &StatusError{Status: 500, Message: "boom"}
		}
		return all(ctx, cursor)
	}
	s, st, _ := newSyncer(t, f)
	run, err := s.Pull(t.Context(), "shop", "")
	if !errors.Is(err, ErrTemporary) || run.Error == "" || run.Created != 4 {
		t.Fatalf("run %+v, error %v", run, err)
	}
	if p := st.progress["shop"]; p.Cursor != "p3" || p.Failures != 1 || len(st.orders) != 4 {
		t.Errorf("progress %+v with %d orders", p, len(st.orders))
	}
	broken = false
	if _, err := s.Pull(t.Context(), "shop", ""); err != nil || len(st.orders) != 10 {
		t.Errorf("%d orders, %v", len(st.orders), err)
	}
	if st.progress["shop"].Failures != 0 {
		t.Error("failures were not forgotten")
	}
}

func TestPullKeepsTheCursorWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	s, st, _ := newSyncer(t, &fakePlatform{fetch: numbered(3)})
	st.fail = errors.New("disk full")
	if _, err := s.Pull(t.Context(), "shop", ""); err == nil || st.progress["shop"].Cursor != "" {
		t.Fatalf("cursor %q, error %v", st.progress["shop"].Cursor, err)
	}
	st.fail = nil
	if _, err := s.Pull(t.Context(), "shop", ""); err != nil || len(st.orders) != 6 {
		t.Errorf("%d orders, %v", len(st.orders), err)
	}
}

// bad records are set aside once each and stop nothing.
func TestPullSetsBadRecordsAside(t *testing.T) {
	t.Parallel()
	bad := report("late")
	bad.Facts.OrderedAt = time.Time{}
	f := &fakePlatform{fetch: func(context.Context, string) (Page, error) {
		return Page{Next: "end", Reports: []order.Report{report("a"), bad, report("b")},
			Rejects: []Reject{{PlatformOrderID: "x", Reason: "no total", Payload: []byte(strings.Repeat("z", channel.MaxPayload+1))}}}, nil
	}}
	s, st, _ := newSyncer(t, f)
	for range 3 {
		run, err := s.Pull(t.Context(), "shop", "")
		if err != nil || run.Fetched != 4 || run.Rejected != 2 {
			t.Fatalf("run %+v, %v", run, err)
		}
	}
	if len(st.orders) != 2 || len(st.quarantine) != 2 || len(st.runs) != 1 {
		t.Errorf("%d orders, %d set aside, %d runs; want 2, 2, 1", len(st.orders), len(st.quarantine), len(st.runs))
	}
	for _, q := range st.quarantine {
		if q.Times != 3 || q.Reason == "" || len(q.Payload) == 0 || len(q.Payload) > channel.MaxPayload {
			t.Errorf("%s: %d times, %q, %d bytes", q.PlatformOrderID, q.Times, q.Reason, len(q.Payload))
		}
	}
	f.one = func(id string) (order.Report, error) { return report(id), nil }
	if _, err := s.PullOne(t.Context(), "shop", "late"); err != nil || len(st.orders) != 3 || len(st.quarantine) != 1 {
		t.Errorf("after reading it again: %d orders, %d set aside, %v", len(st.orders), len(st.quarantine), err)
	}
}

// F-20: endless paging ends.
func TestPullDetectsEndlessPaging(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fetch func(int, string) Page
		most  int
		text  string
	}{
		"same cursor": {func(int, string) Page { return Page{Next: "p1", More: true} }, 2, "circles"},
		"circle":      {func(n int, _ string) Page { return Page{Next: fmt.Sprintf("p%d", n%3), More: true} }, 4, "circles"},
		"no cursor":   {func(int, string) Page { return Page{More: true} }, 1, "circles"},
		"same content": {func(n int, _ string) Page {
			return Page{Reports: []order.Report{report("a")}, Next: fmt.Sprint(n), More: true}
		}, 4, "does not end"},
		"new for ever": {func(n int, _ string) Page {
			return Page{Reports: []order.Report{report(fmt.Sprint(n))}, Next: fmt.Sprint(n), More: true}
		}, 50, "does not end"},
		"empty for ever": {func(n int, _ string) Page { return Page{Next: fmt.Sprint(n), More: true} }, 50, "does not end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fakePlatform{}
			n := 0
			f.fetch = func(_ context.Context, cursor string) (Page, error) {
				n++
				return tc.fetch(n, cursor), nil
			}
			s, _, _ := newSyncer(t, f)
			s.c.MaxPages = 50
			run, err := s.Pull(t.Context(), "shop", "")
			if err == nil || !strings.Contains(err.Error(), tc.text) || run.Error == "" {
				t.Errorf("error %v, want %q in it", err, tc.text)
			}
			if f.calls() > tc.most {
				t.Errorf("%d calls, want at most %d", f.calls(), tc.most)
			}
		})
	}
}

func TestPullPassesManyEmptyPages(t *testing.T) {
	t.Parallel()
	n := 0
	f := &fakePlatform{fetch: func(context.Context, string) (Page, error) {
		if n++; n < maxEmpty {
			return Page{Next: fmt.Sprint(n), More: true}, nil
		}
		return Page{Next: "end", Reports: []order.Report{report("a")}}, nil
	}}
	s, st, _ := newSyncer(t, f)
	if _, err := s.Pull(t.Context(), "shop", ""); err != nil || len(st.orders) != 1 {
		t.Errorf("%d orders, %v", len(st.orders), err)
	}
	n = -1_000_000
	if _, err := s.Pull(t.Context(), "shop", ""); err == nil {
		t.Error("empty pages without end were followed")
	}
}

func TestPullToleratesARepeatedPage(t *testing.T) {
	t.Parallel()
	n := 0
	f := &fakePlatform{fetch: func(context.Context, string) (Page, error) {
		n++
		return Page{Reports: []order.Report{report(fmt.Sprint(n / 2))}, Next: fmt.Sprint("c", n), More: n < 20}, nil
	}}
	s, st, _ := newSyncer(t, f)
	if _, err := s.Pull(t.Context(), "shop", ""); err != nil || len(st.orders) != 11 {
		t.Errorf("%d orders, %v", len(st.orders), err)
	}
}

// F-26: a fault in an adapter is one failed run.
func TestPullSurvivesAPanic(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: func(context.Context, string) (Page, error) { panic("asha@example.com") }}
	s, st, _ := newSyncer(t, f)
	run, err := s.Pull(t.Context(), "shop", "")
	if err == nil || strings.Contains(run.Error, "asha") || st.progress["shop"].Failures != 1 {
		t.Errorf("run %+v, error %v", run, err)
	}
	f.fetch = numbered(1)
	if _, err := s.Pull(t.Context(), "shop", ""); err != nil {
		t.Errorf("the next run: %v", err)
	}
}

// F-24: a stopped run keeps its record, also though its context is over.
func TestPullStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	all := numbered(5)
	f := &fakePlatform{fetch: func(ctx context.Context, cursor string) (Page, error) {
		if cursor == "p3" {
			cancel()
			return Page{}, ctx.Err()
		}
		return all(ctx, cursor)
	}}
	s, st, _ := newSyncer(t, f)
	run, err := s.Pull(ctx, "shop", "")
	if !errors.Is(err, context.Canceled) || st.runs[run.ID].Finished.IsZero() {
		t.Errorf("run %+v, error %v", st.runs[run.ID], err)
	}
	if p := st.progress["shop"]; p.Cursor != "p3" || p.Failures != 0 || len(st.orders) != 4 {
		t.Errorf("progress %+v, %d orders", p, len(st.orders))
	}
}

func TestPullOneAtATime(t *testing.T) {
	t.Parallel()
	in, out := make(chan bool), make(chan bool)
	f := &fakePlatform{fetch: func(context.Context, string) (Page, error) {
		in <- true
		<-out
		return Page{}, nil
	}}
	s, _, _ := newSyncer(t, f)
	first := make(chan error)
	go func() {
		_, err := s.Pull(t.Context(), "shop", "")
		first <- err
	}()
	<-in
	if _, err := s.Pull(t.Context(), "shop", "user-1"); !errors.Is(err, ErrRunning) {
		t.Errorf("second pull: %v", err)
	}
	close(out)
	if err := <-first; err != nil {
		t.Errorf("first pull: %v", err)
	}
}

func TestPullBuildsAnewOnlyForAChangedChannel(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: numbered(1)}
	s, st, _ := newSyncer(t, f)
	for range 3 {
		_, _ = s.Pull(t.Context(), "shop", "")
	}
	st.change("shop", func(c *channel.Channel) { c.Name = "Shop" })
	_, _ = s.Pull(t.Context(), "shop", "")
	if f.built != 2 {
		t.Errorf("built %d times, want 2", f.built)
	}
}

func TestPullRefusals(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: numbered(1)}
	s, st, _ := newSyncer(t, f)
	off, manual, odd, sealed := testChannel("off"), testChannel("manual"), testChannel("odd"), testChannel("sealed")
	off.Enabled, manual.Adapter, odd.Adapter, sealed.Sealed = false, channel.Manual, "odd", []byte("x")
	for _, c := range []channel.Channel{off, manual, odd, sealed} {
		st.channels[c.ID] = c
	}
	for id, want := range map[string]error{"off": ErrDisabled, "manual": ErrNoAPI, "nobody": store.ErrNotFound, "sealed": channel.ErrSeal} {
		if _, err := s.Pull(t.Context(), id, ""); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", id, err, want)
		}
	}
	if run, err := s.Pull(t.Context(), "odd", ""); err == nil || run.Error == "" || st.progress["odd"].Failures != 1 {
		t.Errorf("odd: %+v, %v", run, err)
	}
	if f.calls() != 0 {
		t.Errorf("%d calls", f.calls())
	}
}

func TestPullRangeLeavesTheCursor(t *testing.T) {
	t.Parallel()
	f := &fakePlatform{fetch: numbered(2)}
	s, st, _ := newSyncer(t, f)
	if _, err := s.Pull(t.Context(), "shop", ""); err != nil {
		t.Fatal(err)
	}
	f.fetch = func(_ context.Context, cursor string) (Page, error) {
		if cursor != "2026-11-01/2026-11-02" {
			t.Errorf("cursor %q", cursor)
		}
		return Page{Reports: []order.Report{report("old")}, Next: "elsewhere"}, nil
	}
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	run, err := s.PullRange(t.Context(), "shop", day, day.AddDate(0, 0, 1))
	if err != nil || run.Created != 1 || st.runs[run.ID].Finished.IsZero() {
		t.Errorf("run %+v, %v", run, err)
	}
	if p := st.progress["shop"]; p.Cursor != "p2" || p.LastRun.ID == run.ID {
		t.Errorf("progress moved: %+v", p)
	}
	f.one = func(string) (order.Report, error) { return order.Report{}, ErrGone }
	if _, err := s.PullOne(t.Context(), "shop", "nope"); !errors.Is(err, ErrGone) {
		t.Errorf("unknown order: %v", err)
	}
}

func TestPullClosesAnInterruptedRun(t *testing.T) {
	t.Parallel()
	s, st, _ := newSyncer(t, &fakePlatform{fetch: numbered(1)})
	open := channel.Run{ID: "r0", Channel: "shop", Kind: channel.Pull, Started: orderedAt}
	st.progress["shop"], st.runs["r0"] = channel.Progress{Channel: "shop", LastRun: open}, open
	if _, err := s.Pull(t.Context(), "shop", ""); err != nil {
		t.Fatal(err)
	}
	if r := st.runs["r0"]; r.Finished.IsZero() || r.Error == "" {
		t.Errorf("run %+v", r)
	}
}
