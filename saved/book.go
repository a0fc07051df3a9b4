package saved

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// The kinds of records that views and choices of columns are.
const (
	KindView    = "view"
	KindColumns = "columns" // one per person, by user id
	kindReady   = "view-ready"
)

// MaxOwn is how many views one owner may have: each is counted again and again.
const MaxOwn = 30

// ErrNotYours says that somebody may not change a view.
var ErrNotYours = errors.New("this view belongs to somebody else")

// Book keeps the views and the choices of columns. It is safe for concurrent
// use.
type Book struct {
	Records store.Records
	Now     func() time.Time
}

func (b Book) views() store.Shelf[View] { return store.Shelf[View]{Records: b.Records, Kind: KindView} }

func (b Book) columns() store.Shelf[Choice] {
	return store.Shelf[Choice]{Records: b.Records, Kind: KindColumns}
}

// List is what somebody has in the sidebar: everybody's views, then their own.
// The first list of a new desk puts the ready-made views there.
func (b Book) List(ctx context.Context, u account.User) ([]Kept, error) {
	everybody, mine := "", string(u.ID)
	list, err := b.views().List(ctx, store.RecordQuery{Owner: &everybody})
	if err != nil {
		return nil, fmt.Errorf("views: %w", err)
	}
	if len(list) == 0 {
		if list, err = b.begin(ctx); err != nil {
			return nil, fmt.Errorf("ready-made views: %w", err)
		}
	}
	if mine != "" {
		own, err := b.views().List(ctx, store.RecordQuery{Owner: &mine})
		if err != nil {
			return nil, fmt.Errorf("views: %w", err)
		}
		list = append(list, own...)
	}
	inSidebar(list)
	return list, nil
}

// begin stores the ready-made views unless that was done before: who deleted
// them all wants none.
func (b Book) begin(ctx context.Context) ([]Kept, error) {
	err := b.Records.Create(ctx, store.Record{Kind: kindReady, ID: "1", At: b.Now(), Doc: []byte("{}")})
	if errors.Is(err, store.ErrConflict) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return b.Restore(ctx)
}

// Restore stores the ready-made views that are missing by name, and returns
// everybody's.
func (b Book) Restore(ctx context.Context) ([]Kept, error) {
	for _, v := range ReadyMade() {
		err := b.views().Create(ctx, store.Record{ID: newID(), Key: key("", v.Name), At: b.Now()}, v)
		if err != nil && !errors.Is(err, store.ErrConflict) {
			return nil, err
		}
	}
	everybody := ""
	return b.views().List(ctx, store.RecordQuery{Owner: &everybody})
}

// Get is one view that somebody sees; store.ErrNotFound otherwise.
func (b Book) Get(ctx context.Context, u account.User, id string) (Kept, error) {
	k, err := b.views().Get(ctx, id)
	if err == nil && !Sees(u, k) {
		return Kept{}, fmt.Errorf("view %s: %w", id, store.ErrNotFound)
	}
	return k, err
}

// Create stores a new view behind the others of its owner. The error is
// order.FieldErrors for what somebody can mend, a taken name among it.
func (b Book) Create(ctx context.Context, u account.User, v View, shared bool) (Kept, error) {
	v, err := Clean(v)
	if err != nil {
		return Kept{}, err
	}
	owner := string(u.ID)
	if shared {
		if owner = ""; !MayShare(u) {
			return Kept{}, ErrNotYours
		}
	}
	same, err := b.views().List(ctx, store.RecordQuery{Owner: &owner})
	if err != nil {
		return Kept{}, fmt.Errorf("views: %w", err)
	}
	if len(same) >= MaxOwn {
		return Kept{}, order.FieldErrors{{Field: "name", Message: fmt.Sprintf("There are %d views already; delete one first.", MaxOwn)}}
	}
	v.By, v.Place = string(u.ID), nextPlace(same)
	r := store.Record{ID: newID(), Owner: owner, Key: key(owner, v.Name), At: b.Now()}
	if err := b.views().Create(ctx, r, v); err != nil {
		return Kept{}, taken(err)
	}
	return b.views().Get(ctx, r.ID)
}

