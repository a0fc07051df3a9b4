package scope

import (
	"context"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/store"
)

// records implements store.Records. What a record holds only its kind tells, so
// that a limited scope reads those that are known to hold nothing of other
// channels: what somebody keeps for themselves, how the desk is set up, and
// what is reached through an order only. Any other kind is refused, a new one
// too until it is decided about here.
type records struct{ all store.Records }

// kindsForAll are the kinds that every scope may use.
func kindsForAll() []string {
	return []string{
		// getting in
		"session", "token", "ended-login", "factor", "identity", "link", "idempotency",
		// one's own
		"notice", "notice-mail", "morning-mail", "watch", "view", "view-ready", "columns", "report", "schedule",
		// how the desk is set up
		"setting", "company",
		// reached through an order, which has to be in the scope
		"invoice", "invoice-series",
	}
}

// may is nil for a kind that the context may use. Without a scope these are the
// same as with a limited one: nobody has signed in yet.
func may(ctx context.Context, kind string) error {
	s := From(ctx)
	if s.decided && !s.Limited() || slices.Contains(kindsForAll(), kind) {
		return nil
	}
	if !s.decided {
		return fmt.Errorf("records of kind %q: %w", kind, ErrUndecided)
	}
	return fmt.Errorf("records of kind %q: %w", kind, ErrBeyond)
}

func (r records) Get(ctx context.Context, kind, id string) (store.Record, error) {
	if err := may(ctx, kind); err != nil {
		return store.Record{}, err
	}
	return r.all.Get(ctx, kind, id)
}

func (r records) ByKey(ctx context.Context, kind, key string) (store.Record, error) {
	if err := may(ctx, kind); err != nil {
		return store.Record{}, err
	}
	return r.all.ByKey(ctx, kind, key)
}

func (r records) List(ctx context.Context, q store.RecordQuery) ([]store.Record, error) {
	if err := may(ctx, q.Kind); err != nil {
		return nil, err
	}
	return r.all.List(ctx, q)
}

func (r records) Count(ctx context.Context, q store.RecordQuery) (int, error) {
	if err := may(ctx, q.Kind); err != nil {
		return 0, err
	}
	return r.all.Count(ctx, q)
}

func (r records) Create(ctx context.Context, x store.Record) error {
	if err := may(ctx, x.Kind); err != nil {
		return err
	}
	return r.all.Create(ctx, x)
}

func (r records) Delete(ctx context.Context, kind, id string) error {
	if err := may(ctx, kind); err != nil {
		return err
	}
	return r.all.Delete(ctx, kind, id)
}

func (r records) DeleteWhere(ctx context.Context, q store.RecordQuery) (int, error) {
	if err := may(ctx, q.Kind); err != nil {
		return 0, err
	}
	return r.all.DeleteWhere(ctx, q)
}

func (r records) Update(ctx context.Context, kind, id string, fn func(*store.Record) error) (store.Record, error) {
	if err := may(ctx, kind); err != nil {
		return store.Record{}, err
	}
	return r.all.Update(ctx, kind, id, fn)
}
