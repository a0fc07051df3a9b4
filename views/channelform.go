package views

import "github.com/palmonas/palmonas-crm/order"

// ChannelFormView is the form of a channel's settings: at /channels/new, which
// posts to /channels, and on the page of a channel, which posts to
// /channels/{id}. Its action is "save" (303 to the channel) or "test", answered
// with TestResult(v.Test) for htmx and with the page otherwise. Refused: 422
// with what was typed, but for secrets, which no answer repeats.
type ChannelFormView struct {
	New bool
	ID  string
	// Adapter is the chosen one; Adapters are those on offer at /channels/new.
	Adapter, AdapterName string
	Adapters             []Choice
	// Platform is asked for only where the adapter leaves it open (Platforms).
	Platform  string
	Platforms []Choice
	Name      string
	// Remote asks for an address, an interval and the adapter's own fields.
	Remote bool
	// BaseURL and Interval are as they were typed, such as "5m"; Example is an
	// address to go by.
	BaseURL, Example, Interval string
	Credentials                []SettingField
	Options                    []SettingField
	// More holds options that the form has no field for, one name = value a
	// line.
	More    string
	Version int64
	Errors  order.FieldErrors
	Test    *TestView
	CSRF    string
}

// SettingField is one setting of an adapter.
type SettingField struct {
	// Name is the field's, such as credential.client_id.
	Name, Label, Hint string
	// Value is empty for credentials, of which Set says whether there is one.
	Value    string
	Set      bool
	Required bool
	Choices  []string // empty for any text
}

// TestView is what came of a test of the connection. A nil error is a success.
type TestView struct {
	OK bool
	// Said is one sentence: what worked, or what the platform answered.
	Said string
}

// RecordView is one quarantined record at
// /channels/{channel}/quarantine/{id}, and what replaying one or all would do.
// Its form posts to the same address the field action: preview, replay or
// dismiss.
type RecordView struct {
	Clock
	Channel, ChannelName string
	Record               QuarantinedView
	// Payload is the record as text; Binary says that it is not text and was
	// not shown.
	Payload string
	Binary  bool
	// Replay is what a preview found, or nil.
	Replay *ReplayView
	CSRF   string
}

// ReplayView is what reading records again does, or would do.
type ReplayView struct {
	Clock
	Channel, ChannelName string
	// Done says that it was done; otherwise it is a preview.
	Done  bool
	Items []ReplayItem
	// More counts records beyond those shown.
	More int
	CSRF string
}

// ReplayItem is one record read again.
type ReplayItem struct {
	ID, PlatformOrderID string
	// Outcome says what becomes of it, such as "A new order" or "Still not
	// understood"; Good that it leaves the quarantine.
	Outcome string
	Good    bool
	Changes []ChangeView
}

// ChangeView is one field that differs.
type ChangeView struct{ Field, Before, After string }
