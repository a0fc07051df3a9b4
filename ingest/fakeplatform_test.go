package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// fakePlatform answers as the test tells it to.
type fakePlatform struct {
	mu      sync.Mutex
	cursors []string // asked for
	built   int
	fetch   func(ctx context.Context, cursor string) (Page, error)
	one     func(id string) (order.Report, error)
}

func (f *fakePlatform) Fetch(ctx context.Context, cursor string) (Page, error) {
	f.mu.Lock()
	f.cursors = append(f.cursors, cursor)
	fetch := f.fetch
	f.mu.Unlock()
	return fetch(ctx, cursor)
}

func (f *fakePlatform) FetchOne(_ context.Context, id string) (order.Report, error) { return f.one(id) }

func (f *fakePlatform) Since(since, until time.Time) string {
	return fmt.Sprintf("%s/%s", since.Format(time.DateOnly), until.Format(time.DateOnly))
}

func (f *fakePlatform) Check(context.Context) error { return nil }

func (f *fakePlatform) calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.cursors)
}

var orderedAt = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func report(id string) order.Report {
	return order.Report{
		Ref: order.Ref{PlatformOrderID: id}, Status: order.Confirmed, At: orderedAt,
		Facts: order.Facts{OrderNumber: id, OrderedAt: orderedAt, PlatformStatus: "processing", Total: order.INR(129900)},
	}
}

// numbered serves pages of two orders whose cursors are page numbers.
func numbered(pages int) func(context.Context, string) (Page, error) {
	return func(_ context.Context, cursor string) (Page, error) {
		n := 1
		if cursor != "" {
			if _, err := fmt.Sscanf(cursor, "p%d", &n); err != nil {
				return Page{}, errors.New("bad cursor")
			}
		}
		p := Page{Next: fmt.Sprintf("p%d", min(n+1, pages)), More: n < pages}
		for i := range 2 {
			p.Reports = append(p.Reports, report(fmt.Sprintf("o-%d-%d", n, i)))
		}
		return p, nil
	}
}

func testChannel(id string) channel.Channel {
	return channel.Channel{ID: id, Platform: order.Organic, Adapter: "fake", Name: id, BaseURL: "http://127.0.0.1", Enabled: true,
		Interval: 30 * time.Second, Version: 1}
}

// newSyncer makes a Syncer of one channel "shop" served by the platform.
func newSyncer(t *testing.T, f *fakePlatform) (*Syncer, memStore, *fakeClock) {
	t.Helper()
	st, clock := newStore(t, testChannel("shop")), newClock()
	return NewSyncer(SyncerConfig{
		Store: st, Now: clock.Now,
		Builders: map[string]Build{"fake": func(Config) (Platform, error) { f.built++; return f, nil }},
	}), st, clock
}
