package scope

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// jobs implements store.Jobs. What a job left behind cannot be told apart by
// channel, so that a limited scope sees only its user's own, and of them only
// those that began within it.
type jobs struct{ all store.Jobs }

// SeesJob reports whether a job is one of those.
func (s Scope) SeesJob(j store.Job) bool {
	return !s.Limited() || j.By == s.user && !j.Started.Before(s.since)
}

func (r jobs) Get(ctx context.Context, id string) (store.Job, error) {
	s, err := decided(ctx)
	if err != nil {
		return store.Job{}, err
	}
	j, err := r.all.Get(ctx, id)
	if err == nil && !s.SeesJob(j) {
		return store.Job{}, fmt.Errorf("job %s: %w", id, store.ErrNotFound)
	}
	return j, err
}

func (r jobs) Save(ctx context.Context, j store.Job) error {
	s, err := decided(ctx)
	if err == nil && !s.SeesJob(j) {
		err = ErrBeyond
	}
	if err != nil {
		return err
	}
	return r.all.Save(ctx, j)
}

// List implements store.Jobs. Others' jobs count against the limit: the list is
// of the newest.
func (r jobs) List(ctx context.Context, limit int) ([]store.Job, error) {
	s, err := decided(ctx)
	if err != nil {
		return nil, err
	}
	list, err := r.all.List(ctx, limit)
	return slices.DeleteFunc(list, func(j store.Job) bool { return !s.SeesJob(j) }), err
}

// audit implements store.Audit. Everybody's acts are recorded; a limited scope
// reads what was done to one of its orders.
type audit struct {
	all    store.Audit
	orders store.Orders
}

// Append implements store.Audit. Signing in is recorded before there is a
// scope.
func (a audit) Append(ctx context.Context, entries ...account.Entry) ([]account.Entry, error) {
	return a.all.Append(ctx, entries...)
}

func (a audit) List(ctx context.Context, q store.AuditQuery) ([]account.Entry, error) {
	s, err := decided(ctx)
	if err != nil {
		return nil, err
	}
	if s.Limited() {
		text, ok := strings.CutPrefix(q.Object, "order:")
		if !ok {
			return nil, ErrBeyond
		}
		id, err := order.ParseID(text)
		if err != nil {
			return nil, err
		}
		if _, err := a.orders.Get(ctx, id); err != nil {
			return nil, err
		}
	}
	return a.all.List(ctx, q)
}

func (a audit) Each(ctx context.Context, after int64, fn func(account.Entry) error) error {
	if err := whole(ctx); err != nil {
		return err
	}
	return a.all.Each(ctx, after, fn)
}

// inbox implements store.Inbox. Webhooks come in by themselves; people only
// see how many wait.
type inbox struct{ all store.Inbox }

func (r inbox) Put(ctx context.Context, m store.Message) (bool, error) {
	if err := whole(ctx); err != nil {
		return false, err
	}
	return r.all.Put(ctx, m)
}

func (r inbox) Take(ctx context.Context, channelID string, now time.Time, lease time.Duration, limit int) ([]store.Message, error) {
	if err := whole(ctx); err != nil {
		return nil, err
	}
	return r.all.Take(ctx, channelID, now, lease, limit)
}

func (r inbox) Finish(ctx context.Context, id string, at time.Time) error {
	if err := whole(ctx); err != nil {
		return err
	}
	return r.all.Finish(ctx, id, at)
}

func (r inbox) Fail(ctx context.Context, id, reason string, next time.Time) error {
	if err := whole(ctx); err != nil {
		return err
	}
	return r.all.Fail(ctx, id, reason, next)
}

// Backlog implements store.Inbox; with the empty id it is of all channels of
// the scope.
func (r inbox) Backlog(ctx context.Context, channelID string) (n int, oldest time.Time, err error) {
	s, err := decided(ctx)
	switch {
	case err != nil:
		return 0, time.Time{}, err
	case channelID != "" && !s.Allows(channelID):
		return 0, time.Time{}, nil
	case channelID != "" || !s.Limited():
		return r.all.Backlog(ctx, channelID)
	}
	for _, id := range s.channels {
		more, at, err := r.all.Backlog(ctx, id)
		if err != nil {
			return 0, time.Time{}, err
		}
		if n += more; oldest.IsZero() || !at.IsZero() && at.Before(oldest) {
			oldest = at
		}
	}
	return n, oldest, nil
}

// ledger implements store.Ledger.
type ledger struct{ all store.Ledger }

func (r ledger) Save(ctx context.Context, hours []store.Hour) error {
	if _, err := decided(ctx); err != nil {
		return err
	}
	for _, h := range hours {
		if err := own(ctx, h.Channel); err != nil {
			return err
		}
	}
	return r.all.Save(ctx, hours)
}

func (r ledger) List(ctx context.Context, channelID string, from, to time.Time) ([]store.Hour, error) {
	if s, err := decided(ctx); err != nil || !s.Allows(channelID) {
		return nil, err
	}
	return r.all.List(ctx, channelID, from, to)
}
