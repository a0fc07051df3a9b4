package views

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// The small forms of the order page, by the last part of their address.
const (
	FormAssign  = "assign"
	FormTags    = "tags"
	FormHold    = "hold"
	FormContact = "contact"
	FormAddress = "address"
	FormArchive = "archive"
	FormRestore = "restore"
	FormReveal  = "reveal"
)

func (v OrderView) formURL(name string) templ.SafeURL {
	return orderURL(v.Order.ID) + templ.SafeURL("/"+name)
}

func (v ConflictView) againURL() templ.SafeURL {
	return orderURL(v.ID) + templ.SafeURL("/"+url.PathEscape(v.Again.Form))
}

// value is what a field holds: what was sent if its form was refused, or what
// the order says now.
func (v OrderView) value(form, field, now string) string {
	if v.Sent.Name == form && v.Sent.Values.Has(field) {
		return v.Sent.Values.Get(field)
	}
	return now
}

func (v OrderView) mistake(form, field string) string {
	if v.Sent.Name != form {
		return ""
	}
	return v.Sent.Errors.For(field)
}

// faulty ties a field to its message; the first faulty one takes the focus.
func (v OrderView) faulty(form, field string) templ.Attributes {
	first := v.Sent.Name == form && len(v.Sent.Errors) > 0 && v.Sent.Errors[0].Field == field
	return mistaken(form+"-"+field, v.mistake(form, field), first)
}

// described is faulty for a field with a hint.
func (v OrderView) described(form, field, hint string) templ.Attributes {
	a := v.faulty(form, field)
	if a == nil {
		return templ.Attributes{"aria-describedby": hint}
	}
	a["aria-describedby"] = form + "-" + field + "-err " + hint
	return a
}

func (v OrderView) assignee() string {
	if v.Order.Desk.Assignee == "" {
		return "Nobody"
	}
	return v.name(v.Order.Desk.Assignee)
}

func (v OrderView) holdReason() string {
	if h := v.Order.Desk.Hold; h != nil {
		return h.Reason
	}
	return ""
}

func (v OrderView) holdUntil() string {
	if h := v.Order.Desk.Hold; h != nil && !h.Until.IsZero() {
		return v.in(h.Until).Format(time.DateOnly)
	}
	return ""
}

func (v OrderView) holdWords() string {
	switch h := v.Order.Desk.Hold; {
	case h == nil:
		return "Not held"
	case h.Until.IsZero():
		return "Held"
	default:
		return "Held until " + v.Date(h.Until)
	}
}

// self is the order's own address, with the list one came from.
func (v OrderView) self() templ.SafeURL { return v.walkURL(v.Order.ID) }

// walkURL is the address of an order of the list one came from.
func (v OrderView) walkURL(id order.ID) templ.SafeURL {
	if !v.Walk.Known {
		return orderURL(id)
	}
	return orderURL(id) + templ.SafeURL("?"+url.Values{"in": {v.Walk.List}}.Encode())
}

// back is where the list was.
func (v OrderView) back() templ.SafeURL {
	if v.Walk.List == "" {
		return "/orders"
	}
	return templ.URL("/orders?" + v.Walk.List)
}

// distance says how far another order was placed from this one.
func (v OrderView) distance(t time.Time) string {
	d := t.Sub(v.Order.Facts.OrderedAt)
	words, side := Clock{Now: t}.Ago(t.Add(-d.Abs())), " later"
	if d < 0 {
		side = " earlier"
	}
	if words == "just now" {
		return "within the same minute"
	}
	return strings.TrimSuffix(words, " ago") + side
}

func personURL(key string) templ.SafeURL {
	return templ.URL("/orders?" + url.Values{"customer": {key}}.Encode())
}

func pickURL(id order.ID) templ.SafeURL {
	return templ.URL("/orders/print?" + url.Values{"ids": {id.String()}, "what": {"pick"}}.Encode())
}

func editIcon(form string) string {
	switch form {
	case FormArchive:
		return "archive"
	case FormReveal:
		return "eye"
	}
	return "pencil"
}

func inputMode(kind string) string {
	if kind == "tel" || kind == "email" {
		return kind
	}
	return "text"
}

// textKind keeps browsers from refusing what the server explains better.
func textKind(kind string) string {
	if kind == "tel" {
		return kind
	}
	return "text"
}

// or is s, or something else when it is empty.
func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func versionClass(f ConflictField) templ.Attributes {
	if f.Mine != f.Now {
		return templ.Attributes{"class": "differs"}
	}
	return nil
}

func sortedNames(v url.Values) []string { return slices.Sorted(maps.Keys(v)) }

// hint says how to call somebody, with a name that there is.
func (v NoteFormView) hint() string {
	if len(v.People) == 0 {
		return "Private: only colleagues read it."
	}
	return "Private. Call a colleague with @, such as @" + v.People[0].Value + "."
}
