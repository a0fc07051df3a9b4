package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

// channels implements store.Channels.
type channels db

func (s *channels) Get(ctx context.Context, id string) (channel.Channel, error) {
	c, err := load[channel.Channel](ctx, (*db)(s), "SELECT doc FROM channels WHERE id=?", id)
	return c, wrap(err, "channel %s", id)
}

func (s *channels) List(ctx context.Context) ([]channel.Channel, error) {
	list, err := loadAll[channel.Channel](ctx, (*db)(s), "SELECT doc FROM channels ORDER BY id")
	return list, wrap(err, "channels")
}

func (s *channels) Create(ctx context.Context, c channel.Channel) error {
	c.CreatedAt, c.UpdatedAt = ms(c.CreatedAt), ms(c.UpdatedAt)
	return wrap(insertNew(ctx, (*db)(s), "INSERT INTO channels (id, doc) VALUES (?, ?)", c.ID, toJSON(c)), "channel %s", c.ID)
}

// Update implements store.Channels. A change raises the version.
func (s *channels) Update(ctx context.Context, id string, fn func(*channel.Channel) error) (channel.Channel, error) {
	var result channel.Channel
	err := (*db)(s).write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		c, err := loadOne[channel.Channel](tx.QueryRowContext(ctx, "SELECT doc FROM channels WHERE id=?", id))
		if err != nil {
			return wrap(err, "channel %s", id)
		}
		version := c.Version
		if err := fn(&c); err != nil {
			return err
		}
		c.ID, c.Version, c.CreatedAt, c.UpdatedAt = id, version+1, ms(c.CreatedAt), ms(c.UpdatedAt)
		result = c
		_, err = tx.ExecContext(ctx, "UPDATE channels SET doc=? WHERE id=?", toJSON(c), id)
		return wrap(err, "channel %s", id)
	})
	if err != nil {
		return channel.Channel{}, err
	}
	return result, nil
}

func (s *channels) Progress(ctx context.Context, id string) (channel.Progress, error) {
	p, err := load[channel.Progress](ctx, (*db)(s), "SELECT doc FROM progress WHERE channel=?", id)
	if errors.Is(err, store.ErrNotFound) {
		return channel.Progress{Channel: id}, nil
	}
	return p, wrap(err, "progress of %s", id)
}

func (s *channels) SaveProgress(ctx context.Context, p channel.Progress) error {
	const text = `INSERT INTO progress (channel, doc) VALUES (?, ?)
		ON CONFLICT (channel) DO UPDATE SET doc=excluded.doc WHERE ifnull(json_extract(progress.doc, '$.Version'), 0)=?`
	read := p.Version
	p.LastRun, p.LastSuccess, p.Version = cleanRun(p.LastRun), ms(p.LastSuccess), read+1
	n, err := (*db)(s).execCount(ctx, text, p.Channel, toJSON(p), read)
	if err == nil && n == 0 {
		err = store.ErrStale
	}
	return wrap(err, "progress of %s", p.Channel)
}

func (s *channels) SaveRun(ctx context.Context, r channel.Run) error {
	r = cleanRun(r)
	err := (*db)(s).exec(ctx, "REPLACE INTO runs (id, channel, started, doc) VALUES (?, ?, ?, ?)", r.ID, r.Channel, r.Started.UnixMilli(), toJSON(r))
	return wrap(err, "run %s", r.ID)
}

func (s *channels) Runs(ctx context.Context, channelID string, limit int) ([]channel.Run, error) {
	list, err := loadAll[channel.Run](ctx, (*db)(s), "SELECT doc FROM runs WHERE channel=? ORDER BY started DESC, id DESC LIMIT ?", channelID, limit)
	return list, wrap(err, "runs of %s", channelID)
}

func cleanRun(r channel.Run) channel.Run {
	r.Started, r.Finished = ms(r.Started), ms(r.Finished)
	return r
}
