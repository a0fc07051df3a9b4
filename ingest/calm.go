package ingest

import (
	"context"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

// Calm is a store that keeps in memory what a poll without news has to say:
// that it went well, and up to where it read. Whoever reads progress through it
// sees that at once; the database learns of it with the next news, or when what
// it knows would soon look too old to other processes. A crash loses it, which
// costs reading the same again.
type Calm struct {
	store.Store
	alone    bool
	mu       sync.Mutex
	unsaved  map[string]channel.Progress
	lastSave map[string]time.Time // the success that the database knows of
}

// aloneSave is how old the database's word may get when nobody else reads it.
const aloneSave = 10 * time.Minute

// KeepCalm wraps a store. alone says that no other process shows or runs its
// channels.
func KeepCalm(s store.Store, alone bool) *Calm {
	return &Calm{Store: s, alone: alone, unsaved: map[string]channel.Progress{}, lastSave: map[string]time.Time{}}
}

// Channels implements store.Store.
func (c *Calm) Channels() store.Channels { return calmChannels{c.Store.Channels(), c} }

// Close writes what is left, and closes the store.
func (c *Calm) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	c.mu.Lock()
	left := c.unsaved
	c.unsaved = map[string]channel.Progress{}
	c.mu.Unlock()
	for _, p := range left {
		// Should it fail, the next process reads a little more than it had to.
		_ = c.Store.Channels().SaveProgress(ctx, p)
	}
	return c.Store.Close()
}

// note keeps a quiet success in memory; false when the database should hear of
// it.
func (c *Calm) note(p channel.Progress, interval time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A channel counts as late after three intervals: see Stale.
	limit := max(3*interval, time.Minute) / 2
	if c.alone {
		limit = max(limit, aloneSave)
	}
	last, known := c.lastSave[p.Channel]
	if !known || p.LastSuccess.Sub(last) >= limit {
		return false
	}
	c.unsaved[p.Channel] = p
	return true
}

type calmChannels struct {
	store.Channels
	calm *Calm
}

func (c calmChannels) Progress(ctx context.Context, id string) (channel.Progress, error) {
	c.calm.mu.Lock()
	p, ok := c.calm.unsaved[id]
	c.calm.mu.Unlock()
	if !ok {
		return c.Channels.Progress(ctx, id)
	}
	saved, err := c.Channels.Progress(ctx, id)
	if err == nil && saved.Version > p.Version { // another process took over
		p = saved
	}
	return p, err
}

func (c calmChannels) SaveProgress(ctx context.Context, p channel.Progress) error {
	if err := c.Channels.SaveProgress(ctx, p); err != nil {
		return err
	}
	c.calm.mu.Lock()
	defer c.calm.mu.Unlock()
	delete(c.calm.unsaved, p.Channel)
	c.calm.lastSave[p.Channel] = p.LastSuccess
	return nil
}

// keepCalm reports whether a run needs no write because it has no news: a poll
// of the schedule that went well like the one before and found nothing.
func (r *run) keepCalm(last channel.Run) bool {
	c, ok := r.s.c.Store.Channels().(calmChannels)
	quiet := r.progress != nil && !r.notable() && r.Error == "" && r.Rejected == 0 &&
		last.ID != "" && last.Error == "" && !last.Finished.IsZero()
	return ok && quiet && c.calm.note(*r.progress, r.of.Interval)
}
