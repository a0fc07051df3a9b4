package shop

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/palmonas/palmonas-crm/order"
)

var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC) // a Sunday, 12:00 IST

// clock is a settable time, safe for concurrent use.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func testTraits() Traits {
	return Traits{Name: "test", COD: 0.5, ByPlatform: 0.1, Returns: true, Refunds: true,
		ID: func(_ *rand.Rand, seq int) (string, string) {
			return "id" + strconv.Itoa(seq), "no" + strconv.Itoa(seq)
		}}
}

func testShop(orders int) (*Shop, *clock) {
	c := &clock{at: noon}
	return New(Config{Seed: 1, Orders: orders, Days: 30, Now: c.now, Traits: testTraits()}), c
}

func digest(s *Shop) string {
	h := sha256.New()
	s.Each(func(o Order) { fmt.Fprintf(h, "%+v\n", o) })
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// The generator must not change unnoticed: demos, benchmarks and bug reports
// quote seeds.
func TestGeneratorIsDeterministic(t *testing.T) {
	t.Parallel()
	a, _ := testShop(500)
	b, _ := testShop(500)
	if got, want := digest(a), digest(b); got != want {
		t.Errorf("two shops of one seed differ: %s and %s", got, want)
	}
	const golden = "8bfcde6412469b2b"
	if got := digest(a); got != golden {
		t.Errorf("orders of seed 1 have digest %s, were %s: change the constant if that is meant", got, golden)
	}
	other := New(Config{Seed: 2, Orders: 500, Days: 30, Now: func() time.Time { return noon }, Traits: testTraits()})
	if digest(other) == digest(a) {
		t.Error("another seed gives the same orders")
	}
}

func TestOrdersAreSound(t *testing.T) {
	t.Parallel()
	s, _ := testShop(2000)
	seen := map[order.Status]int{}
	cod, multi, evening := 0, 0, 0
	s.Each(func(o Order) {
		seen[o.Status]++
		if o.COD {
			cod++
		}
		if len(o.Lines) > 1 {
			multi++
		}
		if h := o.Created.In(kolkata).Hour(); h >= 19 && h < 23 {
			evening++
		}
		if o.Created.After(noon) || o.Updated.After(noon) || o.Updated.Before(o.Created) {
			t.Errorf("%s: created %s, updated %s, now %s", o.ID, o.Created, o.Updated, noon)
		}
		var sum int64
		for _, l := range o.Lines {
			if l.Amount != l.Unit*int64(l.Quantity)-l.Discount || l.Amount <= 0 {
				t.Errorf("%s: line %+v does not add up", o.ID, l)
			}
			sum += l.Amount
		}
		if o.Total() != sum+o.Shipping {
			t.Errorf("%s: total %d is not %d+%d", o.ID, o.Total(), sum, o.Shipping)
		}
		for i := 1; i < len(o.History); i++ {
			if o.History[i].At.Before(o.History[i-1].At) {
				t.Errorf("%s: history goes back in time: %+v", o.ID, o.History)
			}
		}
		if last := o.History[len(o.History)-1]; last.Status != o.Status || !last.At.Equal(o.Updated) {
			t.Errorf("%s: history ends with %+v, the order is %s since %s", o.ID, last, o.Status, o.Updated)
		}
		if c := o.Customer; c.State != order.NormaliseState(c.State) || c.State != order.NormaliseState(c.StateCode) ||
			c.Pincode != order.NormalisePincode(c.Pincode) || c.Phone != order.NormalisePhone(c.Phone) {
			t.Errorf("%s: %+v is not in canonical form", o.ID, c)
		}
	})
	for _, st := range order.Statuses() {
		if seen[st] == 0 {
			t.Errorf("no order is %s", st)
		}
	}
	for name, share := range map[string][3]float64{"cod": {float64(cod), 900, 1100}, "several articles": {float64(multi), 450, 650}, "evening": {float64(evening), 500, 800}} {
		if share[0] < share[1] || share[0] > share[2] {
			t.Errorf("%v of 2000 orders: %s, want %v to %v", share[0], name, share[1], share[2])
		}
	}
}

func TestTimePasses(t *testing.T) {
	t.Parallel()
	s, c := testShop(300)
	before := digest(s)
	if came, moved := s.Advance(); came+moved != 0 || digest(s) != before {
		t.Fatalf("%d came and %d moved although no time passed", came, moved)
	}
	c.add(3 * day)
	came, moved := s.Advance()
	if came < 15 || came > 60 || moved < 60 {
		t.Errorf("in three days %d came and %d moved; 30 were to be expected, and several moves each", came, moved)
	}
	if s.Len() != 300+came {
		t.Errorf("the shop has %d orders, want %d", s.Len(), 300+came)
	}
	// One long step and many short ones lead to the same world.
	x, cx := testShop(300)
	for range 72 {
		cx.add(time.Hour)
		x.Advance()
	}
	if digest(x) != digest(s) {
		t.Error("72 steps of an hour and one of three days give different worlds")
	}
	c.add(90 * day)
	s.Advance()
	s.Each(func(o Order) {
		if o.Seq < 300 && (o.Status == order.Pending || o.Status == order.OutForDelivery) {
			t.Errorf("%s is still %s after three months", o.ID, o.Status)
		}
	})
}

func TestSortedListsStaySorted(t *testing.T) {
	t.Parallel()
	s, c := testShop(200)
	r := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		c.add(time.Duration(r.IntN(4)) * time.Second)
		switch r.IntN(4) {
		case 0:
			s.Arrive()
		case 1:
			s.Hasten()
		case 2:
			id := "id" + strconv.Itoa(r.IntN(200))
			if _, err := s.Update(id, func(o *Order) error { o.Remark += "."; return nil }); err != nil {
				t.Fatal(err)
			}
		default:
			s.Advance()
		}
	}
	for _, by := range []By{ByUpdated, ByCreated} {
		keys := s.index(by).keys
		if len(keys) != s.Len() {
			t.Fatalf("list %d has %d entries for %d orders", by, len(keys), s.Len())
		}
		for i, k := range keys {
			o := s.orders[k.Seq]
			if want := map[By]Key{ByUpdated: o.updatedKey(), ByCreated: o.createdKey()}[by]; k != want {
				t.Fatalf("list %d, entry %d: %v, the order says %v", by, i, k, want)
			}
			if i > 0 && !keys[i-1].Less(k) {
				t.Fatalf("list %d is out of order at %d", by, i)
			}
		}
	}
}

