package timetable

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Kept is an export as it is stored: its owner is a user's id, At is when it
// was made.
type Kept = store.Kept[Export]

// tries bounds how often one due time is begun: once more after the program
// died on it, and never again if that was because of it.
const tries = 2

// Book keeps the exports of everybody. It is safe for concurrent use.
type Book struct {
	Records store.Records
	Now     func() time.Time
	Zone    *time.Location // of the business day
}

func (b Book) shelf() store.Shelf[Export] {
	return store.Shelf[Export]{Records: b.Records, Kind: "schedule"}
}

// List is the exports of one person, the oldest first; of everybody with an
// empty id.
func (b Book) List(ctx context.Context, owner account.ID) ([]Kept, error) {
	q := store.RecordQuery{OldestFirst: true}
	if o := string(owner); o != "" {
		q.Owner = &o
	}
	all, err := b.shelf().List(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("timetable: %w", err)
	}
	return all, nil
}

// Add checks and stores an export and returns its id; order.FieldErrors. Times
// before now are not made up for.
func (b Book) Add(ctx context.Context, owner account.ID, e Export) (string, error) {
	if err := e.Check(); err != nil {
		return "", err
	}
	mine, err := b.List(ctx, owner)
	if err != nil {
		return "", err
	}
	if len(mine) >= MaxEach {
		return "", order.FieldErrors{{Field: "name", Message: fmt.Sprintf("You have %d already. Delete one first.", MaxEach)}}
	}
	id := rand.Text()
	e.Last = Turn{}
	if err := b.shelf().Create(ctx, store.Record{ID: id, Owner: string(owner), At: b.Now()}, e); err != nil {
		return "", fmt.Errorf("timetable: %w", err)
	}
	return id, nil
}

// Change replaces what an export is, when it is made and where it goes, and
// returns it as it was; store.ErrNotFound for somebody else's, unless owner is
// empty, and order.FieldErrors. What it was before does not become due any more.
func (b Book) Change(ctx context.Context, owner account.ID, id string, e Export) (before Kept, err error) {
	if err := e.Check(); err != nil {
		return Kept{}, err
	}
	_, err = b.shelf().Update(ctx, id, func(k *Kept) error {
		if owner != "" && k.Owner != string(owner) {
			return store.ErrNotFound
		}
		before = *k
		e.Last, e.Since = k.Value.Last, b.Now()
		k.Value = e
		return nil
	})
	return before, err
}

// Get is one export of this person, or with an empty owner anybody's;
// store.ErrNotFound for all others.
func (b Book) Get(ctx context.Context, owner account.ID, id string) (Kept, error) {
	k, err := b.shelf().Get(ctx, id)
	if err == nil && owner != "" && k.Owner != string(owner) {
		return Kept{}, store.ErrNotFound
	}
	return k, err
}

// Delete removes an export of this person, or with an empty owner anybody's;
// store.ErrNotFound for all others.
func (b Book) Delete(ctx context.Context, owner account.ID, id string) error {
	k, err := b.shelf().Get(ctx, id)
	if err != nil {
		return err
	}
	if owner != "" && k.Owner != string(owner) {
		return store.ErrNotFound
	}
	return b.shelf().Delete(ctx, id)
}

// due is the due time that an export waits for to be run.
func (b Book) due(k Kept) (time.Time, bool) {
	at, ok := k.Value.When.Last(b.Now(), b.Zone)
	last := k.Value.Last
	if !ok || !at.After(k.At) || !at.After(k.Value.Since) || last.Due.After(at) {
		return time.Time{}, false
	}
	if last.Due.Equal(at) && (!last.Ended.IsZero() || last.Tries >= tries) {
		return time.Time{}, false
	}
	return at, true
}

// Due lists what waits to be run, also what the program was stopped in.
func (b Book) Due(ctx context.Context) ([]Kept, error) {
	all, err := b.List(ctx, "")
	if err != nil {
		return nil, err
	}
	var due []Kept
	for _, k := range all {
		if _, ok := b.due(k); ok {
			due = append(due, k)
		}
	}
	return due, nil
}

// errNotDue says that somebody else was quicker.
var errNotDue = errors.New("not due any more")

// Begin takes an export's due time, so that nobody else does; ok is false when
// it is not due any more or was deleted.
func (b Book) Begin(ctx context.Context, id string) (k Kept, ok bool, err error) {
	k, err = b.shelf().Update(ctx, id, func(k *Kept) error {
		at, ok := b.due(*k)
		if !ok {
			return errNotDue
		}
		if !k.Value.Last.Due.Equal(at) {
			k.Value.Last = Turn{Due: at}
		}
		k.Value.Last.Tries++
		return nil
	})
	if errors.Is(err, errNotDue) || errors.Is(err, store.ErrNotFound) {
		return Kept{}, false, nil
	}
	if err != nil {
		return Kept{}, false, fmt.Errorf("timetable: %w", err)
	}
	return k, true, nil
}

// End notes how a due time that Begin took went; an empty fault means well. A
// due time that is not ended is begun once more.
func (b Book) End(ctx context.Context, k Kept, fault string) error {
	_, err := b.shelf().Update(ctx, k.ID, func(now *Kept) error {
		if now.Value.Last.Due.Equal(k.Value.Last.Due) {
			now.Value.Last.Ended, now.Value.Last.Fault = b.Now(), fault
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("timetable: %w", err)
	}
	return nil
}
