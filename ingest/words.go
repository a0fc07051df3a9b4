package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// KindWords is the kind of the records that keep every version of a channel's
// status words; their owner is the channel.
const KindWords = "statusmap"

const (
	// latelyOrders is how many of the orders that changed last are looked at to
	// tell which words a platform uses and what rules would do.
	latelyOrders = 1000
	// shownTrials bounds the orders that a trial names.
	shownTrials = 50
)

// ErrWordsChanged says that somebody else saved rules since an editor read them.
var ErrWordsChanged = errors.New("somebody else has changed the status words meanwhile")

// Spoken is a status word that a platform used lately.
type Spoken struct {
	Word    string
	Orders  int
	Last    time.Time    // when an order with it changed last
	Status  order.Status // what the newest of them made of it; empty when nobody knows
	Unknown int          // orders whose word nobody knew
}

// WordTrial is what rules would do to the orders that changed lately.
type WordTrial struct {
	Looked  int // orders
	Changes int
	Orders  []WordChange // the first of the changes
	// Dropped are words whose rule goes: their orders keep the status until the
	// platform reports them again.
	Dropped []string
}

// WordChange is one order as it is and as it would be.
type WordChange struct {
	ID            order.ID
	Number, Word  string
	Before, After order.Status
	Kept          bool // a person's wish hides the difference
}

var errEnough = errors.New("enough orders")

