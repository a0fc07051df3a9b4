package store

import (
	"context"
	"errors"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Message is a webhook that was acknowledged and must not be lost.
type Message struct {
	ID      string // chosen by the store
	Channel string
	// EventID is the sender's own id of the event; repeats share it. With the
	// channel it is unique for KeepEvents. A sender that gives none gets a
	// digest of the body.
	EventID string
	Header  map[string]string // only those that reading the body needs
	Body    []byte            // raw, as it was signed; may hold personal data
	At      time.Time         // when it was received
	// Attempts counts how often working on it failed; Next is when to try
	// again; Error is what went wrong last.
	Attempts int
	Next     time.Time
	Error    string
	// Taken counts how often it was handed out, this time included. A message
	// that ends the process never fails, but it is taken again and again.
	Taken int
}

// ErrMessage says that a message has no channel or no event id.
var ErrMessage = errors.New("message without a channel or an event id")

// Validate refuses what every message of its kind would be taken for.
func (m Message) Validate() error {
	if m.Channel == "" || m.EventID == "" {
		return ErrMessage
	}
	return nil
}

// KeepEvents is how long a finished message's event id is remembered, so that
// a late repeat is recognised. Its body is dropped as soon as it is finished.
const KeepEvents = 30 * 24 * time.Hour

// Inbox keeps webhooks from the moment they are acknowledged until they are
// worked off. A message is worked on by one process at a time, at least once;
// processes whose clocks differ may work on one together.
type Inbox interface {
	// Put stores a message durably before it returns; of ID, Attempts, Next,
	// Error and Taken it takes no notice. fresh is false when the event is known
	// already; nothing is stored then. Concurrent calls share the cost of
	// becoming durable. ErrMessage for what Validate refuses.
	Put(ctx context.Context, m Message) (fresh bool, err error)
	// Take hands out up to limit messages of a channel (of any with the empty
	// id) that are due, the longest due first, and hides them from others until
	// now+lease, which is their Next. What is neither finished nor failed by
	// then is handed out again. Finding nothing writes nothing.
	Take(ctx context.Context, channelID string, now time.Time, lease time.Duration, limit int) ([]Message, error)
	// Finish ends a message for good; one that is finished or unknown is no
	// error.
	Finish(ctx context.Context, id string, at time.Time) error
	// Fail counts an attempt and makes the message due again at next. A message
	// that is finished stays so.
	Fail(ctx context.Context, id string, reason string, next time.Time) error
	// Backlog counts the messages of a channel (of all with the empty id) that
	// are not finished, and tells when the oldest was received; the zero time
	// when there is none.
	Backlog(ctx context.Context, channelID string) (n int, oldest time.Time, err error)
}

// Wishes finds orders whose platform must be told something. It is part of
// Orders. What is due when is order.Order.WishTry.
type Wishes interface {
	// DueWishes lists ids of orders of a channel with a wish that waits to be
	// pushed (order.WishWaiting, NextTry reached) or was sent and is due to be
	// checked, oldest try first, at most limit.
	DueWishes(ctx context.Context, channelID string, now time.Time, limit int) ([]order.ID, error)
	// OpenWishes counts the orders of a channel whose platform has not done what
	// was wished, and how many of them it refused. Wishes that nobody is to be
	// told of (order.WishLocal) do not count.
	OpenWishes(ctx context.Context, channelID string) (open, refused int, err error)
	// CountOrdered counts a channel's orders with from <= OrderedAt < to, both in
	// whole milliseconds, archived ones included: our side of the completeness
	// ledger.
	CountOrdered(ctx context.Context, channelID string, from, to time.Time) (int, error)
}

// Lease is the right to run a job until it ends. Its token grows with each new
// holder, and when a holder takes it again after it had ended, so that a write
// can refuse a holder who was paused past the end.
type Lease struct {
	Name   string
	Holder string // names one process and start of it
	Token  int64
	Until  time.Time // by the database's clock; to be shown, not compared with
}

// Leases keep one job in one process. They are counted by the database's
// clock, so that processes whose clocks differ agree. A holder counts ttl from
// the moment before it asked, by its own monotonic clock.
type Leases interface {
	// Acquire takes a free or ended lease under a new token, or prolongs the
	// holder's own under the one it has, for ttl from now. ok is false while
	// somebody else holds it; the lease returned then is theirs.
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) (l Lease, ok bool, err error)
	// Release ends a lease early; one that is lost already is no error.
	Release(ctx context.Context, l Lease) error
}

// Hour is one line of the completeness ledger: what the platform says it had in
// an hour of order times, and what we hold.
type Hour struct {
	Channel string
	Start   time.Time // full hour, UTC
	Theirs  int
	Ours    int
	At      time.Time // when it was compared
}

// Ledger keeps the comparison with the platforms' own counts.
type Ledger interface {
	// Save replaces lines of the same channel and hour, unless they were compared
	// later (At), by a process that took this one's place. An error leaves some
	// lines saved, and saving again is safe.
	Save(ctx context.Context, hours []Hour) error
	// List returns the lines with from <= Start < to, oldest first.
	List(ctx context.Context, channelID string, from, to time.Time) ([]Hour, error)
}
