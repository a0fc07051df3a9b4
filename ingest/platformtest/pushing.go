package platformtest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// pushed is a platform with one order that waits for a status to be pushed.
type pushed struct {
	*world
	p  ingest.Pusher
	id string
}

func newPushed(t *testing.T, c Case) pushed {
	t.Helper()
	w := newWorld(t, c, 3)
	return pushed{w, w.adapter().(ingest.Pusher), w.add(1)[0]}
}

// before makes the order on both sides as it is before a status is pushed.
func (d pushed) before(to order.Status) order.Order {
	word := d.c.Push.Before[to]
	d.advance(time.Hour) // a client that gave up for a while tries again
	at := d.now()
	d.put(Order{ID: d.id, Created: at, Modified: at, Status: word, Own: true})
	o := order.Order{Ref: order.Ref{Channel: d.c.Channel(d.srv.URL).ID, PlatformOrderID: d.id}, Status: order.Confirmed}
	if d.c.Push.Facts != nil {
		o.Facts = d.c.Push.Facts(word)
	}
	return o
}

func (d pushed) told() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.c.Push.Status(d.inner, d.id)
}

func (d pushed) wish(to order.Status) order.Wish {
	return order.Wish{Status: to, At: d.now(), Key: "key-" + string(to)}
}

func testPush(t *testing.T, c Case) {
	d := newPushed(t, c)
	for _, to := range order.Statuses() {
		o := d.before(to)
		word, can := c.Push.Words[to]
		if !can {
			var unsupported *ingest.UnsupportedError
			if err := d.p.CanPush(o, to); !errors.As(err, &unsupported) || unsupported.Reason == "" {
				t.Errorf("%s: CanPush %v, want an *UnsupportedError with a reason", to, err)
			}
			continue
		}
		if err := d.p.CanPush(o, to); err != nil {
			t.Errorf("%s: CanPush %v", to, err)
		}
		for range 2 { // at least once means sometimes twice
			if err := d.p.Push(t.Context(), o, d.wish(to)); err != nil {
				t.Errorf("%s: %v", to, err)
			}
		}
		if got := d.told(); got != word {
			t.Errorf("%s: the platform was told %q, want %q", to, got, word)
		}
	}
}

// testPushTrouble: what a platform answers instead of a yes, and what the
// caller is told of it.
func testPushTrouble(t *testing.T, c Case) {
	d := newPushed(t, c)
	for to := range c.Push.Words {
		o := d.before(to)
		d.faulty(answer(500, "application/json", `{}`))
		if err := d.p.Push(t.Context(), o, d.wish(to)); !errors.Is(err, ingest.ErrTemporary) {
			t.Errorf("%s, a failing platform: %v, want ErrTemporary", to, err)
		}
		d.faulty(func(n int, rw http.ResponseWriter, r *http.Request) bool {
			_, _ = io.Copy(io.Discard, r.Body)
			return answer(401, "application/json", `{}`)(n, rw, r)
		})
		if err := d.p.Push(t.Context(), o, d.wish(to)); !errors.Is(err, ingest.ErrAuth) {
			t.Errorf("%s, refused credentials: %v, want ErrAuth", to, err)
		}
		d.faulty(onWrites(answer(422, "application/json", `{"message":"not in this state"}`)))
		// The status itself will do: whoever called knows a 422 for a no.
		var refused *ingest.RefusedError
		var status *ingest.StatusError
		err := d.p.Push(t.Context(), o, d.wish(to))
		if !errors.As(err, &refused) && !errors.As(err, &status) || !strings.Contains(err.Error(), "not in this state") {
			t.Errorf("%s, a platform that says no: %v, want its reason", to, err)
		}
	}
}

// testPushLost: the platform does what it is told and its answer gets lost.
// The caller must not take it for done, and pushing again ends well.
func testPushLost(t *testing.T, c Case) {
	d := newPushed(t, c)
	for to, word := range c.Push.Words {
		o := d.before(to)
		d.faulty(onWrites(func(_ int, _ http.ResponseWriter, r *http.Request) bool {
			d.inner.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}))
		err := d.p.Push(t.Context(), o, d.wish(to))
		if err == nil {
			t.Errorf("%s: a push without an answer counts as done", to)
		} else if !errors.Is(err, ingest.ErrTemporary) {
			t.Errorf("%s: %v, want ErrTemporary, so that it is tried again", to, err)
		}
		d.faulty(nil)
		if err := d.p.Push(t.Context(), o, d.wish(to)); err != nil {
			t.Errorf("%s, pushed again: %v", to, err)
		}
		if got := d.told(); got != word {
			t.Errorf("%s: the platform was told %q, want %q", to, got, word)
		}
	}
}

// onWrites lets a fault strike only what changes something.
func onWrites(fault func(int, http.ResponseWriter, *http.Request) bool) func(int, http.ResponseWriter, *http.Request) bool {
	return func(n int, w http.ResponseWriter, r *http.Request) bool {
		return r.Method != http.MethodGet && fault(n, w, r)
	}
}