// lately walks the orders of a channel that changed last, purchase orders
// included.
func (s *Syncer) lately(ctx context.Context, channelID string, limit int, fn func(order.Order)) error {
	of := order.Term{Field: order.FieldChannel, Text: []string{channelID}}
	purchases := order.Term{Field: order.FieldKind, Text: []string{string(order.Purchase)}}
	for _, where := range []order.Expr{of, order.And{of, purchases}} {
		n := 0
		err := s.c.Store.Orders().Each(ctx, order.Query{Where: where, Sort: order.RecentlyChanged}, func(o order.Order) error {
			if n++; n > limit {
				return errEnough
			}
			fn(o)
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return fmt.Errorf("channel %s: orders: %w", channelID, err)
		}
	}
	return nil
}

// Words tells which status words a channel's platform used lately, the most
// frequent first.
func (s *Syncer) Words(ctx context.Context, channelID string) ([]Spoken, error) {
	seen := map[string]*Spoken{}
	err := s.lately(ctx, channelID, latelyOrders, func(o order.Order) {
		if o.Facts.PlatformStatus == "" {
			return
		}
		w := seen[o.Facts.PlatformStatus]
		if w == nil {
			w = &Spoken{Word: o.Facts.PlatformStatus, Last: o.UpdatedAt}
			if seen[w.Word] = w; !o.WordUnknown() {
				w.Status = o.Reported.Status
			}
		}
		w.Orders++
		if o.WordUnknown() {
			w.Unknown++
		}
	})
	var all []Spoken
	for _, w := range seen {
		all = append(all, *w)
	}
	slices.SortFunc(all, func(a, b Spoken) int { return cmp.Or(b.Orders-a.Orders, cmp.Compare(a.Word, b.Word)) })
	return all, err
}

// TryWords tells what rules would do to the orders that changed lately, and
// changes nothing.
func (s *Syncer) TryWords(ctx context.Context, channelID string, rules []channel.WordRule) (WordTrial, error) {
	ch, err := s.c.Store.Channels().Get(ctx, channelID)
	if err != nil {
		return WordTrial{}, fmt.Errorf("channel %s: %w", channelID, err)
	}
	m := channel.WordMap{Rules: rules}
	t := WordTrial{Dropped: dropped(ch.Words, m)}
	err = s.lately(ctx, channelID, latelyOrders, func(o order.Order) {
		t.Looked++
		before := o
		if !m.Apply(&o, "", "", s.c.Now()) {
			return
		}
		if t.Changes++; len(t.Orders) < shownTrials {
			t.Orders = append(t.Orders, WordChange{ID: o.ID, Number: o.Facts.OrderNumber, Word: o.Facts.PlatformStatus,
				Before: before.Status, After: o.Status, Kept: before.Status == o.Status && before.Reported.Status != o.Reported.Status})
		}
	})
	return t, err
}

// dropped lists the words that have a rule now and none then.
func dropped(now, then channel.WordMap) (words []string) {
	for _, r := range now.Rules {
		if _, ok := then.Rule(r.Word); !ok {
			words = append(words, r.Word)
		}
	}
	return words
}

// SaveWords puts rules in force as the version after seen, which is the one the
// editor read. Reports are read by them from now on; orders that are here are
// RereadWords' business. Errors: ErrWordsChanged, store.ErrNotFound.
func (s *Syncer) SaveWords(ctx context.Context, channelID, by string, seen int, rules []channel.WordRule) (channel.SavedWords, error) {
	saved := channel.SavedWords{WordMap: channel.WordMap{Version: seen + 1, Rules: rules}, Channel: channelID, By: by, At: s.c.Now()}
	// Coming into force decides who of two editors was first; the history
	// follows, and a version that a crash kept out of it is still in force.
	_, err := s.c.Store.Channels().Update(ctx, channelID, func(c *channel.Channel) error {
		if c.Words.Version != seen {
			return ErrWordsChanged
		}
		c.Words = saved.WordMap
		return nil
	})
	if err != nil {
		return saved, fmt.Errorf("channel %s: status words: %w", channelID, err)
	}
	id := fmt.Sprintf("%s/%06d", channelID, saved.Version)
	if err := s.wordShelf().Create(ctx, store.Record{ID: id, Owner: channelID, At: saved.At, Version: 1}, saved); err != nil && !errors.Is(err, store.ErrConflict) {
		return saved, fmt.Errorf("channel %s: history of status words: %w", channelID, err)
	}
	return saved, nil
}

func (s *Syncer) wordShelf() store.Shelf[channel.SavedWords] {
	return store.Shelf[channel.SavedWords]{Records: s.c.Store.Records(), Kind: KindWords}
}

// WordHistory lists the versions of a channel's rules, the newest first.
func (s *Syncer) WordHistory(ctx context.Context, channelID string, limit int) ([]channel.SavedWords, error) {
	kept, err := s.wordShelf().List(ctx, store.RecordQuery{Owner: &channelID, Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("channel %s: history of status words: %w", channelID, err)
	}
	all := make([]channel.SavedWords, len(kept))
	for i, k := range kept {
		all[i] = k.Value
	}
	return all, nil
}

// RereadWords gives the orders of a channel the meaning that its rules give
// their words. note tells how far it is; it may be nil.
func (s *Syncer) RereadWords(ctx context.Context, channelID, by string, note func(channel.Tally)) (channel.Tally, error) {
	var t channel.Tally
	ch, err := s.c.Store.Channels().Get(ctx, channelID)
	if err != nil {
		return t, fmt.Errorf("channel %s: %w", channelID, err)
	}
	text := fmt.Sprintf("status words, version %d", ch.Words.Version)
	var ids []order.ID
	err = s.lately(ctx, channelID, int(^uint(0)>>1), func(o order.Order) {
		t.Fetched++
		if ch.Words.Apply(&o, text, by, s.c.Now()) {
			ids = append(ids, o.ID)
		}
	})
	for _, id := range ids {
		if err != nil {
			break
		}
		_, err = s.c.Store.Orders().Update(ctx, id, func(o *order.Order) error {
			if !ch.Words.Apply(o, text, by, s.c.Now()) {
				return errNotDue
			}
			return nil
		})
		switch {
		case errors.Is(err, errNotDue), errors.Is(err, store.ErrNotFound):
			err = nil
		case err == nil:
			t.Updated++
		}
		if note != nil && t.Updated%100 == 0 {
			note(t)
		}
	}
	t.Unchanged = t.Fetched - t.Updated
	if err != nil {
		return t, fmt.Errorf("channel %s: status words: %w", channelID, err)
	}
	return t, nil
}
