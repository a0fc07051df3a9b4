package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// scs keeps sessions by token alone, so a record beside each says whose it is:
// people see where they are signed in and end what they do not know.
const kindSession = "session"

// maxSessions of one person; the oldest end first.
const maxSessions = 10

// place is where a session was begun.
type place struct {
	IP    string    `json:"ip"`
	Agent string    `json:"agent"`
	Born  time.Time `json:"born"`

	bare, abroad bool
	proved       time.Time
}

func (s *sessions) places() store.Shelf[place] {
	return store.Shelf[place]{Records: s.records, Kind: kindSession}
}

// nameOf is what a token is known by: the hash under which scs keeps it, which
// nobody can sign in with.
func nameOf(token string) string {
	h := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// enlist notes a new session and ends the oldest ones beyond maxSessions.
func (s *sessions) enlist(ctx context.Context, token string, u account.User, at place) error {
	err := s.places().Create(ctx, store.Record{ID: nameOf(token), Owner: string(u.ID), At: at.Born.Add(lifeTime)}, at)
	if err != nil {
		return fmt.Errorf("session of user: %w", err)
	}
	all, err := s.of(ctx, u.ID)
	if err != nil {
		return err
	}
	for i := maxSessions; i < len(all); i++ {
		if err := s.revoke(ctx, u.ID, all[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// of lists a user's sessions that may still be alive, the newest first.
func (s *sessions) of(ctx context.Context, id account.ID) ([]store.Kept[place], error) {
	owner := string(id)
	return s.places().List(ctx, store.RecordQuery{Owner: &owner, From: s.now()})
}

// revoke ends one session of a user; store.ErrNotFound when it is not theirs.
func (s *sessions) revoke(ctx context.Context, id account.ID, name string) error {
	k, err := s.places().Get(ctx, name)
	if err == nil && k.Owner != string(id) {
		err = store.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	return errors.Join(s.scs.Store.Delete(name), s.delist(ctx, name))
}

// delist forgets a session that has ended.
func (s *sessions) delist(ctx context.Context, name string) error {
	if err := s.places().Delete(ctx, name); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// revokeOthers ends all sessions of a user but the one with this token.
func (s *sessions) revokeOthers(ctx context.Context, id account.ID, token string) (int, error) {
	all, err := s.of(ctx, id)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, k := range all {
		if token != "" && k.ID == nameOf(token) {
			continue
		}
		if err := s.revoke(ctx, id, k.ID); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
