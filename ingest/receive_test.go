package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

func signed() http.Header {
	return http.Header{"X-Shop-Signature": {"good"}, "X-Shop-Topic": {"order"}, "Authorization": {"secret"}, "X-Forwarded-For": {"10.0.0.1"}}
}

// send hands a webhook in and wants it fresh or not.
func (d *testDesk) send(m shopHook, fresh bool) {
	d.t.Helper()
	body, err := json.Marshal(m)
	if err != nil {
		d.t.Fatal(err)
	}
	got, err := d.Receive(d.t.Context(), "shop", signed(), body, d.clock.Now())
	if err != nil || got != fresh {
		d.t.Fatalf("event %q: fresh %v, %v", m.Event, got, err)
	}
}

func (d *testDesk) work() {
	d.t.Helper()
	if err := d.WorkInbox(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *testDesk) backlog() int {
	d.t.Helper()
	n, _, err := d.st.Inbox().Backlog(d.t.Context(), "shop")
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

func (d *testDesk) aside() []channel.Quarantined {
	d.t.Helper()
	list, err := d.st.Channels().Quarantined(d.t.Context(), "shop", 100)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func reported(id string, s order.Status, at time.Time) *order.Report {
	r := report(id)
	r.Status, r.Facts.PlatformStatus, r.At = s, string(s), at
	return &r
}

func TestReceive(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	d.send(shopHook{Event: "e1", Report: reported("n", order.Confirmed, orderedAt)}, true)
	d.send(shopHook{Event: "e1", Report: reported("n", order.Confirmed, orderedAt)}, false)
	d.send(shopHook{Event: "e2", Refetch: "a"}, true)
	d.send(shopHook{Event: "e3", Topic: "ignored"}, false)
	d.send(shopHook{Report: reported("m", order.Confirmed, orderedAt)}, true) // no id of its own
	d.send(shopHook{Report: reported("m", order.Confirmed, orderedAt)}, false)
	if d.backlog() != 3 || d.shop.reads != 0 {
		t.Errorf("%d messages kept, %d calls while receiving", d.backlog(), d.shop.reads)
	}
	d.shop.move("a", order.Shipped)
	d.work()
	if d.backlog() != 0 || d.shop.reads != 1 {
		t.Errorf("%d messages left, %d reads", d.backlog(), d.shop.reads)
	}
	if o := d.order("n"); o.History[0].Source != order.FromWebhook || o.Ref.Channel != "shop" || o.Platform != order.Organic {
		t.Errorf("order %+v", o)
	}
	if o := d.order("a"); o.Status != order.Shipped {
		t.Errorf("refetched order is %s", o.Status)
	}
	d.order("m")
}

func TestReceiveKeepsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	body := []byte(`{"Event":`)
	if fresh, err := d.Receive(t.Context(), "shop", signed(), body, d.clock.Now()); err != nil || !fresh {
		t.Fatalf("%v, %v", fresh, err)
	}
	bad := report("late")
	bad.Facts.OrderedAt = time.Time{}
	d.send(shopHook{Event: "e2", Report: &bad}, true)
	d.send(shopHook{Event: "e3", Report: reported("n", order.Confirmed, orderedAt)}, true)
	d.work()
	held := d.aside()
	if d.backlog() != 0 || len(held) != 2 {
		t.Fatalf("%d left, set aside %+v", d.backlog(), held)
	}
	for _, q := range held {
		if q.Source != order.FromWebhook || q.Reason == "" || len(q.Payload) == 0 {
			t.Errorf("set aside %+v", q)
		}
	}
	d.order("n")
}

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	for name, h := range map[string]http.Header{"none": {}, "bad": {"X-Shop-Signature": {"bad"}}} {
		if _, err := d.Receive(t.Context(), "shop", h, []byte("{}"), d.clock.Now()); !errors.Is(err, ErrBadSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.shop.verify = func(http.Header) error { panic("short key") }
	if _, err := d.Receive(t.Context(), "shop", signed(), []byte("{}"), d.clock.Now()); !errors.Is(err, ErrBadSignature) {
		t.Errorf("a check that fails: %v", err)
	}
	if _, err := d.Receive(t.Context(), "nobody", signed(), []byte("{}"), d.clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown channel: %v", err)
	}
	if d.backlog() != 0 {
		t.Errorf("%d messages kept", d.backlog())
	}
	d.c.Builders["fake"] = func(Config) (Platform, error) { return &fakePlatform{fetch: numbered(1)}, nil }
	if _, err := d.st.Channels().Update(t.Context(), "shop", func(c *channel.Channel) error { c.Version++; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Receive(t.Context(), "shop", signed(), []byte("{}"), d.clock.Now()); !errors.Is(err, ErrNoWebhooks) {
		t.Errorf("a platform without webhooks: %v", err)
	}
}

func TestReceiveKeepsOnlyHeadersOfUse(t *testing.T) {
	t.Parallel()
	got := keptHeader(http.Header{
		"X-Shopify-Topic": {"orders/create"}, "X-Shopify-Hmac-Sha256": {"s"}, "Webhook-Id": {"m1"}, "Webhook-Signature": {"s"},
		"Cookie": {"c"}, "Authorization": {"a"}, "X_authorization": {"a"}, "X-Forwarded-For": {"1.2.3.4"}, "X-Real-Ip": {"1.2.3.4"},
		"Content-Type": {"application/json"}, "User-Agent": {"u"}, "X-Long": {strings.Repeat("x", maxHeaderLen+1)}, "X-Empty": nil,
	})
	want := map[string]string{"X-Shopify-Topic": "orders/create", "Webhook-Id": "m1", "Content-Type": "application/json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// a message that always fails is tried eight times, then set aside, and
// keeps nobody waiting.
func TestInboxPoison(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		poison shopHook
		one    error
	}{
		"adapter panics":         {shopHook{Event: "p", Topic: "poison"}, nil},
		"one order always fails": {shopHook{Event: "p", Refetch: "x"}, &StatusError{Status: 500, Message: "boom"}},
		"answer is nonsense":     {shopHook{Event: "p", Refetch: "x"}, errors.New("no total")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t, "a")
			d.shop.one = func(id string) error {
				if id == "x" {
					return tc.one
				}
				return nil
			}
			fresh := tc.poison.Topic != "poison"
			if fresh {
				d.send(tc.poison, true)
			} else { // Parse fails in Receive too; the message is kept all the same
				body, _ := json.Marshal(tc.poison)
				if got, err := d.Receive(t.Context(), "shop", signed(), body, d.clock.Now()); err != nil || !got {
					t.Fatalf("%v, %v", got, err)
				}
			}
			rounds := 0
			for ; d.backlog() > 0 && rounds < 2000; rounds++ {
				d.send(shopHook{Event: fmt.Sprint("e", rounds), Report: reported(fmt.Sprint("n", rounds), order.Confirmed, orderedAt)}, true)
				d.work()
				d.order(fmt.Sprint("n", rounds)) // nobody waits
				if _, err := d.Pull(t.Context(), "shop", ""); err != nil {
					t.Fatal(err)
				}
				d.clock.advance(time.Minute)
			}
			held := d.aside()
			if len(held) != 1 || !strings.Contains(held[0].Reason, "after 8 tries") {
				t.Fatalf("after %d rounds: %+v", rounds, held)
			}
		})
	}
}

// A platform that is down is no fault of its messages: they wait for it.
func TestInboxWaitsForThePlatform(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	d.shop.one = func(string) error { return &StatusError{Status: 503, Message: "down"} }
	d.send(shopHook{Event: "e1", Refetch: "a"}, true)
	for range 6 * 60 {
		d.work()
		d.clock.advance(time.Minute)
	}
	if d.backlog() != 1 || len(d.aside()) != 0 {
		t.Fatalf("%d left, set aside %+v", d.backlog(), d.aside())
	}
	d.shop.one = nil
	d.shop.move("a", order.Shipped)
	for range 61 {
		d.work()
		d.clock.advance(time.Minute)
	}
	if d.backlog() != 0 || d.order("a").Status != order.Shipped {
		t.Errorf("%d left, order is %s", d.backlog(), d.order("a").Status)
	}
}

// R-3, F-18: reversed, five times each, ahead of their order and mixed with
// pulls, the webhooks of a day end as the platform stands.
func TestWebhooksConverge(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 1))
			d := openDesk(t)
			var hooks []shopHook
			path := []order.Status{order.Pending, order.Confirmed, order.Processing, order.Shipped, order.OutForDelivery, order.Delivered}
			for n := range 20 {
				id := fmt.Sprint("o", n)
				for step := range 2 + rnd.IntN(len(path)-1) {
					d.clock.advance(time.Duration(rnd.IntN(300)) * time.Second)
					if step == 0 {
						d.shop.orders[id] = report(id)
					}
					d.shop.move(id, path[step])
					r := d.shop.orders[id]
					hooks = append(hooks, shopHook{Event: fmt.Sprint(id, "-", step), Report: &r})
				}
				hooks = append(hooks, shopHook{Event: id + "-again", Refetch: id})
			}
			five := slices.Repeat(hooks, 5)
			if seed > 0 {
				rnd.Shuffle(len(five), func(i, j int) { five[i], five[j] = five[j], five[i] })
			} else {
				slices.Reverse(five)
			}
			seen := map[string]bool{}
			for i, h := range five {
				d.send(h, !seen[h.Event])
				seen[h.Event] = true
				switch {
				case i%17 == 0:
					d.work()
				case i%41 == 0:
					if _, err := d.Pull(t.Context(), "shop", ""); err != nil {
						t.Fatal(err)
					}
				}
			}
			d.work()
			n, err := d.st.Orders().Count(t.Context(), nil, 100)
			if err != nil || n != 20 || d.backlog() != 0 {
				t.Fatalf("%d orders, %d messages left, %v", n, d.backlog(), err)
			}
			for id, r := range d.shop.orders {
				if o := d.order(id); o.Status != r.Status || o.Facts.PlatformStatus != r.Facts.PlatformStatus {
					t.Errorf("%s is %s, the platform says %s", id, o.Status, r.Status)
				}
			}
		})
	}
}

// A channel whose platform is slow keeps no other waiting.
func TestInboxChannelsAreIndependent(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "a")
	slow := testChannel("slow")
	if err := d.st.Channels().Create(t.Context(), slow); err != nil {
		t.Fatal(err)
	}
	release, begun := make(chan struct{}), make(chan struct{})
	d.shop.orders["z"] = report("z")
	stuck := newShop(d.clock, "z")
	stuck.one = func(string) error { close(begun); <-release; return nil }
	d.c.Builders["fake"] = func(c Config) (Platform, error) {
		if c.Channel.ID == "slow" {
			return stuck, nil
		}
		return d.shop, nil
	}
	body, _ := json.Marshal(shopHook{Event: "s", Refetch: "z"})
	if _, err := d.Receive(t.Context(), "slow", signed(), body, d.clock.Now()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.WorkInbox(t.Context()) }()
	<-begun
	d.send(shopHook{Event: "e1", Report: reported("n", order.Confirmed, orderedAt)}, true)
	eventually(t, "the other channel's message is worked on", func() bool { return d.backlog() == 0 })
	d.order("n")
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
