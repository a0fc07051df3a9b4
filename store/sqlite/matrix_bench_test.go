package sqlite

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// BenchmarkMatrix asks the file that PALMONAS_BENCH_FILE names for the first
// page and the count of every pair of offered filters in every sort, and names
// the dearest. It measures processor time, which does not depend on who else
// uses the machine.
func BenchmarkMatrix(b *testing.B) {
	path := os.Getenv("PALMONAS_BENCH_FILE")
	if path == "" {
		b.Skip("PALMONAS_BENCH_FILE is not set")
	}
	s := openPath(b, path).orders
	for b.Loop() {
		costs := matrix(b, s)
		b.ReportMetric(float64(len(costs)), "lists")
		for _, part := range []float64{0.5, 0.95, 0.99, 1} {
			b.ReportMetric(costs[int((1-part)*float64(len(costs)-1))].cpu.Seconds()*1000, fmt.Sprintf("cpu-ms-p%g", part*100))
		}
	}
}

// dear is what a list is named for.
const dear = 25 * time.Millisecond

type cost struct {
	name string
	cpu  time.Duration
}

func matrix(b *testing.B, s *orders) (costs []cost) {
	b.Helper()
	filters := matrixFilters(b)
	note := func(name string, fn func() error) {
		before := processorTime(b)
		if err := fn(); err != nil {
			b.Fatalf("%s: %v", name, err)
		}
		took := processorTime(b) - before
		if took > dear {
			b.Log(took.Round(100*time.Microsecond), name)
		}
		costs = append(costs, cost{name, took})
	}
	sorts := []order.Sort{order.NewestFirst, order.OldestFirst, order.LargestFirst, order.SmallestFirst, order.RecentlyChanged,
		order.LeastRecent, order.ShipSoonestFirst}
	for i, one := range filters {
		for _, two := range filters[i:] {
			where, err := order.ParseExpr(one+" "+two, time.UTC)
			if err != nil {
				b.Fatal(err)
			}
			for _, by := range sorts {
				note(fmt.Sprintf("%s %s sort=%s", one, two, by), func() error {
					_, err := s.List(b.Context(), order.Query{Where: where, Sort: by})
					return err
				})
			}
			note(fmt.Sprintf("%s %s count", one, two), func() error {
				_, err := s.Count(b.Context(), where, 10_001)
				return err
			})
		}
	}
	slices.SortFunc(costs, func(x, y cost) int { return cmp.Compare(y.cpu, x.cpu) })
	return costs
}

// matrixFilters are one common and one rare value of each filter and word.
func matrixFilters(b *testing.B) []string {
	b.Helper()
	day := func(ago int) string { return time.Now().AddDate(0, 0, -ago).Format(time.DateOnly) }
	return []string{"", "status:delivered", "status:refunded", "status:pending,confirmed", "platform:amazon", "platform:swiggy", "channel:website",
		"payment:cod", "state:Kerala", "city:Kochi", "tag:nothing", "assignee:none", "flag:held", "flag:needs_attention", "-status:delivered",
		"total>1000", "total>14000", "total<200", "date:" + day(200) + ".." + day(193), "date:" + day(90) + ".." + day(0), "shipby<" + day(0), "shipby>=" + day(1),
		"ring", "kundan", "go", "s", "asha", "zzzz", "9120", "912", "91200001", "units>2", "-ring"}
}

func processorTime(b testing.TB) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
