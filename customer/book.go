// Package customer knows one person across platforms: the orders that share a
// phone or an e-mail address (order.CustomerKey), what they are worth, what
// people noted, and which of these identities somebody declared to be one
// person. Platforms hide phones and addresses, so one person may well have
// several; nothing is ever joined by name alone.
//
// It must not know HTTP or HTML.
package customer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
)

// Kind is the kind of record that keeps what people said about a customer; its
// id is the customer's key.
const Kind = "customer"

// Limits.
const (
	MaxNote     = 2000 // characters
	maxNotes    = 100
	maxMembers  = 20 // identities of one person
	searchDepth = 400
)

// Errors a caller can tell apart.
var (
	ErrSame     = errors.New("these are the same customer already")
	ErrTooMany  = errors.New("this customer has too many identities to join more")
	ErrNotPart  = errors.New("this is not a part of the customer any more")
	ErrUnknown  = fmt.Errorf("no order of this customer is known: %w", store.ErrNotFound)
	errCircular = errors.New("joined customers form a circle")
)

// entry is what people said about one key. A key that was joined into another
// points to it and says nothing else.
type entry struct {
	Into  string       `json:"into,omitempty"`
	Notes []order.Note `json:"notes,omitempty"`
}

// Book answers questions about customers. It is safe for concurrent use.
type Book struct {
	Orders  store.Orders
	Figures store.Figures
	Records store.Records
	Audit   store.Audit
	Now     func() time.Time
}

func (b Book) entries() store.Shelf[entry] { return store.Shelf[entry]{Records: b.Records, Kind: Kind} }

// Person is one customer with every identity they have.
type Person struct {
	Key  string   // the main one
	Keys []string // Key first
	// Customer and where they are reached, as the newest order tells.
	Contact order.Customer
	Notes   []order.Note
	Sum     report.Customer
}

// ReturnRate is the share of orders that came back, 0 without orders.
func (p Person) ReturnRate() float64 { return rate(p.Sum) }

func rate(c report.Customer) float64 {
	if c.Orders == 0 {
		return 0
	}
	return float64(c.Returned) / float64(c.Orders)
}

// main follows what a key was joined into.
func (b Book) main(ctx context.Context, key string) (string, entry, error) {
	for range maxMembers {
		k, err := b.entries().Get(ctx, key)
		// What people said is about the person, whichever channel told of them, and
		// a joined identity may come from an order that is out of scope: who sees
		// some channels only has each identity for itself.
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, scope.ErrBeyond) {
			return key, entry{}, nil
		}
		if err != nil {
			return "", entry{}, fmt.Errorf("customer: %w", err)
		}
		if k.Value.Into == "" {
			return key, k.Value, nil
		}
		key = k.Value.Into
	}
	return "", entry{}, errCircular
}

// keys are a main key and those joined into it.
func (b Book) keys(ctx context.Context, key string) ([]string, error) {
	joined, err := b.entries().List(ctx, store.RecordQuery{Owner: &key, OldestFirst: true})
	if errors.Is(err, scope.ErrBeyond) {
		return []string{key}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("customer: %w", err)
	}
	keys := []string{key}
	for _, k := range joined {
		keys = append(keys, k.ID)
	}
	return keys, nil
}

// Get is the person with this key, which may be a joined one; ErrUnknown when
// there is no order of them.
func (b Book) Get(ctx context.Context, key string) (Person, error) {
	key, said, err := b.main(ctx, key)
	if err != nil {
		return Person{}, err
	}
	p := Person{Key: key, Notes: said.Notes}
	if p.Keys, err = b.keys(ctx, key); err != nil {
		return Person{}, err
	}
	if p.Sum, err = b.sum(ctx, p.Keys); err != nil {
		return Person{}, err
	}
	newest, err := b.newest(ctx, p.Keys)
	if err != nil {
		return Person{}, err
	}
	p.Contact = newest.ShipTo()
	return p, nil
}

