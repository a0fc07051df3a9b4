package ingest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// overSeeds lives through a fault in three ways, side by side. What the seed
// decides is the test's: where the fault strikes, how long, in which order.
func overSeeds(t *testing.T, fn func(t *testing.T, rnd *rand.Rand)) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed=%d", seed+1), func(t *testing.T) {
			t.Parallel()
			fn(t, rand.New(rand.NewPCG(seed+1, 11)))
		})
	}
}

func someIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("o-%03d", i)
	}
	return ids
}

// toldOnce compares the desk with the platform's ledger of what took effect.
func (d *testDesk) toldOnce(ids []string) {
	d.t.Helper()
	for _, id := range ids {
		o := d.order(id)
		if moves := d.shop.moves[id]; len(moves) != 1 || moves[0] != order.Processing {
			d.t.Errorf("%s was moved %v at the platform", id, moves)
		}
		if o.Wish != nil || o.Status != d.shop.orders[id].Status {
			d.t.Errorf("%s is %s, at the platform %s, wish %+v", id, o.Status, d.shop.orders[id].Status, o.Wish)
		}
		if d.t.Failed() {
			d.t.FailNow()
		}
	}
	if open, refused, err := d.st.Orders().OpenWishes(d.t.Context(), "shop"); open != 0 || refused != 0 || err != nil {
		d.t.Errorf("%d wishes open, %d refused, %v", open, refused, err)
	}
}

// answers to pushes are lost, some before and some after the platform did
// what it was told, some of them twice, and so are answers to questions.
func TestPushLostAnswers(t *testing.T) {
	overSeeds(t, func(t *testing.T, rnd *rand.Rand) {
		ids := someIDs(200)
		d := openDesk(t, ids...)
		d.shop.behind = time.Duration(rnd.IntN(6)) * time.Second // confirmed before it was wished, by its clock
		lost := fmt.Errorf("%w: connection reset", ErrTemporary)
		cuts, before, after, reads := map[string]int{}, 0, 0, 0 // the shop's lock guards them
		for _, id := range ids {
			cuts[id] = 1 + rnd.IntN(3)
		}
		cut := func(id string, n *int) error {
			if cuts[id] == 0 {
				return nil
			}
			cuts[id]--
			*n++
			return lost
		}
		d.shop.push = func(id string, _ order.Wish) error {
			if rnd.IntN(3) == 0 {
				return cut(id, &before)
			}
			return nil
		}
		d.shop.answer = func(id string, _ order.Wish) error { return cut(id, &after) }
		d.shop.one = func(id string) error {
			if rnd.IntN(4) == 0 {
				return cut(id, &reads)
			}
			return nil
		}
		rnd.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		for i, id := range ids {
			d.wish(id, order.Processing)
			if i%50 == 49 {
				d.pushFor(time.Duration(rnd.IntN(60)) * time.Second)
			}
		}
		d.pushFor(8 * time.Hour)
		if before == 0 || after < len(ids)/2 || reads == 0 {
			t.Errorf("%d answers lost before, %d after the effect, %d of questions: the test tests little", before, after, reads)
		}
		t.Logf("%d answers lost before, %d after the effect, %d of questions", before, after, reads)
		d.toldOnce(ids)
	})
}

