package tracing

import "github.com/palmonas/palmonas-crm/store"

// Store is s with its calls as steps of the trace that they belong to. Sessions
// and leases, which are asked for all the time, and the change log, which is
// read for nobody in particular, are left as they are.
func Store(s store.Store) store.Store { return traced{s} }

type traced struct{ store.Store }

// Orders implements store.Store.
func (t traced) Orders() store.Orders { return orders{t.Store.Orders()} }

// Users implements store.Store.
func (t traced) Users() store.Users { return users{t.Store.Users()} }

// Channels implements store.Store.
func (t traced) Channels() store.Channels { return channels{t.Store.Channels()} }

// Jobs implements store.Store.
func (t traced) Jobs() store.Jobs { return jobs{t.Store.Jobs()} }

// Inbox implements store.Store.
func (t traced) Inbox() store.Inbox { return inbox{t.Store.Inbox()} }

// Ledger implements store.Store.
func (t traced) Ledger() store.Ledger { return ledger{t.Store.Ledger()} }

// Records implements store.Store.
func (t traced) Records() store.Records { return records{t.Store.Records()} }

// Audit implements store.Store.
func (t traced) Audit() store.Audit { return audit{t.Store.Audit()} }

// Figures implements store.Store.
func (t traced) Figures() store.Figures { return figures{t.Store.Figures()} }
