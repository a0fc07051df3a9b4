package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/store"
)

const (
	// recountEvery keeps figures within two seconds of the orders.
	recountEvery = time.Second
	// recountShare bounds the part of the time that counting takes once nothing
	// is left over: a day of a hundred thousand orders, of which one changes each
	// second, is counted more rarely then. Pages count it on the spot.
	recountShare = 10
	recountBatch = 16
)

// recountJob keeps the figures up to date.
func recountJob(f store.Figures, log *slog.Logger) ingest.Job {
	var rest time.Time // until when not to count again; runs of a job never overlap
	return ingest.Job{Name: "figures", Every: recountEvery, Deadline: 10 * time.Minute, Run: func(ctx context.Context) {
		if time.Now().Before(rest) {
			return
		}
		for ctx.Err() == nil {
			start := time.Now()
			n, err := f.Recount(ctx, recountBatch)
			if err != nil && ctx.Err() == nil {
				log.Error("recount figures", "err", err)
			}
			if err != nil || n < recountBatch {
				rest = start.Add(time.Since(start) * recountShare)
				return
			}
		}
	}}
}
