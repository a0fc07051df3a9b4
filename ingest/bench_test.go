package ingest

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

func benchDesk(b *testing.B) *Syncer {
	b.Helper()
	st, err := sqlite.Open(b.Context(), sqlite.Config{Path: filepath.Join(b.TempDir(), "orders.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	if err := st.Channels().Create(b.Context(), testChannel("shop")); err != nil {
		b.Fatal(err)
	}
	shop := newShop(newClock())
	return NewSyncer(SyncerConfig{Store: st, Builders: map[string]Build{"fake": func(Config) (Platform, error) { return shop, nil }}})
}

func hookBody(b *testing.B, n int64) []byte {
	r := report(fmt.Sprint("o", n))
	body, err := json.Marshal(shopHook{Event: fmt.Sprint("e", n), Report: &r})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// BenchmarkReceive takes webhooks in from many senders at once, each durable
// before it is answered, and reports how long they waited.
func BenchmarkReceive(b *testing.B) {
	for _, senders := range []int{16, 64} {
		b.Run(fmt.Sprint(senders, " senders"), func(b *testing.B) { receiveFrom(b, senders) })
	}
}

func receiveFrom(b *testing.B, senders int) {
	s := benchDesk(b)
	var next atomic.Int64
	took := make([][]time.Duration, senders)
	var all sync.WaitGroup
	for i := range took {
		all.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				body, begun := hookBody(b, n), time.Now()
				if fresh, err := s.Receive(b.Context(), "shop", signed(), body, begun); err != nil || !fresh {
					b.Error(fresh, err)
				}
				took[i] = append(took[i], time.Since(begun))
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hooks/s")
	sorted := slices.Sorted(slices.Values(slices.Concat(took...)))
	for _, percent := range []int{50, 95, 99} {
		b.ReportMetric(sorted[(len(sorted)-1)*percent/100].Seconds()*1000, fmt.Sprintf("p%d-ms", percent))
	}
}

// BenchmarkWorkInbox works off what was taken in.
func BenchmarkWorkInbox(b *testing.B) {
	s := benchDesk(b)
	for n := range int64(b.N) {
		if _, err := s.Receive(b.Context(), "shop", signed(), hookBody(b, n), time.Now()); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	if err := s.WorkInbox(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hooks/s")
	if n, err := s.c.Store.Orders().Count(b.Context(), nil, b.N+1); n != b.N || err != nil {
		b.Errorf("%d orders of %d, %v", n, b.N, err)
	}
}

// BenchmarkPush tells a platform that answers at once.
func BenchmarkPush(b *testing.B) {
	s := benchDesk(b)
	_, p, err := s.Platform(b.Context(), "shop")
	if err != nil {
		b.Fatal(err)
	}
	for n := range b.N {
		r := report(fmt.Sprint("o", n))
		p.(*shopPlatform).orders[r.Ref.PlatformOrderID] = r
	}
	if _, err := s.Pull(b.Context(), "shop", ""); err != nil {
		b.Fatal(err)
	}
	for id := range p.(*shopPlatform).orders {
		o, err := s.c.Store.Orders().ByRef(b.Context(), order.Ref{Channel: "shop", PlatformOrderID: id})
		if err == nil {
			_, err = s.c.Store.Orders().Update(b.Context(), o.ID, func(o *order.Order) error {
				return o.SetStatus(order.Processing, "u1", "", true, orderedAt)
			})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for sent := 0; sent < b.N; {
		done, err := s.Push(b.Context(), "shop")
		if err != nil {
			b.Fatal(err)
		}
		sent += done.Sent
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pushes/s")
}
