// Package bulk shows what is done to many orders at a time: the page that
// chooses and confirms it with a dry run, and what became of each order. It
// must not know the store; what may be done is decided before.
package bulk

import (
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// ReviewView is /orders/bulk. Its form posts there what it was made of: order, or
// all and query; action and the field of the action; and step, "check" to show
// the dry run or "run" to start. Started: 303 to /jobs/{id}.
type ReviewView struct {
	views.Clock
	// Actions are what this person may do, by value; Action is the chosen one.
	Actions []views.Choice
	Action  string
	// Statuses and People are the choices of the fields status and assignee.
	Statuses []order.Status
	People   []views.Choice
	// Typed is what the form holds.
	Typed url.Values
	// IDs are the chosen orders; with All, every order of Query instead, which
	// is the list's address without "/orders?".
	IDs   []string
	All   bool
	Query string
	// Plan is the dry run; nil before there is one.
	Plan   *PlanView
	Errors order.FieldErrors
	// Moved says that the list changed since the dry run that was confirmed.
	Moved bool
	CSRF  string
	// Jobs are the person's newest bulk jobs.
	Jobs []views.JobView
}

// PlanView is a dry run.
type PlanView struct {
	Title       string // such as "Set status to shipped"
	Requested   int
	Allowed     int
	Reasons     []ReasonView
	Skipped     []OrderView // the first ones
	Fingerprint string
}

// ReasonView is how often a reason came up.
type ReasonView struct {
	Reason string
	Orders int
}

// OrderView is one order with what became of it, or would.
type OrderView struct {
	ID, Name, What, Why string
}

// MaxShown is how many single orders are listed.
const MaxShown = 50

// ResultView is what became of the orders of a job that has ended.
type ResultView struct {
	ID      string
	Reasons []ReasonView
	// Orders are those that were not changed, the failed first.
	Orders []OrderView
	// Left is how many orders failed or were not reached; Undoable how many
	// could be taken back. Zero hides the button.
	Left, Undoable int
	// File is the address of the outcomes as a table, empty when it is gone.
	File string
	CSRF string
}

func (v ReviewView) typed(field string) string { return v.Typed.Get(field) }

// needs reports whether the chosen action takes a field.
func (v ReviewView) needs(field string) bool {
	return slices.Contains(map[string][]string{
		"status": {"status", "note"}, "tag": {"tag"}, "untag": {"tag"}, "assign": {"assignee"}, "hold": {"reason", "until"}, "archive": {"reason"},
	}[v.Action], field)
}

// about says which orders it is about.
func (v ReviewView) about() string {
	switch {
	case v.Plan != nil && v.All:
		return views.Count(v.Plan.Requested, "order that matches", "orders that match") + " the list"
	case v.Plan != nil:
		return views.Count(v.Plan.Requested, "selected order", "selected orders")
	case v.All:
		return "All orders that match the list"
	}
	return views.Count(len(v.IDs), "selected order", "selected orders")
}

// list is the way back.
func (v ReviewView) list() templ.SafeURL {
	if v.Query == "" {
		return "/orders"
	}
	return templ.URL("/orders?" + v.Query)
}

func (v ReviewView) fault(field string) string { return v.Errors.For(field) }

func (v ReviewView) mistaken(field string) templ.Attributes {
	return views.Mistaken("bulk-"+field, v.Errors.For(field), len(v.Errors) > 0 && v.Errors[0].Field == field)
}

func (p PlanView) rest() int { return p.Requested - p.Allowed }

func orderURL(id string) templ.SafeURL { return templ.URL("/orders/" + id) }

func jobURL(id, what string) templ.SafeURL { return templ.URL("/jobs/" + id + what) }

func (o OrderView) name() string {
	if o.Name == "" {
		return o.ID
	}
	return o.Name
}

func total(list []ReasonView) (n int) {
	for _, r := range list {
		n += r.Orders
	}
	return n
}
