package ingest_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// parcel is a webhook as a platform sent it.
type parcel struct {
	channel string
	header  http.Header
	body    []byte
	at      time.Time
}

// collect lets every platform that has webhooks send them, and keeps them.
func (d *desk) collect(t *testing.T) func() []parcel {
	t.Helper()
	var mu sync.Mutex
	var all []parcel
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, parcel{path.Base(r.URL.Path), r.Header.Clone(), body, d.clock.Now()})
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(srv.Close)
	for name, id := range d.ids {
		target := srv.URL + "/webhooks/" + id
		if !d.world.Subscribe(name, target) && name != sandbox.Amazon {
			t.Errorf("%s sends no webhooks", name)
		}
		// Flipkart signs the address.
		_, err := d.store.Channels().Update(t.Context(), id, func(c *channel.Channel) error {
			if c.Options == nil {
				c.Options = map[string]string{}
			}
			c.Options["webhook_url"] = target
			c.Version++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return func() []parcel {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// decide lets people move some orders of a channel wherever their platform can
// be told.
func (d *desk) decide(t *testing.T, rnd *rand.Rand, channelID string, n int) {
	t.Helper()
	_, p, err := d.syncer.Platform(t.Context(), channelID)
	if err != nil {
		t.Fatal(err)
	}
	pusher := p.(ingest.Pusher)
	page, err := d.store.Orders().List(t.Context(), order.Query{Where: order.Term{Field: order.FieldChannel, Text: []string{channelID}}, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range page.Rows {
		o, err := d.store.Orders().Get(t.Context(), row.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range o.Status.Next() {
			if n == 0 {
				return
			}
			if o.Wish != nil || to == order.Cancelled && rnd.IntN(4) > 0 || pusher.CanPush(o, to) != nil {
				continue
			}
			_, err := d.store.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
				return o.SetStatus(to, "u1", "", true, d.clock.Now())
			})
			if err != nil {
				t.Fatal(err)
			}
			n--
			break
		}
	}
}

// giveUp takes the platform's word where it refused.
func (d *desk) giveUp(t *testing.T, name string) (refused int) {
	t.Helper()
	for _, e := range d.world.Ledger(name) {
		o, err := d.store.Orders().ByRef(t.Context(), order.Ref{Channel: d.ids[name], PlatformOrderID: e.ID})
		if err != nil || o.Wish == nil || o.Wish.State != order.WishRefused {
			continue
		}
		refused++
		if _, err := d.store.Orders().Update(t.Context(), o.ID, func(o *order.Order) error { return o.DropWish("u1", "", d.clock.Now()) }); err != nil {
			t.Fatal(err)
		}
	}
	return refused
}

// TestBothWays lets people and platforms move orders against each other while
// answers are lost and calls fail. In the end each decision took effect once or
// was refused, webhooks that come shuffled and five times among pulls
// change nothing (R-3, F-18), and the database is what the platforms' ledgers
// say.
func TestBothWays(t *testing.T) {
	t.Parallel()
	for seed := range int64(3) {
		d, rnd := newDesk(t, 20+seed, 200), rand.New(rand.NewPCG(uint64(seed), 2))
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			pullAll := func() {
				for _, id := range d.ids {
					if _, err := d.syncer.Pull(t.Context(), id, ""); err != nil && !errors.Is(err, ingest.ErrTemporary) {
						t.Fatal(err)
					}
				}
			}
			pullAll()
			sent := d.collect(t)
			faults, err := sandbox.ParseFaults("drop=0.3,500=0.15,429=0.05")
			if err != nil {
				t.Fatal(err)
			}
			if err := d.world.SetFaults("", faults); err != nil {
				t.Fatal(err)
			}
			var told ingest.PushTally
			push := func() {
				for _, id := range d.ids {
					done, err := d.syncer.Push(t.Context(), id)
					if err != nil && !errors.Is(err, ingest.ErrTemporary) {
						t.Fatal(err)
					}
					told.Sent, told.Refused = told.Sent+done.Sent, told.Refused+done.Refused
				}
			}
			for round := range 60 {
				if round%6 == 0 && round < 48 {
					for _, id := range d.ids {
						d.decide(t, rnd, id, 4)
					}
				}
				push()
				d.clock.advance(time.Minute)
				d.world.Advance(t.Context())
				if round%5 == 0 {
					pullAll()
				}
			}
			if err := d.world.SetFaults("", sandbox.Faults{}); err != nil {
				t.Fatal(err)
			}
			for range 90 {
				push()
				d.clock.advance(time.Minute)
			}
			hooks := sent()
			five := slices.Repeat(hooks, 5)
			rnd.Shuffle(len(five), func(i, j int) { five[i], five[j] = five[j], five[i] })
			fresh := 0
			for i, h := range five {
				ok, err := d.syncer.Receive(t.Context(), h.channel, h.header, h.body, h.at)
				if err != nil {
					t.Fatalf("%s: %v", h.channel, err)
				}
				if ok {
					fresh++
				}
				if i%200 == 0 {
					if err := d.syncer.WorkInbox(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if i%1000 == 0 {
					pullAll()
				}
			}
			if err := d.syncer.WorkInbox(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.clock.advance(time.Hour)
			pullAll()
			t.Logf("%+v; %d webhooks, %d fresh of %d", told, len(hooks), fresh, len(five))
			if told.Sent < 20 || fresh < 20 || fresh > len(hooks) {
				t.Error("too little went on to prove anything")
			}
			for name, id := range d.ids {
				if n, oldest, err := d.store.Inbox().Backlog(t.Context(), id); n != 0 || err != nil {
					t.Errorf("%s: %d webhooks left since %s, %v", name, n, oldest, err)
				}
				refused := d.giveUp(t, name)
				if open, _, err := d.store.Orders().OpenWishes(t.Context(), id); open != 0 || err != nil {
					t.Errorf("%s: %d wishes open, %v", name, open, err)
				}
				t.Logf("%s refused %d", name, refused)
				d.compare(t, name)
				for _, e := range d.world.Ledger(name) {
					for _, s := range order.Statuses() {
						n := 0
						for _, c := range e.Changes {
							if c.Status == s && c.By != shop.ByLife {
								n++
							}
						}
						if n > 1 {
							t.Errorf("%s: %s was made %s %d times: %+v", name, e.ID, s, n, e.Changes)
						}
					}
				}
			}
		})
	}
}
