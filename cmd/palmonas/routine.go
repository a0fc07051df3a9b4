package main

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/handlers"
	"github.com/palmonas/palmonas-crm/ingest"
)

// holdBatch bounds the holds that one run releases; the rest waits a minute.
const holdBatch = 500

// routineJobs do what nobody should have to think of. web is asked when a job
// runs, which is after the server was made.
func (a *app) routineJobs(web func() *handlers.Server) []ingest.Job {
	return []ingest.Job{
		{Name: "holds", Every: time.Minute, Deadline: 5 * time.Minute, Run: a.releaseHolds},
		{Name: "schedules", Every: time.Minute, Deadline: time.Hour, Run: func(ctx context.Context) {
			if err := web().RunSchedules(ctx); err != nil && ctx.Err() == nil {
				a.log.Error("scheduled exports", "err", err)
			}
		}},
		{Name: "mornings", Every: 2 * time.Minute, Deadline: 10 * time.Minute, Run: func(ctx context.Context) {
			if err := web().SendMornings(ctx); err != nil && ctx.Err() == nil {
				a.log.Error("morning digest", "err", err)
			}
		}},
		{Name: "old-files", Every: time.Hour, Deadline: 10 * time.Minute, Run: func(context.Context) {
			if err := web().PurgeFiles(); err != nil {
				a.log.Error("old files not removed", "err", err)
			}
		}},
	}
}

func (a *app) releaseHolds(ctx context.Context) {
	n, err := desk.Desk{Store: a.store, Now: time.Now, Log: a.log}.ReleaseEnded(ctx, holdBatch)
	if err != nil && ctx.Err() == nil {
		a.log.Error("release holds", "err", err)
	}
	if n > 0 {
		a.log.Info("holds released", "orders", n)
	}
}
