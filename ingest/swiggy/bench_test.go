package swiggy

import (
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// BenchmarkFetch reads a busy day over loopback, without limits.
func BenchmarkFetch(b *testing.B) {
	s := newRelay(b)
	const orders = 2000
	for i := range orders {
		s.put(fmt.Sprintf("21%08d", i), placed, start().Add(-time.Duration(i)*40*time.Second))
	}
	p := s.platform(b, at(start()), "rate", "10000")
	read := 0
	for b.Loop() {
		for cursor, more := "", true; more; {
			var page ingest.Page
			var err error
			if page, err = p.Fetch(b.Context(), cursor); err != nil {
				b.Fatal(err)
			}
			cursor, more = page.Next, page.More
			read += len(page.Reports)
		}
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "orders/s")
}
