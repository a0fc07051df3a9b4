package ingest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

func TestPushTellsAndWaitsForTheReport(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a", "b")
	d.wish("a", order.Processing)
	done, err := d.Push(t.Context(), "shop")
	if err != nil || done != (PushTally{Sent: 1}) {
		t.Fatalf("%+v, %v", done, err)
	}
	o := d.order("a")
	if o.Wish == nil || o.Wish.State != order.WishSent || !o.WishOpen() || count(o, order.EventPush, order.Processing) != 1 {
		t.Fatalf("wish %+v, history %+v", o.Wish, o.History)
	}
	if done, err = d.Push(t.Context(), "shop"); err != nil || done != (PushTally{}) {
		t.Errorf("asked again at once: %+v, %v", done, err)
	}
	d.pushFor(2 * time.Minute)
	o = d.order("a")
	if o.Wish != nil || o.Status != order.Processing || len(d.shop.moves["a"]) != 1 || d.shop.pushes != 1 {
		t.Errorf("wish %+v, moves %v, %d pushes", o.Wish, d.shop.moves["a"], d.shop.pushes)
	}
	if count(o, order.EventStatus, order.Processing) > 2 || len(d.shop.moves["b"]) != 0 {
		t.Errorf("history %+v", o.History)
	}
}

func TestPushRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		set    func(*shopPlatform)
		reason string
		pushes int
	}{
		"by the platform": {func(p *shopPlatform) {
			p.push = func(string, order.Wish) error { return &RefusedError{Reason: "the label is missing"} }
		}, "the label is missing", 1},
		"by the table": {func(p *shopPlatform) {
			p.canPush = func(order.Order, order.Status) error { return &UnsupportedError{Reason: "no word for it"} }
		}, "no word for it", 0},
		"by an answer nobody foresaw": {func(p *shopPlatform) {
			p.push = func(string, order.Wish) error { return &StatusError{Status: 422, Message: "carrier is unknown"} }
		}, "carrier is unknown", 1},
		"since it is gone": {func(p *shopPlatform) {
			p.push = func(string, order.Wish) error { return ErrGone }
		}, ErrGone.Error(), 1},
		"by a fault that stays": {func(p *shopPlatform) {
			p.push = func(string, order.Wish) error { panic("nil map") }
		}, "internal fault while reading the platform's answer", maxFaults},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t, "a")
			tc.set(d.shop)
			d.wish("a", order.Processing)
			d.pushFor(30 * time.Minute)
			o := d.order("a")
			if o.Wish == nil || o.Wish.State != order.WishRefused || o.Wish.Error != tc.reason || d.shop.pushes != tc.pushes {
				t.Fatalf("wish %+v after %d pushes", o.Wish, d.shop.pushes)
			}
			if count(o, order.EventPush, order.Processing) != 1 || !slices.Contains(o.Facts.Flags, order.NeedsAttention) || o.Status != order.Processing {
				t.Errorf("history %+v, flags %v", o.History, o.Facts.Flags)
			}
			if _, refused, err := d.st.Orders().OpenWishes(t.Context(), "shop"); refused != 1 || err != nil {
				t.Errorf("%d refused, %v", refused, err)
			}

			// The first way out.
			d.shop.push, d.shop.canPush = nil, nil
			key := o.Wish.Key
			d.edit("a", func(o *order.Order) error { return o.RetryWish("u2", d.clock.Now()) })
			if o = d.order("a"); o.Wish.Key == key || slices.Contains(o.Facts.Flags, order.NeedsAttention) {
				t.Errorf("wish %+v, flags %v", o.Wish, o.Facts.Flags)
			}
			d.pushFor(2 * time.Minute)
			if o = d.order("a"); o.Wish != nil || len(d.shop.moves["a"]) != 1 {
				t.Errorf("wish %+v, moves %v", o.Wish, d.shop.moves["a"])
			}
			d.edit("a", func(o *order.Order) error {
				if err := o.RetryWish("u2", d.clock.Now()); !errors.Is(err, order.ErrNoWish) {
					t.Errorf("retry without a wish: %v", err)
				}
				return nil
			})
		})
	}
}

// The second way out of a refusal.
func TestPushGivenUp(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	d.shop.push = func(string, order.Wish) error { return &RefusedError{Reason: "no"} }
	d.wish("a", order.Cancelled)
	d.pushFor(time.Minute)
	d.edit("a", func(o *order.Order) error { return o.DropWish("u2", "shipped after all", d.clock.Now()) })
	o := d.order("a")
	if o.Wish != nil || o.Status != order.Confirmed || slices.Contains(o.Facts.Flags, order.NeedsAttention) {
		t.Errorf("order is %s, wish %+v, flags %v", o.Status, o.Wish, o.Facts.Flags)
	}
	if e := o.History[len(o.History)-1]; e.From != order.Cancelled || e.Status != order.Confirmed || e.By != "u2" {
		t.Errorf("event %+v", e)
	}
	d.edit("a", func(o *order.Order) error {
		if err := o.DropWish("u2", "", d.clock.Now()); !errors.Is(err, order.ErrNoWish) {
			t.Errorf("nothing to drop: %v", err)
		}
		return nil
	})
}