// F-05, R-8, R-9: the platform fails for about an hour, from the middle of a
// round on, having done some of what it says it failed at. That costs few calls
// and no order its turn; then everything goes through.
func TestPushWhileThePlatformIsDown(t *testing.T) {
	overSeeds(t, func(t *testing.T, rnd *rand.Rand) {
		ids := someIDs(30 + rnd.IntN(30))
		d := openDesk(t, ids...)
		healthy, halfDone := 1+rnd.IntN(len(ids)/2), rnd.IntN(4) // the shop's lock guards them
		fault := func() error {
			return &StatusError{Status: []int{500, 502, 503, 504}[rnd.IntN(4)], Message: "down"}
		}
		d.shop.push = func(string, order.Wish) error {
			if healthy--; healthy >= 0 || halfDone > 0 {
				return nil
			}
			return fault()
		}
		d.shop.answer = func(string, order.Wish) error {
			if healthy >= 0 {
				return nil
			}
			halfDone--
			return fault()
		}
		d.shop.one = func(string) error {
			if healthy >= 0 {
				return nil
			}
			return fault()
		}
		early := rnd.IntN(len(ids) - 5)
		for _, id := range ids[:early] {
			d.wish(id, order.Processing)
		}
		for _, id := range ids[early:] { // decided while it is down
			d.wish(id, order.Processing)
			d.pushFor(time.Duration(rnd.IntN(60)) * time.Second)
		}
		d.shop.pushes, d.shop.reads = 0, 0
		d.pushFor(time.Hour)
		if calls := d.shop.pushes + d.shop.reads; healthy >= 0 || calls > 6*60 {
			t.Errorf("%d calls to a dead platform, well %v", calls, healthy >= 0)
		}
		if _, refused, _ := d.st.Orders().OpenWishes(t.Context(), "shop"); refused != 0 {
			t.Errorf("%d refused", refused)
		}
		t.Logf("%d of %d orders were told before the end of the hour", len(d.shop.moves), len(ids))
		d.shop.push, d.shop.answer, d.shop.one = nil, nil, nil
		d.pushFor(3 * time.Hour)
		d.toldOnce(ids)
	})
}

// Where a process may end in the middle of an order's turn.
const (
	afterClaim = iota
	beforeEffect
	afterEffect
	afterMark
	moments
)

// A process that ends anywhere between taking a wish up and noting what became of
// it leaves an attempt behind, and the next one looks before it tells.
func TestPushAfterARestartInTheMiddle(t *testing.T) {
	overSeeds(t, func(t *testing.T, rnd *rand.Rand) {
		ids := someIDs(24)
		d := openDesk(t, ids...)
		rnd.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		for i, id := range ids {
			d.wish(id, order.Processing)
			d.dieInTurn(id, rnd.IntN(moments))
			if i < len(ids)/2 && rnd.IntN(4) == 0 { // the next process has some time, and dies as well
				d.pushFor(time.Duration(rnd.IntN(7*60)) * time.Second)
			}
		}
		pushes, claimed := d.shop.pushes, d.claimed(ids)
		d.pushFor(time.Minute)
		for _, id := range claimed {
			if len(d.shop.moves[id]) > 1 {
				t.Errorf("%s was told again while the claim holds", id)
			}
		}
		d.pushFor(30 * time.Minute)
		t.Logf("%d orders were in a dead hand at the end, %d pushes before, %d after it", len(claimed), pushes, d.shop.pushes-pushes)
		if len(claimed) == 0 || d.shop.pushes == pushes {
			t.Error("the test tests little")
		}
		d.toldOnce(ids)
	})
}

// dieInTurn takes an order up as a process that ends at a moment, and starts
// another.
func (d *testDesk) dieInTurn(id string, moment int) {
	d.t.Helper()
	d.shop.push, d.shop.answer = nil, nil
	killed := func(string, order.Wish) error { panic("killed") }
	switch moment {
	case beforeEffect:
		d.shop.push = killed
	case afterEffect:
		d.shop.answer = killed
	}
	r := &pushRound{s: d.Syncer, of: testChannel("shop"), platform: d.shop}
	ctx, cancel := context.WithCancel(d.t.Context())
	defer cancel()
	o, before, err := r.claim(ctx, d.order(id).ID)
	switch {
	case err != nil:
		d.t.Fatal(err)
	case moment == afterClaim:
	default:
		if err := r.tell(ctx, o); (err == nil) != (moment == afterMark) {
			d.t.Fatal("the process lives: ", err)
		}
		if moment == afterMark {
			if err := r.settle(ctx, o, before, nil); err != nil {
				d.t.Fatal(err)
			}
		}
	}
	d.shop.push, d.shop.answer = nil, nil
	d.Syncer = d.process()
}

// claimed are the orders that a process has taken up.
func (d *testDesk) claimed(ids []string) (all []string) {
	for _, id := range ids {
		if o := d.order(id); o.Wish != nil && o.Wish.Attempts > 0 && o.Wish.State != order.WishSent {
			all = append(all, id)
		}
	}
	return all
}
