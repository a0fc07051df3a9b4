package storetest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

// callers is how many webhooks arrive at once in BenchInbox.
const callers = 64

// BenchInbox measures how quickly webhooks of 2 KB are stored durably: by one
// caller, by many together, and by many while they are worked off and orders
// are stored in bulk. open returns an empty store.
func BenchInbox(b *testing.B, open func(b *testing.B) store.Store) {
	b.Run("put alone", func(b *testing.B) {
		s := open(b)
		measure(b, func(i int) error { _, err := s.Inbox().Put(b.Context(), hook(i)); return err })
	})
	b.Run(fmt.Sprintf("put by %d", callers), func(b *testing.B) { putMany(b, open(b)) })
	b.Run(fmt.Sprintf("put by %d beside work", callers), func(b *testing.B) {
		s := open(b)
		stop, done := make(chan struct{}), make(chan struct{})
		go func() { defer close(done); workOff(b, s, stop) }()
		putMany(b, s)
		close(stop)
		<-done
	})
	b.Run("put, take and finish 50", func(b *testing.B) { benchWork(b, open(b)) })
	b.Run("take nothing", func(b *testing.B) {
		s := open(b)
		measure(b, func(int) error { _, err := s.Inbox().Take(b.Context(), shop, noon(), time.Minute, 50); return err })
	})
}

func hook(i int) store.Message {
	m := message(fmt.Sprint("e", i), noon().Add(time.Duration(i)*time.Millisecond))
	m.Body = slices.Repeat([]byte("{}"), 1024)
	return m
}

// putMany has many callers store b.N messages and reports what each waited.
func putMany(b *testing.B, s store.Store) {
	var next atomic.Int64
	waited := make([]time.Duration, b.N)
	start := time.Now()
	b.ResetTimer()
	together(callers, func(int) {
		for {
			i := int(next.Add(1)) - 1
			if i >= b.N {
				return
			}
			asked := time.Now()
			if fresh, err := s.Inbox().Put(b.Context(), hook(i)); err != nil || !fresh {
				b.Errorf("put: fresh %t, %v", fresh, err)
				return
			}
			waited[i] = time.Since(asked)
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "puts/s")
	slices.Sort(waited)
	for name, part := range map[string]float64{"p50-ms": 0.5, "p99-ms": 0.99, "max-ms": 1} {
		b.ReportMetric(waited[int(part*float64(b.N-1))].Seconds()*1000, name)
	}
}

// workOff takes and finishes messages, and stores orders, until it is stopped.
func workOff(b *testing.B, s store.Store, stop <-chan struct{}) {
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stopped(stop) {
			if err := workOnce(b, s, noon().Add(24*time.Hour)); err != nil {
				b.Errorf("work: %v", err)
				return
			}
		}
	})
	wg.Go(func() {
		for i := 0; !stopped(stop); i++ {
			batch := slices.Collect(ordertest.Series(uint64(i), 200, 30, noon()))
			if _, err := s.Orders().Absorb(b.Context(), batch, noon()); err != nil {
				b.Errorf("absorb: %v", err)
				return
			}
		}
	})
	wg.Wait()
}

func stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// workOnce takes up to 50 messages and finishes them as a worker would, several
// at a time.
func workOnce(b *testing.B, s store.Store, now time.Time) error {
	list, err := s.Inbox().Take(b.Context(), shop, now, time.Hour, 50)
	if err != nil {
		return err
	}
	var failed atomic.Pointer[error]
	together(8, func(w int) {
		for i := w; i < len(list); i += 8 {
			if err := s.Inbox().Finish(b.Context(), list[i].ID, now); err != nil {
				failed.Store(&err)
			}
		}
	})
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// benchWork stores 50 messages and works them off.
func benchWork(b *testing.B, s store.Store) {
	measure(b, func(n int) error {
		together(50, func(i int) {
			if _, err := s.Inbox().Put(b.Context(), hook(50*n+i)); err != nil {
				b.Errorf("put: %v", err)
			}
		})
		return workOnce(b, s, noon().AddDate(1, 0, 0))
	})
}
