package sqlite

import (
	"context"

	"github.com/palmonas/palmonas-crm/store"
)

// jobs implements store.Jobs.
type jobs db

func (s *jobs) Get(ctx context.Context, id string) (store.Job, error) {
	j, err := loadOne[store.Job](s.reader.QueryRowContext(ctx, "SELECT doc FROM jobs WHERE id=?", id))
	return j, wrap(err, "job %s", id)
}

func (s *jobs) Save(ctx context.Context, j store.Job) error {
	j.Started, j.Updated, j.Finished = ms(j.Started), ms(j.Updated), ms(j.Finished)
	err := (*db)(s).exec(ctx, "REPLACE INTO jobs (id, started, doc) VALUES (?, ?, ?)", j.ID, j.Started.UnixMilli(), toJSON(j))
	return wrap(err, "job %s", j.ID)
}

func (s *jobs) List(ctx context.Context, limit int) ([]store.Job, error) {
	list, err := loadAll[store.Job](ctx, (*db)(s), "SELECT doc FROM jobs ORDER BY started DESC, id DESC LIMIT ?", limit)
	return list, wrap(err, "jobs")
}
