package views

import (
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// OrderView is one order. Order(p, v) is the page at /orders/{id};
// OrderBody(v) is everything in #order and the answer to a partial request
// that succeeded (a status change, a note).
type OrderView struct {
	Clock
	Order order.Order
	// Channel is the name of its channel.
	Channel string
	// Names maps user ids to names, for the history, notes and the hold.
	Names map[string]string
	// Masked hides the customer (no customers.read).
	Masked bool
	// Back is the address of the list somebody came from; empty: /orders.
	Back string
	// Said is one sentence about what was just done, such as "Status changed to
	// Shipped."; only for the answer to a partial request, which then shows it
	// as a toast. A full page says it with PageView.Flash.
	Said string
	// MayMove shows the buttons that end a refused wish, which post to
	// /orders/{id}/wish the fields action (retry or drop) and version
	// (orders.status). Refused: 409 Conflict(v) for htmx.
	MayMove bool
	// Status is the form for the next status; NoteForm the one for notes.
	Status   StatusFormView
	NoteForm NoteFormView
}

// StatusFormView is the form that posts to /orders/{id}/status the fields
// status, note and version. A refused one is answered, with the fields as they
// were sent: 422 StatusForm(v) with Errors, 409 Conflict(v.Conflict) for htmx,
// and in both cases the whole page without it.
type StatusFormView struct {
	ID      order.ID
	Current order.Status
	// Next are the statuses on offer: Current.Next(), less those the platform
	// cannot be told. Empty: no form is shown, only Blocked.
	Next []order.Status
	// Blocked says why there is no form, such as "You may look, but not change
	// orders."; empty with Next empty means that the order is finished.
	Blocked string
	// Chosen and Note are what was sent, or empty.
	Chosen order.Status
	Note   string
	// Version is the order's version when the form was made.
	Version  int64
	Errors   order.FieldErrors
	Conflict *ConflictView
	CSRF     string
}

// ConflictView says that an order changed since somebody opened it (409).
type ConflictView struct {
	Clock
	ID order.ID
	// Now is the order as it is; What says what did not happen, such as
	// "Your change to Shipped was not saved."
	Status order.Status
	What   string
	// By is the name of who changed it, or of the platform; At is when.
	By string
	At time.Time
}

// NoteFormView is the form that posts to /orders/{id}/notes the field text.
// Refused: 422 NoteForm(v).
type NoteFormView struct {
	ID order.ID
	// Allowed shows the form.
	Allowed bool
	Text    string
	Errors  order.FieldErrors
	CSRF    string
}
