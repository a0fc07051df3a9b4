// Package store is the contract between the program and its database. Two
// engines keep it, store/sqlite and store/mongo, and store/storetest says what
// it means: a behaviour that is not in that suite does not exist.
//
// Every method is safe for concurrent use and gives up when its context ends.
// Times come back in UTC with millisecond precision.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// What a caller can tell apart.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("already exists")
	ErrStale    = errors.New("somebody else changed it meanwhile")
	ErrQuery    = errors.New("query cannot be answered") // a cursor that is not ours, a sort that does not exist
	ErrNewer    = errors.New("the database was written by a newer version of palmonas")
)

// Store is one open database.
type Store interface {
	Orders() Orders
	Users() Users
	Channels() Channels
	Jobs() Jobs
	Sessions() Sessions
	Inbox() Inbox
	Leases() Leases
	Ledger() Ledger
	Records() Records
	Audit() Audit
	Figures() Figures
	// Changes reads the change log, oldest first, after a sequence number; it
	// returns at most limit entries. Entries older than a day may be gone.
	Changes(ctx context.Context, after int64, limit int) ([]Change, error)
	// LastChange is the newest sequence number, 0 in an empty log.
	LastChange(ctx context.Context) (int64, error)
	// Maintain keeps the database quick: statistics, log truncation, expired
	// rows. Meant to run every few minutes; it yields to others.
	Maintain(ctx context.Context, now time.Time) error
	Ping(ctx context.Context) error
	Close() error
}

// Change is one committed change of an order. Losing one delays a page, it
// never corrupts one.
type Change struct {
	Seq     int64
	Order   order.ID
	Channel string
	Created bool
	At      time.Time
}

// Orders keeps the orders.
type Orders interface {
	// Get returns ErrNotFound for an unknown id.
	Get(ctx context.Context, id order.ID) (order.Order, error)
	// Many returns the orders with these ids, in this order, leaving out
	// unknown ones.
	Many(ctx context.Context, ids []order.ID) ([]order.Order, error)
	// ByRef returns ErrNotFound when the platform's order was never stored.
	ByRef(ctx context.Context, ref order.Ref) (order.Order, error)
	// List returns one page. A cursor that this store did not make is
	// ErrQuery. An order that is not changed while someone pages through is
	// seen exactly once.
	List(ctx context.Context, q order.Query) (order.Page, error)
	// Count counts up to limit orders; a result of limit means "at least".
	Count(ctx context.Context, where order.Expr, limit int) (int, error)
	// Each calls fn for every selected order in the query's sort, reading as it
	// goes; Limit, Page and cursors are ignored. An error from fn ends it and is
	// returned untouched.
	Each(ctx context.Context, q order.Query, fn func(order.Order) error) error
	// Absorb stores what a source reported, each through order.Absorb and each
	// on its own: one bad report does not keep the others out. The results are
	// in the order of the reports. The error is for the batch as a whole (no
	// database, context over); what happened to it is then unknown, and
	// repeating it is safe.
	Absorb(ctx context.Context, reports []order.Report, at time.Time) ([]Absorbed, error)
	// Update applies fn to the order and stores what it left, atomically. fn may
	// run more than once and must touch nothing but the order. An error from fn
	// is returned untouched and nothing is stored. fn leaves Version alone to
	// say that nothing changed.
	Update(ctx context.Context, id order.ID, fn func(*order.Order) error) (order.Order, error)
	// UpdateMany applies fn to each of these orders as Update does, in few large
	// writes. Each order stands on its own: what one refuses keeps no other out.
	// The results are in the order of the ids; an id that is named twice is
	// updated once. The error is for the batch as a whole; the results that came
	// before it are returned with it, and each order whose fate it decided has it
	// as Err. Calls of fn never overlap.
	UpdateMany(ctx context.Context, ids []order.ID, fn func(*order.Order) error) ([]Updated, error)

	Wishes
}

// Absorbed is what became of one report.
type Absorbed struct {
	ID      order.ID
	Outcome order.Outcome
	Err     error // order.ErrBadReport, or nil
}

// Updated is what became of one order of UpdateMany.
type Updated struct {
	ID      order.ID
	Changed bool
	Err     error // ErrNotFound, what fn returned, or nil
}

// Users keeps the people who may sign in.
type Users interface {
	Get(ctx context.Context, id account.ID) (account.User, error)    // ErrNotFound
	ByEmail(ctx context.Context, email string) (account.User, error) // normalised; ErrNotFound
	List(ctx context.Context) ([]account.User, error)                // by name
	Create(ctx context.Context, u account.User) error                // ErrConflict on a taken id or email
	Update(ctx context.Context, id account.ID, fn func(*account.User) error) (account.User, error)
}

// Channels keeps connections, their progress, runs and quarantine.
type Channels interface {
	Get(ctx context.Context, id string) (channel.Channel, error) // ErrNotFound
	List(ctx context.Context) ([]channel.Channel, error)         // by id
	Create(ctx context.Context, c channel.Channel) error         // ErrConflict on a taken id
	Update(ctx context.Context, id string, fn func(*channel.Channel) error) (channel.Channel, error)

	Progress(ctx context.Context, id string) (channel.Progress, error) // zero when it never ran
	// SaveProgress stores p under the version after p.Version, which is to be the
	// one that Progress returned, or one more after each save. ErrStale when
	// somebody else has saved since, and then nothing is stored: a process that was
	// frozen must not undo what its successor did.
	SaveProgress(ctx context.Context, p channel.Progress) error

	// SaveRun stores a run under its id, again and again while it goes on.
	SaveRun(ctx context.Context, r channel.Run) error
	Runs(ctx context.Context, channelID string, limit int) ([]channel.Run, error) // newest first

	// Quarantine keeps a record; the same id again raises Times and LastAt.
	Quarantine(ctx context.Context, q channel.Quarantined) error
	Quarantined(ctx context.Context, channelID string, limit int) ([]channel.Quarantined, error) // newest first
	QuarantinedOne(ctx context.Context, quarantineID string) (channel.Quarantined, error)        // ErrNotFound
	QuarantineCount(ctx context.Context, channelID string) (int, error)
	Release(ctx context.Context, quarantineID string) error // ErrNotFound
}

// Job is long work somebody started, with its progress.
type Job struct {
	ID       string
	Kind     string // import, bulk, export
	By       account.ID
	Channel  string
	Title    string // what a person reads, without personal data
	State    JobState
	Done     int // records so far
	Of       int // 0 while not known
	Tally    channel.Tally
	Error    string
	Files    map[string]string // what it left behind, such as rejects, by name in the data directory
	Started  time.Time
	Updated  time.Time
	Finished time.Time
}

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// Jobs keeps the record of long work.
type Jobs interface {
	Get(ctx context.Context, id string) (Job, error) // ErrNotFound
	Save(ctx context.Context, j Job) error
	List(ctx context.Context, limit int) ([]Job, error) // newest first
}

// Sessions is what scs needs of a store; the engines return scs's own.
type Sessions interface {
	Find(token string) (data []byte, found bool, err error)
	Commit(token string, data []byte, expiry time.Time) error
	Delete(token string) error
}
