// Package platformtest says what every adapter must do, as a suite of tests
// against a small server that speaks its platform's API. An adapter joins with
// a Case: how to build it, and a fake of its platform that answers from a list
// of orders. Everything that goes wrong on the way (limits, failures, web pages,
// broken bytes) is put in front of that fake by the suite.
package platformtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Order is an order on the fake platform.
type Order struct {
	ID       string
	Created  time.Time
	Modified time.Time
	// Status is the platform's own word; empty for that of a normal new order.
	Status string
	// Bare asks for a record without any optional field, Broken for one that
	// no adapter can read, such as one without a readable total.
	Bare, Broken bool
	// Own asks for an order that the seller ships himself, where a platform
	// tells those apart.
	Own bool
}

// Fake is the platform's side. Its handler answers list and single reads from
// Orders, with the platform's own paging, at most PageSize orders a page, and
// checks credentials as the platform does. It is called by one request at a
// time.
type Fake struct {
	PageSize int
	Now      func() time.Time
	Orders   func() []Order // oldest change first, ties by id
}

// Case is what the suite needs to know of an adapter.
type Case struct {
	Build ingest.Build
	// Channel is a valid channel for a platform at baseURL, Secrets the
	// credentials that NewServer accepts. Every credential is required.
	Channel func(baseURL string) channel.Channel
	Secrets channel.Secrets
	// NewServer is the platform's API.
	NewServer func(t testing.TB, f Fake) http.Handler
	// Statuses maps the platform's words to ours; each is tried.
	Statuses map[string]order.Status
	// UnknownStatus is a word the platform might invent.
	UnknownStatus string
	// OrderID makes a valid platform id of a number, GoneID is well formed but
	// nobody's.
	OrderID func(n int) string
	GoneID  string
	// LateBy is how old an order may be when it turns up and still be found;
	// zero for 10 minutes.
	LateBy time.Duration
	// IsAuth recognises requests for a token. ExpireTokens makes the handler
	// refuse the tokens it has given. Both nil for platforms without tokens.
	IsAuth       func(*http.Request) bool
	ExpireTokens func(http.Handler)
	// Hook and Push are nil where the adapter has no such ability.
	Hook *Hook
	Push *Push
}

// Run runs the suite.
func Run(t *testing.T, c Case) {
	if c.LateBy == 0 {
		c.LateBy = 10 * time.Minute
	}
	for _, test := range []struct {
		name  string
		run   func(*testing.T, Case)
		needs func(*testing.T, Case) bool // nil: every platform has it
	}{
		{"every order once over many pages", testPaging, nil},
		{"the same cursor gives the same page", testSameCursor, nil},
		{"a new process goes on from the cursor", testResume, nil},
		{"orders that turn up late are found", testLate, nil},
		{"a range is read and bounded", testRange, nil},
		{"nothing new costs one request", testQuiet, nil},
		{"a changed order is reported again", testChanged, nil},
		{"orders of one moment all arrive", testTies, nil},
		{"statuses are translated", testStatuses, nil},
		{"an unknown status is kept as a word", testUnknownStatus, nil},
		{"missing optional fields are accepted", testBare, nil},
		{"a broken record is set aside alone", testBroken, nil},
		{"one order is read", testFetchOne, nil},
		{"a rate limit is obeyed and told", testRateLimit, nil},
		{"failures are temporary", testFailures, nil},
		{"refused credentials are told", testRefused, nil},
		{"a token is renewed in the middle of a run", testRenewal, hasTokens},
		{"a redirect is not followed", testRedirect, nil},
		{"hostile answers do no harm", testHostile, nil},
		{"missing credentials are refused", testMissing, nil},
		{"the context ends a call", testContext, nil},
		{"concurrent use", testConcurrent, nil},
		{"only signed deliveries pass", testHookSignature, hasHooks},
		{"deliveries say what the list says", testHookBody, hasHooks},
		{"statuses are pushed", testPush, hasPush},
		{"what a platform answers to a push is told", testPushTrouble, hasPush},
		{"a push whose answer is lost is pushed again", testPushLost, hasPush},
	} {
		if test.needs != nil && !test.needs(t, c) {
			continue // the platform has no such thing
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, c)
		})
	}
}

// world is one fake platform with an adapter in front of it.
type world struct {
	t     *testing.T
	c     Case
	srv   *httptest.Server
	inner http.Handler

	clockMu sync.Mutex
	at      time.Time

	mu     sync.Mutex
	orders []Order
	calls  int // but for tokens
	fault  func(n int, w http.ResponseWriter, r *http.Request) bool
}

func newWorld(t *testing.T, c Case, pageSize int) *world {
	t.Helper()
	w := &world{t: t, c: c, at: time.Now().UTC().Truncate(time.Second)}
	w.inner = c.NewServer(t, Fake{PageSize: pageSize, Now: w.now, Orders: func() []Order { return w.orders }})
	w.srv = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.srv.Close)
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.c.IsAuth == nil || !w.c.IsAuth(r) {
		w.calls++
		if w.fault != nil && w.fault(w.calls, rw, r) {
			return
		}
	}
	w.inner.ServeHTTP(rw, r)
}

func (w *world) now() time.Time {
	w.clockMu.Lock()
	defer w.clockMu.Unlock()
	return w.at
}

func (w *world) advance(d time.Duration) {
	w.clockMu.Lock()
	defer w.clockMu.Unlock()
	w.at = w.at.Add(d)
}

// sleep moves the clock instead of waiting.
func (w *world) sleep(ctx context.Context, d time.Duration) error {
	w.advance(d)
	return ctx.Err()
}

// adapter builds the adapter anew, as a new process would.
func (w *world) adapter() ingest.Platform {
	w.t.Helper()
	p, err := w.c.Build(w.config())
	if err != nil {
		w.t.Fatalf("build: %v", err)
	}
	return p
}

func (w *world) config() ingest.Config {
	return ingest.Config{
		Channel: w.c.Channel(w.srv.URL), Secrets: w.c.Secrets, HTTP: &http.Client{Timeout: 10 * time.Second},
		Now: w.now, Sleep: w.sleep,
	}
}

// add puts n normal orders on the platform, changed one minute after another,
// the last of them a minute ago. It returns their ids.
func (w *world) add(n int) []string {
	var ids []string
	for i := range n {
		at := w.now().Add(-time.Duration(n-i) * time.Minute)
		ids = append(ids, w.put(Order{ID: w.c.OrderID(i + 1), Created: at, Modified: at}))
	}
	return ids
}

// put adds an order, or replaces the one with its id.
func (w *world) put(o Order) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept := make([]Order, 0, len(w.orders)+1)
	for _, x := range w.orders {
		if x.ID != o.ID {
			kept = append(kept, x)
		}
	}
	w.orders = sorted(append(kept, o))
	return o.ID
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls
}

// faulty replaces answers: fn is told the number of the request, from 1, and
// returns whether it has answered.
func (w *world) faulty(fn func(n int, w http.ResponseWriter, r *http.Request) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.fault = 0, fn
}
