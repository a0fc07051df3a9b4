package ingest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/palmonas/palmonas-crm/order"
)

// two processes race for jobs; each is in one place, and moves when its
// holder dies, within the lease's time.
func TestLeasesOfTwoProcesses(t *testing.T) {
	overSeeds(t, func(t *testing.T, rnd *rand.Rand) {
		d := openDesk(t)
		a, b := d.leases("a"), d.leases("b")
		w := &watch{running: map[string]int{}, runs: map[string][]string{}}
		jobs := make([]string, 5+rnd.IntN(10))
		for i := range jobs {
			jobs[i] = fmt.Sprint("job", i)
		}
		tick := func(processes ...*leases) {
			var all sync.WaitGroup
			rnd.Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
			for _, job := range jobs {
				rnd.Shuffle(len(processes), func(i, j int) { processes[i], processes[j] = processes[j], processes[i] })
				for _, p := range slices.Clone(processes) {
					all.Go(func() {
						p.run(t.Context(), job, func(context.Context) {
							end := w.begin(job, p.holder)
							time.Sleep(time.Millisecond)
							end()
						})
					})
				}
			}
			all.Wait()
		}
		for range 20 {
			tick(a, b)
			d.clock.advance(time.Duration(1+rnd.IntN(6)) * time.Second)
			a.renew(t.Context())
			b.renew(t.Context())
		}
		if w.overlap {
			t.Fatal("a job ran in two places at a time")
		}
		for job, runs := range w.runs {
			if len(slices.Compact(runs)) != 1 || a.holds(job) == b.holds(job) {
				t.Errorf("%s ran in %v", job, slices.Compact(runs))
			}
		}
		if rnd.IntN(2) == 0 {
			a, b = b, a
		}
		d.dies(a, b, jobs, tick)
	})
}

// dies kills one process, which neither renews nor releases; the other has its
// jobs when the leases end. Then that one stops in good order, and a new one need
// not wait.
func (d *testDesk) dies(dead, heir *leases, jobs []string, tick func(...*leases)) {
	d.t.Helper()
	mine := len(dead.held)
	dead.renew(d.t.Context())
	heir.renew(d.t.Context())
	var last time.Time
	for _, h := range dead.held {
		if h.until.After(last) {
			last = h.until
		}
	}
	if mine > 0 {
		d.clock.advance(last.Sub(d.clock.Now()) - dead.every())
		heir.renew(d.t.Context())
		tick(heir)
		if n := len(heir.held); n == len(jobs) {
			d.t.Errorf("%s runs all %d jobs while leases of the dead one stand", heir.holder, n)
		}
		d.clock.advance(dead.every() + time.Second)
	}
	tick(heir)
	if n := len(heir.held); n != len(jobs) {
		d.t.Errorf("%s runs %d jobs of %d after the other died", heir.holder, n, len(jobs))
	}
	heir.keep(d.t.Context(), nil)
	fresh := d.leases("fresh")
	tick(fresh)
	if n := len(fresh.held); n != len(jobs) {
		d.t.Errorf("a new process runs %d jobs after %s stopped", n, heir.holder)
	}
}

// Two whole schedules on one database, while people decide and webhooks come, in
// any order and some of them again: every order is told once, every webhook
// worked on, and the jobs of the one that stops go on in the other.
func TestTwoSchedules(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) }) // not parallel itself, so that nothing else runs
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed=%d", seed+1), func(t *testing.T) {
			t.Parallel()
			twoSchedules(t, rand.New(rand.NewPCG(seed+1, 12)))
		})
	}
}

func twoSchedules(t *testing.T, rnd *rand.Rand) {
	ids := someIDs(4 + rnd.IntN(20))
	d := openDesk(t, ids...)
	early := rnd.IntN(len(ids))
	for _, id := range ids[:early] {
		d.wish(id, order.Processing)
	}
	ends, heir := d.begin("one"), d.begin("two")
	if rnd.IntN(2) == 0 {
		ends, heir = heir, ends
	}
	for _, id := range ids[early:] {
		d.wish(id, order.Processing)
	}
	told := func() bool {
		d.shop.mu.Lock()
		defer d.shop.mu.Unlock()
		return len(d.shop.moves) == len(ids)
	}
	if rnd.IntN(2) == 0 { // else one stops while they are told
		eventually(t, "all is told", told)
	}
	eventually(t, "each job is somewhere", func() bool {
		for _, job := range []string{"inbox", "maintain", "pull:shop", "push:shop"} {
			if ends.leases.holds(job) == heir.leases.holds(job) {
				return false
			}
		}
		return true
	})
	hooks := 1 + rnd.IntN(8)
	for n := range hooks {
		if n == hooks/2 {
			if err := ends.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		m := shopHook{Event: fmt.Sprint("e", n), Report: reported(fmt.Sprint("n", n), order.Confirmed, orderedAt)}
		d.Syncer = heir.c.Syncer
		d.send(m, true)
		d.send(m, false)
	}
	eventually(t, "the other process works on", func() bool { return d.backlog() == 0 && heir.leases.holds("inbox") })
	for n := range hooks {
		d.order(fmt.Sprint("n", n))
	}
	d.clock.advance(pushClaim) // what the one that stopped had in its hands
	eventually(t, "all is told and noted", func() bool {
		d.clock.advance(time.Minute)
		open, _, err := d.st.Orders().OpenWishes(t.Context(), "shop")
		return err == nil && open == 0 && told()
	})
	if err := heir.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	d.toldOnce(ids)
	if err := d.st.Close(); err != nil { // before goleak looks
		t.Error(err)
	}
}

// begin starts the schedule of another process.
func (d *testDesk) begin(holder string) *Schedule {
	d.t.Helper()
	s := NewSchedule(ScheduleConfig{Syncer: d.process(), Holder: holder})
	if err := s.Start(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = s.Stop(context.Background()) }) // where the test failed
	return s
}