func TestPagesByKeyLoseNothing(t *testing.T) {
	t.Parallel()
	s, c := testShop(400)
	sp := Span{By: ByUpdated, From: noon.Add(-20 * day), To: noon}
	want := map[string]bool{}
	s.Each(func(o Order) {
		if !o.Updated.Before(sp.From) && o.Updated.Before(sp.To) {
			want[o.ID] = true
		}
	})
	got, start, more := map[string]bool{}, Key{}, true
	for more {
		var page []Order
		page, start, more = s.After(sp, start, 7, nil)
		for _, o := range page {
			if got[o.ID] {
				t.Errorf("%s is listed twice", o.ID)
			}
			got[o.ID] = true
		}
		// Orders change while somebody pages: they leave the span, later.
		c.add(time.Minute)
		s.Hasten()
	}
	moved := 0
	for id := range want {
		if !got[id] {
			if o, err := s.Get(id); err != nil || o.Updated.Before(sp.To) {
				t.Errorf("%s is missing: %v", id, err)
			}
			moved++
		}
	}
	if moved == len(want) {
		t.Error("nothing was listed")
	}
}

func TestSlices(t *testing.T) {
	t.Parallel()
	s, _ := testShop(100)
	all, total := s.Slice(Span{By: ByCreated}, true, 0, 1000, nil)
	if total != 100 || len(all) != 100 || all[0].Seq != 99 {
		t.Fatalf("%d of %d, first %d", len(all), total, all[0].Seq)
	}
	even := func(o *Order) bool { return o.Seq%2 == 0 }
	page, total := s.Slice(Span{By: ByCreated}, false, 10, 5, even)
	var seqs []int
	for _, o := range page {
		seqs = append(seqs, o.Seq)
	}
	if diff := cmp.Diff([]int{20, 22, 24, 26, 28}, seqs); diff != "" || total != 50 {
		t.Errorf("of %d: %s", total, diff)
	}
	if _, err := s.Update("id99", func(o *Order) error { o.Hidden = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, total := s.Slice(Span{By: ByCreated}, true, 0, 10, nil); total != 99 {
		t.Errorf("a deleted order is still counted: %d", total)
	}
	if _, err := s.Get("id99"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a deleted order is found: %v", err)
	}
}

func TestClientsMoveOrders(t *testing.T) {
	t.Parallel()
	s, c := testShop(0)
	o := s.Arrive()
	c.add(time.Minute)
	got, err := s.Update(o.ID, func(o *Order) error {
		o.Move(order.Shipped, PickedUp, c.now(), ByClient)
		return nil
	})
	if err != nil || got.Status != order.Shipped || !got.Updated.Equal(c.now()) {
		t.Fatalf("%+v, %v", got, err)
	}
	if last := got.History[len(got.History)-1]; last.By != ByClient || got.Lines[0].Fulfilled != got.Lines[0].Quantity {
		t.Errorf("last change %+v, first line %+v", last, got.Lines[0])
	}
	refused := fmt.Errorf("no")
	if _, err := s.Update(o.ID, func(o *Order) error { o.Remark = "x"; return refused }); !errors.Is(err, refused) {
		t.Errorf("error of the change: %v", err)
	}
	if again, _ := s.Get(o.ID); again.Remark != "" {
		t.Error("a refused change was stored")
	}
	c.add(30 * day)
	s.Advance()
	if again, _ := s.Get(o.ID); again.Status == order.Shipped && again.Detail != Lost {
		t.Errorf("life did not go on after a client's move: %s %s", again.Status, again.Detail)
	}
}

func TestGST(t *testing.T) {
	t.Parallel()
	for paise := int64(0); paise < 300_00; paise += 37 {
		net, tax := GST(paise)
		if net+tax != paise || tax*100 < net*3-100 || tax*100 > net*3+100 {
			t.Errorf("GST(%d) = %d, %d", paise, net, tax)
		}
		if n, x := GST(-paise); n != -net || x != -tax {
			t.Errorf("GST(%d) = %d, %d", -paise, n, x)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	l := NewLimits(map[string]Rate{"op": {PerSecond: 0.5, Burst: 3}}, 0)
	for i := range 3 {
		if _, ok := l.Take("op", noon); !ok {
			t.Fatalf("call %d of a burst of three was refused", i+1)
		}
	}
	if wait, ok := l.Take("op", noon); ok || wait != 2*time.Second {
		t.Errorf("fourth call: %v, wait %s", ok, wait)
	}
	if _, ok := l.Take("op", noon.Add(1900*time.Millisecond)); ok {
		t.Error("a token came too early")
	}
	if _, ok := l.Take("op", noon.Add(2*time.Second)); !ok {
		t.Error("no token after two seconds")
	}
	if _, ok := l.Take("free", noon); !ok {
		t.Error("an operation without a limit was refused")
	}
	if r, _ := NewLimits(map[string]Rate{"op": {PerSecond: 0.5, Burst: 3}}, 1000).Rate("op"); r.PerSecond != 500 || r.Burst != 500 {
		t.Errorf("scaled: %+v", r)
	}
}
