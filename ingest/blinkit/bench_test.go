package blinkit

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// BenchmarkFetch reads pages of 100 orders over loopback, without limits.
func BenchmarkFetch(b *testing.B) {
	s := newRelay(b)
	orders := []any{}
	for i := range pageSize {
		orders = append(orders, s.put(fmt.Sprintf("8%08d", i), wordPlaced, start().Add(time.Duration(i-pageSize)*time.Second)))
	}
	s.hook = func(w http.ResponseWriter, _ *http.Request) bool {
		reply(w, map[string]any{"orders": orders, "next_page_token": nil})
		return true
	}
	p := s.platform(b, time.Now, "rate", "10000", "since", start().Add(-time.Hour).Format(time.RFC3339))
	for b.Loop() {
		if page, err := p.Fetch(b.Context(), ""); err != nil || len(page.Reports) != pageSize {
			b.Fatalf("%d orders, %v", len(page.Reports), err)
		}
	}
	b.ReportMetric(float64(b.N*pageSize)/b.Elapsed().Seconds(), "orders/s")
}
