package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
)

// Desk is what the pages of channels ask of the rest of the program; an
// ingest.Syncer is one.
type Desk interface {
	// Running and Resting tell what the schedule does with a channel,
	// CompleteUpTo how far its orders are known to be here.
	Running(channelID string) bool
	Resting(ch channel.Channel, p channel.Progress) (ingest.Rest, bool)
	CompleteUpTo(ctx context.Context, channelID string) (ingest.Completeness, error)
	// PushResting tells whether, and why, nobody tells the platform for now.
	PushResting(ch channel.Channel) (rest ingest.Rest, resting bool, err error)
	// ListenResting tells the same of listening to the channel's queue.
	ListenResting(ch channel.Channel) (rest ingest.Rest, resting bool, err error)
	// Accepts reports what an adapter misses in settings that need not be
	// stored; Try also makes one call.
	Accepts(ch channel.Channel) error
	Try(ctx context.Context, ch channel.Channel) error
	// PullOne reads one order by the platform's id, FetchGap an hour in which
	// orders are missing.
	PullOne(ctx context.Context, channelID, platformOrderID string) (channel.Run, error)
	FetchGap(ctx context.Context, channelID string, hour time.Time) (channel.Run, error)
	// Words tells which status words a platform used lately, TryWords what rules
	// for them would change, SaveWords puts them in force as the next version,
	// RereadWords applies them to the orders that are here, WordHistory lists
	// the versions.
	Words(ctx context.Context, channelID string) ([]ingest.Spoken, error)
	TryWords(ctx context.Context, channelID string, rules []channel.WordRule) (ingest.WordTrial, error)
	SaveWords(ctx context.Context, channelID, by string, seen int, rules []channel.WordRule) (channel.SavedWords, error)
	RereadWords(ctx context.Context, channelID, by string, note func(channel.Tally)) (channel.Tally, error)
	WordHistory(ctx context.Context, channelID string, limit int) ([]channel.SavedWords, error)
	// Replay and ReplayMany read quarantined records again; a dry run only tells
	// the differences.
	Replay(ctx context.Context, quarantineID string, dryRun bool) (ingest.Replayed, error)
	ReplayMany(ctx context.Context, quarantineIDs []string, dryRun bool) []ingest.Replayed
}

// Hooks takes webhooks in. It verifies one before anything reads it, and has
// stored it durably when it returns; fresh is false for a repeat and for what is
// of no interest. Errors are
// ingest.ErrBadSignature, ingest.ErrNoAPI, ingest.ErrNoWebhooks and
// store.ErrNotFound; after any other the sender should try again.
type Hooks interface {
	Receive(ctx context.Context, channelID string, h http.Header, body []byte, now time.Time) (fresh bool, err error)
}

// ChannelDeps is what the pages of channels and webhooks are made from. Where a
// part is nil, its buttons answer that this process cannot do it.
type ChannelDeps struct {
	Desk  Desk
	Hooks Hooks
	// Keys seals what platforms must not share.
	Keys *channel.Keyring
	// Refresh makes the schedule follow a changed channel at once.
	Refresh func(context.Context) error
}
