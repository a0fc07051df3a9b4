package ingest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

const (
	// ListenEvery is how soon listening begins again after it ended; while a
	// queue answers, it goes on without a pause.
	ListenEvery = 5 * time.Second
	// listenLeast is what an empty answer must have waited for another question
	// to follow at once: a queue that does not wait is asked every ListenEvery.
	listenLeast = time.Second
)

// Listen asks the channel's queue once and waits for its answer. Every message
// is in the inbox, to be worked on by WorkInbox, before it leaves the queue;
// heard counts them, those known already or of no interest included. Errors:
// ErrDisabled, ErrNoWebhooks for a channel without a queue, those of Platform,
// of the queue and of the store.
func (s *Syncer) Listen(ctx context.Context, channelID string) (heard int, err error) {
	ch, p, err := s.Platform(ctx, channelID)
	if err != nil {
		return 0, err
	}
	l, ok := p.(Listener)
	switch {
	case !ok:
		return 0, fmt.Errorf("channel %s: %w", channelID, ErrNoWebhooks)
	case !ch.Enabled:
		return 0, fmt.Errorf("channel %s: %w", channelID, ErrDisabled)
	}
	var kept atomic.Int64
	_, err = guard(func() (struct{}, error) {
		return struct{}{}, l.Listen(ctx, func(ctx context.Context, n Notification) error {
			if _, err := s.keep(ctx, s.message(channelID, n), l); err != nil {
				return err
			}
			kept.Add(1)
			return nil
		})
	})
	if ctx.Err() == nil {
		st := s.stateOf(channelID)
		st.mu.Lock()
		st.listen.note(ch.Version, err, s.c.Now(), ListenEvery)
		st.mu.Unlock()
	}
	if err != nil {
		err = fmt.Errorf("channel %s: listen: %w", channelID, err)
	}
	return int(kept.Load()), err
}

func (s *Syncer) message(channelID string, n Notification) store.Message {
	m := store.Message{Channel: channelID, EventID: n.ID, Body: n.Body, At: s.c.Now()}
	if m.EventID == "" || len(m.EventID) > maxEventID {
		m.EventID = digestOf(channelID, n.Body)
	}
	return m
}

// ListenResting tells whether, and why, the schedule leaves a channel's queue
// alone for now, as PushResting does of telling.
func (s *Syncer) ListenResting(ch channel.Channel) (rest Rest, resting bool, err error) {
	st := s.stateOf(ch.ID)
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.listen.resting(ch.Version, s.c.Now())
}

// listens tells whether a channel's settings name a queue.
func (s *Syncer) listens(ch channel.Channel) bool {
	s.mu.Lock()
	a, ok := s.adapters[ch.ID]
	s.mu.Unlock()
	if ok && a.version == ch.Version {
		_, ok = a.platform.(Listener)
		return ok
	}
	// Not kept: ch may be older than what Platform reads at this moment.
	p, err := s.build(ch)
	_, ok = p.(Listener)
	return ok && err == nil
}

// scheduledListen listens until ctx is over, the queue fails or the channel
// rests or no longer has one.
func (s *Syncer) scheduledListen(ctx context.Context, channelID string) {
	log := s.c.Log.With("channel", channelID)
	for ctx.Err() == nil {
		ch, err := s.c.Store.Channels().Get(ctx, channelID)
		if err != nil {
			log.Warn("channel not read", "err", err)
			return
		}
		if _, resting, _ := s.ListenResting(ch); resting || !ch.Enabled || !s.listens(ch) {
			return
		}
		began := s.c.Now()
		heard, err := s.Listen(ctx, channelID)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn("queue not heard", "heard", heard, "err", err)
			return
		case heard > 0:
			log.Debug("queue heard", "heard", heard)
		case s.c.Now().Sub(began) < listenLeast:
			return
		}
	}
}
