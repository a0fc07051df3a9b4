package ingest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/amazon"
	"github.com/palmonas/palmonas-crm/ingest/blinkit"
	"github.com/palmonas/palmonas-crm/ingest/custom"
	"github.com/palmonas/palmonas-crm/ingest/flipkart"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/ingest/shopify"
	"github.com/palmonas/palmonas-crm/ingest/swiggy"
	"github.com/palmonas/palmonas-crm/ingest/woocommerce"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// clock is the time of the simulated platforms, of the adapters and of the
// desk; waiting moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.advance(d)
	return ctx.Err()
}

// desk is a world of simulated platforms with a Syncer and a database.
type desk struct {
	clock  *clock
	world  *sandbox.World
	store  store.Store
	path   string // of the database, or its URI
	syncer *ingest.Syncer
	ids    map[string]string // channel by platform
}

func newDesk(t *testing.T, seed int64, orders int) *desk {
	t.Helper()
	return newDeskOn(t, ingest.OnSQLite(), seed, orders)
}

func newDeskOn(t *testing.T, engine ingest.Engine, seed int64, orders int) *desk {
	t.Helper()
	d := &desk{clock: &clock{now: time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)}, ids: map[string]string{}}
	d.path = engine.Where(t)
	var err error
	if d.world, err = sandbox.New(sandbox.Options{Seed: seed, Orders: orders, Days: 5, Now: d.clock.Now, LimitFactor: 10_000}); err != nil {
		t.Fatal(err)
	}
	if d.store, err = ingest.OpenStore(t.Context(), d.path, d.clock.Now, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.store.Close() })
	keys := testKeys()
	for _, name := range d.world.Platforms() {
		srv := httptest.NewServer(d.world.Handler(name))
		t.Cleanup(srv.Close)
		ch, secrets := d.world.Channel(name, srv.URL)
		if builders()[ch.Adapter] == nil {
			t.Fatalf("%s: the test has no adapter %s", name, ch.Adapter)
		}
		if ch.Sealed, err = keys.Seal(ch.ID, secrets); err != nil {
			t.Fatal(err)
		}
		if err := d.store.Channels().Create(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
		d.ids[name] = ch.ID
	}
	d.syncer = process(d.store, d.clock)
	return d
}

func builders() map[string]ingest.Build {
	return map[string]ingest.Build{
		"amazon-sp-api": amazon.New, "flipkart-v3": flipkart.New, "blinkit": blinkit.New, "swiggy": swiggy.New,
		"shopify": shopify.New, "woocommerce": woocommerce.New, "custom": custom.New,
	}
}

func testKeys() *channel.Keyring {
	keys, err := channel.NewKeyring(make([]byte, channel.KeySize))
	if err != nil {
		panic(err) // the key has its size
	}
	return keys
}

// process is the Syncer of one process over a database.
func process(st store.Store, c *clock) *ingest.Syncer {
	return ingest.NewSyncer(ingest.SyncerConfig{
		Store: st, Keyring: testKeys(), HTTP: &http.Client{Timeout: 5 * time.Second}, Now: c.Now, Sleep: c.Sleep, Builders: builders(),
	})
}

// TestOracle lets the platforms misbehave while orders arrive and change, and
// then compares the database with what the platforms know: every order is there
// once (I1, I2), in its newest state (I3), and what cannot be read is set aside
// (F-05, F-06, F-08, F-18, F-20, F-22).
func TestOracle(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{
		"none",
		"429=0.1,500=0.1,html=0.05",
		"drop=0.1,duplicate=0.3,overlap=5",
		"repeat=0.1,expire=0.2,500=0.05",
		"unparsable=0.03,unknown=0.03,429=0.05",
		"skew=-10m,500=0.05", "skew=10m",
		"500=0.4,drop=0.3,html=0.1",
	} {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			faults, err := sandbox.ParseFaults(spec)
			if err != nil {
				t.Fatal(err)
			}
			d := newDesk(t, 7, 300)
			if err := d.world.SetFaults("", faults); err != nil {
				t.Fatal(err)
			}
			failed := 0
			for range 40 {
				for _, id := range d.ids {
					if _, err := d.syncer.Pull(t.Context(), id, ""); err != nil {
						failed++
					}
				}
				d.clock.advance(10 * time.Minute)
				d.world.Advance(t.Context())
			}
			// The platforms get well, but what they cannot show stays so.
			if err := d.world.SetFaults("", sandbox.Faults{Unparsable: faults.Unparsable, Unknown: faults.Unknown, Skew: faults.Skew}); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				d.clock.advance(time.Hour)
				for name, id := range d.ids {
					if _, err := d.syncer.Pull(t.Context(), id, ""); err != nil {
						t.Errorf("%s, well again: %v", name, err)
					}
				}
			}
			t.Logf("%d of %d pulls failed on the way", failed, 40*len(d.ids))
			for name := range d.ids {
				d.compare(t, name)
			}
		})
	}
}

// compare holds the database to the platform's ledger.
func (d *desk) compare(t *testing.T, name string) {
	t.Helper()
	held, err := d.store.Channels().Quarantined(t.Context(), d.ids[name], 10_000)
	if err != nil {
		t.Fatal(err)
	}
	aside := map[string]bool{}
	for _, q := range held {
		aside[q.PlatformOrderID] = true
	}
	ledger, stored, wrong := d.world.Ledger(name), 0, 0
	for _, e := range ledger {
		o, err := d.store.Orders().ByRef(t.Context(), order.Ref{Channel: d.ids[name], PlatformOrderID: e.ID})
		switch {
		case e.Unparsable:
			if !aside[e.ID] {
				t.Errorf("%s: %s can't be read and was not set aside", name, e.ID)
			}
		case err != nil:
			wrong++
			t.Errorf("%s: %s: %v", name, e, err)
		// Amazon names no amounts before an order is confirmed.
		case !e.Unknown && o.Status != e.Status, o.Facts.Total.Known() && o.Facts.Total.Minor != e.Total,
			!o.Facts.Total.Known() && (name != sandbox.Amazon || e.Status != order.Pending), aside[e.ID]:
			wrong++
			t.Errorf("%s: stored as %s with %d paise, the platform has %s", name, o.Status, o.Facts.Total.Minor, e)
		default:
			stored++
		}
		if wrong > 5 {
			t.Fatal("and more")
		}
	}
	n, err := d.store.Orders().Count(t.Context(), order.Term{Field: order.FieldChannel, Text: []string{d.ids[name]}}, 100_000)
	if err != nil || n != stored {
		t.Errorf("%s: %d orders in the database, %d on the platform (%v)", name, n, stored, err)
	}
	t.Logf("%s: %d orders, %d set aside", name, stored, len(aside))
}
