package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

func runSandbox(ctx context.Context, p program) error {
	var addr, faults, amazonFrom string
	var orders int
	var seed int64
	var limits, live float64
	var settle time.Duration
	if err := p.flags("sandbox", "sandbox [--addr 127.0.0.1:9090] [--orders N] [--seed 1] [--faults SPEC] [--amazon-from FILE]", func(fs *flag.FlagSet) {
		fs.StringVar(&addr, "addr", "127.0.0.1:9090", "address to listen on")
		fs.IntVar(&orders, "orders", 1000, "orders placed in the last 30 days")
		fs.Int64Var(&seed, "seed", 1, "the same seed makes the same world")
		fs.StringVar(&faults, "faults", "", shop.FaultWords)
		fs.StringVar(&amazonFrom, "amazon-from", "", "serve this Amazon.in sale report (CSV, also gzipped) as the Amazon account")
		fs.Float64Var(&limits, "limits", 1, "scale the documented rate limits by this factor")
		fs.Float64Var(&live, "live", 0, "new orders a minute while it runs")
		fs.DurationVar(&settle, "amazon-settle", 0, "age at which Amazon lists an order; 0 for the documented 2m, below 0 for none")
	}); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return usageError("--addr %q is not host:port", addr)
	}
	if orders < 0 {
		return usageError("--orders cannot be negative")
	}
	f, err := sandbox.ParseFaults(faults)
	if err != nil {
		return usageError("--faults: %v", err)
	}
	w, err := sandbox.New(sandbox.Options{Seed: seed, Orders: orders, Faults: f, LimitFactor: limits, AmazonSettle: settle, AmazonFrom: amazonFrom})
	if err != nil {
		return err
	}
	urls, stop, err := w.Serve(ctx, addr)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprint(p.stdout, w.Listing(urls))
	if live > 0 {
		w.Live(ctx, live)
	}
	<-ctx.Done()
	return nil
}
