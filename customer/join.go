package customer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Join declares two customers to be one person, who is known by the first key
// from now on. No order changes, so Part takes it back without a trace.
// Notes of the second stay with it and are shown again when it is parted.
func (b Book) Join(ctx context.Context, by desk.Actor, key, other string) (Person, error) {
	into, err := b.Get(ctx, key)
	if err != nil {
		return Person{}, err
	}
	from, err := b.Get(ctx, other)
	if err != nil {
		return Person{}, err
	}
	switch {
	case into.Key == from.Key:
		return Person{}, ErrSame
	case len(into.Keys)+len(from.Keys) > maxMembers:
		return Person{}, ErrTooMany
	}
	// Those joined before follow first: a crash between leaves smaller groups,
	// never a circle.
	for _, k := range append(slices.Clone(from.Keys[1:]), from.Key) {
		if err := b.point(ctx, k, into.Key); err != nil {
			return Person{}, err
		}
	}
	if err := b.note(ctx, by, "customer.join", into.Key, "joined "+from.Key); err != nil {
		return Person{}, err
	}
	return b.Get(ctx, into.Key)
}

// point makes key a part of into.
func (b Book) point(ctx context.Context, key, into string) error {
	set := func(k *store.Kept[entry]) error {
		k.Value.Into, k.Owner = into, into
		return nil
	}
	_, err := b.entries().Update(ctx, key, set)
	if errors.Is(err, store.ErrNotFound) {
		err = b.entries().Create(ctx, store.Record{ID: key, Owner: into, At: b.Now()}, entry{Into: into})
		if errors.Is(err, store.ErrConflict) {
			_, err = b.entries().Update(ctx, key, set)
		}
	}
	if err != nil {
		return fmt.Errorf("customer: %w", err)
	}
	return nil
}

// Part takes an identity out of a person again.
func (b Book) Part(ctx context.Context, by desk.Actor, key, part string) error {
	_, err := b.entries().Update(ctx, part, func(k *store.Kept[entry]) error {
		if k.Value.Into != key {
			return ErrNotPart
		}
		k.Value.Into, k.Owner = "", ""
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNotPart
	}
	if err != nil {
		return err
	}
	return b.note(ctx, by, "customer.part", key, "parted "+part)
}

// Candidates are other customers who may be the same person: the same e-mail
// address beside another phone, or the same name at the same pincode. Only
// people decide whether they are.
func (b Book) Candidates(ctx context.Context, p Person, limit int) ([]Row, error) {
	var where order.Or
	if w := order.Normalise(p.Contact.Email); len(w) > 1 {
		where = append(where, words(w))
	}
	if w := order.Normalise(p.Contact.Name); len(w) > 1 && p.Contact.Address.Pincode != "" {
		where = append(where, order.And{words(w), order.Term{Field: order.FieldPincode, Text: []string{p.Contact.Address.Pincode}}})
	}
	if len(where) == 0 {
		return nil, nil
	}
	rows, err := b.matching(ctx, where, limit+len(p.Keys))
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r Row) bool { return slices.Contains(p.Keys, r.Key) })
	return rows[:min(len(rows), limit)], nil
}

// words holds where each word is one of the order's, or begins one.
func words(list []string) order.And {
	var all order.And
	for _, w := range list {
		all = append(all, order.Term{Field: order.Words, Text: []string{w}})
	}
	return all
}
