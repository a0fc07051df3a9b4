package order

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What people decide about an order. Each method changes the order, its version
// and its history together, or nothing at all: a decision that says what holds
// already leaves the version alone, which tells a store not to write.

// MaxReason is how long a reason may be, in characters.
const MaxReason = 500

// ErrArchived says that an archived order is not worked on.
var ErrArchived = errors.New("the order is archived; restore it first")

// editedBy closes an edit of fields. An empty by is a rule of the program.
func (o *Order) editedBy(by string, at time.Time, note string, fields ...string) {
	source := FromUser
	if by == "" {
		source = FromRule
	}
	o.edited(Event{Kind: EventEdit, Source: source, By: by, Note: note, Fields: fields}, at)
}

// Assign gives the order to a user, or to nobody with an empty id. Whether the
// user exists is the caller's to know.
func (o *Order) Assign(to, by string, at time.Time) {
	if o.Desk.Assignee == to {
		return
	}
	o.Desk.Assignee = to
	o.editedBy(by, at, "", "assignee")
}

// OnHold reports whether the order is held at a moment.
func (o Order) OnHold(at time.Time) bool { return o.Desk.Hold != nil && !o.Desk.Hold.Ended(at) }

// Ended reports whether a hold's time is over.
func (h Hold) Ended(at time.Time) bool { return !h.Until.IsZero() && !at.Before(h.Until) }

// PutOnHold stops work on the order, until a moment or (zero) until somebody
// releases it. A second hold replaces the first. The error is FieldErrors at
// reason and until.
func (o *Order) PutOnHold(reason string, until time.Time, by string, at time.Time) error {
	reason, until, at = strings.TrimSpace(reason), ms(until), ms(at)
	if until.Unix() <= 0 {
		until = time.Time{}
	}
	var faults FieldErrors
	if why := badReason(reason); why != "" {
		faults = append(faults, FieldError{Field: "reason", Message: why})
	}
	if !until.IsZero() && !until.After(at) {
		faults = append(faults, FieldError{Field: "until", Message: "This moment has passed."})
	}
	if len(faults) > 0 {
		return faults
	}
	if h := o.Desk.Hold; h != nil && h.Reason == reason && h.Until.Equal(until) {
		return nil
	}
	o.Desk.Hold = &Hold{Reason: reason, Until: until, By: by, At: at}
	o.editedBy(by, at, "held: "+reason, "hold")
	return nil
}

// CleanReason is a reason that somebody must give, without blanks around it;
// the error is FieldErrors at reason.
func CleanReason(s string) (string, error) {
	s = strings.TrimSpace(s)
	if why := badReason(s); why != "" {
		return "", FieldErrors{{Field: "reason", Message: why}}
	}
	return s, nil
}

func badReason(s string) string {
	switch {
	case s == "":
		return "Say why."
	case badText(s):
		return "This holds characters that cannot be stored."
	case utf8.RuneCountInString(s) > MaxReason:
		return fmt.Sprintf("This is longer than %d characters.", MaxReason)
	}
	return ""
}

func badText(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// Release ends a hold; an empty by says that its time was over. Without a hold
// it changes nothing.
func (o *Order) Release(by string, at time.Time) {
	if o.Desk.Hold == nil {
		return
	}
	note := "released"
	if by == "" {
		note = "released, its time is over"
	}
	o.Desk.Hold = nil
	o.editedBy(by, at, note, "hold")
}

// Archive hides the order from lists, figures and customers until it is
// restored. reason may be empty.
func (o *Order) Archive(reason, by string, at time.Time) error {
	reason = strings.TrimSpace(reason)
	if why := badReason(reason); reason != "" && why != "" {
		return FieldErrors{{Field: "reason", Message: why}}
	}
	if o.Desk.Archived {
		return nil
	}
	o.Desk.Archived = true
	o.editedBy(by, at, strings.TrimSuffix("archived: "+reason, ": "), "archive")
	return nil
}

// Restore brings an archived order back.
func (o *Order) Restore(by string, at time.Time) {
	if !o.Desk.Archived {
		return
	}
	o.Desk.Archived = false
	o.editedBy(by, at, "restored", "archive")
}
