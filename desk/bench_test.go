package desk_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// BenchmarkBulkStatus moves 10,000 of 20,000 orders while somebody reads the
// list, and reports how long the slowest hundredth of those reads took.
func BenchmarkBulkStatus(b *testing.B) {
	d := newDesk(b)
	var reports []order.Report
	for r := range ordertest.Series(1, 20_000, 300, ordertest.Noon()) {
		r.Status = order.Pending
		reports = append(reports, r)
	}
	for chunk := range slices.Chunk(reports, 2000) {
		if _, err := d.Store.Orders().Absorb(b.Context(), chunk, ordertest.Noon()); err != nil {
			b.Fatal(err)
		}
	}
	var ids []order.ID
	if err := d.Store.Orders().Each(b.Context(), order.Query{Sort: order.NewestFirst}, func(o order.Order) error {
		ids = append(ids, o.ID)
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	ids = ids[:10_000]
	// Each round takes the next step, so that every order changes in each.
	steps := []order.Status{order.Confirmed, order.Processing, order.Shipped, order.Delivered, order.Returned, order.Refunded}
	var reads []time.Duration
	for i := 0; b.Loop(); i++ {
		if i == len(steps) {
			b.Skip("the orders have no further step; use -benchtime 6x or less")
		}
		ctx, stop := context.WithCancel(b.Context())
		var reader sync.WaitGroup
		reader.Go(func() { reads = append(reads, readList(ctx, b, d)...) })
		tally, err := d.Run(b.Context(), job, desk.Action{Kind: desk.BulkStatus, Status: steps[i]}, ids, func([]desk.Outcome) error { return nil })
		stop()
		reader.Wait()
		if err != nil || tally.Changed != len(ids) {
			b.Fatalf("%v %+v", err, tally)
		}
	}
	slices.Sort(reads)
	b.ReportMetric(float64(reads[len(reads)*99/100].Microseconds())/1000, "ms/p99-read")
	b.ReportMetric(float64(len(ids)*b.N)/b.Elapsed().Seconds(), "orders/s")
}

// readList reads the first page of the list every 10 ms until ctx ends.
func readList(ctx context.Context, b *testing.B, d desk.Desk) (took []time.Duration) {
	for ctx.Err() == nil {
		start := time.Now()
		if _, err := d.Store.Orders().List(b.Context(), order.Query{Sort: order.NewestFirst, Limit: 50, Page: 1}); err != nil {
			b.Error(err)
		}
		took = append(took, time.Since(start))
		time.Sleep(10 * time.Millisecond)
	}
	return took
}
