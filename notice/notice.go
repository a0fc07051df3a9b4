// Package notice tells people what concerns them: somebody mentioned them or
// gave them an order, a platform refused a status they set, a channel stands
// still, a webhook was switched off, a view they watch has orders again.
// Notices are found from what is stored, by one job that remembers how far it
// read, so that nothing is missed whichever way a change came in, and nothing
// is told twice after a crash.
package notice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/store"
)

// The kinds of records: notices, and what somebody wants by e-mail.
const (
	kindNotice  = "notice"
	kindWish    = "notice-mail"
	kindMorning = "morning-mail"
	kindState   = "notice-state"
)

// keep is how long notices are shown; the most that are, per person.
const (
	keep   = 30 * 24 * time.Hour
	Newest = 100
)

// What says what a notice is about.
type What string

// What notices are about.
const (
	Mention  What = "mention"
	Assigned What = "assigned"
	Refused  What = "refused" // a platform said no to a status
	Stale    What = "stale"   // a channel stands still
	Filled   What = "filled"  // a watched view has orders again
	Unsent   What = "unsent"  // an export that was to be made did not arrive
	Unheard  What = "unheard" // a webhook was switched off
)

// Notice tells one person one thing. It holds no customer's data.
type Notice struct {
	What What   `json:"what"`
	Text string `json:"text"`
	Link string `json:"link"` // a path of the desk
}

// Kept is a notice as it is stored; At is when it was given. Its owner is the
// person's id, with unread before it until they have seen it: so that counting
// what is new, which every page does, reads an index and nothing else.
type Kept = store.Kept[Notice]

const unread = "unread "

// IsNew reports whether a notice was not seen yet.
func IsNew(k Kept) bool { return strings.HasPrefix(k.Owner, unread) }

// Board keeps notices. It is safe for concurrent use.
type Board struct {
	Store store.Store
	Post  mail.Post
	Now   func() time.Time
	Log   *slog.Logger
	since time.Time
	// Address is where the desk is, for links in e-mails.
	Address string
}

// After is the board without what was given before a time.
func (b Board) After(t time.Time) Board { b.since = t; return b }

// oldest is from when on notices are shown.
func (b Board) oldest() time.Time {
	if at := b.Now().Add(-keep); at.After(b.since) {
		return at
	}
	return b.since
}

func (b Board) notices() store.Shelf[Notice] {
	return store.Shelf[Notice]{Records: b.Store.Records(), Kind: kindNotice}
}

// List is a person's notices, the newest first.
func (b Board) List(ctx context.Context, id account.ID) ([]Kept, error) {
	var all []Kept
	for _, owner := range []string{unread + string(id), string(id)} {
		some, err := b.notices().List(ctx, store.RecordQuery{Owner: &owner, From: b.oldest(), Limit: Newest})
		if err != nil {
			return nil, fmt.Errorf("notices: %w", err)
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b Kept) int { return b.At.Compare(a.At) })
	return all[:min(len(all), Newest)], nil
}

// Unread counts the notices that a person has not seen.
func (b Board) Unread(ctx context.Context, id account.ID) (int, error) {
	owner := unread + string(id)
	return b.Store.Records().Count(ctx, store.RecordQuery{Kind: kindNotice, Owner: &owner, From: b.oldest()})
}

// Seen marks all of a person's notices seen.
func (b Board) Seen(ctx context.Context, id account.ID) error {
	owner := unread + string(id)
	all, err := b.notices().List(ctx, store.RecordQuery{Owner: &owner})
	if err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	for _, k := range all {
		_, err := b.notices().Update(ctx, k.ID, func(k *Kept) error { k.Owner = string(id); return nil })
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("notices: %w", err)
		}
	}
	return nil
}

// wish is what somebody wants by e-mail.
type wish struct {
	On bool `json:"on"`
}

func (b Board) wishes() store.Shelf[wish] {
	return store.Shelf[wish]{Records: b.Store.Records(), Kind: kindWish}
}

// ByMail tells whether somebody wants notices by e-mail too.
func (b Board) ByMail(ctx context.Context, id account.ID) (bool, error) {
	k, err := b.wishes().Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return k.Value.On, err
}

// SetByMail changes that.
func (b Board) SetByMail(ctx context.Context, id account.ID, on bool) error {
	err := b.wishes().Create(ctx, store.Record{ID: string(id), Owner: string(id), At: b.Now()}, wish{on})
	if errors.Is(err, store.ErrConflict) {
		_, err = b.wishes().Update(ctx, string(id), func(k *store.Kept[wish]) error { k.Value.On = on; return nil })
	}
	return err
}

// Give tells somebody something once: the same occasion again changes nothing.
func (b Board) Give(ctx context.Context, u account.User, occasion string, n Notice) error {
	sum := sha256.Sum256([]byte(string(u.ID) + "\x00" + string(n.What) + "\x00" + occasion))
	err := b.notices().Create(ctx, store.Record{ID: hex.EncodeToString(sum[:16]), Owner: unread + string(u.ID), At: b.Now()}, n)
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	on, err := b.ByMail(ctx, u.ID)
	if err != nil || !on {
		return err
	}
	err = b.Post.Send(ctx, mail.Message{To: u.Email, Subject: n.Text, Text: n.Text + "\n\n" + b.Address + n.Link + "\n"})
	if err != nil && !errors.Is(err, mail.ErrOff) { // the notice itself stands on the desk
		b.Log.Warn("notice not sent by e-mail", slog.String("user", string(u.ID)), slog.Any("err", err))
	}
	return nil
}

// Forget deletes notices that are too old to be shown.
func (b Board) Forget(ctx context.Context) error {
	_, err := b.Store.Records().DeleteWhere(ctx, store.RecordQuery{Kind: kindNotice, Until: b.Now().Add(-keep), OldestFirst: true, Limit: 1000})
	return err
}
