package notice

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/saved"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

type desk struct {
	Watcher
	t     *testing.T
	at    time.Time
	full  bool // what a watched view counts
	order order.ID
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	d := &desk{t: t, at: ordertest.Noon()}
	now := func() time.Time { return d.at }
	d.Watcher = Watcher{
		Board: Board{Store: s, Post: mail.Post{Records: s.Records(), Now: now}, Now: now, Log: slog.New(slog.DiscardHandler), Address: "https://desk.example"},
		Stale: func(_ channel.Channel, p channel.Progress, _ time.Time) (time.Time, bool) {
			return p.LastSuccess, p.Failures > 0
		},
		Count: func(context.Context, account.User, string, int) (int, error) {
			if d.full {
				return 1, nil
			}
			return 0, nil
		},
	}
	for _, u := range []account.User{{ID: "u1", Email: "asha@example.com", Name: "Asha", Role: account.Support},
		{ID: "u2", Email: "ravi@example.com", Name: "Ravi", Role: account.Admin}, {ID: "u3", Email: "gone@example.com", Name: "Gone", Role: account.Support, Disabled: true}} {
		if err := s.Users().Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Orders().Absorb(t.Context(), []order.Report{ordertest.Synthetic(1, 1, 30, d.at)}, d.at)
	if err != nil || got[0].Err != nil {
		t.Fatal(err, got)
	}
	d.order = got[0].ID
	d.turn()
	return d
}

func (d *desk) turn() {
	d.t.Helper()
	if err := d.Turn(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) change(fn func(*order.Order)) {
	d.t.Helper()
	d.at = d.at.Add(time.Minute)
	if _, err := d.Store.Orders().Update(d.t.Context(), d.order, func(o *order.Order) error { fn(o); return nil }); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) has(id account.ID, texts ...string) {
	d.t.Helper()
	all, err := d.List(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	if len(all) != len(texts) {
		d.t.Fatalf("%s has %d notices, want %d: %+v", id, len(all), len(texts), all)
	}
	for i, want := range texts {
		if !strings.Contains(all[i].Value.Text, want) {
			d.t.Errorf("%s: %q, want %q", id, all[i].Value.Text, want)
		}
	}
}

func TestMentionsAndAssignments(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.change(func(o *order.Order) { o.AddNote("@ravi please call, @gone and @nobody too; @asha me", "u1", d.at) })
	d.turn()
	d.has("u2", "Asha mentioned you")
	d.has("u1") // not of oneself
	d.has("u3")
	d.turn()
	d.change(func(o *order.Order) { o.Assign("u1", "u2", d.at) })
	d.turn()
	d.has("u1", "Ravi gave you order")
	d.has("u2", "Asha mentioned you")
	d.change(func(o *order.Order) { o.Assign("u2", "u2", d.at) }) // to oneself is no news
	d.turn()
	d.has("u2", "Asha mentioned you")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.change(func(o *order.Order) {
		o.Wish = &order.Wish{Status: order.Shipped, By: "u1", Key: "k1", State: order.WishRefused, At: d.at}
		o.AddNote("x", "u2", d.at)
	})
	d.turn()
	d.turn()
	d.has("u1", "The platform refused shipped")
}

func TestStaleChannels(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := channel.Channel{ID: "shop", Name: "Own shop", Platform: order.Organic, Adapter: "custom", Enabled: true}
	if err := d.Store.Channels().Create(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		p := channel.Progress{Channel: "shop", Version: int64(i), Failures: 1, LastSuccess: d.at.Add(time.Duration(i) * time.Hour)}
		if err := d.Store.Channels().SaveProgress(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		d.turn()
		d.turn()
	}
	d.has("u2", "Own shop has not been read", "Own shop has not been read")
	d.has("u1") // may do nothing about it
}

func TestWatchedViews(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u, err := d.Store.Users().Get(t.Context(), "u1")
	if err != nil {
		t.Fatal(err)
	}
	v, err := saved.Book{Records: d.Store.Records(), Now: d.Now}.Create(t.Context(), u, saved.View{Name: "Rings", Query: "q=ring"}, false)
	if err != nil {
		t.Fatal(err)
	}
	look := func(full bool) {
		t.Helper()
		d.full, d.at = full, d.at.Add(time.Minute)
		if err := d.Views(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d.full = true
	if err := d.Watch(t.Context(), "u1", v.ID, true); err != nil {
		t.Fatal(err)
	}
	look(true) // was full when the watch began
	d.has("u1")
	look(false)
	look(true)
	look(true)
	d.has("u1", "Rings has orders again")
	look(false)
	look(true)
	d.has("u1", "Rings has orders again", "Rings has orders again")
	if n, err := d.Unread(t.Context(), "u1"); n != 2 || err != nil {
		t.Errorf("%d unread, %v", n, err)
	}
	if err := d.Seen(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	if n, _ := d.Unread(t.Context(), "u1"); n != 0 {
		t.Errorf("%d unread after looking", n)
	}
	d.has("u1", "Rings", "Rings")
	if err := d.Watch(t.Context(), "u1", v.ID, false); err != nil {
		t.Fatal(err)
	}
	look(false)
	look(true)
	d.has("u1", "Rings", "Rings")
}

// TestCrashTellsOnce: a turn that is repeated from an older position tells
// nothing twice.
func TestCrashTellsOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before, err := d.states().Get(t.Context(), changesID)
	if err != nil {
		t.Fatal(err)
	}
	d.change(func(o *order.Order) { o.AddNote("@ravi", "u1", d.at) })
	d.turn()
	if _, err := d.states().Update(t.Context(), changesID, func(k *store.Kept[state]) error { k.Value = before.Value; return nil }); err != nil {
		t.Fatal(err)
	}
	d.turn()
	d.has("u2", "Asha mentioned you")
	d.at = d.at.Add(keep + time.Hour)
	if err := d.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Store.Records().Count(t.Context(), store.RecordQuery{Kind: kindNotice}); n != 0 || err != nil {
		t.Errorf("%d notices kept, %v", n, err)
	}
}

// TestStoppedWebhooks: a webhook that was switched off is told once to who can
// do something about it, and again only when it happens again.
func TestStoppedWebhooks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var stopped []StoppedHook
	d.Stopped = func(context.Context) ([]StoppedHook, error) { return stopped, nil }
	d.turn()
	d.has("u2")
	stopped = []StoppedHook{{ID: "h1", Name: "ERP", Since: d.at}}
	d.turn()
	d.turn()
	d.has("u2", "The webhook ERP failed for too long and was switched off")
	d.has("u1") // may do nothing about it
	d.at = d.at.Add(time.Hour)
	stopped[0].Since = d.at
	d.turn()
	d.has("u2", "ERP", "ERP")
}