// sum adds the figures of several keys up.
func (b Book) sum(ctx context.Context, keys []string) (report.Customer, error) {
	sum := report.Customer{Key: keys[0]}
	for _, k := range keys {
		c, err := b.Figures.Customer(ctx, k)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return report.Customer{}, fmt.Errorf("customer: %w", err)
		}
		sum = plus(sum, c)
	}
	return sum, nil
}

func plus(a, c report.Customer) report.Customer {
	a.Orders, a.Returned, a.Units = a.Orders+c.Orders, a.Returned+c.Returned, a.Units+c.Units
	a.Gross, a.Net = a.Gross+c.Gross, a.Net+c.Net
	if a.First.IsZero() || !c.First.IsZero() && c.First.Before(a.First) {
		a.First = c.First
	}
	if c.Last.After(a.Last) {
		a.Last, a.State, a.Pincode = c.Last, c.State, c.Pincode
	}
	return a
}

// Where selects the orders of a person.
func Where(keys []string) order.Term { return order.Term{Field: order.FieldCustomer, Text: keys} }

// Query is Where in the query language.
func Query(keys []string) string { return "customer:" + strings.Join(keys, ",") }

func (b Book) newest(ctx context.Context, keys []string) (order.Order, error) {
	page, err := b.Orders.List(ctx, order.Query{Where: Where(keys), Sort: order.NewestFirst, Limit: 1})
	if err != nil {
		return order.Order{}, fmt.Errorf("customer: %w", err)
	}
	if len(page.Rows) == 0 {
		return order.Order{}, ErrUnknown
	}
	o, err := b.Orders.Get(ctx, page.Rows[0].ID)
	if err != nil {
		return order.Order{}, fmt.Errorf("customer: %w", err)
	}
	return o, nil
}

// AddNote writes a note about a person. A bad text is order.FieldErrors at
// text.
func (b Book) AddNote(ctx context.Context, by desk.Actor, key, text string) error {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return order.FieldErrors{{Field: "text", Message: "Write something first."}}
	case !utf8.ValidString(text) || utf8.RuneCountInString(text) > MaxNote:
		return order.FieldErrors{{Field: "text", Message: fmt.Sprintf("Use at most %d characters.", MaxNote)}}
	}
	p, err := b.Get(ctx, key)
	if err != nil {
		return err
	}
	n := order.Note{Text: text, By: string(by.By), At: b.Now().UTC().Truncate(time.Millisecond)}
	err = b.change(ctx, p.Key, func(e *entry) error {
		if len(e.Notes) >= maxNotes {
			return order.FieldErrors{{Field: "text", Message: fmt.Sprintf("There are %d notes already.", maxNotes)}}
		}
		e.Notes = append(slices.Clip(e.Notes), n)
		return nil
	})
	if err != nil {
		return err
	}
	return b.note(ctx, by, "customer.note", p.Key, "")
}

// change writes the entry of a main key, which may not exist yet.
func (b Book) change(ctx context.Context, key string, fn func(*entry) error) error {
	_, err := b.entries().Update(ctx, key, func(k *store.Kept[entry]) error { return fn(&k.Value) })
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	var e entry
	if err := fn(&e); err != nil {
		return err
	}
	err = b.entries().Create(ctx, store.Record{ID: key, At: b.Now()}, e)
	if errors.Is(err, store.ErrConflict) { // somebody was quicker
		_, err = b.entries().Update(ctx, key, func(k *store.Kept[entry]) error { return fn(&k.Value) })
	}
	return err
}

func (b Book) note(ctx context.Context, by desk.Actor, action, key, what string) error {
	_, err := b.Audit.Append(ctx, account.Entry{At: b.Now(), By: string(by.By), Via: by.Via, IP: by.IP, Ref: by.Ref,
		Action: action, Object: "customer:" + key, Note: what})
	return err
}
