package desk

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// Kind names an act on many orders.
type Kind string

// The acts on many orders.
const (
	BulkStatus  Kind = "status"
	BulkTag     Kind = "tag"
	BulkUntag   Kind = "untag"
	BulkAssign  Kind = "assign"
	BulkHold    Kind = "hold"
	BulkRelease Kind = "release"
	BulkArchive Kind = "archive"
	BulkRestore Kind = "restore"
	// BulkUndo takes a finished bulk act back; see Undo.
	BulkUndo Kind = "undo"
)

// Kinds lists the acts that people choose from.
func Kinds() []Kind {
	return []Kind{BulkStatus, BulkTag, BulkUntag, BulkAssign, BulkHold, BulkRelease, BulkArchive, BulkRestore}
}

// Permission is what an act needs beside account.OrdersBulk.
func (k Kind) Permission() account.Permission {
	switch k {
	case BulkStatus:
		return account.OrdersStatus
	case BulkArchive, BulkRestore:
		return account.OrdersDelete
	}
	return account.OrdersEdit
}

// Action is one act with what it needs; the other fields are empty.
type Action struct {
	Kind     Kind         `json:"kind"`
	Status   order.Status `json:"status,omitempty"`
	Note     string       `json:"note,omitempty"` // of a status
	Tag      string       `json:"tag,omitempty"`
	Assignee account.ID   `json:"assignee,omitempty"` // empty: nobody
	Reason   string       `json:"reason,omitempty"`   // of hold and archive
	Until    time.Time    `json:"until,omitzero"`     // of hold
}

// maxNote is how long the note of a bulk status may be, in characters.
const maxNote = 2000

// Check returns the action as it will be carried out. What is wrong with it is
// order.FieldErrors at action, status, note, tag, assignee, reason or until.
func (d Desk) Check(ctx context.Context, a Action) (Action, error) {
	fault := func(field, why string) (Action, error) {
		return a, order.FieldErrors{{Field: field, Message: why}}
	}
	a.Note, a.Reason, a.Until = strings.TrimSpace(a.Note), strings.TrimSpace(a.Reason), a.Until.UTC().Truncate(time.Millisecond)
	var err error
	switch a.Kind {
	case BulkStatus:
		switch {
		case !a.Status.Valid():
			return fault("status", "Choose a status.")
		case len(waysTo(a.Status)) == 0:
			return fault("status", "No order can be moved to this status by hand.")
		case utf8.RuneCountInString(a.Note) > maxNote:
			return fault("note", "This note is too long.")
		}
	case BulkTag, BulkUntag:
		a.Tag, err = order.CleanTag(a.Tag)
	case BulkAssign:
		err = d.mayWork(ctx, a.Assignee)
	case BulkHold:
		err = new(order.Order).PutOnHold(a.Reason, a.Until, "", d.Now()) // asks its rules, on no order
	case BulkArchive:
		err = new(order.Order).Archive(a.Reason, "", d.Now())
	case BulkRelease, BulkRestore:
	default:
		return fault("action", "Choose what to do.")
	}
	return a, err
}

// waysTo lists the statuses from which a person may move an order to one.
func waysTo(to order.Status) (from []order.Status) {
	for _, s := range order.Statuses() {
		if order.CanMove(s, to) == nil {
			from = append(from, s)
		}
	}
	return from
}

// MaySet lists the statuses that people may set at all.
func MaySet() (all []order.Status) {
	for _, s := range order.Statuses() {
		if len(waysTo(s)) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// skip tells why the action leaves an order alone; empty when it does not. Its
// words are for people, hold nothing personal, and are few, so that they can be
// counted. Whether the platform can be told is not looked at.
func (a Action) skip(o order.Order, now time.Time) string {
	if o.Desk.Archived != (a.Kind == BulkRestore) {
		if o.Desk.Archived {
			return "archived"
		}
		return "not archived"
	}
	switch a.Kind {
	case BulkStatus:
		switch {
		case o.Status == a.Status:
			return "has this status already"
		case order.CanMove(o.Status, a.Status) != nil:
			return order.CanMove(o.Status, a.Status).Error()
		case o.OnHold(now) && a.Status != order.Cancelled:
			return "on hold"
		}
	case BulkTag:
		switch {
		case o.HasTag(a.Tag):
			return "has this tag already"
		case len(o.Desk.Tags) >= order.MaxTags:
			return "has as many tags as an order can have"
		}
	case BulkUntag:
		if !o.HasTag(a.Tag) {
			return "does not have this tag"
		}
	case BulkAssign:
		if o.Desk.Assignee == string(a.Assignee) {
			if a.Assignee == "" {
				return "assigned to nobody already"
			}
			return "assigned to this person already"
		}
	case BulkHold:
		if h := o.Desk.Hold; h != nil && h.Reason == a.Reason && h.Until.Equal(a.Until) {
			return "on hold for this reason already"
		}
	case BulkRelease:
		if o.Desk.Hold == nil {
			return "not on hold"
		}
	}
	return ""
}

// apply does the action to an order that skip lets through.
func (a Action) apply(o *order.Order, by account.ID, push bool, at time.Time) error {
	who := string(by)
	switch a.Kind {
	case BulkStatus:
		return o.SetStatus(a.Status, who, a.Note, push, at)
	case BulkTag:
		return o.AddTag(a.Tag, who, at)
	case BulkUntag:
		o.RemoveTag(a.Tag, who, at)
	case BulkAssign:
		o.Assign(string(a.Assignee), who, at)
	case BulkHold:
		return o.PutOnHold(a.Reason, a.Until, who, at)
	case BulkRelease:
		o.Release(who, at)
	case BulkArchive:
		return o.Archive(a.Reason, who, at)
	case BulkRestore:
		o.Restore(who, at)
	}
	return nil
}

// Title says what the action does, for people and without anything personal.
func (a Action) Title() string {
	switch a.Kind {
	case BulkStatus:
		return "Set status to " + strings.ReplaceAll(string(a.Status), "_", " ")
	case BulkTag:
		return "Add tag " + a.Tag
	case BulkUntag:
		return "Take tag " + a.Tag + " away"
	case BulkAssign:
		if a.Assignee == "" {
			return "Take assignee away"
		}
		return "Assign"
	case BulkHold:
		return "Put on hold"
	case BulkRelease:
		return "Release from hold"
	case BulkArchive:
		return "Archive"
	case BulkRestore:
		return "Restore from the archive"
	}
	return "Change"
}
