package handlers

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// countingSessions counts the writes of sessions, and holds one of them back.
type countingSessions struct {
	store.Sessions
	commits atomic.Int64
	holding atomic.Bool
	held    chan struct{} // tells that a write waits
	hold    chan struct{} // lets it go on
}

func (s *countingSessions) Commit(token string, data []byte, expiry time.Time) error {
	if !strings.HasPrefix(token, tombstone) {
		s.commits.Add(1)
		if s.holding.Load() {
			s.held <- struct{}{}
			<-s.hold
		}
	}
	return s.Sessions.Commit(token, data, expiry)
}
