package store

import (
	"context"
	"encoding/json"
	"time"
)

// Record is a small document that the program keeps beside the orders: a saved
// view, a token, a subscription, a setting. One collection holds them all, told
// apart by Kind, because none of them is many and each is looked up in the same
// few ways.
type Record struct {
	Kind string
	ID   string // unique within the kind
	// Owner is whose it is, such as a user's id; empty when it is everybody's.
	Owner string
	// Key is unique within the kind unless empty: a token's hash, a name.
	Key string
	// At is what lists sort by: when it was made, or when it is due.
	At time.Time
	// Version counts writes, from 1.
	Version int64
	Doc     json.RawMessage
}

// RecordQuery selects records of one kind.
type RecordQuery struct {
	Kind string
	// Owner is nil for records of anybody.
	Owner *string
	// From <= At < Until; zero times are open ends.
	From, Until time.Time
	OldestFirst bool
	Limit       int // 0: all of them
}

// Records keeps small documents.
type Records interface {
	Get(ctx context.Context, kind, id string) (Record, error)    // ErrNotFound
	ByKey(ctx context.Context, kind, key string) (Record, error) // ErrNotFound
	List(ctx context.Context, q RecordQuery) ([]Record, error)   // by At, then ID
	Count(ctx context.Context, q RecordQuery) (int, error)       // Limit is ignored
	Create(ctx context.Context, r Record) error                  // ErrConflict on a taken id or key
	Delete(ctx context.Context, kind, id string) error           // ErrNotFound
	DeleteWhere(ctx context.Context, q RecordQuery) (int, error) // at most Limit, in the query's sort
	// Update applies fn atomically; it may run more than once and must touch
	// nothing but the record. Kind and ID cannot change. An error from fn is
	// returned untouched and nothing is stored; a taken key is ErrConflict.
	Update(ctx context.Context, kind, id string, fn func(*Record) error) (Record, error)
}

// Shelf is the records of one kind as values of one type. The zero Shelf is of
// no use; it is as safe for concurrent use as its Records.
type Shelf[T any] struct {
	Records Records
	Kind    string
}

// Kept is a value with what its record says about it.
type Kept[T any] struct {
	Record // without Doc
	Value  T
}

// Get reads one value; ErrNotFound when there is none.
func (s Shelf[T]) Get(ctx context.Context, id string) (Kept[T], error) {
	r, err := s.Records.Get(ctx, s.Kind, id)
	if err != nil {
		return Kept[T]{}, err
	}
	return keep[T](r)
}

// ByKey reads the value with this key; ErrNotFound when there is none.
func (s Shelf[T]) ByKey(ctx context.Context, key string) (Kept[T], error) {
	r, err := s.Records.ByKey(ctx, s.Kind, key)
	if err != nil {
		return Kept[T]{}, err
	}
	return keep[T](r)
}

// List reads the selected values; the query's kind is the shelf's.
func (s Shelf[T]) List(ctx context.Context, q RecordQuery) ([]Kept[T], error) {
	q.Kind = s.Kind
	records, err := s.Records.List(ctx, q)
	if err != nil {
		return nil, err
	}
	all := make([]Kept[T], len(records))
	for i, r := range records {
		if all[i], err = keep[T](r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Create stores a new value under the record's id, owner, key and time.
func (s Shelf[T]) Create(ctx context.Context, r Record, v T) error {
	var err error
	if r.Doc, err = json.Marshal(v); err != nil {
		return err
	}
	r.Kind = s.Kind
	return s.Records.Create(ctx, r)
}

// Update changes a value as Records.Update changes a record.
func (s Shelf[T]) Update(ctx context.Context, id string, fn func(*Kept[T]) error) (Kept[T], error) {
	r, err := s.Records.Update(ctx, s.Kind, id, func(r *Record) error {
		k, err := keep[T](*r)
		if err != nil {
			return err
		}
		if err := fn(&k); err != nil {
			return err
		}
		*r = k.Record
		r.Doc, err = json.Marshal(k.Value)
		return err
	})
	if err != nil {
		return Kept[T]{}, err
	}
	return keep[T](r)
}

// Delete removes one value; ErrNotFound when there is none.
func (s Shelf[T]) Delete(ctx context.Context, id string) error {
	return s.Records.Delete(ctx, s.Kind, id)
}

func keep[T any](r Record) (Kept[T], error) {
	k := Kept[T]{Record: r}
	k.Doc = nil
	return k, json.Unmarshal(r.Doc, &k.Value)
}
