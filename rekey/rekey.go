// Package rekey seals everything that is kept sealed anew under the newest
// master key: credentials of channels, and records with a sealed member. It
// needs both keys while it works, and proves in the end that the old one is of
// no use any more.
package rekey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/outbound"
	"github.com/palmonas/palmonas-crm/store"
)

// Kind is a kind of records whose JSON has the member "sealed".
type Kind struct {
	Name string
	// Place is what a record of this id was sealed for.
	Place func(id string) string
}

// Kinds lists the kinds of records that hold something sealed.
func Kinds() []Kind {
	return []Kind{
		{"factor", func(id string) string { return "factor:" + id }},
		{outbound.KindSubscription, outbound.SealName},
	}
}

// Result counts sealed values.
type Result struct {
	Sealed   int // all of them
	Resealed int // by this run
	// Lost names what no key opens, such as "channel shop".
	Lost []string
}

// errFresh ends an update that has nothing to do.
var errFresh = errors.New("sealed under the newest key")

// Run seals anew what an older key sealed. It may run while others read and
// write, in several processes at once, and be broken off and begun again; what
// somebody else changes meanwhile is sealed by them under the newest key.
// Channels' settings do not change by it. What no key opens is left as it is
// and told.
func Run(ctx context.Context, s store.Store, keys *channel.Keyring, kinds []Kind) (Result, error) {
	var r Result
	channels, err := s.Channels().List(ctx)
	if err != nil {
		return r, fmt.Errorf("rekey: %w", err)
	}
	for _, c := range channels {
		err := r.value("channel "+c.ID, c.ID, c.Sealed, keys, func() error {
			_, err := s.Channels().Update(ctx, c.ID, func(c *channel.Channel) error {
				sealed, err := anew(keys, c.ID, c.Sealed)
				if err == nil {
					c.Sealed = sealed
				}
				return err
			})
			return err
		})
		if err != nil {
			return r, err
		}
	}
	for _, k := range kinds {
		if err := r.records(ctx, s.Records(), keys, k); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *Result) records(ctx context.Context, records store.Records, keys *channel.Keyring, k Kind) error {
	list, err := records.List(ctx, store.RecordQuery{Kind: k.Name})
	if err != nil {
		return fmt.Errorf("rekey: %w", err)
	}
	for _, rec := range list {
		sealed, err := sealedIn(rec.Doc)
		if err != nil {
			return fmt.Errorf("rekey: %s %s: %w", k.Name, rec.ID, err)
		}
		err = r.value(k.Name+" "+rec.ID, k.Place(rec.ID), sealed, keys, func() error {
			_, err := records.Update(ctx, k.Name, rec.ID, func(rec *store.Record) error { return resealDoc(rec, keys, k.Place(rec.ID)) })
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// value counts one sealed value and lets update renew it.
func (r *Result) value(name, place string, sealed []byte, keys *channel.Keyring, update func() error) error {
	if len(sealed) == 0 {
		return nil
	}
	r.Sealed++
	if keys.Fresh(place, sealed) {
		return nil
	}
	err := update()
	switch {
	case err == nil:
		r.Resealed++
	case errors.Is(err, errFresh), errors.Is(err, store.ErrNotFound): // somebody else was here meanwhile
	case errors.Is(err, channel.ErrSeal):
		r.Lost = append(r.Lost, name)
	default:
		return fmt.Errorf("rekey: %s: %w", name, err)
	}
	return nil
}

func anew(keys *channel.Keyring, place string, sealed []byte) ([]byte, error) {
	if keys.Fresh(place, sealed) {
		return nil, errFresh
	}
	secrets, err := keys.Open(place, sealed)
	if err != nil {
		return nil, err
	}
	return keys.Seal(place, secrets)
}

func sealedIn(doc json.RawMessage) ([]byte, error) {
	var v struct {
		Sealed []byte `json:"sealed"`
	}
	err := json.Unmarshal(doc, &v)
	return v.Sealed, err
}

// resealDoc changes the one member and leaves the others as they are.
func resealDoc(rec *store.Record, keys *channel.Keyring, place string) error {
	sealed, err := sealedIn(rec.Doc)
	if err != nil {
		return err
	}
	if sealed, err = anew(keys, place, sealed); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(rec.Doc, &all); err != nil {
		return err
	}
	if all["sealed"], err = json.Marshal(sealed); err != nil {
		return err
	}
	rec.Doc, err = json.Marshal(all)
	return err
}
