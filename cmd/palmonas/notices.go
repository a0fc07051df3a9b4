package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/palmonas/palmonas-crm/handlers"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/notice"
)

// noticeJobs tell people what concerns them. web is asked when a job runs,
// which is after the server was made.
func noticeJobs(web func() *handlers.Server, log *slog.Logger) []ingest.Job {
	run := func(what string, do func(notice.Watcher, context.Context) error) func(context.Context) {
		return func(ctx context.Context) {
			s := web()
			w := notice.Watcher{Board: s.Board(), Stale: ingest.Stale, Count: s.CountFor, Stopped: s.StoppedHooks}
			if err := do(w, ctx); err != nil && ctx.Err() == nil {
				log.Error("notices", "what", what, "err", err)
			}
		}
	}
	return []ingest.Job{
		{Name: "notices", Every: 5 * time.Second, Deadline: 5 * time.Minute, Run: run("orders and channels", notice.Watcher.Turn)},
		{Name: "watched-views", Every: 30 * time.Second, Deadline: 5 * time.Minute, Run: run("views", notice.Watcher.Views)},
		{Name: "old-notices", Every: 12 * time.Hour, Deadline: 5 * time.Minute, Run: run("old ones", func(w notice.Watcher, ctx context.Context) error { return w.Forget(ctx) })},
	}
}
