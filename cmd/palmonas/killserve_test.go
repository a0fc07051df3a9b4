package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// allFaults asks for every seed of tests that take half a minute each.
const allFaults = "PALMONAS_TEST_ALL_FAULTS"

// TestKillServe kills a server while it opens its database, reads platforms and
// takes their webhooks, again and again on one database, while orders come and
// change. A last one, left alone, ends with every order of every platform once,
// as the platform has it. The seed decides how long each server lives and what
// happens at the platforms meanwhile.
func TestKillServe(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts servers for half a minute")
	}
	seeds := int64(1)
	if os.Getenv(allFaults) != "" {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed=%d", seed+1), func(t *testing.T) {
			t.Parallel()
			k := newKilled(t, seed+1)
			for range 6 {
				k.live(t)
			}
			k.compare(t)
		})
	}
}

// killed is a database whose servers are killed, and the platforms they read.
type killed struct {
	rnd   *rand.Rand
	world *sandbox.World
	urls  map[string]string
	names []string
	dir   string
	env   []string
}

func newKilled(t *testing.T, seed int64) *killed {
	t.Helper()
	k := &killed{rnd: rand.New(rand.NewPCG(uint64(seed), 5)), dir: t.TempDir(),
		names: []string{sandbox.Amazon, sandbox.Flipkart, sandbox.WooCommerce, sandbox.Custom}}
	k.env = []string{"PALMONAS_DATA_DIR=" + k.dir, "PALMONAS_LOG_LEVEL=warn"}
	var err error
	if k.world, err = sandbox.New(sandbox.Options{Seed: seed, Orders: 900, LimitFactor: 10_000, AmazonSettle: -1}); err != nil {
		t.Fatal(err)
	}
	var stop func()
	if k.urls, stop, err = k.world.Serve(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	for _, name := range k.names {
		ch, sec := k.world.Channel(name, k.urls[name])
		file := map[string]any{"id": ch.ID, "platform": ch.Platform, "adapter": ch.Adapter, "name": ch.Name, "base_url": ch.BaseURL,
			"options": ch.Options, "credentials": sec.Credentials, "enabled": true, "interval": "5s"}
		if len(sec.Webhook) > 0 {
			file["webhook_secret"] = sec.Webhook[0]
		}
		text, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		if code, _, errs := invoke(t, k.env, string(text), "channel", "add", "--file", "-"); code != 0 {
			t.Fatalf("channel add %s: %s", name, errs)
		}
	}
	return k
}

// live lets a server live for a while, anywhere from opening its database to
// storing what it read, while the platforms go on, and kills it.
func (k *killed) live(t *testing.T) {
	t.Helper()
	s := startServer(t, k.env)
	for _, name := range k.names {
		ch, _ := k.world.Channel(name, k.urls[name])
		k.world.Subscribe(name, s.base+"/webhooks/"+ch.ID)
	}
	for range 1 + k.rnd.IntN(5) {
		time.Sleep(time.Duration(50+k.rnd.IntN(500)) * time.Millisecond)
		for _, name := range k.names {
			if k.rnd.IntN(2) == 0 {
				continue
			}
			if _, err := k.world.Place(name); err != nil {
				t.Fatal(err)
			}
		}
		k.world.Advance(t.Context())
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.ended
}

// compare lets a last server finish and holds the database to the ledgers.
func (k *killed) compare(t *testing.T) {
	t.Helper()
	s := startServer(t, k.env)
	s.ready(t)
	path := filepath.Join(k.dir, database)
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Shared: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	want, why := 0, ""
	for _, name := range k.names {
		want += len(k.world.Ledger(name))
	}
	defer func() {
		if why != "" {
			t.Log("last seen: ", why)
		}
	}()
	eventually(t, 2*time.Minute, "every order is there as its platform has it", func() bool {
		why = k.differences(t, db)
		return why == ""
	})
	n, err := db.Orders().Count(t.Context(), nil, 10_000)
	if err != nil || n != want {
		t.Errorf("%d orders, the platforms have %d, %v", n, want, err)
	}
	taken := 0
	for _, name := range k.names {
		_, calls := k.world.Calls(name)
		taken += calls[http.StatusOK]
	}
	t.Logf("%d orders after six kills; the platforms answered %d calls", n, taken)
}

// differences says what is not yet as the platforms have it.
func (k *killed) differences(t *testing.T, db store.Store) string {
	t.Helper()
	for _, name := range k.names {
		ch, _ := k.world.Channel(name, k.urls[name])
		for _, e := range k.world.Ledger(name) {
			o, err := db.Orders().ByRef(t.Context(), order.Ref{Channel: ch.ID, PlatformOrderID: e.ID})
			switch {
			case err != nil:
				return fmt.Sprintf("%s %s: %v", name, e.ID, err)
			case e.Priced && o.Facts.Total.Known() && o.Facts.Total.Minor != e.Total:
				return fmt.Sprintf("%s %s: %d paise, the platform has %d", name, e.ID, o.Facts.Total.Minor, e.Total)
			case !e.Unknown && o.Status != e.Status:
				return fmt.Sprintf("%s %s: %s, the platform has %s", name, e.ID, o.Status, e.Status)
			}
		}
	}
	return ""
}
