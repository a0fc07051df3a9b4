package ingest

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// Levels keeps how much of a slow limit is used up over restarts. It is safe
// for concurrent use.
type Levels interface {
	// Load returns the tokens of an operation at a time; ok is false when
	// nothing is known.
	Load(op string) (tokens float64, at time.Time, ok bool)
	Save(op string, tokens float64, at time.Time)
}

// slowRate is the rate below which a bucket takes so long to fill that a
// restart must not forget its level.
const slowRate = 1.0 / 30

// KindLevel is the kind of the records that keep levels; their owner is the
// channel.
const KindLevel = "limit"

// level is the record of one operation of a channel.
type level struct {
	Tokens float64   `json:"tokens"`
	At     time.Time `json:"at"`
}

// keptLevels keeps levels in the store.
type keptLevels struct {
	store   store.Store
	channel string
	log     *slog.Logger
}

func (k keptLevels) shelf() store.Shelf[level] {
	return store.Shelf[level]{Records: k.store.Records(), Kind: KindLevel}
}

func (k keptLevels) id(op string) string { return k.channel + "/" + op }

func (k keptLevels) Load(op string) (float64, time.Time, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	got, err := k.shelf().Get(ctx, k.id(op))
	if err != nil {
		if !errors.Is(err, store.ErrNotFound) {
			k.log.Warn("limit not read", "channel", k.channel, "op", op, "err", err)
		}
		return 0, time.Time{}, false
	}
	return got.Value.Tokens, got.Value.At, true
}

func (k keptLevels) Save(op string, tokens float64, at time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	v := level{tokens, at}
	_, err := k.shelf().Update(ctx, k.id(op), func(kept *store.Kept[level]) error {
		kept.Value, kept.At = v, at
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = k.shelf().Create(ctx, store.Record{ID: k.id(op), Owner: k.channel, At: at, Version: 1}, v)
	}
	if err != nil && !errors.Is(err, store.ErrConflict) { // the next call saves again
		k.log.Warn("limit not kept", "channel", k.channel, "op", op, "err", err)
	}
}

// recall gives a slow bucket the level that it had before a restart. It is
// saved only below half, so that a channel at rest costs no write; a bucket of
// which nothing is known is taken to be half full.
func (b *bucket) recall(k Levels, op string, now time.Time) {
	b.tokens, b.at = b.burst/2, now
	if tokens, at, ok := k.Load(op); ok && !at.After(now) {
		b.tokens = min(b.tokens, tokens+now.Sub(at).Seconds()*b.rate)
	}
}

// low is the level of a bucket that is less than half full.
func (b *bucket) low() (tokens float64, at time.Time, low bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tokens, b.at, b.rate > 0 && b.rate < slowRate && b.tokens < b.burst/2
}
