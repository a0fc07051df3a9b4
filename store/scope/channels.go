package scope

import (
	"context"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

// channels implements store.Channels: other channels are not there, and what
// is kept for them is what an unknown channel has, nothing.
type channels struct{ all store.Channels }

// own is nil where the context's scope holds the channel.
func own(ctx context.Context, id string) error {
	s, err := decided(ctx)
	if err == nil && !s.Allows(id) {
		err = fmt.Errorf("channel %s: %w", id, store.ErrNotFound)
	}
	return err
}

func (c channels) Get(ctx context.Context, id string) (channel.Channel, error) {
	if err := own(ctx, id); err != nil {
		return channel.Channel{}, err
	}
	return c.all.Get(ctx, id)
}

func (c channels) List(ctx context.Context) ([]channel.Channel, error) {
	s, err := decided(ctx)
	if err != nil {
		return nil, err
	}
	list, err := c.all.List(ctx)
	return slices.DeleteFunc(list, func(x channel.Channel) bool { return !s.Allows(x.ID) }), err
}

// Create implements store.Channels. A new channel is in nobody's scope yet.
func (c channels) Create(ctx context.Context, x channel.Channel) error {
	if err := whole(ctx); err != nil {
		return err
	}
	return c.all.Create(ctx, x)
}

func (c channels) Update(ctx context.Context, id string, fn func(*channel.Channel) error) (channel.Channel, error) {
	if err := own(ctx, id); err != nil {
		return channel.Channel{}, err
	}
	return c.all.Update(ctx, id, fn)
}

func (c channels) Progress(ctx context.Context, id string) (channel.Progress, error) {
	if s, err := decided(ctx); err != nil || !s.Allows(id) {
		return channel.Progress{Channel: id}, err
	}
	return c.all.Progress(ctx, id)
}

func (c channels) SaveProgress(ctx context.Context, p channel.Progress) error {
	if err := own(ctx, p.Channel); err != nil {
		return err
	}
	return c.all.SaveProgress(ctx, p)
}

func (c channels) SaveRun(ctx context.Context, r channel.Run) error {
	if err := own(ctx, r.Channel); err != nil {
		return err
	}
	return c.all.SaveRun(ctx, r)
}

func (c channels) Runs(ctx context.Context, channelID string, limit int) ([]channel.Run, error) {
	if s, err := decided(ctx); err != nil || !s.Allows(channelID) {
		return nil, err
	}
	return c.all.Runs(ctx, channelID, limit)
}

func (c channels) Quarantine(ctx context.Context, q channel.Quarantined) error {
	if err := own(ctx, q.Channel); err != nil {
		return err
	}
	return c.all.Quarantine(ctx, q)
}

func (c channels) Quarantined(ctx context.Context, channelID string, limit int) ([]channel.Quarantined, error) {
	if s, err := decided(ctx); err != nil || !s.Allows(channelID) {
		return nil, err
	}
	return c.all.Quarantined(ctx, channelID, limit)
}

func (c channels) QuarantinedOne(ctx context.Context, id string) (channel.Quarantined, error) {
	s, err := decided(ctx)
	if err != nil {
		return channel.Quarantined{}, err
	}
	q, err := c.all.QuarantinedOne(ctx, id)
	if err == nil && !s.Allows(q.Channel) {
		return channel.Quarantined{}, fmt.Errorf("quarantined %s: %w", id, store.ErrNotFound)
	}
	return q, err
}

func (c channels) QuarantineCount(ctx context.Context, channelID string) (int, error) {
	if s, err := decided(ctx); err != nil || !s.Allows(channelID) {
		return 0, err
	}
	return c.all.QuarantineCount(ctx, channelID)
}

func (c channels) Release(ctx context.Context, id string) error {
	if _, err := c.QuarantinedOne(ctx, id); err != nil {
		return err
	}
	return c.all.Release(ctx, id)
}
