package main

import (
	"context"
	"flag"
	"fmt"
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
	if _, err := p.parse("generate", "generate --orders N [--days 365] [--seed 1]", func(fs *flag.FlagSet) {
		fs.IntVar(&orders, "orders", 0, "how many orders")
		fs.IntVar(&days, "days", 365, "over how many days back from now")
		fs.Uint64Var(&seed, "seed", 1, "the same seed makes the same orders")
	}); err != nil {
		return err
	}
	if orders < 1 || days < 1 {
		return usageError("--orders and --days must be at least 1")
	}
	return p.withApp(ctx, func(a *app) error {
		return generate(ctx, a, p, orders, days, seed)
	})
}

// generate makes reports on one goroutine while the store writes on another.
func generate(ctx context.Context, a *app, p program, orders, days int, seed uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	now := time.Now()
	batches := make(chan []order.Report, 2)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(batches)
		for i := 0; i < orders; i += generateBatch {
			batch := make([]order.Report, 0, generateBatch)
			for j := i; j < min(i+generateBatch, orders); j++ {
				batch = append(batch, ordertest.Synthetic(seed, j, days, now))
			}
			select {
			case batches <- batch:
			case <-ctx.Done():
				return
			}
		}
	})
	defer wg.Wait()
	defer cancel()
	bar := newProgress(p.stderr, "generating", orders)
	done, created := 0, 0
	for batch := range batches {
		results, err := a.store.Orders().Absorb(ctx, batch, time.Now())
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
			if r.Outcome == order.Created {
				created++
			}
		}
		done += len(batch)
		bar.update(done)
	}
	bar.finish(done)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.store.Maintain(ctx, time.Now()); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "orders=%d created=%d seconds=%.1f\n", done, created, time.Since(now).Seconds())
	return nil
}
