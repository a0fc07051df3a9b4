package scope

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// Guard is a store whose calls stay within the scopes of their contexts. It is
// as safe for concurrent use as the store behind it.
func Guard(s store.Store) store.Store { return guard{all: s} }

// guard implements store.Store.
type guard struct{ all store.Store }

var _ store.Store = guard{}

func (g guard) Orders() store.Orders     { return orders{all: g.all.Orders()} }
func (g guard) Users() store.Users       { return users{all: g.all.Users()} }
func (g guard) Channels() store.Channels { return channels{all: g.all.Channels()} }
func (g guard) Jobs() store.Jobs         { return jobs{all: g.all.Jobs()} }
func (g guard) Inbox() store.Inbox       { return inbox{all: g.all.Inbox()} }
func (g guard) Ledger() store.Ledger     { return ledger{all: g.all.Ledger()} }
func (g guard) Records() store.Records   { return records{all: g.all.Records()} }
func (g guard) Audit() store.Audit       { return audit{all: g.all.Audit(), orders: g.Orders()} }
func (g guard) Figures() store.Figures   { return figures{all: g.all.Figures(), orders: g.Orders()} }

// Sessions and leases hold nothing of orders.
func (g guard) Sessions() store.Sessions { return g.all.Sessions() }
func (g guard) Leases() store.Leases     { return g.all.Leases() }

// Changes implements store.Store. It reads on past what is left out, so that an
// empty answer is the end of the log.
func (g guard) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	s, err := decided(ctx)
	if err != nil {
		return nil, err
	}
	if !s.Limited() {
		return g.all.Changes(ctx, after, limit)
	}
	var own []store.Change
	for {
		batch, err := g.all.Changes(ctx, after, limit)
		if err != nil || len(batch) == 0 {
			return own, err
		}
		for _, c := range batch {
			if after = c.Seq; s.Allows(c.Channel) {
				own = append(own, c)
			}
			if len(own) == limit {
				return own, nil
			}
		}
	}
}

// LastChange implements store.Store. The number tells no more than that
// something happened.
func (g guard) LastChange(ctx context.Context) (int64, error) { return g.all.LastChange(ctx) }

func (g guard) Maintain(ctx context.Context, now time.Time) error {
	if err := whole(ctx); err != nil {
		return err
	}
	return g.all.Maintain(ctx, now)
}

func (g guard) Ping(ctx context.Context) error { return g.all.Ping(ctx) }
func (g guard) Close() error                   { return g.all.Close() }

// users implements store.Users. Who the colleagues are everybody may know, and
// signing in has no scope yet; a limited scope changes nobody but its user.
type users struct{ all store.Users }

func (u users) Get(ctx context.Context, id account.ID) (account.User, error) {
	return u.all.Get(ctx, id)
}

func (u users) ByEmail(ctx context.Context, email string) (account.User, error) {
	return u.all.ByEmail(ctx, email)
}

func (u users) List(ctx context.Context) ([]account.User, error) { return u.all.List(ctx) }

func (u users) Create(ctx context.Context, who account.User) error {
	if From(ctx).Limited() {
		return ErrBeyond
	}
	return u.all.Create(ctx, who)
}

func (u users) Update(ctx context.Context, id account.ID, fn func(*account.User) error) (account.User, error) {
	if s := From(ctx); s.Limited() && s.user != id {
		return account.User{}, ErrBeyond
	}
	return u.all.Update(ctx, id, fn)
}
