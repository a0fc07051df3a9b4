package ingest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// watch records which process runs a job at which time.
type watch struct {
	mu      sync.Mutex
	running map[string]int
	runs    map[string][]string
	overlap bool
}

func (w *watch) begin(job, who string) func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[job]++
	w.overlap = w.overlap || w.running[job] > 1
	w.runs[job] = append(w.runs[job], who)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.running[job]--
	}
}

func (d *testDesk) leases(holder string) *leases {
	return newLeases(d.st.Leases(), holder, 20*time.Second, d.clock.Now, d.c.Log)
}

// A process that could not prolong its lease stops the run before another may
// begin it, and one that was frozen learns of it when it wakes.
func TestLeaseLostStopsTheRun(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(d *testDesk, a, b *leases){
		"renewed too late": func(d *testDesk, a, b *leases) {
			d.clock.advance(a.ttl + time.Second)
			b.run(d.t.Context(), "job", func(context.Context) {})
			a.renew(d.t.Context())
		},
		"database away": func(d *testDesk, a, _ *leases) {
			over, cancel := context.WithCancel(d.t.Context())
			cancel()
			a.renew(over)
			if a.held["job"] == nil {
				d.t.Error("one failure gave the lease up")
			}
			d.clock.advance(2*a.every() + time.Second)
			a.renew(over)
		},
		"job is gone": func(d *testDesk, a, _ *leases) { a.keep(d.t.Context(), map[string]bool{"other": true}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t)
			a, b := d.leases("a"), d.leases("b")
			begun, ended := make(chan struct{}), make(chan error)
			go a.run(t.Context(), "job", func(ctx context.Context) {
				close(begun)
				<-ctx.Done()
				ended <- context.Cause(ctx)
			})
			<-begun
			trouble(d, a, b)
			select {
			case err := <-ended:
				if err != errLeaseLost { //nolint:errorlint // the very one
					t.Errorf("stopped by %v", err)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("the run goes on")
			}
		})
	}
}

// A process that was frozen and lost its jobs takes those with a long period
// back when the one that has them dies.
func TestLostLeasesAreWatched(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	frozen, other := d.leases("frozen"), d.leases("other")
	if !frozen.take(t.Context(), "job", nil) || frozen.elsewhere("job") {
		t.Fatal("no lease")
	}
	d.clock.advance(frozen.ttl + time.Second)
	if !other.take(t.Context(), "job", nil) {
		t.Fatal("an ended lease is not free")
	}
	frozen.renew(t.Context())
	if frozen.holds("job") || !frozen.elsewhere("job") {
		t.Error("it does not know that the job is elsewhere")
	}
	d.clock.advance(other.ttl + time.Second)
	if !frozen.take(t.Context(), "job", nil) || frozen.elsewhere("job") {
		t.Error("it cannot take the job back")
	}
}

// A channel that is read once an hour does not wait an hour when the process
// that read it died.
func TestScheduleTakesOverLongPeriods(t *testing.T) {
	d := openDesk(t)
	d.change(func(c *channel.Channel) { c.Interval = time.Hour })
	dead := d.leases("dead")
	for _, job := range []string{"pull:shop", "reconcile:shop"} { // either would read the order
		if !dead.take(t.Context(), job, nil) {
			t.Fatal("no lease")
		}
	}
	d.shop.orders["n"] = report("n")
	s := NewSchedule(ScheduleConfig{Syncer: d.Syncer, LeaseTTL: 600 * time.Millisecond})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Stop(context.WithoutCancel(t.Context())) //nolint:errcheck // the end of the test
	eventually(t, "the job is seen to be elsewhere", func() bool { return s.leases.elsewhere("pull:shop") })
	if n, err := d.st.Orders().Count(t.Context(), nil, 10); n != 0 || err != nil {
		t.Fatalf("%d orders, %v: the job ran in two places", n, err)
	}
	d.clock.advance(dead.ttl)
	eventually(t, "the channel is read", func() bool {
		n, err := d.st.Orders().Count(t.Context(), nil, 10)
		return n == 1 && err == nil
	})
}

// A webhook is worked on as soon as it came, not with the next tick.
func TestScheduleAnswersTheBell(t *testing.T) {
	d := openDesk(t)
	s := NewSchedule(ScheduleConfig{Syncer: d.Syncer})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Stop(context.WithoutCancel(t.Context())) //nolint:errcheck // the end of the test
	eventually(t, "the inbox is ours", func() bool { return s.leases.holds("inbox") })
	var slowest time.Duration
	for n := range 20 {
		begun := time.Now()
		d.send(shopHook{Event: fmt.Sprint("e", n), Report: reported(fmt.Sprint("n", n), order.Confirmed, orderedAt)}, true)
		eventually(t, "it is worked on", func() bool { return d.backlog() == 0 })
		slowest = max(slowest, time.Since(begun))
	}
	if slowest > time.Second {
		t.Errorf("the slowest took %s", slowest)
	}
	t.Logf("the slowest took %s", slowest)
}
