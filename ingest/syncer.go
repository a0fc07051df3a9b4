package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/tracing"
)

// SyncerConfig is what a Syncer needs.
type SyncerConfig struct {
	Store    store.Store
	Builders map[string]Build // by adapter
	Keyring  *channel.Keyring
	HTTP     *http.Client     // shared by all adapters; nil for a plain one
	Now      func() time.Time // nil for time.Now
	Log      *slog.Logger     // nil for none
	// Transport wraps what a channel's calls go through, to count them; nil for
	// none.
	Transport func(of channel.Channel, next http.RoundTripper) http.RoundTripper
	// Traces shows where the time of runs went; nil for nobody.
	Traces *tracing.Tracer
	// Notify is told of every run: as it proceeds and when it has ended.
	// Optional; it must not block.
	Notify func(channel.Run)
	// OnLate is told every LateEvery which channels are late, none included.
	// Optional; it must not block.
	OnLate func([]Late)
	// MaxPages bounds the pages of one run. Default 20,000.
	MaxPages int
	// Sleep goes to the adapters' Config.Sleep; nil outside tests.
	Sleep func(ctx context.Context, d time.Duration) error
	// Jitter returns a number from 0 up to 1, uniformly; nil outside tests.
	Jitter func() float64
	// Location is the shop's zone, whose nights are for deep reading. Default
	// Indian time.
	Location *time.Location
}

// Syncer reads orders from channels into the store, by asking (Pull) and by
// being told (Receive), and tells platforms what people decided (Push). It is
// safe for concurrent use; of one channel at most one Pull and one Push go on at
// a time.
type Syncer struct {
	c SyncerConfig

	mu       sync.Mutex
	adapters map[string]adapter
	state    map[string]*state

	inbox inbox
}

// adapter is a built Platform; it is built anew when its channel changed.
type adapter struct {
	version  int64
	platform Platform
}

// NewSyncer makes a Syncer. It starts nothing.
func NewSyncer(c SyncerConfig) *Syncer {
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: defaultTimeout}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxPages <= 0 {
		c.MaxPages = 20_000
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64 // spreads load, guards nothing
	}
	if c.Location == nil {
		c.Location = time.FixedZone("IST", 5*3600+1800)
	}
	return &Syncer{c: c, adapters: map[string]adapter{}, state: map[string]*state{}, inbox: newInbox()}
}

// Errors of asking for a run.
var (
	ErrRunning  = errors.New("this channel is being read right now")
	ErrDisabled = errors.New("this channel is switched off")
	ErrNoAPI    = errors.New("this channel has no platform to read from")
	// ErrOvertaken ends a run that somebody else's has passed: what it read is
	// stored, how far it came is theirs to say.
	ErrOvertaken = errors.New("another process reads this channel now")
)

// Platform is the adapter of a channel, the same one until the channel
// changes, so that limits hold across runs. Errors: store.ErrNotFound, ErrNoAPI
// for manual channels, channel.ErrSeal, or what the adapter misses.
func (s *Syncer) Platform(ctx context.Context, channelID string) (channel.Channel, Platform, error) {
	ch, err := s.c.Store.Channels().Get(ctx, channelID)
	if err != nil {
		return channel.Channel{}, nil, fmt.Errorf("channel %s: %w", channelID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.adapters[ch.ID]; ok && a.version == ch.Version {
		return ch, a.platform, nil
	}
	p, err := s.build(ch)
	if err != nil {
		return ch, nil, fmt.Errorf("channel %s: %w", ch.ID, err)
	}
	s.adapters[ch.ID] = adapter{version: ch.Version, platform: p}
	return ch, p, nil
}

// Try builds the adapter of a channel that need not be stored and makes one
// cheap authenticated call: the "test connection" button.
func (s *Syncer) Try(ctx context.Context, ch channel.Channel) error {
	p, err := s.build(ch)
	if err != nil {
		return err
	}
	return p.Check(ctx)
}

// Accepts reports what the adapter of a channel misses in its settings; it
// makes no call. A manual channel misses nothing.
func (s *Syncer) Accepts(ch channel.Channel) error {
	if _, err := s.build(ch); !errors.Is(err, ErrNoAPI) {
		return err
	}
	return nil
}

func (s *Syncer) build(ch channel.Channel) (Platform, error) {
	if ch.Adapter == channel.Manual {
		return nil, ErrNoAPI
	}
	build, ok := s.c.Builders[ch.Adapter]
	if !ok {
		return nil, fmt.Errorf("adapter %q is not part of this program", ch.Adapter)
	}
	var secrets channel.Secrets
	if len(ch.Sealed) > 0 {
		if s.c.Keyring == nil {
			return nil, channel.ErrSeal
		}
		var err error
		if secrets, err = s.c.Keyring.Open(ch.ID, ch.Sealed); err != nil {
			return nil, err
		}
	}
	web := s.c.HTTP
	if s.c.Transport != nil {
		wrapped := *web
		wrapped.Transport = s.c.Transport(ch, web.Transport)
		web = &wrapped
	}
	return build(Config{Channel: ch, Secrets: secrets, HTTP: web, Now: s.c.Now, Sleep: s.c.Sleep, Levels: s.levels(ch.ID)})
}

func (s *Syncer) levels(channelID string) Levels {
	return keptLevels{s.c.Store, channelID, s.c.Log}
}

// Pull reads what changed since the channel's cursor; by is the user who asked,
// or empty for the schedule. It stores each page before it saves the page's
// cursor, so a run that fails keeps what it stored and the next one goes on
// from there; how far pages overlap is the adapter's cursor's duty. When another
// process saved a cursor meanwhile, this run saves none: one of the schedule ends
// with ErrOvertaken, one that somebody asked for reads to its end. The run that
// is returned also tells of an error. Errors: ErrRunning, ErrDisabled,
// ErrOvertaken, those of Platform, and what Fetch or the store reported.
func (s *Syncer) Pull(ctx context.Context, channelID, by string) (channel.Run, error) {
	st, release, err := s.hold(channelID)
	if err != nil {
		return channel.Run{Channel: channelID}, err
	}
	defer release()
	progress, err := s.c.Store.Channels().Progress(ctx, channelID)
	if err != nil {
		return channel.Run{Channel: channelID}, fmt.Errorf("channel %s: progress: %w", channelID, err)
	}
	progress.Channel = channelID
	s.closeDead(ctx, &progress)
	r := s.newRun(channelID, by)
	r.progress, r.state = &progress, st
	return r.do(ctx, func(ctx context.Context, p Platform) error { return r.pages(ctx, p, progress.Cursor) })
}

// PullRange reads what changed between two times again, without moving the
// channel's cursor; a zero until is open. It may go on beside a Pull.
func (s *Syncer) PullRange(ctx context.Context, channelID string, since, until time.Time) (channel.Run, error) {
	r := s.newRun(channelID, "")
	return r.do(ctx, func(ctx context.Context, p Platform) error { return r.pages(ctx, p, p.Since(since, until)) })
}

// PullOne reads one order by the platform's id; ErrGone when the platform has
// none. What quarantine held of the order is released.
func (s *Syncer) PullOne(ctx context.Context, channelID, platformOrderID string) (channel.Run, error) {
	r := s.newRun(channelID, "")
	return r.do(ctx, func(ctx context.Context, p Platform) error { return r.one(ctx, p, platformOrderID) })
}
