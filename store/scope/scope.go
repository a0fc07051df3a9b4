// Package scope keeps people to the channels they were restricted to. Guard
// wraps a store so that each call answers within the scope that its context
// carries: an order of another channel does not exist there, and a call that
// reaches beyond channels is refused.
//
// The scope travels in the context, and not in a store made for each request,
// because the services between a page and the store (the desk, the book of
// customers, figures, exports) are made once and get nothing of a request but
// its context. So nobody has to remember to hand them another store. A context
// that nobody has decided about gets no order at all: forgetting to decide is
// an error and never a leak.
//
// No type here embeds an interface of package store. A method that is added
// there does not compile here until somebody decides what it means in a scope.
//
// It must not know HTTP.
package scope

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// Errors a caller can tell apart.
var (
	// ErrBeyond says that somebody restricted to some channels asked for what is
	// not kept by channel, or belongs to the whole desk.
	ErrBeyond = errors.New("this reaches beyond the channels of the account")
	// ErrUndecided says that the context carries no scope. It is a fault of the
	// program.
	ErrUndecided = errors.New("nobody decided which channels this may see")
)

// Scope is which orders somebody may know of. The zero Scope is undecided.
type Scope struct {
	decided  bool
	user     account.ID
	since    time.Time
	channels []string // sorted; empty: all
}

// Everything is the scope of the program itself.
func Everything() Scope { return Scope{decided: true} }

// Of is the scope of a user.
func Of(u account.User) Scope {
	return Scope{decided: true, user: u.ID, since: u.ScopedAt, channels: slices.Compact(slices.Sorted(slices.Values(u.Channels)))}
}

type contextKey struct{}

// With is a context whose calls stay within a scope.
func With(ctx context.Context, s Scope) context.Context {
	return context.WithValue(ctx, contextKey{}, s)
}

// From is the scope that a context carries.
func From(ctx context.Context) Scope {
	s, _ := ctx.Value(contextKey{}).(Scope)
	return s
}

// Limited reports whether the scope leaves some channels out.
func (s Scope) Limited() bool { return len(s.channels) > 0 }

// Allows reports whether orders of a channel are in the scope.
func (s Scope) Allows(channel string) bool {
	return s.decided && (!s.Limited() || slices.Contains(s.channels, channel))
}

// Channels are the channels of a limited scope; nil for all.
func (s Scope) Channels() []string { return slices.Clone(s.channels) }

// Key is the same for scopes with the same orders, for what is remembered by
// what was asked.
func (s Scope) Key() string { return strings.Join(s.channels, "\x00") }

// where adds the scope to a condition.
func (s Scope) where(e order.Expr) order.Expr {
	if !s.Limited() {
		return e
	}
	own := order.Term{Field: order.FieldChannel, Text: s.channels}
	switch e := e.(type) {
	case nil:
		return own
	case order.And: // one flat list lets an engine choose its index among all terms
		return append(slices.Clone(e), own)
	}
	return order.And{e, own}
}

// decided is the scope of a context, which must carry one.
func decided(ctx context.Context) (Scope, error) {
	s := From(ctx)
	if !s.decided {
		return s, ErrUndecided
	}
	return s, nil
}

// whole is nil for a context that may see everything.
func whole(ctx context.Context) error {
	s, err := decided(ctx)
	if err == nil && s.Limited() {
		err = ErrBeyond
	}
	return err
}
