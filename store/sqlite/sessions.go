package sqlite

import (
	"database/sql"

	"github.com/alexedwards/scs/sqlite3store"
)

// sessions is scs's own store, reading from the readers so that a page never
// waits behind a long write to learn who asks.
type sessions struct {
	*sqlite3store.SQLite3Store // commits and deletes
	reads                      *sqlite3store.SQLite3Store
}

// newSessions starts no cleaner: Maintain deletes expired sessions.
func newSessions(reader, writer *sql.DB) *sessions {
	return &sessions{
		SQLite3Store: sqlite3store.NewWithCleanupInterval(writer, 0),
		reads:        sqlite3store.NewWithCleanupInterval(reader, 0),
	}
}

// Find returns a session that has not expired.
func (s *sessions) Find(token string) (data []byte, found bool, err error) {
	return s.reads.Find(token)
}

// All returns every session that has not expired.
func (s *sessions) All() (map[string][]byte, error) { return s.reads.All() }
