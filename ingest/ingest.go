// Package ingest brings platforms' orders into the store and people's
// decisions back to the platforms. A platform is one adapter, a folder under
// this one; this package owns what all of them need: the HTTP client with
// limits and retries, the Syncer that stores pages before it moves a cursor,
// and the schedule. It must not know any platform's wire format, HTML, SQL or
// BSON.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// Platform reads orders from one channel. Methods are safe for concurrent use.
type Platform interface {
	// Fetch returns one page of orders changed since the cursor, oldest change
	// first where the platform can. The empty cursor means "from the start".
	// Calling again with the same cursor is always safe. Errors are ErrAuth,
	// *LimitError, ErrTemporary or a plain (permanent) one.
	Fetch(ctx context.Context, cursor string) (Page, error)
	// FetchOne reads one order by the platform's id; ErrGone when the platform
	// has none.
	FetchOne(ctx context.Context, platformOrderID string) (order.Report, error)
	// Since makes a cursor that starts at a time, and Until bounds it; a zero
	// until is open.
	Since(since, until time.Time) string
	// Check makes one cheap authenticated call: the "test connection" button.
	Check(ctx context.Context) error
}

// Pusher is a Platform that can be told a status.
type Pusher interface {
	// CanPush says, without asking the platform, whether an order may be moved
	// there to a status: nil, or an *UnsupportedError with the reason.
	CanPush(o order.Order, to order.Status) error
	// Push tells the platform. nil means accepted, not yet confirmed. A
	// *RefusedError is the platform's no; after ErrTemporary the outcome is
	// unknown until FetchOne tells.
	Push(ctx context.Context, o order.Order, wish order.Wish) error
}

// Teller is a Platform with documents that it accepts changes of but never
// shows again. Told is what its acceptance of a wish amounts to, as its own
// report would say it; false for orders that can be read.
type Teller interface {
	Told(o order.Order, wish order.Wish) (order.Report, bool)
}

// Receiver is a Platform that sends webhooks.
type Receiver interface {
	// Verify checks the raw body before anything reads it; ErrBadSignature.
	Verify(h http.Header, body []byte, now time.Time) error
	// Parse reads a verified body. ErrIgnored for topics of no interest.
	Parse(h http.Header, body []byte) (Delivery, error)
}

// Listener is a Receiver whose notifications wait in a queue until they are
// asked for.
type Listener interface {
	Receiver
	// Listen waits up to half a minute for notifications and gives each to take,
	// beside each other or not. One leaves the queue only after take returned nil
	// for it, so it may come again, and in any order. Errors are like Fetch's,
	// and the first that take returned.
	Listen(ctx context.Context, take func(ctx context.Context, n Notification) error) error
}

// Notification is a message of a queue. It carries no signature: that it lay in
// the seller's own queue vouches for it.
type Notification struct {
	ID   string // the queue's; the same when the message comes again
	Body []byte
}

// Counter is a Platform that can count orders cheaply.
type Counter interface {
	// Count is how many orders were placed from <= t < to, in whole hours,
	// including those in any status that Fetch reports.
	Count(ctx context.Context, from, to time.Time) (int, error)
}

// Reader is a Platform that can read one record by itself, as Fetch found it in
// a page and put it into Reject.Payload.
type Reader interface {
	// Read is given when the record was fetched. It makes no call.
	Read(payload []byte, seen time.Time) (order.Report, error)
}

// Delivery is what one webhook says.
type Delivery struct {
	EventID string         // repeats of one event share it
	Reports []order.Report // complete orders
	Refetch []string       // platform order ids to read again
	Marks   []Mark
	Erase   []string // platform order ids whose customer must be forgotten
	Rejects []Reject
}

// Mark is a status without anything else of an order that the desk has.
type Mark struct {
	PlatformOrderID string
	Status          order.Status
	Word            string
	At              time.Time // zero: when the webhook was received
}

// Page is one answer of a platform.
type Page struct {
	Reports []order.Report
	Rejects []Reject
	// Next is the cursor to save once Reports are stored.
	Next string
	// More tells that another page waits right now.
	More bool
}

// Reject is a record that could not be read.
type Reject struct {
	PlatformOrderID string // if at least that was readable
	Reason          string
	Payload         []byte
}

// Config is what an adapter is built from.
type Config struct {
	Channel channel.Channel
	Secrets channel.Secrets
	// HTTP is the transport every adapter shares; NewClient adds the adapter's
	// own limits and retries to it.
	HTTP *http.Client
	Now  func() time.Time
	// Levels goes to ClientOptions.Levels; nil for none.
	Levels Levels
	// Sleep goes to ClientOptions.Sleep; nil outside tests.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Build makes the adapter of a channel. It refuses missing settings, an empty
// secret among them, and makes no call.
type Build func(Config) (Platform, error)

// Errors an adapter returns, by what the caller can do about them.
var (
	ErrAuth         = errors.New("the platform refused the credentials")   // a person must act
	ErrTemporary    = errors.New("the platform is not answering properly") // try again later
	ErrGone         = errors.New("the platform does not know this order")
	ErrBadSignature = errors.New("bad webhook signature")
	ErrIgnored      = errors.New("webhook of no interest")
	// ErrUntold is no fault: CanPush says with it that a status concerns the
	// desk alone, FetchOne that the platform never shows the document.
	ErrUntold = errors.New("the platform has no word for this")
)

// LimitError says that the platform's rate limit is used up. It unwraps to
// ErrTemporary.
type LimitError struct{ RetryAfter time.Duration }

func (e *LimitError) Error() string {
	return fmt.Sprintf("rate limit reached, try again in %s", e.RetryAfter.Round(time.Second))
}

// Unwrap makes a LimitError an ErrTemporary.
func (e *LimitError) Unwrap() error { return ErrTemporary }

// UnsupportedError says that a platform cannot be told a status.
type UnsupportedError struct{ Reason string }

func (e *UnsupportedError) Error() string { return e.Reason }

// RefusedError is a platform's own no.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "the platform refused: " + e.Reason }

// StatusError is an answer with an unexpected HTTP status. It unwraps to
// ErrAuth for 401 and 403, and to ErrTemporary for 408, 425 and 5xx.
type StatusError struct {
	Status  int
	Code    string // the platform's name of the error, if it gave one
	Message string // the platform's own words, without personal data
}

func (e *StatusError) Error() string { return fmt.Sprintf("HTTP %d: %s", e.Status, e.Message) }

// Unwrap sorts the answer into ErrAuth and ErrTemporary.
func (e *StatusError) Unwrap() error {
	switch {
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return ErrAuth
	case e.Status >= 500, e.Status == http.StatusRequestTimeout, e.Status == http.StatusTooEarly:
		return ErrTemporary
	}
	return nil
}
