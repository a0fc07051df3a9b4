// Package channel owns the connections to selling platforms: their settings,
// sealed credentials, the record of each run, the cursor up to which a
// platform was read, and the records that could not be understood. It knows no
// adapter and no storage.
package channel

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Channel is one configured connection, such as a seller account.
type Channel struct {
	ID       string // chosen by a person, such as amazon-in; never changes
	Platform order.Platform
	Adapter  string // which code speaks to it, such as woocommerce
	Name     string
	BaseURL  string
	// Options are settings of the adapter that are not secret, such as
	// marketplace_id or completed_means.
	Options map[string]string
	// Sealed holds the credentials and webhook secrets as a Keyring sealed
	// them; stores never see them open.
	Sealed []byte
	// Words is what people made of the platform's status words.
	Words     WordMap
	Enabled   bool
	Interval  time.Duration // between pulls
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Adapters lists the adapters and the platform of each; manual serves any.
func Adapters() map[string]order.Platform {
	return map[string]order.Platform{
		"amazon-sp-api": order.Amazon, "flipkart-v3": order.Flipkart, "blinkit": order.Blinkit, "swiggy": order.Swiggy,
		"shopify": order.Organic, "woocommerce": order.Organic, "custom": order.Organic, "manual": "",
	}
}

// Manual is the adapter of channels without an API.
const Manual = "manual"

// MinInterval is the shortest time between two pulls of one channel.
const MinInterval = 5 * time.Second

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// ValidID reports whether a channel may have this id: 1 to 40 small letters,
// digits and hyphens, and not a word that its address is kept for.
func ValidID(id string) bool {
	return idPattern.MatchString(id) && id != "new" && id != "events"
}

// Validate reports every fault of the settings together.
func (c Channel) Validate() error {
	var faults []error
	add := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	if !ValidID(c.ID) {
		add("id %q: use 1 to 40 small letters, digits and hyphens, and neither new nor events", c.ID)
	}
	if c.Name == "" {
		add("name is missing")
	}
	if !slices.Contains(order.Platforms(), c.Platform) {
		add("platform %q is unknown", c.Platform)
	}
	want, ok := Adapters()[c.Adapter]
	switch {
	case !ok:
		add("adapter %q is unknown", c.Adapter)
	case want != "" && want != c.Platform:
		add("adapter %s serves platform %s, not %s", c.Adapter, want, c.Platform)
	}
	if c.Adapter != Manual {
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			add("base_url %q is not an http address", c.BaseURL)
		}
		if c.Interval < MinInterval {
			add("interval %s is below %s", c.Interval, MinInterval)
		}
	}
	return errors.Join(faults...)
}

// Progress is how far a channel was read. It changes with every run.
type Progress struct {
	Channel string
	// Cursor is the adapter's own; it is saved only after the page it covers.
	Cursor      string
	LastRun     Run
	LastSuccess time.Time
	Failures    int // in a row
	// Version counts the saves; the store raises it. Whoever read an older one
	// cannot save any more.
	Version int64
}

// RunKind says what a run did.
type RunKind string

// The kinds of runs.
const (
	Pull      RunKind = "pull"
	Import    RunKind = "import"
	Reconcile RunKind = "reconcile" // the last days once more
)

// Run is one attempt to read orders, with what came of it.
type Run struct {
	ID       string
	Channel  string
	Kind     RunKind
	By       string // user id, or empty for the schedule
	Started  time.Time
	Finished time.Time // zero while it runs
	Tally
	Error string // empty when it succeeded
}

// Tally counts what became of records.
type Tally struct {
	Fetched, Created, Updated, Unchanged, Rejected int
}

// Add counts an outcome.
func (t *Tally) Add(o order.Outcome) {
	switch o {
	case order.Created:
		t.Created++
	case order.Updated:
		t.Updated++
	default:
		t.Unchanged++
	}
}

// Quarantined is a record that could not be understood. It is kept so that it
// can be read again after a fix.
type Quarantined struct {
	ID              string // derived from channel, source and content: the same record is kept once
	Channel         string
	Source          order.Source
	PlatformOrderID string // empty when even that could not be read
	Reason          string
	Payload         []byte // may hold personal data; at most MaxPayload bytes
	FirstAt         time.Time
	LastAt          time.Time
	Times           int
}

// KindHeader is the kind of the records that keep the headers of webhooks in
// quarantine, by the quarantine's id; their owner is the channel.
const KindHeader = "quarantine-header"

// MaxPayload bounds what is kept of one quarantined record.
const MaxPayload = 256 << 10
