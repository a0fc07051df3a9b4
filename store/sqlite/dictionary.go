package sqlite

import (
	"context"
	"fmt"
	"sync"

	"github.com/palmonas/palmonas-crm/order"
)

// dictionary remembers which words the table of words has, so that they are
// not written again with each order. It holds only committed words, and only
// so many; the others are offered to the table again.
type dictionary struct {
	mu    sync.RWMutex
	known map[string]struct{}
}

const maxKnownWords = 100_000

func (d *dictionary) has(word string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	_, ok := d.known[word]
	return ok
}

// add remembers words after their transaction was committed.
func (d *dictionary) add(words []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[string]struct{}{}
	}
	for _, w := range words {
		if len(d.known) < maxKnownWords {
			d.known[w] = struct{}{}
		}
	}
}

// analyse takes a condition apart and looks its beginnings of words up.
func (s *orders) analyse(ctx context.Context, where order.Expr) (query, error) {
	words := choices{}
	if never(simplify(where)) {
		return query{never: true}, nil // no word has to be looked up for that
	}
	if err := s.look(ctx, where, words); err != nil {
		return query{}, fmt.Errorf("words: %w", explain(err))
	}
	return analyse(where, words), nil
}

func (s *orders) look(ctx context.Context, e order.Expr, into choices) error {
	var list []order.Expr
	switch e := e.(type) {
	case order.And:
		list = e
	case order.Or:
		list = e
	case order.Not:
		list = []order.Expr{e.X}
	case order.Term:
		if e.Field != order.Words || len(e.Text) == 0 || !inDictionary(e.Text[0]) {
			return nil
		}
		found, err := s.beginningWith(ctx, e.Text[0])
		into[e.Text[0]] = found
		return err
	}
	for _, x := range list {
		if err := s.look(ctx, x, into); err != nil {
			return err
		}
	}
	return nil
}

// beginningWith returns the dictionary's words with a prefix, nil when there
// are more than can be asked for one by one.
func (s *orders) beginningWith(ctx context.Context, prefix string) ([]string, error) {
	const text = "SELECT word FROM words WHERE word>=? AND word<? LIMIT ?"
	rows, err := s.statements.query(ctx, text, prefix, prefix+"\U0010ffff", maxChoices+1)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	words := []string{}
	for rows.Next() {
		var w string
		if err := rows.Scan(&w); err != nil {
			return nil, err
		}
		words = append(words, w)
	}
	if len(words) > maxChoices {
		words = nil
	}
	return words, rows.Err()
}
