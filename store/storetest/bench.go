package storetest

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

// BenchOrders names the environment variable that says how many orders Bench
// measures on; 20,000 without it.
const BenchOrders = "PALMONAS_BENCH_ORDERS"

const benchBatch = 500

// Bench measures a store. open returns one that is empty, and is filled first,
// or one that Bench filled before. Each benchmark reports its median and its
// 99th percentile in milliseconds.
func Bench(b *testing.B, open func(b *testing.B) store.Store) {
	n := 20_000
	if v, err := strconv.Atoi(os.Getenv(BenchOrders)); err == nil {
		n = v
	}
	s := open(b)
	if count, err := s.Orders().Count(b.Context(), nil, 1); err != nil {
		b.Fatal(err)
	} else if count == 0 {
		rate := fillBench(b, s, n)
		b.Run("bulk", func(b *testing.B) { b.ReportMetric(rate, "orders/s") })
		if err := s.Maintain(b.Context(), noon()); err != nil {
			b.Fatal(err)
		}
	}
	for _, q := range benchQueries(b, s) {
		b.Run(q.name, func(b *testing.B) {
			measure(b, func(int) error { _, err := s.Orders().List(b.Context(), q.query); return err })
		})
	}
	b.Run("count up to 10000", func(b *testing.B) {
		measure(b, func(int) error { _, err := s.Orders().Count(b.Context(), nil, 10_000); return err })
	})
	b.Run("count of a status up to 10000", func(b *testing.B) {
		where := order.Term{Field: order.FieldStatus, Text: []string{"delivered"}}
		measure(b, func(int) error { _, err := s.Orders().Count(b.Context(), where, 10_000); return err })
	})
	b.Run("count of two filters up to 10000", func(b *testing.B) {
		where := order.And{order.Term{Field: order.FieldStatus, Text: []string{"delivered"}}, order.Term{Field: order.FieldPlatform, Text: []string{"amazon"}}}
		measure(b, func(int) error { _, err := s.Orders().Count(b.Context(), where, 10_000); return err })
	})
	b.Run("get", func(b *testing.B) { benchGet(b, s) })
	b.Run("update one", func(b *testing.B) { benchUpdate(b, s) })
	b.Run("absorb one new", func(b *testing.B) {
		start := time.Now().UnixNano()
		measure(b, func(i int) error {
			r := ordertest.Synthetic(uint64(start), i, 1, noon())
			r.Ref.PlatformOrderID += fmt.Sprint("-", start)
			_, err := s.Orders().Absorb(b.Context(), []order.Report{r}, noon())
			return err
		})
	})
	b.Run("absorb 100 unchanged", func(b *testing.B) {
		reports := slices.Collect(ordertest.Series(1, 100, 1, noon()))
		absorb(b, s, noon(), reports...)
		measure(b, func(int) error { _, err := s.Orders().Absorb(b.Context(), reports, noon()); return err })
	})
}

// fillBench stores n orders and returns how many it stored in a second.
func fillBench(b *testing.B, s store.Store, n int) float64 {
	var took time.Duration
	batch := make([]order.Report, 0, benchBatch)
	flush := func() {
		start := time.Now()
		absorb(b, s, noon(), batch...)
		took += time.Since(start)
		batch = batch[:0]
	}
	for r := range ordertest.Series(1, n, 365, noon()) {
		if batch = append(batch, r); len(batch) == benchBatch {
			flush()
		}
	}
	flush()
	return float64(n) / took.Seconds()
}

// measure times fn as often as b asks.
func measure(b *testing.B, fn func(i int) error) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := fn(len(took)); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	reportTimes(b, took)
}

func reportTimes(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	ms := func(part float64) float64 { return took[int(part*float64(len(took)-1))].Seconds() * 1000 }
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.95), "p95-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
}

func benchGet(b *testing.B, s store.Store) {
	rows := list(b, s, order.Query{Limit: 1000}).Rows
	measure(b, func(i int) error { _, err := s.Orders().Get(b.Context(), rows[i%len(rows)].ID); return err })
}

