// Package move copies a whole database into an empty one of any engine and
// compares the two: counts, and digests of everything that was copied.
//
// What is copied: users, channels with their progress, runs and quarantine,
// jobs, the inbox, the ledger, records, the audit with its very hashes, and
// orders with their history and wishes. What is not: sessions (people sign in
// again), leases and the change log, which mean nothing elsewhere, and figures,
// which are counted anew.
//
// It must not know engines, which it meets as store.Store and store.Transfer.
package move

import (
	"context"
	"errors"
	"fmt"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Side is a database that can be moved.
type Side interface {
	store.Store
	store.Transfer
}

// Line is what became of one kind of things.
type Line struct {
	What  string
	Count int
}

// Errors that a caller can tell apart.
var (
	ErrNotEmpty  = errors.New("the target is not empty")
	ErrDifferent = errors.New("the copy differs from what was copied")
)

// Run copies from one side to the other and compares. It refuses a target that
// holds anything (ErrNotEmpty). Nobody else may use either meanwhile; that a
// source changed is found when both are compared (ErrDifferent). progress is
// told the count of what is being copied, from 0; lines are of what is done.
// After an error the target is incomplete and of no use.
func Run(ctx context.Context, from, to Side, progress func(what string, done int)) ([]Line, error) {
	if err := empty(ctx, to); err != nil {
		return nil, err
	}
	var lines []Line
	for _, k := range kinds() {
		line, err := k.move(ctx, from, to, progress)
		if err != nil {
			return lines, fmt.Errorf("move %s: %w", k.name(), err)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// empty names what a target holds.
func empty(ctx context.Context, s Side) error {
	for _, k := range kinds() {
		if err := k.none(ctx, s); err != nil {
			return fmt.Errorf("target: %s: %w", k.name(), err)
		}
	}
	return nil
}

// mover is a kind of things.
type mover interface {
	name() string
	none(ctx context.Context, s Side) error
	move(ctx context.Context, from, to Side, progress func(string, int)) (Line, error)
}

// kind copies things of one type in batches.
type kind[T any] struct {
	what  string
	batch int
	each  func(ctx context.Context, s Side, fn func(T) error) error
	put   func(ctx context.Context, s Side, batch []T) error
	// same makes equal what two engines may tell differently; nil where they do
	// not.
	same func(*T)
}

func (k kind[T]) name() string { return k.what }

func (k kind[T]) none(ctx context.Context, s Side) error {
	return k.each(ctx, s, func(T) error { return ErrNotEmpty })
}

func (k kind[T]) move(ctx context.Context, from, to Side, progress func(string, int)) (Line, error) {
	progress(k.what, 0)
	var read digest
	var batch []T
	flush := func() error {
		if len(batch) == 0 {
			return ctx.Err()
		}
		err := k.put(ctx, to, batch)
		batch = batch[:0]
		progress(k.what, read.count)
		return err
	}
	err := k.each(ctx, from, func(v T) error {
		read.add(k.plain(v))
		if batch = append(batch, v); len(batch) < k.batch {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return Line{}, err
	}
	var there digest
	err = k.each(ctx, to, func(v T) error {
		there.add(k.plain(v))
		return ctx.Err()
	})
	if err == nil && there != read {
		err = fmt.Errorf("%w: %d were read and %d are there", ErrDifferent, read.count, there.count)
	}
	return Line{What: k.what, Count: read.count}, err
}

func (k kind[T]) plain(v T) T {
	if k.same != nil {
		k.same(&v)
	}
	return v
}

// everything selects orders that lists leave out too.
func everything() order.Expr {
	archived := order.Term{Field: order.FieldFlag, Text: []string{string(order.FlagArchived)}}
	purchase := order.Term{Field: order.FieldKind, Text: []string{string(order.Purchase)}}
	return order.Or{order.And{}, archived, purchase}
}
