package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// shopPlatform is a platform with orders of its own and a ledger of every
// transition that took effect there. It reads, is told, counts and sends
// webhooks whose body is a shopHook.
type shopPlatform struct {
	clock *fakeClock

	mu      sync.Mutex
	orders  map[string]order.Report
	moves   map[string][]order.Status // transitions by order
	pushes  int                       // calls
	reads   int                       // of one order
	behind  time.Duration             // of its clock
	canPush func(order.Order, order.Status) error
	// push decides about a call before it takes effect, answer after.
	push, answer func(id string, w order.Wish) error
	one          func(id string) error
	verify       func(http.Header) error
	hidden       map[string]bool // orders that lists do not show
}

type shopHook struct {
	Event   string
	Topic   string
	Report  *order.Report
	Refetch string
}

func newShop(clock *fakeClock, ids ...string) *shopPlatform {
	p := &shopPlatform{clock: clock, orders: map[string]order.Report{}, moves: map[string][]order.Status{}, hidden: map[string]bool{}}
	for _, id := range ids {
		p.orders[id] = report(id)
	}
	return p
}

func (p *shopPlatform) Fetch(_ context.Context, cursor string) (Page, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	page := Page{Next: "end"}
	for id, r := range p.orders {
		if !p.hidden[id] {
			page.Reports = append(page.Reports, r)
		}
	}
	return page, nil
}

func (p *shopPlatform) FetchOne(_ context.Context, id string) (order.Report, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads++
	if p.one != nil {
		if err := p.one(id); err != nil {
			return order.Report{}, err
		}
	}
	r, ok := p.orders[id]
	if !ok {
		return r, ErrGone
	}
	return r, nil
}

func (*shopPlatform) Since(since, _ time.Time) string { return "since" }
func (*shopPlatform) Check(context.Context) error     { return nil }

func (p *shopPlatform) CanPush(o order.Order, to order.Status) error {
	if p.canPush != nil {
		return p.canPush(o, to)
	}
	return nil
}

func (p *shopPlatform) Push(_ context.Context, o order.Order, w order.Wish) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pushes++
	id := o.Ref.PlatformOrderID
	if p.push != nil {
		if err := p.push(id, w); err != nil {
			return err
		}
	}
	p.move(id, w.Status)
	if p.answer != nil {
		return p.answer(id, w)
	}
	return nil
}

// move changes an order at the platform; setting a status again is a move too,
// as a customer's mailbox would show.
func (p *shopPlatform) move(id string, to order.Status) {
	r := p.orders[id]
	r.Status, r.Facts.PlatformStatus, r.At = to, string(to), p.clock.Now().Add(-p.behind).Truncate(time.Second)
	r.Version++
	p.orders[id] = r
	p.moves[id] = append(p.moves[id], to)
}

func (p *shopPlatform) Verify(h http.Header, _ []byte, _ time.Time) error {
	if p.verify != nil {
		return p.verify(h)
	}
	if h.Get("X-Shop-Signature") != "good" {
		return ErrBadSignature
	}
	return nil
}

func (p *shopPlatform) Parse(h http.Header, body []byte) (Delivery, error) {
	var m shopHook
	if err := json.Unmarshal(body, &m); err != nil {
		return Delivery{}, fmt.Errorf("not an event: %w", err)
	}
	d := Delivery{EventID: m.Event}
	switch {
	case m.Topic == "poison":
		panic("poison")
	case m.Topic == "ignored" || h.Get("X-Shop-Topic") == "ignored":
		return Delivery{}, ErrIgnored
	case m.Report != nil:
		d.Reports = []order.Report{*m.Report}
	case m.Refetch != "":
		d.Refetch = []string{m.Refetch}
	}
	return d, nil
}

// testDesk is a database with one channel "shop".
type testDesk struct {
	*Syncer
	t     *testing.T
	st    store.Store
	clock *fakeClock
	shop  *shopPlatform
}

func openDesk(t *testing.T, ids ...string) *testDesk {
	t.Helper()
	clock := newClock()
	st, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "orders.db"), Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	ch := testChannel("shop")
	ch.CreatedAt, ch.UpdatedAt = orderedAt, orderedAt
	if err := st.Channels().Create(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	d := &testDesk{t: t, st: st, clock: clock, shop: newShop(clock, ids...)}
	d.Syncer = d.process()
	if _, err := d.Pull(t.Context(), "shop", ""); err != nil {
		t.Fatal(err)
	}
	return d
}

// process is another process on the same database and platform.
func (d *testDesk) process() *Syncer {
	return NewSyncer(SyncerConfig{
		Store: d.st, Now: d.clock.Now, Jitter: func() float64 { return 1 },
		Builders: map[string]Build{"fake": func(Config) (Platform, error) { return d.shop, nil }},
	})
}

func (d *testDesk) order(id string) order.Order {
	d.t.Helper()
	o, err := d.st.Orders().ByRef(d.t.Context(), order.Ref{Channel: "shop", PlatformOrderID: id})
	if err != nil {
		d.t.Fatalf("order %s: %v", id, err)
	}
	return o
}

func (d *testDesk) edit(id string, fn func(*order.Order) error) {
	d.t.Helper()
	if _, err := d.st.Orders().Update(d.t.Context(), d.order(id).ID, fn); err != nil {
		d.t.Fatalf("order %s: %v", id, err)
	}
}

// wish lets a person set a status.
func (d *testDesk) wish(id string, to order.Status) {
	d.t.Helper()
	d.edit(id, func(o *order.Order) error { return o.SetStatus(to, "u1", "", true, d.clock.Now()) })
}

// pushFor runs the job as time goes by.
func (d *testDesk) pushFor(total time.Duration) {
	d.t.Helper()
	for end := d.clock.Now().Add(total); d.clock.Now().Before(end); d.clock.advance(PushEvery) {
		d.scheduledPush(d.t.Context(), "shop")
	}
}

func count(o order.Order, kind order.EventKind, status order.Status) (n int) {
	for _, e := range o.History {
		if e.Kind == kind && e.Status == status {
			n++
		}
	}
	return n
}
