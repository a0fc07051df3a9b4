package views

import (
	"net/url"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// OrderView is one order. Order(p, v) is the page at /orders/{id}; OrderBody(v)
// is everything in #order and the answer to a partial request that succeeded (a
// status change, a note); OrderDrawer(v) is what the drawer over the list shows.
type OrderView struct {
	Clock
	Order order.Order
	// Channel is the name of its channel; ByHand says that people enter its
	// orders.
	Channel string
	ByHand  bool
	// Names maps user ids to names, for the history, notes and the hold.
	Names map[string]string
	// Masked hides the customer (no customers.read).
	Masked bool
	// Revealed shows the customer to somebody from whom it is masked, once.
	Revealed bool
	// Drawer says that the order lies over the list.
	Drawer bool
	Walk   WalkView
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
	// May is what else this person may do with the order.
	May OrderRights
	// Seen is what each form of OrderForms shows now, as the form sends it back.
	Seen map[string]string
	// Users may be given the order, by name.
	Users []Choice
	// Sent is a form that was refused, as it was sent.
	Sent SentForm
	// Reveals are the views of the customer by those from whom it is masked.
	Reveals []RevealView
	Person  PersonView
	Twins   []TwinView
	// Pincode says what is doubtful about where the order goes.
	Pincode string
	// Invoice is the number of the invoice, empty while there is none.
	Invoice string
	CSRF    string
}

// OrderRights is what somebody may do with one order besides its status.
type OrderRights struct {
	Edit    bool // tags, assignee, hold
	Correct bool // contact and address
	Archive bool
	Reveal  bool
	Rewrite bool // an order that was entered by hand
	Invoice bool // make one
}

// WalkView is the list one came from.
type WalkView struct {
	// List is the list's address without "/orders?"; Known tells that there is
	// one, since the plain list's is empty.
	List  string
	Known bool
	// Prev and Next are the neighbours in it; zero at its ends.
	Prev, Next order.ID
}

// SentForm is one of OrderForms as it was sent, and what is wrong with it.
type SentForm struct {
	Name   string
	Values url.Values
	Errors order.FieldErrors
}

// RevealView is one look at what is masked.
type RevealView struct {
	At     time.Time
	By     string // a name
	Reason string
}

// PersonView is the customer's other orders.
type PersonView struct {
	// Key is the customer's key; empty when nobody knows who it is.
	Key string
	// Count is how many orders there are, this one included; a lower bound when
	// Least.
	Count  int
	Least  bool
	Orders []order.Row // the newest others
}

// TwinView is an order that may be the same wish once more.
type TwinView struct {
	ID     order.ID
	Label  string
	Status order.Status
	At     time.Time
	Same   []string
	SKU    string
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

// ConflictView says that an order changed since somebody opened it (409), with
// what was sent beside what there is, so that one can be chosen.
type ConflictView struct {
	Clock
	ID order.ID
	// Status is the order's now; What says what did not happen, such as "Your
	// change to Shipped was not saved."
	Status order.Status
	What   string
	// By is the name of who changed it, or of the platform; At is when.
	By string
	At time.Time
	// Fields are both versions of what the form holds.
	Fields []ConflictField
	// Again is the form once more, for the order as it is now; without a form
	// it cannot be kept.
	Again AgainView
	CSRF  string
}

// ConflictField is one field in both versions.
type ConflictField struct {
	Label, Mine, Now string
}

// AgainView is a refused form that can be sent again as it stands.
type AgainView struct {
	Form   string // the last part of its address
	Label  string // of the button
	Values url.Values
}

// NoteFormView is the form that posts to /orders/{id}/notes the field text.
// Refused: 422 NoteForm(v).
type NoteFormView struct {
	ID order.ID
	// Allowed shows the form.
	Allowed bool
	// People can be called with @, as handles and names.
	People []Choice
	Text   string
	Errors order.FieldErrors
	CSRF   string
}
