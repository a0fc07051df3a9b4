package outbound

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

func loopback() Guard {
	return Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
}

// got is one message as the receiver saw it.
type got struct {
	header http.Header
	body   []byte
}

// shop is a store, its worker and a receiver.
type shop struct {
	*Service
	t      *testing.T
	worker *Worker
	at     time.Time
	server *httptest.Server

	mu     sync.Mutex
	got    []got
	answer func(http.ResponseWriter)
}

func newShop(t *testing.T) *shop {
	t.Helper()
	h := &shop{t: t, at: ordertest.Noon()}
	now := func() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.at }
	st, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "o.db"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	keys, err := channel.NewKeyring([]byte(strings.Repeat("k", channel.KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	h.Service = New(Config{Store: st, Keys: keys, Guard: loopback(), Now: now})
	h.worker = NewWorker(h.Service, "test", nil)
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		h.got = append(h.got, got{r.Header.Clone(), body})
		answer := h.answer
		h.mu.Unlock()
		if answer != nil {
			answer(w)
		}
	}))
	t.Cleanup(h.server.Close)
	return h
}

func (h *shop) later(d time.Duration) { h.mu.Lock(); h.at = h.at.Add(d); h.mu.Unlock() }

func (h *shop) answers(status int) {
	h.mu.Lock()
	h.answer = func(w http.ResponseWriter) { w.WriteHeader(status) }
	h.mu.Unlock()
}

// run lets the worker run once and returns what arrived.
func (h *shop) run() []got {
	h.t.Helper()
	h.worker.Run(h.t.Context())
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.got
	h.got = nil
	return all
}

func (h *shop) subscribe(events ...Event) (Subscription, string) {
	h.t.Helper()
	sub, secret, err := h.Create(h.t.Context(), Wish{Name: "ERP", URL: h.server.URL + "/hooks", Events: events, Enabled: true})
	if err != nil {
		h.t.Fatal(err)
	}
	return sub, secret
}

