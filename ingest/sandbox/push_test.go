package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/blinkit"
	"github.com/palmonas/palmonas-crm/ingest/custom"
	"github.com/palmonas/palmonas-crm/ingest/flipkart"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/ingest/shopify"
	"github.com/palmonas/palmonas-crm/ingest/swiggy"
	"github.com/palmonas/palmonas-crm/ingest/woocommerce"
	"github.com/palmonas/palmonas-crm/order"
)

// builds are the desk's adapters by platform, without Amazon: its rates are so
// low that they take a test of their own, and it sends no webhooks.
func builds() map[string]ingest.Build {
	return map[string]ingest.Build{sandbox.Flipkart: flipkart.New, sandbox.WooCommerce: woocommerce.New, sandbox.Shopify: shopify.New,
		sandbox.Custom: custom.New, sandbox.Blinkit: blinkit.New, sandbox.Swiggy: swiggy.New}
}

// connect serves a world and makes the adapter of one platform, which hears
// webhooks at target if that is not empty.
func connect(t *testing.T, w *sandbox.World, platform, target string) ingest.Platform {
	t.Helper()
	srv := httptest.NewServer(w.Handler(platform))
	t.Cleanup(srv.Close)
	if target != "" {
		w.Subscribe(platform, target)
	}
	c, secrets := w.Channel(platform, srv.URL)
	p, err := builds()[platform](ingest.Config{Channel: c, Secrets: secrets, HTTP: &http.Client{Timeout: 10 * time.Second}, Now: time.Now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func world(t *testing.T, orders int) *sandbox.World {
	t.Helper()
	w, err := sandbox.New(sandbox.Options{Seed: 4, Orders: orders, Days: 20, LimitFactor: 1e6, AmazonSettle: -1})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// moves are what a person may do to an order.
var moves = map[order.Status][]order.Status{
	order.Pending:        {order.Confirmed, order.Cancelled},
	order.Confirmed:      {order.Processing, order.Cancelled, order.Shipped},
	order.Processing:     {order.Shipped, order.Cancelled},
	order.Shipped:        {order.OutForDelivery, order.Delivered, order.Returned},
	order.OutForDelivery: {order.Delivered, order.Returned},
	order.Delivered:      {order.Returned},
	order.Cancelled:      {order.Refunded},
	order.Returned:       {order.Refunded},
}

// Every move that an adapter says it can tell its platform is done there, once,
// and is read back.
func TestPushesArrive(t *testing.T) {
	t.Parallel()
	least := map[string]int{sandbox.Flipkart: 3, sandbox.WooCommerce: 7, sandbox.Shopify: 7, sandbox.Custom: 8, sandbox.Blinkit: 4, sandbox.Swiggy: 2}
	for platform := range builds() {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			w := world(t, 900)
			p := connect(t, w, platform, "")
			for range 40 { // quick commerce has few open orders at a time
				if _, err := w.Place(platform); err != nil {
					t.Fatal(err)
				}
			}
			done := map[[2]order.Status]int{}
			for pass := range 3 { // a second pass goes on where the first left orders
				for i, e := range w.Ledger(platform) {
					if pass > 0 && e.Status == order.Cancelled {
						continue // money given back at once is part of Shopify's cancellation
					}
					for k := range moves[e.Status] {
						to := moves[e.Status][(i+k)%len(moves[e.Status])]
						if done[[2]order.Status{e.Status, to}] < 3 && push(t, w, p, platform, e, to) {
							done[[2]order.Status{e.Status, to}]++
							break
						}
					}
				}
			}
			if len(done) < least[platform] {
				t.Errorf("%d kinds of moves were pushed: %v", len(done), done)
			}
		})
	}
}

// push tells a platform a status, if it can be told, and looks at both sides.
func push(t *testing.T, w *sandbox.World, p ingest.Platform, platform string, e sandbox.Entry, to order.Status) bool {
	t.Helper()
	before, err := p.FetchOne(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	o := order.Order{Ref: order.Ref{PlatformOrderID: e.ID}, Platform: before.Platform, Status: to, Facts: before.Facts}
	if o.Facts.Shipment.AWB == "" {
		o.Facts.Shipment = order.Shipment{Carrier: "Delhivery", AWB: "DL0000000042"}
	}
	pusher := p.(ingest.Pusher)
	if pusher.CanPush(o, to) != nil {
		return false
	}
	wish := order.Wish{Status: to, At: time.Now(), Key: "key-" + e.ID}
	var refused *ingest.RefusedError
	switch err := pusher.Push(t.Context(), o, wish); {
	case errors.As(err, &refused):
		return false
	case err != nil:
		t.Errorf("%s: %s → %s: %v", e, e.Status, to, err)
		return false
	}
	if err := pusher.Push(t.Context(), o, wish); err != nil && !errors.As(err, &refused) {
		t.Errorf("%s: the same push again: %v", e, err)
	}
	after, err := p.FetchOne(t.Context(), e.ID)
	if err != nil || after.Status != to {
		t.Errorf("%s: %s → %s is read back as %s, %v", e, e.Status, to, after.Status, err)
	}
	for _, now := range w.Ledger(platform) {
		if now.ID != e.ID {
			continue
		}
		steps := 0
		for i := len(e.Changes); i < len(now.Changes); i++ {
			if now.Changes[i].Status == to && now.Changes[i-1].Status != to {
				steps++
			}
		}
		if now.Status != to || steps != 1 {
			t.Errorf("%s: %s → %s led to %s in %d steps", e, e.Status, to, now.Status, steps)
		}
	}
	return true
}

// hookServer keeps what it is sent.
type hookServer struct {
	mu   sync.Mutex
	all  []*http.Request
	body [][]byte
}

func (s *hookServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all, s.body = append(s.all, r), append(s.body, b)
	w.WriteHeader(http.StatusAccepted)
}

// What a platform sends is signed as its adapter demands, and says what the
// platform knows.
func TestWebhooksAreUnderstood(t *testing.T) {
	t.Parallel()
	for platform := range builds() {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			w := world(t, 300)
			got := &hookServer{}
			srv := httptest.NewServer(got)
			t.Cleanup(srv.Close)
			p := connect(t, w, platform, srv.URL+"/webhooks/x")
			w.Advance(t.Context()) // pings
			told := map[string]order.Status{}
			for range 5 {
				id, err := w.Place(platform)
				if err == nil {
					err = w.SetStatus(platform, id, order.Delivered)
				}
				if err != nil {
					t.Fatal(err)
				}
				told[id] = order.Delivered
			}
			id, err := w.Place(platform)
			if err != nil {
				t.Fatal(err)
			}
			told[id] = ""
			w.Advance(t.Context())
			hear(t, p.(ingest.Receiver), p, got, told)
		})
	}
}

func hear(t *testing.T, r ingest.Receiver, p ingest.Platform, got *hookServer, told map[string]order.Status) {
	t.Helper()
	heard := map[string]bool{}
	for i, req := range got.all {
		if req.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
			continue // WooCommerce's ping is not signed
		}
		if err := r.Verify(req.Header, got.body[i], time.Now()); err != nil {
			t.Fatalf("%v: %v", req.Header, err)
		}
		d, err := r.Parse(req.Header, got.body[i])
		if errors.Is(err, ingest.ErrIgnored) {
			continue
		}
		if err != nil || len(d.Rejects) > 0 || d.EventID == "" {
			t.Fatalf("%v, %+v: %s", err, d.Rejects, got.body[i])
		}
		for _, ref := range d.Refetch {
			report, err := p.FetchOne(t.Context(), ref)
			if err != nil {
				t.Fatalf("%s: %v", ref, err)
			}
			d.Reports = append(d.Reports, report)
		}
		for _, report := range d.Reports {
			id := report.Ref.PlatformOrderID
			want, ok := told[id]
			if heard[id] = true; ok && want != "" && report.Status != want {
				t.Errorf("%s is %s, want %s", id, report.Status, want)
			}
		}
	}
	for id := range told {
		if !heard[id] {
			t.Errorf("nothing was sent of %s", id)
		}
	}
}
