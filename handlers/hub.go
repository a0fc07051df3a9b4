package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// Limits of open streams (reliability.md N-61).
const (
	streamsPerUser = 5
	streamsInAll   = 200
	batchSize      = 500
	waitingBatches = 16 // per stream; a reader slower than that misses some
)

// Hub tails the change log and hands what it finds to every open stream. A
// change may be missed by a slow reader, which delays a page and never
// corrupts it. It is safe for concurrent use.
type Hub struct {
	store  store.Store
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{}

	mu     sync.Mutex
	closed bool
	subs   map[*Subscription]struct{}
}

// Subscription is one open stream.
type Subscription struct {
	Changes <-chan []store.Change
	// Done is closed when the stream must end: the session ended, or the hub
	// closed.
	Done <-chan struct{}

	hub     *Hub
	user    account.ID
	session string
	changes chan []store.Change
	done    chan struct{}
}

// NewHub starts a hub that reads the log every poll; Close ends it.
func NewHub(s store.Store, poll time.Duration, log *slog.Logger) *Hub {
	ctx, cancel := context.WithCancel(context.Background())
	h := &Hub{store: s, log: log, cancel: cancel, done: make(chan struct{}), subs: map[*Subscription]struct{}{}}
	go h.tail(ctx, poll)
	return h
}

// Subscribe opens a stream for a user's session. Too many are a *busyError.
func (h *Hub) Subscribe(user account.ID, session string) (*Subscription, error) {
	s := &Subscription{hub: h, user: user, session: session, changes: make(chan []store.Change, waitingBatches), done: make(chan struct{})}
	s.Changes, s.Done = s.changes, s.done
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, &busyError{http.StatusServiceUnavailable, "The server is about to stop.", 5 * time.Second}
	}
	mine := 0
	for o := range h.subs {
		if o.user == user {
			mine++
		}
	}
	if mine >= streamsPerUser || len(h.subs) >= streamsInAll {
		return nil, &busyError{http.StatusTooManyRequests, "Too many pages are open at once.", 30 * time.Second}
	}
	h.subs[s] = struct{}{}
	return s, nil
}

// Close ends the stream; more than once is fine.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.drop(s)
}

// drop is called with the lock held.
func (h *Hub) drop(s *Subscription) {
	if _, open := h.subs[s]; open {
		delete(h.subs, s)
		close(s.done)
	}
}

// End closes every stream of a session.
func (h *Hub) End(session string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		if s.session == session {
			h.drop(s)
		}
	}
}

// Close ends every stream and refuses new ones. It does not wait.
func (h *Hub) Close() {
	h.cancel()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		h.drop(s)
	}
}

// Wait returns when the hub has stopped reading, or ctx ends.
func (h *Hub) Wait(ctx context.Context) error {
	select {
	case <-h.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hub) tail(ctx context.Context, poll time.Duration) {
	defer close(h.done)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	at, known, failing := int64(0), false, false
	for {
		var err error
		if !known {
			if at, err = h.store.LastChange(ctx); err == nil {
				known = true
			}
		} else {
			at, err = h.read(ctx, at)
		}
		if err != nil && !failing && ctx.Err() == nil {
			h.log.Error("change log cannot be read", slog.Any("err", err))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// read hands on everything after a sequence number and returns the newest one.
func (h *Hub) read(ctx context.Context, after int64) (int64, error) {
	for {
		batch, err := h.store.Changes(ctx, after, batchSize)
		if err != nil || len(batch) == 0 {
			return after, err
		}
		after = batch[len(batch)-1].Seq
		h.publish(batch)
		if len(batch) < batchSize {
			return after, nil
		}
	}
}

func (h *Hub) publish(batch []store.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		select {
		case s.changes <- batch:
		default:
		}
	}
}
