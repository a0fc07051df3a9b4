package main

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// generateBatch is how many reports go into one write of the store.
const generateBatch = 2000

func runGenerate(ctx context.Context, p program) error {
	var orders, days int
	var seed uint64
	if err := p.flags("generate", "generate --orders N [--days 365] [--seed 1]", func(fs *flag.FlagSet) {
		fs.IntVar(&orders, "orders", 0, "how many orders")
		fs.IntVar(&days, "days", 365, "over how many days back from now")
		fs.Uint64Var(&seed, "seed", 1, "the same seed makes the same orders")
	}); err != nil {
		return err
	}
	if orders < 1 || days < 1 {
		return usageError("--orders and --days must be at least 1")
	}
	return p.withNewApp(ctx, func(a *app) error {
		return generate(ctx, a, p, orders, days, seed)
	})
}

// writers is how many batches are on their way into the store at once: while
// one is written, the next is encoded.
const writers = 2

// generate makes reports on one goroutine while the store takes them in on
// others.
func generate(ctx context.Context, a *app, p program, orders, days int, seed uint64) error {
	start := time.Now()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	batches := make(chan []order.Report, writers)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(batches)
		produce(ctx, batches, ordertest.Series(seed, orders, days, start))
	})
	bar := newProgress(p.stderr, "generating", orders)
	var mu sync.Mutex
	done, created := 0, 0
	for range writers {
		wg.Go(func() {
			for batch := range batches {
				n, err := a.take(ctx, batch)
				if err != nil {
					stop(err)
					return
				}
				mu.Lock()
				done, created = done+len(batch), created+n
				bar.update(done)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	bar.finish(done)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	if err := a.store.Maintain(ctx, time.Now()); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "orders=%d created=%d seconds=%.1f per_second=%.0f\n", done, created, seconds, float64(done)/seconds)
	return nil
}

func produce(ctx context.Context, to chan<- []order.Report, from iter.Seq[order.Report]) {
	batch := make([]order.Report, 0, generateBatch)
	send := func() bool {
		select {
		case to <- batch:
			batch = make([]order.Report, 0, generateBatch)
			return true
		case <-ctx.Done():
			return false
		}
	}
	for r := range from {
		if batch = append(batch, r); len(batch) == generateBatch && !send() {
			return
		}
	}
	if len(batch) > 0 {
		send()
	}
}

// take stores one batch and counts the orders that were new; a report that the
// store refuses is an error, since all of them are made here.
func (a *app) take(ctx context.Context, batch []order.Report) (created int, err error) {
	results, err := a.store.Orders().Absorb(ctx, batch, time.Now())
	if err != nil {
		return 0, err
	}
	for _, r := range results {
		if r.Err != nil {
			return created, r.Err
		}
		if r.Outcome == order.Created {
			created++
		}
	}
	return created, nil
}
