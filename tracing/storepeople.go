package tracing

import (
	"context"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

type users struct{ store.Users }

// Get implements store.Users.
func (t users) Get(ctx context.Context, id account.ID) (_ account.User, err error) {
	ctx, s := Step(ctx, "store.users.get")
	defer s.Ended(&err)
	return t.Users.Get(ctx, id)
}

// ByEmail implements store.Users.
func (t users) ByEmail(ctx context.Context, email string) (_ account.User, err error) {
	ctx, s := Step(ctx, "store.users.by_email")
	defer s.Ended(&err)
	return t.Users.ByEmail(ctx, email)
}

// List implements store.Users.
func (t users) List(ctx context.Context) (_ []account.User, err error) {
	ctx, s := Step(ctx, "store.users.list")
	defer s.Ended(&err)
	return t.Users.List(ctx)
}

// Create implements store.Users.
func (t users) Create(ctx context.Context, u account.User) (err error) {
	ctx, s := Step(ctx, "store.users.create")
	defer s.Ended(&err)
	return t.Users.Create(ctx, u)
}

// Update implements store.Users.
func (t users) Update(ctx context.Context, id account.ID, fn func(*account.User) error) (_ account.User, err error) {
	ctx, s := Step(ctx, "store.users.update")
	defer s.Ended(&err)
	return t.Users.Update(ctx, id, fn)
}

type audit struct{ store.Audit }

// Append implements store.Audit.
func (t audit) Append(ctx context.Context, entries ...account.Entry) (_ []account.Entry, err error) {
	ctx, s := Step(ctx, "store.audit.append")
	defer s.Ended(&err)
	return t.Audit.Append(ctx, entries...)
}

// List implements store.Audit.
func (t audit) List(ctx context.Context, q store.AuditQuery) (_ []account.Entry, err error) {
	ctx, s := Step(ctx, "store.audit.list")
	defer s.Ended(&err)
	return t.Audit.List(ctx, q)
}

// Each implements store.Audit.
func (t audit) Each(ctx context.Context, after int64, fn func(account.Entry) error) (err error) {
	ctx, s := Step(ctx, "store.audit.each")
	defer s.Ended(&err)
	return t.Audit.Each(ctx, after, fn)
}

type jobs struct{ store.Jobs }

// Get implements store.Jobs.
func (t jobs) Get(ctx context.Context, id string) (_ store.Job, err error) {
	ctx, s := Step(ctx, "store.jobs.get")
	defer s.Ended(&err)
	return t.Jobs.Get(ctx, id)
}

// Save implements store.Jobs.
func (t jobs) Save(ctx context.Context, j store.Job) (err error) {
	ctx, s := Step(ctx, "store.jobs.save")
	defer s.Ended(&err)
	return t.Jobs.Save(ctx, j)
}

// List implements store.Jobs.
func (t jobs) List(ctx context.Context, limit int) (_ []store.Job, err error) {
	ctx, s := Step(ctx, "store.jobs.list")
	defer s.Ended(&err)
	return t.Jobs.List(ctx, limit)
}
