package export

import (
	"io"
	"testing"
)

// BenchmarkExport is the cost of an order in each format, without the store.
func BenchmarkExport(b *testing.B) {
	list := some(2000)
	for _, f := range Formats() {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (Run{Orders: list, Format: f, Location: india(b)}).Write(b.Context(), io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(list)), "ns/order")
		})
	}
}
