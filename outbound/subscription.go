package outbound

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Event is something that happens to an order.
type Event string

// The events. OrderUpdated comes with every change after the first, that of a
// status among them.
const (
	OrderCreated  Event = "order.created"
	OrderUpdated  Event = "order.updated"
	StatusChanged Event = "order.status_changed"
	// Ping is sent by hand, to see whether a receiver works.
	Ping Event = "ping"
)

// Events lists what one may subscribe to.
func Events() []Event { return []Event{OrderCreated, OrderUpdated, StatusChanged} }

// Subscription is one receiver.
type Subscription struct {
	ID     string
	Name   string
	URL    string
	Events []Event
	// Customer says that messages tell who ordered; otherwise they are masked.
	Customer bool
	Enabled  bool
	// Stopped is why it was switched off by the program; empty otherwise.
	Stopped string
	// FailingSince is when the first try failed after the last success.
	FailingSince time.Time
	LastSuccess  time.Time
	Created      time.Time
	Version      int64
}

// subscriptionDoc is the record of a subscription.
type subscriptionDoc struct {
	Name         string    `json:"name"`
	URL          string    `json:"url"`
	Events       []Event   `json:"events"`
	Customer     bool      `json:"customer"`
	Enabled      bool      `json:"enabled"`
	Stopped      string    `json:"stopped,omitempty"`
	FailingSince time.Time `json:"failingSince,omitzero"`
	LastSuccess  time.Time `json:"lastSuccess,omitzero"`
	// From is the newest change when it was made; it hears of later ones.
	From   int64     `json:"from"`
	Made   time.Time `json:"made"`
	Sealed []byte    `json:"sealed"` // the secrets, the newest first
}

// KindSubscription is the kind of the records of subscriptions; their member
// sealed holds secrets under SealName.
const KindSubscription = "subscription"

// SealName is the name under which a subscription's secrets are sealed.
func SealName(id string) string { return "subscription/" + id }

func (d subscriptionDoc) subscription(r store.Record) Subscription {
	return Subscription{ID: r.ID, Name: d.Name, URL: d.URL, Events: d.Events, Customer: d.Customer, Enabled: d.Enabled, Stopped: d.Stopped,
		FailingSince: d.FailingSince, LastSuccess: d.LastSuccess, Created: d.Made, Version: r.Version}
}

// Config is what a Service is made from.
type Config struct {
	Store store.Store
	Keys  *channel.Keyring
	Guard Guard
	Now   func() time.Time
}

// Service keeps subscriptions and their deliveries. It is safe for concurrent
// use.
type Service struct {
	c         Config
	shelf     store.Shelf[subscriptionDoc]
	waiting   store.Shelf[deliveryDoc]
	finished  store.Shelf[deliveryDoc]
	positions store.Shelf[position]
}

// New makes a Service.
func New(c Config) *Service {
	r := c.Store.Records()
	return &Service{c: c,
		shelf:     store.Shelf[subscriptionDoc]{Records: r, Kind: KindSubscription},
		waiting:   store.Shelf[deliveryDoc]{Records: r, Kind: "delivery"},
		finished:  store.Shelf[deliveryDoc]{Records: r, Kind: "delivered"},
		positions: store.Shelf[position]{Records: r, Kind: "outbound"},
	}
}

// Wish is what somebody wants a subscription to be.
type Wish struct {
	Name     string
	URL      string
	Events   []Event
	Customer bool
	Enabled  bool
}

// Limits of subscriptions.
const (
	MaxSubscriptions = 20
	maxName          = 80
	maxURL           = 500
)

func (s *Service) check(w Wish) (Wish, order.FieldErrors) {
	var faults order.FieldErrors
	fault := func(field, format string, a ...any) {
		faults = append(faults, order.FieldError{Field: field, Message: fmt.Sprintf(format, a...)})
	}
	w.Name, w.URL = strings.Join(strings.Fields(w.Name), " "), strings.TrimSpace(w.URL)
	switch n := utf8.RuneCountInString(w.Name); {
	case n == 0:
		fault("name", "Name it, so that people know who is told.")
	case n > maxName, !utf8.ValidString(w.Name), strings.ContainsFunc(w.Name, unicode.IsControl):
		fault("name", "Use at most %d characters.", maxName)
	}
	if len(w.URL) > maxURL {
		fault("url", "This is longer than %d characters.", maxURL)
	} else if err := s.c.Guard.CheckURL(w.URL); err != nil {
		fault("url", "%s", sentence(err.Error()))
	}
	var events []Event
	for _, e := range Events() {
		if slices.Contains(w.Events, e) {
			events = append(events, e)
		}
	}
	for _, e := range w.Events {
		if !slices.Contains(Events(), e) {
			fault("events", "There is no event %.40q.", string(e))
		}
	}
	if len(events) == 0 {
		fault("events", "Choose at least one event.")
	}
	w.Events = events
	return w, faults
}

