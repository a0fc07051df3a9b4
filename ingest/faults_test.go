package ingest_test

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/order"
)

// seeds are the worlds in which each fault is lived through.
var seeds = [...]int64{1, 2, 3}

// round lets the platforms live for ten minutes and asks all of them; it
// returns how many pulls failed.
func (d *desk) round(t *testing.T) (failed int) {
	t.Helper()
	for _, id := range d.ids {
		if _, err := d.syncer.Pull(t.Context(), id, ""); err != nil {
			failed++
		}
	}
	d.clock.advance(10 * time.Minute)
	d.world.Advance(t.Context())
	return failed
}

// settle is the time after a fault: every pull must succeed, and then the
// database agrees with the ledger of every platform.
func (d *desk) settle(t *testing.T) {
	t.Helper()
	for range 3 {
		d.clock.advance(time.Hour)
		for name, id := range d.ids {
			if _, err := d.syncer.Pull(t.Context(), id, ""); err != nil {
				t.Errorf("%s, well again: %v", name, err)
			}
		}
	}
	for name := range d.ids {
		d.compare(t, name)
	}
}

// edited is the first stored order of each channel, with a person's note.
func (d *desk) edited(t *testing.T) (ids []order.ID) {
	t.Helper()
	for name, channel := range d.ids {
		for _, e := range d.world.Ledger(name) {
			o, err := d.store.Orders().ByRef(t.Context(), order.Ref{Channel: channel, PlatformOrderID: e.ID})
			if err != nil {
				continue // not arrived yet
			}
			if _, err = d.store.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
				o.AddNote("ring the bell twice", "user-1", d.clock.Now())
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, o.ID)
			break
		}
	}
	return ids
}

// pullFault is a fault of platforms while they are read.
type pullFault struct {
	name, spec string
	calm, bad  int // rounds of ten minutes without and with the fault
}

func pullFaults() []pullFault {
	return []pullFault{
		{"lost connection mid-page", "drop=0.3", 0, 9},
		{"429 storms", "429=0.9", 1, 9},
		{"5xx for an hour", "500=1", 2, 6},
		{"repeated tokens", "repeat=0.3,expire=0.2", 0, 9},
		{"clock skew behind", "skew=-10m", 1, 9},
		{"clock skew ahead", "skew=10m", 1, 9},
		{"expired credentials", "revoked", 2, 6},
	}
}

// TestFaults: during an hour or more of one fault orders arrive, change and are
// edited. Afterwards no order is lost, none is there twice, and no edit is gone.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tc := range pullFaults() {
		for _, seed := range seeds {
			t.Run(fmt.Sprintf("%s/seed=%d", tc.name, seed), func(t *testing.T) {
				t.Parallel()
				tc.live(t, newDesk(t, seed, 200))
			})
		}
	}
}

func (tc pullFault) live(t *testing.T, d *desk) {
	t.Helper()
	faults, err := sandbox.ParseFaults(tc.spec)
	if err != nil {
		t.Fatal(err)
	}
	for range tc.calm {
		if n := d.round(t); n > 0 {
			t.Fatalf("%d pulls failed before the fault", n)
		}
	}
	if err := d.world.SetFaults("", faults); err != nil {
		t.Fatal(err)
	}
	var edited []order.ID
	failed := 0
	for i := range tc.bad {
		failed += d.round(t)
		if i == tc.bad/2 {
			edited = d.edited(t)
		}
	}
	if err := d.world.SetFaults("", sandbox.Faults{Skew: faults.Skew}); err != nil {
		t.Fatal(err)
	}
	d.settle(t)
	d.keepsNotes(t, edited)
	t.Logf("%d of %d pulls failed, %d orders were edited meanwhile", failed, tc.bad*len(d.ids), len(edited))
}

func (d *desk) keepsNotes(t *testing.T, ids []order.ID) {
	t.Helper()
	if len(ids) == 0 {
		t.Error("nothing was stored that a person could edit")
	}
	for _, id := range ids {
		if o, err := d.store.Orders().Get(t.Context(), id); err != nil || len(o.Desk.Notes) != 1 {
			t.Errorf("order %s has the notes %v, %v", id, o.Desk.Notes, err)
		}
	}
}

// TestTwoProcesses lets two processes pull every channel from one database at
// the same moments, over connections that break.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			newDesk(t, seed, 300).twoProcesses(t)
		})
	}
}

func (d *desk) twoProcesses(t *testing.T) {
	t.Helper()
	st, err := ingest.OpenStore(t.Context(), d.path, d.clock.Now, true)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	other := process(st, d.clock)
	if err := d.world.SetFaults("", sandbox.Faults{Drop: 0.1, Duplicate: 0.2}); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		var both sync.WaitGroup
		for _, id := range d.ids {
			both.Go(func() { _, _ = other.Pull(t.Context(), id, "") }) // its failures are the fault
		}
		d.round(t)
		both.Wait()
	}
	if err := d.world.SetFaults("", sandbox.Faults{}); err != nil {
		t.Fatal(err)
	}
	d.settle(t)
}

// TestKill9 kills a process that pulls from all platforms, at any moment, again
// and again on the same database.
func TestKill9(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			newDesk(t, seed, 900).killed(t, 8)
		})
	}
}

func (d *desk) killed(t *testing.T, kills int) {
	t.Helper()
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range kills {
		d.killPuller(t, time.Duration(5+20*i)*time.Millisecond)
		d.clock.advance(10 * time.Minute)
		d.world.Advance(t.Context())
	}
	n := d.reopen(t)
	for delay := 200 * time.Millisecond; n == 0 && delay < 30*time.Second; delay *= 2 { // a busy machine stores nothing that soon
		if err := d.store.Close(); err != nil {
			t.Fatal(err)
		}
		d.killPuller(t, delay)
		n = d.reopen(t)
	}
	if n == 0 {
		t.Error("no orders after the kills: the test tests nothing")
	}
	t.Logf("%d orders after the kills", n)
	d.settle(t)
}

// reopen opens the database that a killed process left and counts its orders.
func (d *desk) reopen(t *testing.T) int {
	t.Helper()
	var err error
	if d.store, err = ingest.OpenStore(t.Context(), d.path, d.clock.Now, false); err != nil {
		t.Fatal(err)
	}
	d.syncer = process(d.store, d.clock)
	n, err := d.store.Orders().Count(t.Context(), nil, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// killPuller runs TestMain's child and kills it a while after it has opened the
// database.
func (d *desk) killPuller(t *testing.T, after time.Duration) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), killedPath+"="+d.path, killedNow+"="+d.clock.Now().Format(time.RFC3339))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Error("the child did not open the database:", err)
	}
	time.Sleep(after)
	if err := child.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = child.Wait() // it was killed
}