// A refusal because the platform did it already is none.
func TestPushRefusedSinceItIsDone(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	d.wish("a", order.Processing)
	d.shop.push = func(id string, _ order.Wish) error {
		if len(d.shop.moves[id]) == 0 {
			d.shop.move(id, order.Processing) // another tool was quicker
		}
		return &RefusedError{Reason: "already packed"}
	}
	d.pushFor(time.Minute)
	if o := d.order("a"); o.Wish != nil || o.Status != order.Processing {
		t.Errorf("order is %s, wish %+v", o.Status, o.Wish)
	}
}

// What the platform did meanwhile may leave no way to what was wished: a push
// would undo it.
func TestPushNotAgainstThePlatform(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	d.wish("a", order.Cancelled)
	d.clock.advance(time.Minute)
	d.shop.move("a", order.Shipped)
	if _, err := d.Pull(t.Context(), "shop", ""); err != nil {
		t.Fatal(err)
	}
	d.pushFor(time.Minute)
	if o := d.order("a"); d.shop.pushes != 0 || o.Wish.State != order.WishRefused || !strings.Contains(o.Wish.Error, "shipped") {
		t.Errorf("%d pushes, wish %+v", d.shop.pushes, o.Wish)
	}
}

// A platform that accepts and does not act is asked about for about a day.
func TestPushAcceptedAndNotDone(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	d.wish("a", order.Processing)
	before := d.shop.orders["a"]
	d.shop.answer = func(string, order.Wish) error { d.shop.orders["a"] = before; return nil }
	d.pushFor(30 * time.Hour)
	o := d.order("a")
	if o.Wish == nil || o.Wish.State != order.WishRefused || d.shop.pushes != 1 || d.shop.reads != maxLooks {
		t.Errorf("wish %+v, %d pushes, %d reads", o.Wish, d.shop.pushes, d.shop.reads)
	}
}

func TestPushObeysLimitsAndPausesWithoutCredentials(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a", "b", "c", "d", "e", "f")
	for id := range d.shop.orders {
		d.wish(id, order.Processing)
	}
	d.shop.push = func(string, order.Wish) error { return &LimitError{RetryAfter: 10 * time.Minute} }
	d.pushFor(9 * time.Minute)
	if d.shop.pushes > pushers {
		t.Errorf("%d pushes in spite of Retry-After", d.shop.pushes)
	}
	if o := d.order("a"); o.Wish.Attempts != 0 {
		t.Errorf("a limit counts as %d attempts", o.Wish.Attempts)
	}
	d.shop.pushes = 0
	d.shop.push = func(string, order.Wish) error { return &StatusError{Status: 401, Message: "who are you"} }
	d.pushFor(5 * time.Hour)
	ch, _ := d.st.Channels().Get(t.Context(), "shop")
	rest, resting, err := d.PushResting(ch)
	if d.shop.pushes > maxAuthFailures*pushers || !resting || !rest.Paused || !errors.Is(err, ErrAuth) {
		t.Errorf("%d pushes, rest %+v, %v", d.shop.pushes, rest, err)
	}
	// New credentials are a change of the channel.
	d.shop.push = nil
	if _, err := d.st.Channels().Update(t.Context(), "shop", func(c *channel.Channel) error { c.Version++; return nil }); err != nil {
		t.Fatal(err)
	}
	d.pushFor(5 * time.Minute)
	for id := range d.shop.orders {
		if o := d.order(id); o.Wish != nil || len(d.shop.moves[id]) != 1 {
			t.Errorf("%s: wish %+v, moves %v", id, o.Wish, d.shop.moves[id])
		}
	}
}

// A person who decides anew while a push is under way is not overruled by it.
func TestPushOvertakenByANewDecision(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	d.wish("a", order.Processing)
	once := true
	d.shop.answer = func(string, order.Wish) error {
		if once {
			once = false
			d.wish("a", order.Shipped)
		}
		return nil
	}
	d.pushFor(5 * time.Minute)
	if o := d.order("a"); o.Wish != nil || o.Status != order.Shipped || !slices.Equal(d.shop.moves["a"], []order.Status{order.Processing, order.Shipped}) {
		t.Errorf("order is %s, wish %+v, moves %v", o.Status, o.Wish, d.shop.moves["a"])
	}
}

// Ten thousand wishes of one channel take several rounds, each to an end.
func TestPushManyInRounds(t *testing.T) {
	t.Parallel()
	ids := make([]string, pushCap+50)
	for i := range ids {
		ids[i] = fmt.Sprintf("o-%05d", i)
	}
	d := openDesk(t, ids...)
	for _, id := range ids {
		d.wish(id, order.Processing)
	}
	done, err := d.Push(t.Context(), "shop")
	if err != nil || done.Sent != pushCap {
		t.Fatalf("%+v, %v", done, err)
	}
	if done, err = d.Push(t.Context(), "shop"); err != nil || done.Sent != 50 {
		t.Errorf("%+v, %v", done, err)
	}
}
