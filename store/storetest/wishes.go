package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func wishes() []testCase {
	return []testCase{
		{"a wish through its states", wishStates},
		{"a wish that the platform meets", wishMet},
		{"a wish that nobody is to be told of", wishLocal},
		{"due wishes, oldest try first", wishOrder},
		{"wishes of archived orders", wishArchived},
		{"orders of a span of time", wishCountOrdered},
	}
}

// wished stores an order that is to be confirmed on the platform.
func wished(t *testing.T, s store.Store, id string, push bool, at time.Time) order.Order {
	t.Helper()
	r := ordertest.Minimal(shop, id, noon())
	r.Status = order.Pending
	o := create(t, s, r)
	o, err := s.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
		return o.SetStatus(order.Confirmed, "u-1", "", push, at)
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// due is what waits to be pushed or checked in the shop.
func due(t testing.TB, s store.Store, now time.Time, limit int) []order.ID {
	t.Helper()
	ids, err := s.Orders().DueWishes(t.Context(), shop, now, limit)
	if err != nil {
		t.Fatalf("due wishes: %v", err)
	}
	return ids
}

func openWishes(t testing.TB, s store.Store, channelID string) string {
	t.Helper()
	open, refused, err := s.Orders().OpenWishes(t.Context(), channelID)
	if err != nil {
		t.Fatalf("open wishes: %v", err)
	}
	return fmt.Sprint(open, " open, ", refused, " refused")
}

func wishStates(t *testing.T, s store.Store) {
	at := noon().Add(time.Hour)
	same(t, "at first", "0 open, 0 refused", openWishes(t, s, shop))
	o := wished(t, s, "1", true, at)
	later := at.Add(time.Minute)
	for _, step := range []struct {
		name string
		wish order.Wish
		due  time.Time // zero: never
		open string
	}{
		{"waiting", order.Wish{State: order.WishWaiting, NextTry: at}, at, "1 open, 0 refused"},
		{"tried in vain", order.Wish{State: order.WishWaiting, NextTry: later}, later, "1 open, 0 refused"},
		{"sent", order.Wish{State: order.WishSent, NextTry: later.Add(time.Minute)}, later.Add(time.Minute), "1 open, 0 refused"},
		{"refused", order.Wish{State: order.WishRefused, NextTry: at}, time.Time{}, "1 open, 1 refused"},
		{"waiting without a time", order.Wish{State: order.WishWaiting}, time.UnixMilli(0), "1 open, 0 refused"},
	} {
		edit(t, s, o.ID, func(o *order.Order) { o.Wish.State, o.Wish.NextTry = step.wish.State, step.wish.NextTry })
		same(t, step.name, step.open, openWishes(t, s, shop))
		if step.due.IsZero() {
			same(t, step.name+", ever", []order.ID(nil), due(t, s, at.AddDate(100, 0, 0), 10))
			continue
		}
		same(t, step.name+", in time", []order.ID{o.ID}, due(t, s, step.due, 10))
		same(t, step.name+", before", []order.ID(nil), due(t, s, step.due.Add(-time.Millisecond), 10))
	}
	same(t, "elsewhere", "0 open, 0 refused", openWishes(t, s, "elsewhere"))
	edit(t, s, o.ID, func(o *order.Order) { o.Wish = nil })
	same(t, "taken back", "0 open, 0 refused", openWishes(t, s, shop))
	same(t, "due after that", []order.ID(nil), due(t, s, at.AddDate(1, 0, 0), 10))
}

func wishMet(t *testing.T, s store.Store) {
	at := noon().Add(time.Hour)
	o := wished(t, s, "1", true, at)
	r := ordertest.Minimal(shop, "1", noon())
	r.Status, r.At = order.Confirmed, at.Add(time.Minute)
	absorb(t, s, at.Add(time.Minute), r)
	if got := get(t, s, o.ID); got.WishOpen() {
		t.Fatalf("the wish is still open: %+v", got.Wish)
	}
	same(t, "open", "0 open, 0 refused", openWishes(t, s, shop))
	same(t, "due", []order.ID(nil), due(t, s, at.AddDate(1, 0, 0), 10))
}

func wishLocal(t *testing.T, s store.Store) {
	wished(t, s, "1", false, noon())
	same(t, "open", "0 open, 0 refused", openWishes(t, s, shop))
	same(t, "due", []order.ID(nil), due(t, s, noon().AddDate(1, 0, 0), 10))
}

func wishOrder(t *testing.T, s store.Store) {
	at := func(i int) time.Time { return noon().Add(time.Duration(i) * time.Minute) }
	var want []order.ID
	byTry := map[int]order.ID{}
	for _, i := range []int{3, 1, 4, 2} {
		byTry[i] = wished(t, s, fmt.Sprint(i), true, at(i)).ID
	}
	for i := 1; i <= 4; i++ {
		want = append(want, byTry[i])
	}
	same(t, "all", want, due(t, s, at(4), 10))
	same(t, "two", want[:2], due(t, s, at(4), 2))
	same(t, "none", []order.ID(nil), due(t, s, at(4), 0))
	same(t, "by the third minute", want[:3], due(t, s, at(3), 10))
	moved := ordertest.Minimal(shop, "1", noon().AddDate(0, 0, -3)) // the platform corrects the order time
	moved.Status, moved.At = order.Pending, at(5)
	absorb(t, s, at(5), moved)
	same(t, "after one moved", want, due(t, s, at(4), 10))
}

func wishArchived(t *testing.T, s store.Store) {
	o := wished(t, s, "1", true, noon())
	edit(t, s, o.ID, func(o *order.Order) { o.Desk.Archived = true })
	same(t, "due", []order.ID{o.ID}, due(t, s, noon(), 10))
	same(t, "open", "1 open, 0 refused", openWishes(t, s, shop))
}

func wishCountOrdered(t *testing.T, s store.Store) {
	for i := range 6 {
		create(t, s, ordertest.Minimal(shop, fmt.Sprint(i), noon().Add(time.Duration(i)*time.Minute)))
	}
	twin := create(t, s, ordertest.Minimal(shop, "twin", noon().Add(2*time.Minute)))
	edit(t, s, twin.ID, func(o *order.Order) { o.Desk.Archived = true })
	create(t, s, ordertest.Minimal("elsewhere", "x", noon().Add(2*time.Minute)))
	moved := ordertest.Minimal(shop, "0", noon().Add(time.Hour))
	moved.At = noon().Add(2 * time.Hour)
	absorb(t, s, noon(), moved)
	for _, span := range []struct {
		from, to time.Duration
		want     int
	}{
		{0, 2 * time.Hour, 7}, {time.Minute, 3 * time.Minute, 3}, {2 * time.Minute, 2*time.Minute + time.Millisecond, 2},
		{0, time.Minute, 0}, {time.Hour, time.Hour + 1e6, 1}, {3 * time.Minute, time.Minute, 0}, {-1e6 * time.Hour, time.Minute, 0},
	} {
		n, err := s.Orders().CountOrdered(t.Context(), shop, noon().Add(span.from), noon().Add(span.to))
		if err != nil || n != span.want {
			t.Errorf("from %v to %v: %d orders, %v; want %d", span.from, span.to, n, err, span.want)
		}
	}
}
