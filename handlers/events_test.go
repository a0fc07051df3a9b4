package handlers

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// listener reads an event stream line by line.
type listener struct {
	t     *testing.T
	res   *http.Response
	lines chan string // closed at the end of the stream
}

func (b *browser) listen(t *testing.T, path string, change ...func(*http.Request)) *listener {
	t.Helper()
	r := b.request(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/event-stream")
	for _, fn := range change {
		fn(r)
	}
	res, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, res: res, lines: make(chan string, 1000)}
	go func() {
		defer close(l.lines)
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			l.lines <- s.Text()
		}
	}()
	t.Cleanup(func() { res.Body.Close() })
	return l
}

// next is the next line that is not empty; "" at the end of the stream.
func (l *listener) next() string {
	l.t.Helper()
	for {
		select {
		case s, open := <-l.lines:
			if s != "" || !open {
				return s
			}
		case <-time.After(10 * time.Second):
			l.t.Fatal("nothing comes")
		}
	}
}

func (l *listener) wantEnd() {
	l.t.Helper()
	for {
		select {
		case _, open := <-l.lines:
			if !open {
				return
			}
		case <-time.After(10 * time.Second):
			l.t.Fatal("the stream goes on")
		}
	}
}

func TestEventsTellOfChanges(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	l := a.as("readonly").listen(t, "/events")
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "X-Accel-Buffering": "no", "Cache-Control": "no-store"} {
		if got := l.res.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if got := l.next(); got != "retry: 3000" {
		t.Fatalf("first line %q", got)
	}
	id := a.orders(1)[0]
	created := []string{l.next(), l.next(), l.next()}
	if !strings.HasPrefix(created[0], "id: ") || created[1] != "event: order" || created[2] != `data: {"id":"`+id.String()+`","created":true}` {
		t.Fatalf("message %q", created)
	}
	if _, err := a.store.Orders().Update(t.Context(), id, func(o *order.Order) error { o.AddNote("x", "", a.clock.now()); return nil }); err != nil {
		t.Fatal(err)
	}
	changed := []string{l.next(), l.next(), l.next()}
	if changed[2] != `data: {"id":"`+id.String()+`","created":false}` {
		t.Fatalf("message %q", changed)
	}
	// Who comes back gets what was missed, once.
	again := a.as("readonly").listen(t, "/events", func(r *http.Request) { r.Header.Set("Last-Event-ID", strings.TrimPrefix(created[0], "id: ")) })
	again.next()
	if got := again.next(); got != changed[0] {
		t.Errorf("after coming back %q, want %q", got, changed[0])
	}
}

func TestN61StreamsEndAtLogout(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b, other := a.as("support"), a.as("support")
	l, stays := b.listen(t, "/events"), other.listen(t, "/events")
	b.post("/logout", nil).want(t, http.StatusSeeOther)
	l.wantEnd()
	stays.next()
	a.orders(1)
	if got := stays.next(); !strings.HasPrefix(got, "id: ") {
		t.Errorf("the other session's stream says %q", got)
	}
	stays.res.Body.Close()
}

func TestN61StreamsEndWithTheSession(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*app){
		"disabled": func(a *app) { a.change("support", func(u *account.User) { u.Disabled = true }) },
		"right taken": func(a *app) {
			a.change("support", func(u *account.User) { u.Denied = []account.Permission{account.OrdersRead} })
		},
		"idle":            func(a *app) { a.clock.add(idleTime) },
		"another process": func(a *app) { a.endAll() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			a.srv.beat = 20 * time.Millisecond
			l := a.as("support").listen(t, "/events")
			l.next()
			if got := l.next(); got != ": still here" {
				t.Fatalf("heartbeat %q", got)
			}
			end(a)
			l.wantEnd()
		})
	}
}

func TestEventsNeedASession(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	l := a.browser().listen(t, "/events")
	if l.res.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d", l.res.StatusCode)
	}
}

func TestN61StreamsPerUser(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	for range streamsPerUser {
		if l := b.listen(t, "/events"); l.res.StatusCode != http.StatusOK {
			t.Fatalf("status %d", l.res.StatusCode)
		}
	}
	l := b.listen(t, "/events")
	if l.res.StatusCode != http.StatusTooManyRequests || l.res.Header.Get("Retry-After") == "" {
		t.Errorf("one more: %d", l.res.StatusCode)
	}
	if l := a.as("admin").listen(t, "/events"); l.res.StatusCode != http.StatusOK {
		t.Errorf("somebody else: %d", l.res.StatusCode)
	}
}

func TestN61StreamsInAll(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	h := NewHub(a.store, time.Hour, a.srv.Log)
	var subs []*Subscription
	for i := range streamsInAll {
		s, err := h.Subscribe(account.ID(rune('a'+i)), "s")
		if err != nil {
			t.Fatal(err)
		}
		subs = append(subs, s)
	}
	if _, err := h.Subscribe("one more", "s"); err == nil {
		t.Error("no limit in all")
	}
	subs[0].Close()
	subs[0].Close()
	if _, err := h.Subscribe("one more", "s"); err != nil {
		t.Error(err)
	}
	h.Close()
	h.Close()
	if err := h.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	for _, s := range subs {
		<-s.Done
	}
	if _, err := h.Subscribe("late", "s"); err == nil {
		t.Error("a closed hub takes streams")
	}
}

func TestShutdownDoesNotWaitForStreams(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	l := a.as("support").listen(t, "/events")
	l.next()
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := a.http.Config.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("took %s", d)
	}
	l.wantEnd()
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	b.get("/healthz").want(t, http.StatusOK)
	b.get("/readyz").want(t, http.StatusOK)
	a.srv.Drain()
	b.get("/healthz").want(t, http.StatusOK)
	b.get("/readyz").want(t, http.StatusServiceUnavailable)
}

// endAll makes the store forget every session, as another process would.
func (a *app) endAll() {
	a.t.Helper()
	all, ok := a.store.Sessions().(interface {
		All() (map[string][]byte, error)
	})
	if !ok {
		a.t.Fatal("the session store cannot list its sessions")
	}
	tokens, err := all.All()
	if err != nil {
		a.t.Fatal(err)
	}
	for token := range tokens {
		if err := a.store.Sessions().Delete(token); err != nil {
			a.t.Fatal(err)
		}
	}
}
