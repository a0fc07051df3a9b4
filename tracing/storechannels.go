package tracing

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

type channels struct{ store.Channels }

// Get implements store.Channels.
func (t channels) Get(ctx context.Context, id string) (_ channel.Channel, err error) {
	ctx, s := Step(ctx, "store.channels.get")
	defer s.Ended(&err)
	return t.Channels.Get(ctx, id)
}

// List implements store.Channels.
func (t channels) List(ctx context.Context) (_ []channel.Channel, err error) {
	ctx, s := Step(ctx, "store.channels.list")
	defer s.Ended(&err)
	return t.Channels.List(ctx)
}

// Create implements store.Channels.
func (t channels) Create(ctx context.Context, c channel.Channel) (err error) {
	ctx, s := Step(ctx, "store.channels.create")
	defer s.Ended(&err)
	return t.Channels.Create(ctx, c)
}

// Update implements store.Channels.
func (t channels) Update(ctx context.Context, id string, fn func(*channel.Channel) error) (_ channel.Channel, err error) {
	ctx, s := Step(ctx, "store.channels.update")
	defer s.Ended(&err)
	return t.Channels.Update(ctx, id, fn)
}

// Progress implements store.Channels.
func (t channels) Progress(ctx context.Context, id string) (_ channel.Progress, err error) {
	ctx, s := Step(ctx, "store.channels.progress")
	defer s.Ended(&err)
	return t.Channels.Progress(ctx, id)
}

// SaveProgress implements store.Channels.
func (t channels) SaveProgress(ctx context.Context, p channel.Progress) (err error) {
	ctx, s := Step(ctx, "store.channels.save_progress")
	defer s.Ended(&err)
	return t.Channels.SaveProgress(ctx, p)
}

// SaveRun implements store.Channels.
func (t channels) SaveRun(ctx context.Context, r channel.Run) (err error) {
	ctx, s := Step(ctx, "store.channels.save_run")
	defer s.Ended(&err)
	return t.Channels.SaveRun(ctx, r)
}

// Runs implements store.Channels.
func (t channels) Runs(ctx context.Context, channelID string, limit int) (_ []channel.Run, err error) {
	ctx, s := Step(ctx, "store.channels.runs")
	defer s.Ended(&err)
	return t.Channels.Runs(ctx, channelID, limit)
}

// Quarantine implements store.Channels.
func (t channels) Quarantine(ctx context.Context, q channel.Quarantined) (err error) {
	ctx, s := Step(ctx, "store.channels.quarantine")
	defer s.Ended(&err)
	return t.Channels.Quarantine(ctx, q)
}

// Quarantined implements store.Channels.
func (t channels) Quarantined(ctx context.Context, channelID string, limit int) (_ []channel.Quarantined, err error) {
	ctx, s := Step(ctx, "store.channels.quarantined")
	defer s.Ended(&err)
	return t.Channels.Quarantined(ctx, channelID, limit)
}

// QuarantinedOne implements store.Channels.
func (t channels) QuarantinedOne(ctx context.Context, quarantineID string) (_ channel.Quarantined, err error) {
	ctx, s := Step(ctx, "store.channels.quarantined_one")
	defer s.Ended(&err)
	return t.Channels.QuarantinedOne(ctx, quarantineID)
}

// QuarantineCount implements store.Channels.
func (t channels) QuarantineCount(ctx context.Context, channelID string) (_ int, err error) {
	ctx, s := Step(ctx, "store.channels.quarantine_count")
	defer s.Ended(&err)
	return t.Channels.QuarantineCount(ctx, channelID)
}

// Release implements store.Channels.
func (t channels) Release(ctx context.Context, quarantineID string) (err error) {
	ctx, s := Step(ctx, "store.channels.release")
	defer s.Ended(&err)
	return t.Channels.Release(ctx, quarantineID)
}

type inbox struct{ store.Inbox }

// Put implements store.Inbox.
func (t inbox) Put(ctx context.Context, m store.Message) (fresh bool, err error) {
	ctx, s := Step(ctx, "store.inbox.put")
	defer s.Ended(&err)
	return t.Inbox.Put(ctx, m)
}

// Take implements store.Inbox.
func (t inbox) Take(ctx context.Context, channelID string, now time.Time, lease time.Duration, limit int) (_ []store.Message, err error) {
	ctx, s := Step(ctx, "store.inbox.take")
	defer s.Ended(&err)
	return t.Inbox.Take(ctx, channelID, now, lease, limit)
}

// Finish implements store.Inbox.
func (t inbox) Finish(ctx context.Context, id string, at time.Time) (err error) {
	ctx, s := Step(ctx, "store.inbox.finish")
	defer s.Ended(&err)
	return t.Inbox.Finish(ctx, id, at)
}

// Fail implements store.Inbox.
func (t inbox) Fail(ctx context.Context, id string, reason string, next time.Time) (err error) {
	ctx, s := Step(ctx, "store.inbox.fail")
	defer s.Ended(&err)
	return t.Inbox.Fail(ctx, id, reason, next)
}

// Backlog implements store.Inbox.
func (t inbox) Backlog(ctx context.Context, channelID string) (n int, oldest time.Time, err error) {
	ctx, s := Step(ctx, "store.inbox.backlog")
	defer s.Ended(&err)
	return t.Inbox.Backlog(ctx, channelID)
}

type ledger struct{ store.Ledger }

// Save implements store.Ledger.
func (t ledger) Save(ctx context.Context, hours []store.Hour) (err error) {
	ctx, s := Step(ctx, "store.ledger.save")
	defer s.Ended(&err)
	return t.Ledger.Save(ctx, hours)
}

// List implements store.Ledger.
func (t ledger) List(ctx context.Context, channelID string, from, to time.Time) (_ []store.Hour, err error) {
	ctx, s := Step(ctx, "store.ledger.list")
	defer s.Ended(&err)
	return t.Ledger.List(ctx, channelID, from, to)
}
