package order

import (
	"errors"
	"testing"
	"time"
)

// wishing is an order that the platform says is confirmed and a person wants
// packed.
func wishing(t *testing.T) Order {
	t.Helper()
	o := absorbAll([]Report{at(1, Confirmed, "")})
	if err := o.SetStatus(Processing, "u1", "", true, base.Add(10*time.Hour)); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestWishMarks(t *testing.T) {
	t.Parallel()
	now, next := base.Add(11*time.Hour), base.Add(12*time.Hour)
	for name, tc := range map[string]struct {
		mark  func(o *Order, key string) bool
		state WishState
		tries int
		due   int64
		news  int // history entries
	}{
		"tried":     {func(o *Order, _ string) bool { o.MarkTried(next); return true }, WishWaiting, 2, next.UnixMilli(), 0},
		"pushed":    {func(o *Order, k string) bool { return o.MarkPushed(k, next, now) }, WishSent, 0, next.UnixMilli(), 1},
		"refused":   {func(o *Order, k string) bool { return o.MarkRefused(k, "no", now) }, WishRefused, 1, NoTry, 1},
		"failed":    {func(o *Order, k string) bool { return o.MarkFailed(k, "timeout", next) }, WishWaiting, 1, next.UnixMilli(), 0},
		"postponed": {func(o *Order, k string) bool { return o.MarkPostponed(k, "limit", next) }, WishWaiting, 0, next.UnixMilli(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := wishing(t)
			o.MarkTried(base.Add(15 * time.Hour))
			before := o
			shared := *o.Wish
			if !tc.mark(&o, o.Wish.Key) {
				t.Fatal("not marked")
			}
			at, ok := o.WishTry()
			if o.Wish.State != tc.state || o.Wish.Attempts != tc.tries || !ok || at != tc.due {
				t.Errorf("wish %+v, due %d", o.Wish, at)
			}
			if o.Version != before.Version+1 || len(o.History) != len(before.History)+tc.news || o.Status != Processing {
				t.Errorf("version %d, %d events, %s", o.Version, len(o.History), o.Status)
			}
			if *before.Wish != shared {
				t.Error("the copy before was changed")
			}
			o, before = wishing(t), wishing(t)
			if name != "tried" && (tc.mark(&o, "another key") || o.Version != before.Version || *o.Wish != *before.Wish) {
				t.Errorf("a mark for another decision changed it: %+v", o.Wish)
			}
		})
	}
}

func TestMarkPushedAgainIsRecordedOnce(t *testing.T) {
	t.Parallel()
	o := wishing(t)
	n := len(o.History)
	for range 3 {
		o.MarkPushed(o.Wish.Key, base.Add(12*time.Hour), base.Add(11*time.Hour))
	}
	if len(o.History) != n+1 {
		t.Errorf("%d entries for one push", len(o.History)-n)
	}
}

// A platform whose clock is behind confirms before it was asked.
func TestMarkMet(t *testing.T) {
	t.Parallel()
	o := wishing(t)
	key := o.Wish.Key
	if o.MarkMet(key, base) {
		t.Error("an open wish was ended")
	}
	o, _ = Absorb(&o, at(9, Processing, ""), base.Add(11*time.Hour))
	if o.Wish == nil || o.WishOpen() {
		t.Fatalf("wish %+v", o.Wish)
	}
	if o.MarkMet("another key", base) || !o.MarkMet(key, base.Add(11*time.Hour)) || o.Wish != nil || o.Status != Processing {
		t.Errorf("wish %+v, %s", o.Wish, o.Status)
	}
}

func TestWishPossible(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		reported, wished Status
		want             bool
	}{
		{Confirmed, Processing, true}, {Pending, Delivered, true}, {"", Shipped, true},
		{Shipped, Cancelled, false}, {Delivered, Returned, true}, {Cancelled, Processing, false},
		{Cancelled, Refunded, true}, {Shipped, Refunded, true}, {Refunded, Cancelled, false},
	} {
		o := Order{Wish: &Wish{Status: tc.wished}, Reported: Reported{Status: tc.reported}}
		if got := o.WishPossible(); got != tc.want {
			t.Errorf("%q to %q: %v", tc.reported, tc.wished, got)
		}
	}
	if (Order{}).WishPossible() {
		t.Error("no wish is possible")
	}
}

func TestRetryAndDropNeedAWish(t *testing.T) {
	t.Parallel()
	o := absorbAll([]Report{at(1, Confirmed, "")})
	version := o.Version
	if err := o.RetryWish("u1", base); !errors.Is(err, ErrNoWish) || o.Version != version {
		t.Errorf("retry: %v", err)
	}
	if err := o.DropWish("u1", "", base); !errors.Is(err, ErrNoWish) || o.Version != version {
		t.Errorf("drop: %v", err)
	}
	// Where nobody can be told there is nothing to retry, but a decision to
	// give up.
	if err := o.SetStatus(Processing, "u1", "", false, base.Add(10*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := o.RetryWish("u1", base); !errors.Is(err, ErrNoWish) {
		t.Errorf("retry: %v", err)
	}
	if err := o.DropWish("u1", "", base.Add(11*time.Hour)); err != nil || o.Status != Confirmed || o.Wish != nil {
		t.Errorf("drop: %v, %s", err, o.Status)
	}
}
