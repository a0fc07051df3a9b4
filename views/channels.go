package views

import (
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// ChannelsView is /channels. ChannelsTable(v) is the answer to its partial
// requests: while the page is open it asks again whenever its stream
// /channels/events says "channels", and every 15 seconds.
type ChannelsView struct {
	Clock
	Rows []ChannelRow
	// MayManage shows what changes settings (channels.manage), MaySync what
	// starts a run (sync.trigger).
	MayManage, MaySync bool
	CSRF               string
}

// ChannelState is where a channel stands.
type ChannelState string

// The states of a channel, the first that fits.
const (
	ChannelPaused  ChannelState = "paused"  // a person switched it off
	ChannelManual  ChannelState = "manual"  // there is nothing to read
	ChannelReading ChannelState = "reading" // a run goes on
	ChannelRefused ChannelState = "refused" // the credentials were refused too often
	ChannelFailing ChannelState = "failing"
	ChannelResting ChannelState = "resting" // a rate limit
	ChannelNever   ChannelState = "never"   // it never ran
	ChannelOK      ChannelState = "ok"
)

// ChannelRow is what a channel is worth knowing at a glance.
type ChannelRow struct {
	ID, Name string
	Platform order.Platform
	// Adapter is its name for people.
	Adapter string
	State   ChannelState
	// Failures counts failed runs in a row; Until is when the schedule tries
	// again, zero when it does not say.
	Failures int
	Until    time.Time
	// Stale says that there was no success for three intervals; Behind is how
	// long ago one was due, 0 when it is not late.
	Stale       bool
	Behind      time.Duration
	Interval    time.Duration
	LastSuccess time.Time
	// Run is the last one, or the one that goes on; zero without any.
	Run RunView
	// Backlog counts webhooks that are stored and not worked off; Oldest is
	// when the oldest came.
	Backlog int
	Oldest  time.Time
	// Open counts status changes the platform has not confirmed, Refused those
	// among them that it refused.
	Open, Refused int
	// Untold says that nobody tells the platform for now: until UntoldUntil, or
	// until the settings change where that is zero.
	Untold      bool
	UntoldUntil time.Time
	// Unheard is why nobody hears the channel's queue of notifications for now,
	// empty when all is well; Deaf that this lasts until the settings change.
	Unheard     string
	Deaf        bool
	Quarantined int
	// Complete is the moment up to which our orders equal the platform's own
	// count; zero while not known.
	Complete time.Time
}

// RunView is one run of a channel.
type RunView struct {
	ID string
	// Kind is pull or import; By the name of who asked, empty for the schedule.
	Kind, By string
	Started  time.Time
	Finished time.Time // zero while it goes on
	Tally    TallyView
	Error    string
}

// ChannelView is one channel at /channels/{id}. ChannelLive(v) is the answer to
// its partial requests, and leaves the forms alone.
type ChannelView struct {
	Clock
	Channel ChannelRow
	Enabled bool
	Version int64
	Runs    []RunView
	// Quarantine are the newest records of Channel.Quarantined.
	Quarantine []QuarantinedView
	Ledger     LedgerView
	Form       ChannelFormView
	Hooks      HooksView
	Fetch      FetchView
	// MayManage allows to change (channels.manage), MaySync to pull
	// (sync.trigger), MayReveal to see what quarantine holds (also
	// customers.read).
	MayManage, MaySync, MayReveal bool
	CSRF                          string
}

// QuarantinedView is one record that could not be understood.
type QuarantinedView struct {
	ID, PlatformOrderID, Source, Reason string
	FirstAt, LastAt                     time.Time
	Times                               int
}

// LedgerView compares the platform's own count with ours, hour by hour.
type LedgerView struct {
	Clock
	Channel string
	// Hours are drawn, the oldest first; Gaps are those in which orders are
	// missing, perhaps from before.
	Hours   []HourView
	Gaps    []HourView
	MaySync bool
	CSRF    string
}

// HourView is one hour of order times.
type HourView struct {
	Start        time.Time
	Theirs, Ours int
	At           time.Time // when it was compared
}

// FetchView is the form that posts to /channels/{id}/fetch the field order, the
// platform's id of one order; it leads to the order (303). Refused: 422.
type FetchView struct {
	Channel string
	Order   string
	Errors  order.FieldErrors
	CSRF    string
}

// HooksView is the card about webhooks. Its form posts to
// /channels/{id}/secret the fields version, action (rotate or retire) and
// secret.
type HooksView struct {
	Channel string
	// Address is where the platform sends them.
	Address string
	// Given says that the platform shows the secret and a person enters it;
	// otherwise we make one.
	Given bool
	// Secrets counts the valid ones, 0 to 2. Fresh is the one just made, shown
	// this once.
	Secrets   int
	Fresh     string
	Version   int64
	MayManage bool
	Errors    order.FieldErrors
	CSRF      string
}
