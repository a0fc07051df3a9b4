package order

import "time"

// Source says through which door a change came.
type Source string

// The sources of a change.
const (
	FromPlatform Source = "platform" // pulled
	FromWebhook  Source = "webhook"
	FromUser     Source = "user"
	FromImport   Source = "import"
	FromRule     Source = "rule"
)

// EventKind says what an Event is about.
type EventKind string

// The kinds of history entries.
const (
	EventCreated  EventKind = "created"
	EventStatus   EventKind = "status"    // Status changed from From
	EventSetAside EventKind = "set_aside" // the platform reported Status while a wish waits
	EventPush     EventKind = "push"      // what the platform answered to a wish
	EventEdit     EventKind = "edit"      // Fields changed by a person
	EventFacts    EventKind = "facts"     // Fields changed by the platform
)

// Event is one entry of an order's history. Entries are kept in the order in
// which the desk learned of them.
type Event struct {
	Kind     EventKind
	At       time.Time // when the desk recorded it
	SourceAt time.Time // the platform's own time, if it gave one
	Source   Source
	By       string // user id, or empty
	Status   Status
	From     Status
	Note     string
	Fields   []string
}

// maxHistory bounds the entries inside one order: the first ones and the
// newest are kept, since both tell how it began and where it stands.
const maxHistory = 200

func (o *Order) record(e Event) {
	o.History = append(o.History[:len(o.History):len(o.History)], e)
	if over := len(o.History) - maxHistory; over > 0 {
		keep := maxHistory / 10
		o.History = append(o.History[:keep:keep], o.History[keep+over:]...)
	}
}

// Outcome tells what absorbing a report did.
type Outcome int

// The outcomes. Touched means that only the source's clock moved: it is stored
// but nobody can see a difference, so it counts as unchanged.
const (
	Unchanged Outcome = iota
	Touched
	Updated
	Created
)

func (k Outcome) String() string {
	return [...]string{"unchanged", "unchanged", "updated", "created"}[k]
}

// Change is a stored order together with what happened to it.
type Change struct {
	Order   Order
	Outcome Outcome
}
