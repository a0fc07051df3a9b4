package ingest

import (
	"context"
	"errors"
	"testing"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

// frozen is a process that stops in the middle of a run, before it has page 3,
// and goes on when its successor has read the channel to the end.
func frozen(t *testing.T, st store.Store, clock *fakeClock, by string, after func()) (channel.Run, error) {
	t.Helper()
	all := numbered(6)
	f := &fakePlatform{fetch: func(ctx context.Context, cursor string) (Page, error) {
		if cursor == "p3" {
			after()
		}
		return all(ctx, cursor)
	}}
	return oneChannel(st, clock, f).Pull(t.Context(), "shop", by)
}

// oneChannel is a process that reads the platform into the database.
func oneChannel(st store.Store, clock *fakeClock, f *fakePlatform) *Syncer {
	return NewSyncer(SyncerConfig{Store: st, Now: clock.Now, Builders: map[string]Build{"fake": func(Config) (Platform, error) { return f, nil }}})
}

// TestFrozenProcess: what a process read before it was frozen is stored, but its
// cursor does not undo how far another came meanwhile.
func TestFrozenProcess(t *testing.T) {
	t.Parallel()
	for _, e := range Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			for _, tc := range []struct {
				name, by string
				until    int // the page from which the successor reads on later
				want     error
			}{
				{"the schedule's run ends", "", 6, ErrOvertaken},
				{"the successor is not done either", "", 4, ErrOvertaken},
				{"a person's run reads on", "u1", 6, nil},
			} {
				t.Run(tc.name, func(t *testing.T) {
					t.Parallel()
					clock := newClock()
					st := e.Open(t, e.Where(t), clock.Now)
					if err := st.Channels().Create(t.Context(), testChannel("shop")); err != nil {
						t.Fatal(err)
					}
					var left channel.Progress
					run, err := frozen(t, st, clock, tc.by, func() {
						all := numbered(6)
						successor := &fakePlatform{fetch: func(ctx context.Context, cursor string) (Page, error) {
							if tc.until < 6 && cursor == "p5" {
								return Page{}, ErrTemporary
							}
							return all(ctx, cursor)
						}}
						_, err := oneChannel(st, clock, successor).Pull(t.Context(), "shop", "")
						if (err == nil) != (tc.until == 6) {
							t.Error("the successor:", err)
						}
						if left, err = st.Channels().Progress(t.Context(), "shop"); err != nil {
							t.Error(err)
						}
					})
					if !errors.Is(err, tc.want) || run.Finished.IsZero() || (run.Error == "") != (tc.want == nil) {
						t.Errorf("the frozen run ended as %+v, %v; want %v", run, err, tc.want)
					}
					p, err := st.Channels().Progress(t.Context(), "shop")
					if err != nil || p.Cursor != left.Cursor || p.Version != left.Version || p.LastRun.ID == run.ID {
						t.Errorf("progress %+v, the successor left %+v, %v", p, left, err)
					}
					runs, err := st.Channels().Runs(t.Context(), "shop", 10)
					if err != nil || len(runs) != 2 || runs[0].Finished.IsZero() || runs[1].Finished.IsZero() {
						t.Errorf("runs %+v, %v", runs, err)
					}
					// The next run goes on where the successor was.
					next := &fakePlatform{fetch: numbered(6)}
					if _, err := oneChannel(st, clock, next).Pull(t.Context(), "shop", ""); err != nil || next.cursors[0] != left.Cursor {
						t.Errorf("read on from %v, %v", next.cursors, err)
					}
					if n, err := st.Orders().Count(t.Context(), nil, 100); n != 12 || err != nil {
						t.Errorf("%d orders, want 12, %v", n, err)
					}
				})
			}
		})
	}
}

// A run whose process died is seen to be over as soon as another process looks
// after the channel, even while that one rests.
func TestDeadRunIsClosed(t *testing.T) {
	t.Parallel()
	for _, e := range Engines() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			st := e.Open(t, e.Where(t), clock.Now)
			if err := st.Channels().Create(t.Context(), testChannel("shop")); err != nil {
				t.Fatal(err)
			}
			ctx, die := context.WithCancel(t.Context())
			defer die()
			dead := channel.Run{ID: "dead", Channel: "shop", Kind: channel.Pull, Started: clock.Now()}
			p := channel.Progress{Channel: "shop", Cursor: "p2", LastRun: dead, Failures: 3}
			if err := errors.Join(st.Channels().SaveProgress(ctx, p), st.Channels().SaveRun(ctx, dead)); err != nil {
				t.Fatal(err)
			}
			f := &fakePlatform{fetch: numbered(6)}
			s := oneChannel(st, clock, f)
			s.stateOf("shop").rest = clock.Now().Add(failureCap)
			s.scheduled(t.Context(), "shop")
			if f.calls() != 0 {
				t.Error("the channel was not left alone")
			}
			got, err := st.Channels().Progress(t.Context(), "shop")
			if err != nil || got.LastRun.Finished.IsZero() || got.LastRun.Error == "" || got.Cursor != "p2" || got.Failures != 3 {
				t.Errorf("progress %+v, %v", got, err)
			}
			runs, err := st.Channels().Runs(t.Context(), "shop", 10)
			if err != nil || len(runs) != 1 || runs[0].Finished.IsZero() {
				t.Errorf("runs %+v, %v", runs, err)
			}
		})
	}
}
