package main

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// TestKillServe kills a server while it reads platforms and takes their
// webhooks, again and again on one database. A last one, left alone, ends with
// every order of every platform once.
func TestKillServe(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts servers for half a minute")
	}
	world, err := sandbox.New(sandbox.Options{Seed: 6, Orders: 900, LimitFactor: 10_000, AmazonSettle: -1})
	if err != nil {
		t.Fatal(err)
	}
	urls, stop, err := world.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	dir := t.TempDir()
	env := []string{"PALMONAS_DATA_DIR=" + dir, "PALMONAS_LOG_LEVEL=warn"}
	names := []string{sandbox.Amazon, sandbox.Flipkart, sandbox.WooCommerce, sandbox.Custom}
	for _, name := range names {
		ch, sec := world.Channel(name, urls[name])
		file := map[string]any{"id": ch.ID, "platform": ch.Platform, "adapter": ch.Adapter, "name": ch.Name, "base_url": ch.BaseURL,
			"options": ch.Options, "credentials": sec.Credentials, "enabled": true, "interval": "5s"}
		if len(sec.Webhook) > 0 {
			file["webhook_secret"] = sec.Webhook[0]
		}
		text, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		if code, _, errs := invoke(t, env, string(text), "channel", "add", "--file", "-"); code != 0 {
			t.Fatalf("channel add %s: %s", name, errs)
		}
	}
	for i := range 6 {
		s := startServer(t, env)
		time.Sleep(time.Duration(300+250*i) * time.Millisecond) // anywhere: opening, reading, storing
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-s.ended
		for _, name := range names {
			if _, err := world.Place(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := startServer(t, env)
	s.ready(t)
	path := filepath.Join(dir, database)
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Shared: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	want := 0
	for _, name := range names {
		want += len(world.Ledger(name))
	}
	eventually(t, time.Minute, "every order is there", func() bool {
		n, err := db.Orders().Count(t.Context(), nil, 10_000)
		return err == nil && n >= want
	})
	if n, err := db.Orders().Count(t.Context(), nil, 10_000); err != nil || n != want {
		t.Errorf("%d orders, the platforms have %d, %v", n, want, err)
	}
	for _, name := range names {
		ch, _ := world.Channel(name, urls[name])
		for _, e := range world.Ledger(name) {
			o, err := db.Orders().ByRef(t.Context(), order.Ref{Channel: ch.ID, PlatformOrderID: e.ID})
			if err != nil {
				t.Errorf("%s %s: %v", name, e.ID, err)
			} else if e.Priced && o.Facts.Total.Known() && o.Facts.Total.Minor != e.Total {
				t.Errorf("%s %s: %d paise, the platform has %d", name, e.ID, o.Facts.Total.Minor, e.Total)
			}
		}
	}
}
