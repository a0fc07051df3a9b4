package ingest

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// A process that ends at any page leaves a database from which the next one
// ends up with every order once: R-6 on the real store.
func TestPullAcrossProcesses(t *testing.T) {
	t.Parallel()
	path, clock := filepath.Join(t.TempDir(), "orders.db"), newClock()
	open := func() store.Store {
		st, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	all := numbered(6)
	fetch := func(ctx context.Context, cursor string) (Page, error) {
		page, err := all(ctx, cursor)
		if cursor == "p2" {
			page.Rejects = []Reject{{PlatformOrderID: "x", Reason: "no total", Payload: []byte("{}")}}
		}
		return page, err
	}
	key, err := channel.NewKeyring([]byte(strings.Repeat("k", channel.KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	ch := testChannel("shop")
	if ch.Sealed, err = key.Seal("shop", channel.Secrets{Credentials: map[string]string{"token": "s3cret"}}); err != nil {
		t.Fatal(err)
	}
	st := open()
	if err := st.Channels().Create(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	for stop := 1; stop <= 7; stop++ { // each process gets one page further
		calls := 0
		f := &fakePlatform{fetch: func(ctx context.Context, cursor string) (Page, error) {
			if calls++; calls > 1 && stop < 7 {
				return Page{}, ErrTemporary
			}
			return fetch(ctx, cursor)
		}}
		s := NewSyncer(SyncerConfig{Store: st, Keyring: key, Now: clock.Now, Builders: map[string]Build{"fake": func(c Config) (Platform, error) {
			if c.Secrets.Credentials["token"] != "s3cret" {
				t.Errorf("secrets %v", c.Secrets.Credentials)
			}
			return f, nil
		}}})
		if _, err := s.Pull(t.Context(), "shop", ""); stop < 6 && !errors.Is(err, ErrTemporary) || stop >= 6 && err != nil {
			t.Fatalf("process %d: %v", stop, err)
		}
		clock.advance(failureCap)
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		st = open()
	}
	defer st.Close()
	n, err := st.Orders().Count(t.Context(), nil, 100)
	if err != nil || n != 12 {
		t.Errorf("%d orders, %v; want 12", n, err)
	}
	o, err := st.Orders().ByRef(t.Context(), order.Ref{Channel: "shop", PlatformOrderID: "o-6-1"})
	if err != nil || len(o.History) != 1 || o.Version != 1 {
		t.Errorf("order %+v, %v", o, err)
	}
	held, err := st.Channels().Quarantined(t.Context(), "shop", 10)
	if err != nil || len(held) != 1 || held[0].PlatformOrderID != "x" {
		t.Errorf("set aside: %+v, %v", held, err)
	}
	runs, err := st.Channels().Runs(t.Context(), "shop", 100)
	if err != nil || len(runs) != 6 || runs[0].Error != "" || runs[1].Error == "" {
		t.Errorf("%d runs, %v: %+v", len(runs), err, runs)
	}
	p, err := st.Channels().Progress(t.Context(), "shop")
	if err != nil || p.Failures != 0 || p.Cursor != "p6" || p.LastRun.Unchanged != 2 {
		t.Errorf("progress %+v, %v", p, err)
	}
}
