package ingest

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// What a schedule looks at beside orders and channels is empty in memory, and
// every lease is to be had; the real ones are tested on a database.

func (m memStore) Leases() store.Leases { return memLeases{} }
func (m memStore) Inbox() store.Inbox   { return memInbox{} }
func (m memStore) Ledger() store.Ledger { return memLedger{} }

func (m memOrders) DueWishes(context.Context, string, time.Time, int) ([]order.ID, error) {
	return nil, nil
}

type memLeases struct{ store.Leases }

func (memLeases) Acquire(_ context.Context, name, holder string, _ time.Duration) (store.Lease, bool, error) {
	return store.Lease{Name: name, Holder: holder, Token: 1}, true, nil
}

func (memLeases) Release(context.Context, store.Lease) error { return nil }

type memInbox struct{ store.Inbox }

func (memInbox) Take(context.Context, string, time.Time, time.Duration, int) ([]store.Message, error) {
	return nil, nil
}

type memLedger struct{ store.Ledger }

func (memLedger) List(context.Context, string, time.Time, time.Time) ([]store.Hour, error) {
	return nil, nil
}

// Records of a memStore hold nothing: what a Syncer keeps there is optional.
func (memStore) Records() store.Records { return memRecords{} }

type memRecords struct{ store.Records }

func (memRecords) Get(context.Context, string, string) (store.Record, error) {
	return store.Record{}, store.ErrNotFound
}

func (memRecords) Delete(context.Context, string, string) error { return store.ErrNotFound }

func (memRecords) Create(context.Context, store.Record) error { return nil }
