package ingest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
)

const (
	inboxBatch = 200
	// inboxLease is how long a message is hidden from others while it is worked
	// on.
	inboxLease = 5 * time.Minute
)

// inbox lets those who take messages in call those who work on them.
type inbox struct {
	*sync.Mutex
	called map[string]bool // channels with fresh messages
	// Both ring when called grows: bell for the schedule, which lets somebody
	// begin to work, desk for who works already.
	bell, desk chan struct{}

	working *sync.Mutex // held by the one who works
}

func newInbox() inbox {
	return inbox{
		Mutex: &sync.Mutex{}, called: map[string]bool{}, bell: make(chan struct{}, 1), desk: make(chan struct{}, 1),
		working: &sync.Mutex{},
	}
}

func (b inbox) call(channelID string) {
	b.Lock()
	b.called[channelID] = true
	b.Unlock()
	for _, bell := range []chan struct{}{b.desk, b.bell} {
		select {
		case bell <- struct{}{}:
		default: // it rings already
		}
	}
}

func (b inbox) waiting() bool {
	b.Lock()
	defer b.Unlock()
	return len(b.called) > 0
}

// answer returns the channels that were called since the last time.
func (b inbox) answer() []string {
	b.Lock()
	defer b.Unlock()
	ids := make([]string, 0, len(b.called))
	for id := range b.called {
		ids = append(ids, id)
	}
	clear(b.called)
	return ids
}

// WorkInbox works off what Receive took in, and returns when nothing is left
// that is due. Channels are worked on beside each other, none waiting for
// another, and each in the order of receipt. Messages that arrive meanwhile are
// taken up at once. A second call while one goes on returns at once.
//
// Every message ends: absorbed, or in quarantine. What cannot be read goes there
// right away, what fails goes there after eight tries.
func (s *Syncer) WorkInbox(ctx context.Context) error {
	// Who rang while the last round was about to end is not left waiting.
	for first := true; first || s.inbox.waiting(); first = false {
		if !s.inbox.working.TryLock() {
			return nil
		}
		err := s.workRound(ctx)
		s.inbox.working.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Syncer) workRound(ctx context.Context) error {
	w := &inboxRound{s: s, busy: map[string]bool{}, missed: map[string]bool{}, done: make(chan inboxEnd)}
	ctx, cancel := context.WithCancel(ctx)
	defer w.drain()
	defer cancel()
	s.inbox.answer()
	if err := w.beginAll(ctx); err != nil {
		return err
	}
	again := time.NewTicker(InboxEvery)
	defer again.Stop()
	for len(w.busy) > 0 {
		select {
		case e := <-w.done:
			delete(w.busy, e.channel)
			if e.err != nil {
				return e.err
			}
			if w.missed[e.channel] && ctx.Err() == nil {
				delete(w.missed, e.channel)
				w.begin(ctx, e.channel)
			}
		case <-s.inbox.desk:
			w.beginCalled(ctx)
		case <-again.C:
			if err := w.beginAll(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// inboxRound is one round of WorkInbox. Only its own goroutine touches the maps.
type inboxRound struct {
	s      *Syncer
	busy   map[string]bool
	missed map[string]bool // called while busy
	done   chan inboxEnd
}

type inboxEnd struct {
	channel string
	err     error // of the store
}

func (w *inboxRound) beginAll(ctx context.Context) error {
	channels, err := w.s.c.Store.Channels().List(ctx)
	if err != nil {
		return fmt.Errorf("inbox: channels: %w", err)
	}
	for _, ch := range channels {
		if ch.Adapter != channel.Manual && !w.busy[ch.ID] {
			w.begin(ctx, ch.ID)
		}
	}
	return nil
}

func (w *inboxRound) beginCalled(ctx context.Context) {
	for _, id := range w.s.inbox.answer() {
		if !w.busy[id] {
			w.begin(ctx, id)
			continue
		}
		// The one who works may have looked just before the message came.
		w.missed[id] = true
	}
}

func (w *inboxRound) begin(ctx context.Context, channelID string) {
	w.busy[channelID] = true
	go func() {
		_, err := guard(func() (struct{}, error) { return struct{}{}, w.s.workChannel(ctx, channelID) })
		w.done <- inboxEnd{channelID, err}
	}()
}

// drain waits for those who still work.
func (w *inboxRound) drain() {
	for len(w.busy) > 0 {
		e := <-w.done
		delete(w.busy, e.channel)
	}
}

// workChannel works off one channel's messages that are due.
func (s *Syncer) workChannel(ctx context.Context, channelID string) error {
	for {
		now := s.c.Now()
		batch, err := s.c.Store.Inbox().Take(ctx, channelID, now, inboxLease, inboxBatch)
		if err != nil {
			return fmt.Errorf("inbox of %s: %w", channelID, err)
		}
		if len(batch) == 0 {
			return nil
		}
		if err := s.workBatch(ctx, channelID, batch, now.Add(inboxLease)); err != nil {
			return fmt.Errorf("inbox of %s: %w", channelID, err)
		}
		if len(batch) < inboxBatch {
			return nil
		}
	}
}
