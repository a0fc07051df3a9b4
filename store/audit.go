package store

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/account"
)

// Audit keeps the chain of audit entries. Nothing ever changes or removes one.
type Audit interface {
	// Append seals the entries behind the newest one, in their order, all or
	// none, and returns them as stored. Parallel calls form one chain.
	Append(ctx context.Context, entries ...account.Entry) ([]account.Entry, error)
	// List returns the newest selected entries first.
	List(ctx context.Context, q AuditQuery) ([]account.Entry, error)
	// Each calls fn for every entry after seq, oldest first. An error from fn
	// ends it and is returned untouched.
	Each(ctx context.Context, after int64, fn func(account.Entry) error) error
}

// AuditQuery selects audit entries; empty fields select all.
type AuditQuery struct {
	By          string
	Action      string // the beginning of one: "user." selects user.create and user.disable
	Object      string
	From, Until time.Time // From <= At < Until
	Before      int64     // entries with a smaller sequence number, to page on
	Limit       int       // at most 500; 0: 100
}
