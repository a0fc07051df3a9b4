package sqlite

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store/rollup"
	"github.com/palmonas/palmonas-crm/store/storetest"
)

// BenchmarkFigures measures on the file that PALMONAS_BENCH_FILE names, or on
// 20,000 orders.
func BenchmarkFigures(b *testing.B) {
	path := os.Getenv("PALMONAS_BENCH_FILE")
	var s *db
	if path == "" {
		s = openTest(b)
		absorbAll(b, s, time.Now(), synthetic(20_000)...)
	} else {
		s = openPath(b, path)
	}
	start := time.Now()
	recountEverything(b, s)
	b.Logf("counted in %s", time.Since(start).Round(time.Second))
	storetest.BenchFigures(b, s)
	b.Run("cold full range", func(b *testing.B) { benchCold(b, s) })
	b.Run("recount one day", func(b *testing.B) { benchRecount(b, s) })
}

// benchCold reads every day as a process does that has just been started.
func benchCold(b *testing.B, s *db) {
	for b.Loop() {
		if _, err := rollup.New(s.figures, rollup.Config{}).Days(b.Context(), report.Ever()); err != nil {
			b.Fatal(err)
		}
	}
}

// benchRecount counts the day with most orders, which nothing changed.
func benchRecount(b *testing.B, s *db) {
	f, err := s.Figures().Days(b.Context(), report.Ever())
	if err != nil {
		b.Fatal(err)
	}
	busiest := slices.MaxFunc(f.Days, func(a, b *report.DayFigures) int { return int(a.Orders) - int(b.Orders) })
	b.ReportMetric(float64(busiest.Orders), "orders")
	for b.Loop() {
		if _, err := s.writer.ExecContext(b.Context(), "REPLACE INTO figure_marks VALUES (?, random())", busiest.Day); err != nil {
			b.Fatal(err)
		}
		if n, err := s.Figures().Recount(b.Context(), 1); n != 1 || err != nil {
			b.Fatal(n, err)
		}
	}
}
