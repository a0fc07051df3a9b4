package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/palmonas/palmonas-crm/handlers"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/store/sqlite"
	"github.com/palmonas/palmonas-crm/upkeep"
)

func (a *app) databaseFile() string { return filepath.Join(a.config.dataDir, database) }

// backups copies the embedded database; MongoDB has tools of its own.
func (a *app) backups() upkeep.Keeper {
	k := upkeep.Keeper{Records: a.store.Records(), Dir: a.config.dataDir, Now: time.Now, Zone: a.config.location, Log: a.log}
	if a.config.mongoURI == "" {
		k.Copy = func(ctx context.Context, file string) error {
			_, err := sqlite.Backup(ctx, a.databaseFile(), file)
			return err
		}
	}
	return k
}

// backupJob copies the database once a day; a demo's is not worth it.
func (a *app) backupJob(demo bool) ingest.Job {
	return ingest.Job{Name: "backup", Every: 10 * time.Minute, Deadline: 2 * time.Hour, Run: func(ctx context.Context) {
		if demo {
			return
		}
		if err := a.backups().Due(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("backup failed", "err", err)
		}
	}}
}

func (a *app) opsDeps(s *ingest.Schedule) handlers.OpsDeps {
	d := handlers.OpsDeps{Commit: commit(), Started: time.Now(), Engine: "MongoDB", Backups: a.backups(), Erasures: a.erasures().add, Jobs: s.States}
	if a.config.mongoURI == "" {
		d.Engine, d.Database = "embedded database", a.databaseFile()
	}
	return d
}
