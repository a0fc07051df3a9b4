package e2e

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/handlers"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/woocommerce"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

const password = "a long enough pass phrase"

// hash is made once: hashing is slow on purpose.
var hash = sync.OnceValues(func() (string, error) { return account.HashPassword(password) })

// app is the whole web side on a database of its own.
type app struct {
	url   string
	store store.Store
	keys  *channel.Keyring
}

// byHand starts pulls when somebody asks; nothing runs by itself.
type byHand struct{ *ingest.Schedule }

func (b byHand) Trigger(ctx context.Context, id, by string) error { return b.Begin(ctx, id, by) }

// newApp serves orders synthetic orders to three users, one of each role.
func newApp(t *testing.T, orders int) *app {
	t.Helper()
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, "palmonas.db")})
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := channel.NewKeyring(make([]byte, channel.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	syncer := ingest.NewSyncer(ingest.SyncerConfig{Store: s, Keyring: keys, Builders: map[string]ingest.Build{"woocommerce": woocommerce.New}})
	schedule := ingest.NewSchedule(ingest.ScheduleConfig{Syncer: syncer})
	h, err := handlers.New(handlers.Deps{Store: s, Now: time.Now, Location: zone, DataDir: dir, Poll: 50 * time.Millisecond,
		Sync: byHand{schedule}, ChannelDeps: handlers.ChannelDeps{Desk: syncer, Hooks: syncer, Keys: keys, Refresh: schedule.Refresh}})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(h)
	web.Config = handlers.NewHTTPServer(h, slog.Default())
	web.Start()
	t.Cleanup(func() {
		h.CloseStreams()
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := schedule.Stop(ctx); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	a := &app{url: web.URL, store: s, keys: keys}
	a.fill(t, orders)
	return a
}

// eventually waits for something that no page shows.
func (a *app) eventually(t *testing.T, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what was waited for does not come")
		}
	}
}

func (a *app) fill(t *testing.T, orders int) {
	t.Helper()
	secret, err := hash()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range account.Roles() {
		u := account.User{ID: account.ID(r), Email: string(r) + "@example.com", Name: "Test " + string(r), Role: r, PasswordHash: secret}
		if err := a.store.Users().Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	for id, p := range ordertest.Channels() {
		c := channel.Channel{ID: id, Platform: p, Adapter: channel.Manual, Name: "Shop " + id, Enabled: true}
		if err := a.store.Channels().Create(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	reports := make([]order.Report, orders)
	for i := range reports {
		reports[i] = ordertest.Synthetic(1, i, 20, now)
	}
	a.absorb(t, reports...)
}

func (a *app) absorb(t *testing.T, reports ...order.Report) []order.ID {
	t.Helper()
	got, err := a.store.Orders().Absorb(t.Context(), reports, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]order.ID, len(got))
	for i, g := range got {
		if g.Err != nil {
			t.Fatal(g.Err)
		}
		ids[i] = g.ID
	}
	return ids
}
