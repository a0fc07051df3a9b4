package views

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// EntryView is the form of an order that people write down. It posts to
// /orders/new, or to /orders/{id}/edit, the fields of Values, and for each of
// Rows the fields sku, title, quantity, price, lineDiscount and tax. Refused: 422
// with Errors at the names of the JSON API (items.0.quantity).
type EntryView struct {
	Clock
	// ID and Version are of the order that is changed; ID is zero for a new one.
	ID      order.ID
	Label   string // of the order that is changed
	Version int64
	// Channels are those whose orders people enter; MayAddChannel offers to make
	// one where there is none.
	Channels      []Choice
	MayAddChannel bool
	Values        map[string]string
	Rows          []EntryRow
	Sums          EntrySums
	Errors        order.FieldErrors
	// Stale says that the order was changed meanwhile (409); saving again saves
	// this version.
	Stale string
	CSRF  string
}

// EntryRow is one line as it was typed.
type EntryRow struct{ SKU, Title, Quantity, Price, Discount, Tax string }

// EntrySums is what the lines come to, as far as they can be read.
type EntrySums struct {
	Subtotal, Discount, Shipping, Tax, Total order.Money
	Lines                                    []order.Money
}

func (v EntryView) action() templ.SafeURL {
	if v.ID == 0 {
		return "/orders/new"
	}
	return orderURL(v.ID) + "/edit"
}

// entryID is the id under which a field's message stands.
func entryID(field string) string {
	out := []byte("e-" + field)
	for i, c := range out {
		if c == '.' {
			out[i] = '-'
		}
	}
	return string(out)
}

func (v EntryView) faulty(field string) templ.Attributes {
	return mistaken(entryID(field), v.Errors.For(field), len(v.Errors) > 0 && v.Errors[0].Field == field)
}

// stray are the faults that belong to no field of the form.
func (v EntryView) stray() []string {
	var out []string
	for _, e := range v.Errors {
		switch e.Field {
		case "items", "body", "subtotal", "total", "version", "platformOrderId", "tax":
			out = append(out, e.Message)
		}
	}
	return out
}

func (v EntryView) line(i int) string {
	if i < len(v.Sums.Lines) {
		return Money(v.Sums.Lines[i])
	}
	return "–"
}

func itemField(i int, field string) string { return "items." + strconv.Itoa(i) + "." + field }

func payments() []Choice {
	return []Choice{{string(order.Prepaid), "Prepaid"}, {string(order.COD), "Cash on delivery"}}
}

func entryStatuses() []order.Status { return []order.Status{order.Pending, order.Confirmed} }

// EntryFields lists the single fields of the form.
func EntryFields() []string {
	return []string{"channel", "orderNumber", "orderedAt", "status", "paymentMethod", "customer.name", "customer.phone", "customer.email",
		"customer.address.line1", "customer.address.line2", "customer.address.city", "customer.address.state", "customer.address.pincode",
		"discount", "shipping", "shipBy"}
}

// entryType is a text once what was typed is no day, because a field of days
// would hide it.
func entryType(kind, mistake string) string {
	switch kind {
	case "tel":
		return "tel"
	case "date", "datetime-local":
		if mistake == "" {
			return kind
		}
	}
	return "text"
}

func entryMode(kind string) string {
	switch kind {
	case "tel":
		return "tel"
	case "money":
		return "decimal"
	}
	return "text"
}