// newID is short, since every page names every view; the few views that there
// are do not meet.
func newID() string { return strings.ToLower(rand.Text()[:8]) }

func nextPlace(list []Kept) int {
	place := 0
	for _, k := range list {
		place = max(place, k.Value.Place+1)
	}
	return place
}

// taken words the conflict of two views with one name.
func taken(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return order.FieldErrors{{Field: "name", Message: "There is a view with this name already."}}
	}
	return err
}

// Change is what one may change of a view.
type Change struct {
	Name   string
	Query  string
	Shared bool
}

// Update renames a view, gives it another list, and shares it or takes it
// back. The errors are those of Create, ErrNotYours, and store.ErrNotFound.
func (b Book) Update(ctx context.Context, u account.User, id string, c Change) (before, after Kept, err error) {
	if before, err = b.Get(ctx, u, id); err != nil {
		return before, after, err
	}
	v := before.Value
	v.Name, v.Query = c.Name, c.Query
	if v, err = Clean(v); err != nil {
		return before, after, err
	}
	owner := before.Owner
	switch {
	case c.Shared:
		owner = ""
	case Shared(before):
		owner = string(u.ID)
	}
	if owner != before.Owner {
		others, err := b.views().List(ctx, store.RecordQuery{Owner: &owner})
		if err != nil {
			return before, after, fmt.Errorf("views: %w", err)
		}
		v.Place = nextPlace(others)
	}
	after, err = b.views().Update(ctx, id, func(k *Kept) error {
		if !MayChange(u, *k) || c.Shared && !MayShare(u) {
			return ErrNotYours
		}
		k.Owner, k.Value.Place = owner, v.Place
		k.Value.Name, k.Value.Query = v.Name, v.Query
		k.Key = key(k.Owner, v.Name)
		return nil
	})
	return before, after, taken(err)
}

// Delete removes a view; ErrNotYours, store.ErrNotFound.
func (b Book) Delete(ctx context.Context, u account.User, id string) (Kept, error) {
	k, err := b.Get(ctx, u, id)
	switch {
	case err != nil:
		return k, err
	case !MayChange(u, k):
		return k, ErrNotYours
	}
	return k, b.views().Delete(ctx, id)
}

// Move lets a view change places with its neighbour among its owner's: by is
// -1 or 1. At the end it stays where it is.
func (b Book) Move(ctx context.Context, u account.User, id string, by int) error {
	k, err := b.Get(ctx, u, id)
	if err != nil {
		return err
	}
	list, err := b.views().List(ctx, store.RecordQuery{Owner: &k.Owner})
	if err != nil {
		return fmt.Errorf("views: %w", err)
	}
	inSidebar(list)
	at := slices.IndexFunc(list, func(x Kept) bool { return x.ID == id })
	to := at + by
	switch {
	case !MayMove(u, k):
		return ErrNotYours
	case at < 0 || to < 0 || to >= len(list):
		return nil
	}
	list[at], list[to] = list[to], list[at]
	for i, x := range list {
		if x.Value.Place == i {
			continue
		}
		_, err := b.views().Update(ctx, x.ID, func(k *Kept) error { k.Value.Place = i; return nil })
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("view %s: %w", x.ID, err)
		}
	}
	return nil
}

// Choice is which columns somebody wants; zero when they never chose.
func (b Book) Choice(ctx context.Context, u account.User) (Choice, error) {
	k, err := b.columns().Get(ctx, string(u.ID))
	if errors.Is(err, store.ErrNotFound) {
		return Choice{}, nil
	}
	return k.Value, err
}

// Choose stores the columns that somebody wants for a view, or, for the empty
// id, for every list.
func (b Book) Choose(ctx context.Context, u account.User, id string, list []Column) error {
	r := store.Record{ID: string(u.ID), Owner: string(u.ID), At: b.Now()}
	err := b.columns().Create(ctx, r, Choice{}.With(id, list))
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	_, err = b.columns().Update(ctx, string(u.ID), func(k *store.Kept[Choice]) error {
		k.Value = k.Value.With(id, list)
		return nil
	})
	return err
}
