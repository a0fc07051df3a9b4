package platformtest

import (
	"bytes"
	"errors"
	"io"
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
}

// Push is what the suite needs to know of a platform that is told statuses.
type Push struct {
	// Words are the statuses that can be pushed, with the platform's word.
	Words map[order.Status]string
	// Status is the word that the server was told last for an order, empty for
	// none.
	Status func(server http.Handler, id string) string
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
	return able && c.Hook != nil
}

func hasPush(t *testing.T, c Case) bool {
	t.Helper()
	_, able := newWorld(t, c, 0).adapter().(ingest.Pusher)
	return able && c.Push != nil
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

func testPush(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	p := w.adapter().(ingest.Pusher)
	id := w.add(1)[0]
	o := order.Order{Ref: order.Ref{Channel: c.Channel(w.srv.URL).ID, PlatformOrderID: id}, Status: order.Confirmed}
	for _, s := range order.Statuses() {
		word, can := c.Push.Words[s]
		if !can {
			var unsupported *ingest.UnsupportedError
			if err := p.CanPush(o, s); !errors.As(err, &unsupported) || unsupported.Reason == "" {
				t.Errorf("%s: CanPush %v, want an *UnsupportedError with a reason", s, err)
			}
			continue
		}
		if err := p.CanPush(o, s); err != nil {
			t.Errorf("%s: CanPush %v", s, err)
		}
		wish := order.Wish{Status: s, At: w.now(), Key: "key-" + string(s)}
		for range 2 { // at least once means sometimes twice
			if err := p.Push(t.Context(), o, wish); err != nil {
				t.Errorf("%s: %v", s, err)
			}
		}
		if got := c.Push.Status(w.inner, id); got != word {
			t.Errorf("%s: the platform was told %q, want %q", s, got, word)
		}
	}
	w.faulty(answer(500, "application/json", `{}`))
	for s := range c.Push.Words {
		if err := p.Push(t.Context(), o, order.Wish{Status: s}); !errors.Is(err, ingest.ErrTemporary) {
			t.Errorf("a failing platform: %v, want ErrTemporary", err)
		}
		break
	}
	w.faulty(func(_ int, rw http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		return answer(401, "application/json", `{}`)(0, rw, r)
	})
	for s := range c.Push.Words {
		if err := p.Push(t.Context(), o, order.Wish{Status: s}); !errors.Is(err, ingest.ErrAuth) {
			t.Errorf("refused credentials: %v, want ErrAuth", err)
		}
		break
	}
}