func benchUpdate(b *testing.B, s store.Store) {
	rows := list(b, s, order.Query{Limit: 1000, Where: order.Term{Field: order.FieldStatus, Text: []string{"delivered"}}}).Rows
	measure(b, func(i int) error {
		_, err := s.Orders().Update(b.Context(), rows[i%len(rows)].ID, func(o *order.Order) error {
			o.Desk.Tags = []string{fmt.Sprint("tag-", i%7)}
			o.AddNote("measured", "u", noon())
			return nil
		})
		return err
	})
}

type namedQuery struct {
	name  string
	query order.Query
}

// benchQueries are the lists that pages ask for.
func benchQueries(b *testing.B, s store.Store) []namedQuery {
	text := func(f order.Field, v ...string) order.Expr { return order.Term{Field: f, Text: v} }
	word := func(w string) order.Expr { return order.Term{Field: order.Words, Text: []string{w}} }
	all := []namedQuery{{"newest", order.Query{}}}
	add := func(name string, where order.Expr, by order.Sort) {
		all = append(all, namedQuery{name, order.Query{Where: where, Sort: by}})
	}
	add("status delivered", text(order.FieldStatus, "delivered"), "")
	add("status refunded", text(order.FieldStatus, "refunded"), "")
	add("three statuses", text(order.FieldStatus, "pending", "refunded", "returned"), "")
	add("platform swiggy", text(order.FieldPlatform, "swiggy"), "")
	add("channel", text(order.FieldChannel, "website"), "")
	add("payment", text(order.FieldPayment, "cod"), "")
	add("city", text(order.FieldCity, "kochi"), "")
	add("customer", customerOf(b, s), "")
	add("tag nobody has", text(order.FieldTag, "nothing"), "")
	add("platform and status", order.And{text(order.FieldPlatform, "blinkit"), text(order.FieldStatus, "refunded")}, "")
	add("week half a year ago", order.Term{Field: order.FieldOrdered, Lo: noon().AddDate(0, -6, -7).UnixMilli(), Hi: noon().AddDate(0, -6, 0).UnixMilli()}, "")
	add("total above most", order.Term{Field: order.FieldTotal, Lo: 1_400_000, Hi: order.Highest}, "")
	add("total above half", order.Term{Field: order.FieldTotal, Lo: 300_000, Hi: order.Highest}, "")
	add("status and total", order.And{text(order.FieldStatus, "delivered"), order.Term{Field: order.FieldTotal, Lo: 1_400_000, Hi: order.Highest}}, "")
	add("largest", nil, order.LargestFirst)
	add("largest refunded", text(order.FieldStatus, "refunded"), order.LargestFirst)
	add("ship soonest, processing", text(order.FieldStatus, "processing"), order.ShipSoonestFirst)
	add("search common word", word("ring"), "")
	add("search common beginning", word("go"), "")
	add("search one letter", word("s"), "")
	add("search common word and status", order.And{word("ring"), text(order.FieldStatus, "refunded")}, "")
	add("search two words", order.And{word("kundan"), word("neck")}, "")
	add("search name", order.And{word("priya"), word("sharma")}, "")
	for _, n := range []int{2, 3, 4, 6, 10} {
		add(fmt.Sprintf("search %d phone digits", n), word("9120000123"[:n]), "")
	}
	add("search nothing", word("zzzz"), "")
	add("search common word, largest", word("ring"), order.LargestFirst)
	deep := all[0].query
	deep.Limit = 50
	for range 200 {
		p := list(b, s, deep)
		if p.Next == "" {
			break
		}
		deep.After = p.Next
	}
	all = append(all, namedQuery{"page 200 by cursor", deep}, namedQuery{"page 200 by number", order.Query{Page: 200}})
	return all
}

func customerOf(b *testing.B, s store.Store) order.Expr {
	o, err := s.Orders().Get(b.Context(), list(b, s, order.Query{Limit: 1}).Rows[0].ID)
	if err != nil {
		b.Fatal(err)
	}
	return order.Term{Field: order.FieldCustomer, Text: order.TextValues(o, order.FieldCustomer)}
}