func (h *shop) sub(id string) Subscription {
	h.t.Helper()
	sub, err := h.Get(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return sub
}

func (h *shop) absorb(id string, s order.Status, at time.Time) order.ID {
	h.t.Helper()
	r := ordertest.Report("website", id, ordertest.Noon().Add(-time.Hour))
	r.Status, r.At = s, at
	out, err := h.c.Store.Orders().Absorb(h.t.Context(), []order.Report{r}, h.c.Now())
	if err != nil || out[0].Err != nil {
		h.t.Fatal(err, out)
	}
	return out[0].ID
}

func types(all []got) string {
	var names []string
	for _, g := range all {
		var m struct{ Type string }
		if json.Unmarshal(g.body, &m) != nil {
			m.Type = "?"
		}
		names = append(names, m.Type)
	}
	return strings.Join(names, " ")
}

func TestEventsArriveSigned(t *testing.T) {
	t.Parallel()
	h := newShop(t)
	h.absorb("before", order.Pending, h.at) // nobody listened yet
	sub, secret := h.subscribe(Events()...)
	id := h.absorb("W1", order.Pending, h.at)
	all := h.run()
	if types(all) != "order.created" {
		t.Fatalf("arrived: %s", types(all))
	}
	v, err := standardwebhook.NewVerifier([]string{secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Verify(all[0].header, all[0].body, h.at); err != nil {
		t.Errorf("signature: %v", err)
	}
	if strings.Contains(string(all[0].body), "Ishita") || !strings.Contains(string(all[0].body), id.String()) {
		t.Errorf("body %s", all[0].body)
	}
	if ua := all[0].header.Get("User-Agent"); ua != "Palmonas-CRM/test" {
		t.Errorf("User-Agent %s", ua)
	}
	if again := h.run(); len(again) != 0 {
		t.Errorf("sent again: %s", types(again))
	}
	h.later(time.Minute)
	h.absorb("W1", order.Shipped, h.at)
	all = h.run()
	if types(all) != "order.updated order.status_changed" && types(all) != "order.status_changed order.updated" {
		t.Fatalf("after a change: %s", types(all))
	}
	for _, g := range all {
		if strings.Contains(string(g.body), "status_changed") && !strings.Contains(string(g.body), `"from":"pending","to":"shipped"`) {
			t.Errorf("body %s", g.body)
		}
	}
	if s := h.sub(sub.ID); s.LastSuccess.IsZero() || !s.FailingSince.IsZero() {
		t.Errorf("%+v", s)
	}
	list, err := h.Deliveries(t.Context(), sub.ID, 10)
	if err != nil || len(list) != 3 || list[0].State != Delivered || list[0].Status != 200 {
		t.Errorf("log %+v, %v", list, err)
	}
}

func TestCustomerOnlyWhenWished(t *testing.T) {
	t.Parallel()
	h := newShop(t)
	if _, _, err := h.Create(t.Context(), Wish{Name: "ERP", URL: h.server.URL, Events: []Event{OrderCreated}, Customer: true, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	h.absorb("W1", order.Pending, h.at)
	if all := h.run(); len(all) != 1 || !strings.Contains(string(all[0].body), "Ishita Rao") {
		t.Errorf("%d messages", len(all))
	}
	for _, kind := range []string{"delivery", "delivered"} {
		all, err := h.c.Store.Records().List(t.Context(), store.RecordQuery{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if strings.Contains(string(r.Doc), "Ishita") {
				t.Error("the queue holds personal data")
			}
		}
	}
}

// TestCrashBetweenStoringAndMoving: following the same changes again queues
// nothing twice, also what was delivered meanwhile.
func TestCrashBetweenStoringAndMoving(t *testing.T) {
	t.Parallel()
	h := newShop(t)
	h.subscribe(Events()...)
	h.absorb("W1", order.Pending, h.at)
	h.absorb("W2", order.Pending, h.at)
	h.later(time.Minute)
	h.absorb("W1", order.Shipped, h.at)
	first := len(h.run())
	if _, err := h.positions.Update(t.Context(), positionID, func(k *store.Kept[position]) error { k.Value.Seq = 0; return nil }); err != nil {
		t.Fatal(err)
	}
	if again := h.run(); len(again) != 0 || first != 4 {
		t.Errorf("%d messages, then again %s", first, types(again))
	}
}

func TestPingAndRotation(t *testing.T) {
	t.Parallel()
	h := newShop(t)
	sub, first := h.subscribe(OrderCreated)
	second, err := h.Rotate(t.Context(), sub.ID)
	if err != nil || first == second {
		t.Fatal(err)
	}
	if err := h.SendPing(t.Context(), sub.ID); err != nil {
		t.Fatal(err)
	}
	all := h.run()
	if types(all) != "ping" {
		t.Fatalf("arrived: %s", types(all))
	}
	for _, secret := range []string{first, second} {
		v, err := standardwebhook.NewVerifier([]string{secret})
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Verify(all[0].header, all[0].body, h.at); err != nil {
			t.Errorf("one of the two secrets: %v", err)
		}
	}
	records, err := h.c.Store.Records().List(t.Context(), store.RecordQuery{Kind: KindSubscription})
	if err != nil || strings.Contains(string(records[0].Doc), first[6:20]) {
		t.Error("the secret is stored open")
	}
}

func TestRefusedWishes(t *testing.T) {
	t.Parallel()
	h := newShop(t)
	good := Wish{Name: "ERP", URL: "https://example.com/hooks", Events: []Event{OrderCreated}}
	for field, change := range map[string]func(*Wish){
		"name":    func(w *Wish) { w.Name = " " },
		"url":     func(w *Wish) { w.URL = "http://example.com" },
		"events":  func(w *Wish) { w.Events = nil },
		"events ": func(w *Wish) { w.Events = []Event{OrderCreated, Ping} },
	} {
		w := good
		change(&w)
		var faults order.FieldErrors
		if _, _, err := h.Create(t.Context(), w); !errors.As(err, &faults) || faults.For(strings.TrimSpace(field)) == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}
