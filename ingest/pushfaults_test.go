package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// pushFault is a fault of platforms while they are told.
type pushFault struct{ name, spec string }

func pushFaults() []pushFault {
	return []pushFault{
		{"lost answers", "drop=0.5"},
		{"429 storms", "429=0.9"},
		{"5xx", "500=1"},
		{"expired credentials", "revoked"},
		{"lists with duplicates", "duplicate=1,overlap=5"},
		{"orders moved by others", ""},
	}
}

// TestPushFaults: people decide while one fault lasts for half an hour of
// pushes. Afterwards nothing waits but what a platform refused, and each
// decision took effect there once.
func TestPushFaults(t *testing.T) {
	t.Parallel()
	for _, tc := range pushFaults() {
		for _, seed := range seeds {
			t.Run(fmt.Sprintf("%s/seed=%d", tc.name, seed), func(t *testing.T) {
				t.Parallel()
				tc.live(t, newDesk(t, 40+seed, 150), rand.New(rand.NewPCG(uint64(seed), 3)))
			})
		}
	}
}

func (tc pushFault) live(t *testing.T, d *desk, rnd *rand.Rand) {
	t.Helper()
	if n := d.round(t); n > 0 {
		t.Fatalf("%d pulls failed before the fault", n)
	}
	faults, err := sandbox.ParseFaults(tc.spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.world.SetFaults("", faults); err != nil {
		t.Fatal(err)
	}
	for round := range 30 {
		if round%10 == 0 {
			for _, id := range d.ids {
				d.decide(t, rnd, id, 3)
			}
		}
		if tc.spec == "" {
			d.world.Advance(t.Context()) // buyers, couriers and the seller's other tools
		}
		d.pushAll(t)
	}
	if err := d.world.SetFaults("", sandbox.Faults{}); err != nil {
		t.Fatal(err)
	}
	for range 90 {
		d.pushAll(t)
	}
	d.settle(t)
	d.toldOnce(t)
}

// pushAll tells every platform; failures are the fault.
func (d *desk) pushAll(t *testing.T) {
	t.Helper()
	for _, id := range d.ids {
		_, _ = d.syncer.Push(t.Context(), id)
	}
	d.clock.advance(time.Minute)
}

// toldOnce compares what was decided with the platforms' ledgers.
func (d *desk) toldOnce(t *testing.T) {
	t.Helper()
	effects := 0
	for name, id := range d.ids {
		d.giveUp(t, name)
		if open, _, err := d.store.Orders().OpenWishes(t.Context(), id); open != 0 || err != nil {
			t.Errorf("%s: %d wishes open, %v", name, open, err)
		}
		d.compare(t, name)
		for _, e := range d.world.Ledger(name) {
			for _, s := range order.Statuses() {
				n := 0
				for _, c := range e.Changes {
					if c.Status == s && c.By != shop.ByLife {
						n++
					}
				}
				effects += n
				if n > 1 {
					t.Errorf("%s: %s was made %s %d times: %+v", name, e.ID, s, n, e.Changes)
				}
			}
		}
	}
	if effects < 5 {
		t.Errorf("only %d decisions took effect: the test tests little", effects)
	}
}
