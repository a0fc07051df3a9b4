package notice

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/saved"
	"github.com/palmonas/palmonas-crm/store"
)

// KindWatch is the kind of record that says who watches which view.
const KindWatch = "watch"

// watch is one person's eye on one view.
type watch struct {
	View string `json:"view"`
	Had  bool   `json:"had"` // orders, when it was looked at last
}

func (b Board) watches() store.Shelf[watch] {
	return store.Shelf[watch]{Records: b.Store.Records(), Kind: KindWatch}
}

func watchID(u account.ID, view string) string { return string(u) + " " + view }

// Watched lists the views that somebody watches.
func (b Board) Watched(ctx context.Context, u account.ID) (map[string]bool, error) {
	owner := string(u)
	all, err := b.watches().List(ctx, store.RecordQuery{Owner: &owner})
	if err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	views := map[string]bool{}
	for _, k := range all {
		views[k.Value.View] = true
	}
	return views, nil
}

// Watch begins or ends telling somebody when a view has orders again.
func (b Board) Watch(ctx context.Context, u account.ID, view string, on bool) error {
	if !on {
		err := b.watches().Delete(ctx, watchID(u, view))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	}
	// What is there now is no news.
	err := b.watches().Create(ctx, store.Record{ID: watchID(u, view), Owner: string(u), At: b.Now()}, watch{View: view, Had: true})
	if errors.Is(err, store.ErrConflict) {
		return nil
	}
	return err
}

// Views looks at every watched view and tells who watches one that was empty
// and is not any more.
func (w Watcher) Views(ctx context.Context) error {
	all, err := w.watches().List(ctx, store.RecordQuery{})
	if err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	book := saved.Book{Records: w.Store.Records(), Now: w.Now}
	for _, k := range all {
		if err := w.view(ctx, book, k); err != nil {
			w.Log.Warn("watched view not counted", "view", k.Value.View, "err", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

func (w Watcher) view(ctx context.Context, book saved.Book, k store.Kept[watch]) error {
	u, err := w.Store.Users().Get(ctx, account.ID(k.Owner))
	if err != nil {
		return err
	}
	v, err := book.Get(ctx, u, k.Value.View)
	if errors.Is(err, store.ErrNotFound) {
		return w.watches().Delete(ctx, k.ID)
	}
	if err != nil {
		return err
	}
	n, err := w.Count(ctx, u, v.Value.Query, 1)
	if err != nil || (n > 0) == k.Value.Had {
		return err
	}
	if n > 0 {
		link := "/orders"
		if v.Value.Query != "" {
			link += "?" + v.Value.Query
		}
		// The version makes each filling an occasion of its own, and a repeat
		// after a crash the same one.
		occasion := k.ID + " " + strconv.FormatInt(k.Version, 10)
		if err := w.Give(ctx, u, occasion, Notice{What: Filled, Text: v.Value.Name + " has orders again", Link: link}); err != nil {
			return err
		}
	}
	_, err = w.watches().Update(ctx, k.ID, func(k *store.Kept[watch]) error { k.Value.Had = n > 0; return nil })
	return err
}