// sentence makes an error's text one for people.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// Create makes a subscription and its secret, which is shown this once; faults
// are order.FieldErrors at name, url and events.
func (s *Service) Create(ctx context.Context, w Wish) (Subscription, string, error) {
	w, faults := s.check(w)
	if len(faults) > 0 {
		return Subscription{}, "", faults
	}
	n, err := s.shelf.Records.Count(ctx, store.RecordQuery{Kind: s.shelf.Kind})
	if err != nil {
		return Subscription{}, "", fmt.Errorf("outbound: %w", err)
	}
	if n >= MaxSubscriptions {
		return Subscription{}, "", order.FieldErrors{{Field: "name", Message: fmt.Sprintf("There are %d webhooks already. Remove one first.", n)}}
	}
	from, err := s.c.Store.LastChange(ctx)
	if err != nil {
		return Subscription{}, "", fmt.Errorf("outbound: %w", err)
	}
	id, secret, now := string(account.NewID()), newSecret(), s.c.Now().UTC().Truncate(time.Millisecond)
	sealed, err := s.c.Keys.Seal(SealName(id), channel.Secrets{Webhook: []string{secret}})
	if err != nil {
		return Subscription{}, "", fmt.Errorf("outbound: seal secret: %w", err)
	}
	doc := subscriptionDoc{Name: w.Name, URL: w.URL, Events: w.Events, Customer: w.Customer, Enabled: w.Enabled, From: from, Made: now, Sealed: sealed}
	if err := s.shelf.Create(ctx, store.Record{ID: id, At: now}, doc); err != nil {
		return Subscription{}, "", fmt.Errorf("outbound: %w", err)
	}
	sub, err := s.Get(ctx, id)
	return sub, secret, err
}

func newSecret() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails; the runtime ends the program if the system has no randomness
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

// Get reads one subscription; store.ErrNotFound.
func (s *Service) Get(ctx context.Context, id string) (Subscription, error) {
	k, err := s.shelf.Get(ctx, id)
	if err != nil {
		return Subscription{}, fmt.Errorf("outbound: %w", err)
	}
	return k.Value.subscription(k.Record), nil
}

// List reads all subscriptions, the oldest first.
func (s *Service) List(ctx context.Context) ([]Subscription, error) {
	kept, err := s.shelf.List(ctx, store.RecordQuery{OldestFirst: true})
	if err != nil {
		return nil, fmt.Errorf("outbound: %w", err)
	}
	all := make([]Subscription, len(kept))
	for i, k := range kept {
		all[i] = k.Value.subscription(k.Record)
	}
	return all, nil
}

// ErrStale says that a subscription changed since it was read.
var ErrStale = errors.New("the webhook has changed since you opened it")

// Change makes a subscription what is wished, if version is the one it has
// (zero: any). Faults are as Create gives them; ErrStale; store.ErrNotFound.
// Switching it on forgets why it was stopped.
func (s *Service) Change(ctx context.Context, id string, version int64, w Wish) (Subscription, error) {
	w, faults := s.check(w)
	if len(faults) > 0 {
		return Subscription{}, faults
	}
	from, err := s.c.Store.LastChange(ctx)
	if err != nil {
		return Subscription{}, fmt.Errorf("outbound: %w", err)
	}
	k, err := s.shelf.Update(ctx, id, func(k *store.Kept[subscriptionDoc]) error {
		if version != 0 && version != k.Version {
			return ErrStale
		}
		d := &k.Value
		if w.Enabled && !d.Enabled {
			d.Stopped, d.FailingSince, d.From = "", time.Time{}, from // what happened meanwhile is not told
		}
		d.Name, d.URL, d.Events, d.Customer, d.Enabled = w.Name, w.URL, w.Events, w.Customer, w.Enabled
		return nil
	})
	if err != nil {
		return Subscription{}, fmt.Errorf("outbound: %w", err)
	}
	return k.Value.subscription(k.Record), nil
}

// Rotate makes a new secret, shown this once. Messages are signed with both
// until the next rotation, so that the receiver can change over.
func (s *Service) Rotate(ctx context.Context, id string) (string, error) {
	secret := newSecret()
	_, err := s.shelf.Update(ctx, id, func(k *store.Kept[subscriptionDoc]) error {
		old, err := s.c.Keys.Open(SealName(id), k.Value.Sealed)
		if err != nil {
			return err
		}
		keep := append([]string{secret}, old.Webhook...)
		k.Value.Sealed, err = s.c.Keys.Seal(SealName(id), channel.Secrets{Webhook: keep[:min(len(keep), 2)]})
		return err
	})
	if err != nil {
		return "", fmt.Errorf("outbound: rotate secret: %w", err)
	}
	return secret, nil
}

// Delete removes a subscription with all that waits for it and its log.
func (s *Service) Delete(ctx context.Context, id string) error {
	if err := s.shelf.Delete(ctx, id); err != nil {
		return fmt.Errorf("outbound: %w", err)
	}
	for _, kind := range []string{s.waiting.Kind, s.finished.Kind} {
		if _, err := s.shelf.Records.DeleteWhere(ctx, store.RecordQuery{Kind: kind, Owner: &id}); err != nil {
			return fmt.Errorf("outbound: %w", err)
		}
	}
	return nil
}
