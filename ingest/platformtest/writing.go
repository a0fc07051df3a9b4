package platformtest

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Hook is what the suite needs to know of a platform's webhooks.
type Hook struct {
	// Sign makes the headers of a delivery.
	Sign func(secret string, at time.Time, body []byte) http.Header
	// Body is a delivery about an order.
	Body func(Order) []byte
	// Dated tells that the signature covers a time, so that a stale delivery
	// is refused. Bodiless tells that it does not cover the body: such a
	// delivery may only name orders to read again.
	Dated, Bodiless bool
}

// Push is what the suite needs to know of a platform that is told statuses.
type Push struct {
	// Words are the statuses that can be pushed, with the platform's word.
	Words map[order.Status]string
	// Status is the word that the server was told last for an order, empty for
	// none.
	Status func(server http.Handler, id string) string
	// Before is the platform's word for the order when a status is pushed, where
	// that of a normal new order does not do. Facts are what the desk knows of
	// an order with that word; nil for nothing.
	Before map[order.Status]string
	Facts  func(word string) order.Facts
}

func receiver(t *testing.T, c Case) (*world, ingest.Receiver) {
	t.Helper()
	w := newWorld(t, c, 3)
	return w, w.adapter().(ingest.Receiver)
}

// hasHooks holds the case to the adapter: one that takes webhooks is tested for
// them.
func hasHooks(t *testing.T, c Case) bool {
	t.Helper()
	_, able := newWorld(t, c, 0).adapter().(ingest.Receiver)
	if able && c.Hook == nil {
		t.Fatal("the adapter takes webhooks, the case has none")
	}
	return able
}

func hasPush(t *testing.T, c Case) bool {
	t.Helper()
	_, able := newWorld(t, c, 0).adapter().(ingest.Pusher)
	if able && c.Push == nil {
		t.Fatal("the adapter pushes statuses, the case has none")
	}
	return able
}

func testHookSignature(t *testing.T, c Case) {
	w, r := receiver(t, c)
	now := w.now()
	body := c.Hook.Body(Order{ID: c.OrderID(1), Created: now, Modified: now})
	if len(c.Secrets.Webhook) < 2 {
		t.Fatal("the case must have two webhook secrets: a rotation keeps the old one for a while")
	}
	for i, secret := range c.Secrets.Webhook {
		if err := r.Verify(c.Hook.Sign(secret, now, body), body, now); err != nil {
			t.Errorf("secret %d: %v", i, err)
		}
	}
	good := c.Hook.Sign(c.Secrets.Webhook[0], now, body)
	for i := range body {
		if c.Hook.Bodiless {
			break
		}
		flipped := bytes.Clone(body)
		flipped[i] ^= 1
		if err := r.Verify(good, flipped, now); !errors.Is(err, ingest.ErrBadSignature) {
			t.Fatalf("byte %d changed: %v, want ErrBadSignature", i, err)
		}
	}
	for name, h := range map[string]http.Header{
		"no header": {}, "another secret": c.Hook.Sign("another secret", now, body), "an empty secret": c.Hook.Sign("", now, body),
	} {
		if err := r.Verify(h, body, now); !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("%s: %v, want ErrBadSignature", name, err)
		}
	}
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		if err := r.Verify(good, body, now.Add(off)); (err == nil) == c.Hook.Dated {
			t.Errorf("the delivery by a clock that is %s off: %v", off, err)
		}
	}
	cfg := w.config()
	cfg.Secrets.Webhook = nil
	p, err := c.Build(cfg)
	if err != nil {
		return // an adapter may demand a webhook secret
	}
	if err := p.(ingest.Receiver).Verify(c.Hook.Sign("", now, body), body, now); !errors.Is(err, ingest.ErrBadSignature) {
		t.Errorf("a channel without a secret: %v, want ErrBadSignature", err)
	}
}

func testHookBody(t *testing.T, c Case) {
	w, r := receiver(t, c)
	at := w.now().Add(-time.Minute)
	o := Order{ID: c.OrderID(1), Created: at, Modified: at}
	w.put(o)
	body := c.Hook.Body(o)
	h := c.Hook.Sign(c.Secrets.Webhook[0], w.now(), body)
	d, err := r.Parse(h, body)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Parse(h, body)
	if err != nil || d.EventID == "" || again.EventID != d.EventID {
		t.Errorf("event %q, then %q, %v", d.EventID, again.EventID, err)
	}
	if len(d.Reports) == 0 && !slices.Contains(d.Refetch, o.ID) {
		t.Fatalf("nothing about order %s: %+v", o.ID, d)
	}
	listed, err := w.adapter().FetchOne(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if c.Hook.Bodiless && len(d.Reports) > 0 {
		t.Error("facts of an order were taken from a body that nobody signed")
	}
	for _, x := range d.Reports {
		w.check(x)
		if diff := cmp.Diff(listed.Facts, x.Facts); diff != "" || x.Status != listed.Status || x.Source != order.FromWebhook {
			t.Errorf("differs from what the platform lists (source %s):\n%s", x.Source, diff)
		}
	}
	for name, hostile := range Hostile() {
		d, err := r.Parse(c.Hook.Sign(c.Secrets.Webhook[0], w.now(), []byte(hostile)), []byte(hostile))
		if err == nil && len(d.Reports) > 0 {
			t.Errorf("%s: %d orders out of nothing", name, len(d.Reports))
		}
		for _, x := range d.Rejects {
			if x.Reason == "" {
				t.Errorf("%s: set aside without a reason", name)
			}
		}
	}
}
