package ingest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// counting is a platform that counts by itself.
type counting struct {
	*shopPlatform
	calls int
	extra map[time.Time]int // orders that nobody can read
}

func (c *counting) Count(_ context.Context, from, to time.Time) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	n := c.extra[from]
	for _, r := range c.orders {
		if at := r.Facts.OrderedAt; !at.Before(from) && at.Before(to) {
			n++
		}
	}
	return n, nil
}

// place lets an order appear at the platform that was ordered at a time.
func (p *shopPlatform) place(id string, at time.Time) {
	r := report(id)
	r.Facts.OrderedAt, r.At = at, at
	p.orders[id] = r
}

func (d *testDesk) count() *counting {
	c := &counting{shopPlatform: d.shop, extra: map[time.Time]int{}}
	d.c.Builders["fake"] = func(Config) (Platform, error) { return c, nil }
	d.change(func(*channel.Channel) {})
	return c
}

func (d *testDesk) change(fn func(*channel.Channel)) {
	d.t.Helper()
	_, err := d.st.Channels().Update(d.t.Context(), "shop", func(c *channel.Channel) error {
		fn(c)
		c.Version++
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *testDesk) complete() Completeness {
	d.t.Helper()
	c, err := d.CompleteUpTo(d.t.Context(), "shop")
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func TestReconcileFindsWhatPullsMissed(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	hour := d.clock.Now().UTC().Truncate(time.Hour).Add(-5 * time.Hour)
	d.shop.place("late", hour.Add(10*time.Minute))
	run, err := d.Reconcile(t.Context(), "shop")
	if err != nil || run.Created != 1 || run.Kind != channel.Reconcile {
		t.Fatalf("run %+v, %v", run, err)
	}
	if p, _ := d.st.Channels().Progress(t.Context(), "shop"); p.Cursor != "end" {
		t.Errorf("the cursor moved to %q", p.Cursor)
	}
	lines, err := d.st.Ledger().List(t.Context(), "shop", hour, hour.Add(time.Hour))
	if err != nil || len(lines) != 1 || lines[0].Theirs != 1 || lines[0].Ours != 1 {
		t.Errorf("ledger %+v, %v", lines, err)
	}
	all, _ := d.st.Ledger().List(t.Context(), "shop", hour.AddDate(0, -1, 0), d.clock.Now())
	if len(all) != 24*deepDays {
		t.Errorf("%d hours compared", len(all))
	}
}

func TestCompleteUpTo(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	if c := d.complete(); !c.UpTo.Equal(d.clock.Now()) || len(c.Gaps) != 0 {
		t.Errorf("after a pull: %+v", c)
	}
	p := d.count()
	hour := d.clock.Now().UTC().Truncate(time.Hour).Add(-5 * time.Hour)
	p.extra[hour] = 2 // shown in no list
	if _, err := d.Reconcile(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	c := d.complete()
	if len(c.Gaps) != 1 || !c.Gaps[0].Start.Equal(hour) || c.Gaps[0].Theirs != 2 || !c.UpTo.Equal(hour) {
		t.Fatalf("with a gap: %+v", c)
	}
	// One of them comes by another way, then the platform shows the other.
	r := report("x")
	r.Ref.Channel, r.Platform, r.Facts.OrderedAt = "shop", order.Organic, hour.Add(time.Minute)
	if _, err := d.st.Orders().Absorb(t.Context(), []order.Report{r}, d.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if c := d.complete(); len(c.Gaps) != 1 || c.Gaps[0].Ours != 1 {
		t.Errorf("half full: %+v", c)
	}
	p.extra[hour] = 1
	p.place("y", hour.Add(time.Minute))
	if run, err := d.FetchGap(t.Context(), "shop", hour.Add(20*time.Minute)); err != nil || run.Created != 1 {
		t.Errorf("run %+v, %v", run, err)
	}
	if c := d.complete(); len(c.Gaps) != 0 || !c.UpTo.Equal(d.clock.Now()) {
		t.Errorf("filled: %+v", c)
	}
}

// One deep reading a night and channel, at its own minute, also after the
// process was away; with a platform that counts, one comparison an hour.
func TestReconcileByNight(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	p := d.count()
	ist := d.c.Location
	day := 24 * time.Hour
	var begun []time.Time
	for end := d.clock.Now().Add(3 * day); d.clock.Now().Before(end); d.clock.advance(ReconcileEvery) {
		if _, err := d.Pull(t.Context(), "shop", ""); err != nil {
			t.Fatal(err)
		}
		before := p.calls
		d.scheduledReconcile(t.Context(), "shop")
		switch n := p.calls - before; {
		case n >= 24*deepDays:
			begun = append(begun, d.clock.Now().In(ist))
		case n != 0 && n != recentHours:
			t.Errorf("%d counts at %s", n, d.clock.Now())
		}
	}
	// The channel is older than the last night before the test began.
	if len(begun) != 4 {
		t.Fatalf("deep readings at %v", begun)
	}
	for _, at := range begun[1:] {
		if at.Hour() < nightBegins || at.Hour() > nightBegins+3 {
			t.Errorf("deep reading at %s", at)
		}
	}
	if p.calls > 4*24*deepDays+3*24*recentHours+recentHours {
		t.Errorf("%d counts in three days", p.calls)
	}
	// A gap that the count shows is read at once.
	d.shop.hidden["b"] = true
	d.shop.place("b", d.clock.Now().Add(-30*time.Minute))
	d.clock.advance(time.Hour)
	if _, err := d.Pull(t.Context(), "shop", ""); err != nil {
		t.Fatal(err)
	}
	delete(d.shop.hidden, "b")
	d.scheduledReconcile(t.Context(), "shop")
	d.order("b")
}

func TestNightsAreSpread(t *testing.T) {
	t.Parallel()
	ist := time.FixedZone("IST", 19800)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, ist)
	minutes := map[int]bool{}
	for _, id := range []string{"amazon-in", "flipkart", "blinkit", "swiggy", "shopify", "woo", "custom"} {
		at := lastNight(id, now, ist)
		if at.Hour() < 2 || at.Hour() >= 5 || at.Day() != 22 {
			t.Errorf("%s at %s", id, at)
		}
		if early := lastNight(id, at.Add(-time.Second), ist); !early.Equal(at.AddDate(0, 0, -1)) {
			t.Errorf("%s just before %s: %s", id, at, early)
		}
		minutes[at.Hour()*60+at.Minute()] = true
	}
	if len(minutes) < 6 {
		t.Errorf("seven channels share %d minutes", len(minutes))
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	now := newClock().Now()
	on := channel.Channel{Adapter: "fake", Enabled: true, Interval: 5 * time.Minute, CreatedAt: now.Add(-time.Hour)}
	off, manual, fast := on, on, on
	off.Enabled, manual.Adapter, fast.Interval = false, channel.Manual, 5*time.Second
	for name, tc := range map[string]struct {
		ch   channel.Channel
		last time.Time
		want bool
	}{
		"fresh":          {on, now.Add(-15 * time.Minute), false},
		"three missed":   {on, now.Add(-15*time.Minute - time.Second), true},
		"never read":     {on, time.Time{}, true},
		"switched off":   {off, time.Time{}, false},
		"manual":         {manual, time.Time{}, false},
		"short interval": {fast, now.Add(-50 * time.Second), false},
	} {
		if _, got := Stale(tc.ch, channel.Progress{LastSuccess: tc.last}, now); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// reading is a platform that reads single records.
type reading struct {
	*shopPlatform
	read func([]byte) (order.Report, error)
}

func (r *reading) Read(payload []byte, _ time.Time) (order.Report, error) { return r.read(payload) }

func TestReplay(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	r := &reading{shopPlatform: d.shop, read: func([]byte) (order.Report, error) { return order.Report{}, errors.New("no total") }}
	d.c.Builders["fake"] = func(Config) (Platform, error) { return r, nil }
	d.change(func(*channel.Channel) {})
	aside := func(source order.Source, id string, payload []byte) string {
		t.Helper()
		x := Reject{PlatformOrderID: id, Reason: "no total", Payload: payload}
		if err := d.keepAside(t.Context(), "shop", source, x); err != nil {
			t.Fatal(err)
		}
		return QuarantineID("shop", source, x)
	}
	hook := aside(order.FromWebhook, "h", []byte(`{"Event":"e","Refetch":"h"}`))
	pull := aside(order.FromPlatform, "p", []byte(`{"id":"p"}`))
	cut := aside(order.FromPlatform, "c", slices.Repeat([]byte("z"), channel.MaxPayload))
	lost := aside(order.FromPlatform, "", slices.Repeat([]byte("y"), channel.MaxPayload))
	refused := report("late")
	refused.Facts.OrderedAt = time.Time{}
	kept := aside(order.FromPlatform, "late", rejectOf(refused, errors.New("no order time")).Payload)

	d.shop.one = func(string) error { return ErrTemporary }
	for _, res := range d.ReplayMany(t.Context(), []string{hook, pull, cut, lost, kept, "nobody"}, false) {
		if res.Err == nil || res.Record.ID == "" {
			t.Errorf("%s was read: %+v", res.Record.PlatformOrderID, res)
		}
	}
	if n, _ := d.st.Channels().QuarantineCount(t.Context(), "shop"); n != 5 {
		t.Fatalf("%d records left", n)
	}
	// A fix.
	d.shop.one = nil
	d.shop.orders["h"], d.shop.orders["c"] = report("h"), report("c")
	r.read = func(payload []byte) (order.Report, error) { return report("p"), nil }
	for _, id := range []string{hook, pull, cut} {
		dry, err := d.Replay(t.Context(), id, true)
		if err != nil || len(dry.Orders) != 1 || dry.Orders[0].Before != nil || dry.Orders[0].Outcome != order.Created {
			t.Fatalf("dry run: %+v, %v", dry, err)
		}
		platformID := dry.Orders[0].After.Ref.PlatformOrderID
		if _, err := d.st.Orders().ByRef(t.Context(), order.Ref{Channel: "shop", PlatformOrderID: platformID}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a dry run stored order %s", platformID)
		}
		done, err := d.Replay(t.Context(), id, false)
		if err != nil || done.Orders[0].Outcome != order.Created {
			t.Fatalf("replay: %+v, %v", done, err)
		}
		d.order(platformID)
		if _, err := d.Replay(t.Context(), id, false); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("not released: %v", err)
		}
	}
	if _, err := d.Replay(t.Context(), lost, true); !errors.Is(err, ErrUnreadable) {
		t.Errorf("neither record nor id: %v", err)
	}
	if _, err := d.Replay(t.Context(), kept, false); !errors.Is(err, ErrUnreadable) {
		t.Errorf("a report without a time: %v", err)
	}
}

// Replaying shows what would change in an order that is there.
func TestReplayDifference(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	x := Reject{PlatformOrderID: "a", Payload: []byte(`{"Event":"e","Refetch":"a"}`)}
	if err := d.keepAside(t.Context(), "shop", order.FromWebhook, x); err != nil {
		t.Fatal(err)
	}
	d.clock.advance(time.Minute)
	d.shop.move("a", order.Shipped)
	id := QuarantineID("shop", order.FromWebhook, x)
	for _, dry := range []bool{true, false} {
		got, err := d.Replay(t.Context(), id, dry)
		if err != nil || len(got.Orders) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		if o := got.Orders[0]; o.Before.Status != order.Confirmed || o.After.Status != order.Shipped || o.Outcome != order.Updated {
			t.Errorf("dry %v: %s to %s, %s", dry, o.Before.Status, o.After.Status, o.Outcome)
		}
		if is := d.order("a").Status; dry && is != order.Confirmed || !dry && is != order.Shipped {
			t.Errorf("dry %v left %s", dry, is)
		}
	}
}
