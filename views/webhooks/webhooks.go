// Package webhooks draws the pages of outbound webhooks: which programs of the
// brand are told what happens to orders, and what became of the messages.
package webhooks

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// ListView is the page of all webhooks with the form for another one.
type ListView struct {
	Clock views.Clock
	Rows  []RowView
	Form  FormView
}

// RowView is one webhook.
type RowView struct {
	ID, Name, URL string
	Events        []string
	Enabled       bool
	Stopped       string // why the program switched it off
	FailingSince  time.Time
	LastSuccess   time.Time
	Waiting       int
}

// FormView is what somebody typed, or what is stored.
type FormView struct {
	Name, URL string
	Events    []string
	Customer  bool
	Enabled   bool
	Version   int64 // 0 for a new one
	// MayTell says that this person may send out who ordered.
	MayTell bool
	Errors  order.FieldErrors
}

// OneView is the page of one webhook.
type OneView struct {
	Clock      views.Clock
	Row        RowView
	Form       FormView
	Secret     string // shown this once
	Stale      bool
	Deliveries []DeliveryView
}

// DeliveryView is one message.
type DeliveryView struct {
	ID, Event, Order, State, Error string
	Attempts, Status               int
	At, Next                       time.Time
	Took                           time.Duration
}

// events are the choices of the form.
func events() []views.Choice {
	return []views.Choice{{Value: "order.created", Label: "An order arrives"}, {Value: "order.updated", Label: "Anything about an order changes"},
		{Value: "order.status_changed", Label: "An order’s status changes"}}
}

func (f FormView) has(event string) bool { return slices.Contains(f.Events, event) }

func (f FormView) version() string { return strconv.FormatInt(f.Version, 10) }

func eventName(e string) string {
	for _, c := range events() {
		if c.Value == e {
			return c.Label
		}
	}
	return e
}

// state is a webhook's state in a word and its tone.
func (r RowView) state() (tone, word string) {
	switch {
	case r.Stopped != "":
		return "danger", "Switched off"
	case !r.Enabled:
		return "neutral", "Off"
	case !r.FailingSince.IsZero():
		return "warning", "Failing"
	case r.LastSuccess.IsZero():
		return "info", "New"
	}
	return "success", "Works"
}

func (r RowView) tone() string { t, _ := r.state(); return "t-" + t }
func (r RowView) word() string { _, w := r.state(); return w }

func (d DeliveryView) tone() string {
	return "t-" + map[string]string{"delivered": "success", "given_up": "danger", "waiting": "info"}[d.State]
}

func (d DeliveryView) word() string {
	return map[string]string{"delivered": "Delivered", "given_up": "Given up", "waiting": "Waiting"}[d.State]
}

// answer is what came of the last try.
func (d DeliveryView) answer() string {
	switch {
	case d.Attempts == 0:
		return "not tried yet"
	case d.Error != "":
		return fmt.Sprintf("%s, try %d", d.Error, d.Attempts)
	}
	return fmt.Sprintf("%d in %d ms, try %d", d.Status, d.Took.Milliseconds(), d.Attempts)
}

func path(id, rest string) string { return "/settings/webhooks/" + id + rest }
