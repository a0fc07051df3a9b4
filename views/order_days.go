package views

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// moment is one entry of the timeline: a change of the order, or a look at its
// customer.
type moment struct {
	at     time.Time
	event  *order.Event
	reveal *RevealView
	text   string // of the note that the event is about
}

// pastDay is what happened on one business day.
type pastDay struct {
	name    string
	moments []moment
}

// days is the order's history by business day, the newest first.
func (v OrderView) days() []pastDay {
	var all []moment
	for i := range v.Order.History {
		e := &v.Order.History[i]
		all = append(all, moment{at: e.At, event: e, text: v.noteOf(*e)})
	}
	for i := range v.Reveals {
		all = append(all, moment{at: v.Reveals[i].At, reveal: &v.Reveals[i]})
	}
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b moment) int { return cmp.Compare(b.at.UnixMilli(), a.at.UnixMilli()) })
	var out []pastDay
	for _, m := range all {
		name := v.dayName(m.at)
		if len(out) == 0 || out[len(out)-1].name != name {
			out = append(out, pastDay{name: name})
		}
		last := &out[len(out)-1]
		last.moments = append(last.moments, m)
	}
	return out
}

func (v OrderView) dayID(i int) string { return "day-" + strconv.Itoa(i) }

// dayName is a day as people say it.
func (v OrderView) dayName(t time.Time) string {
	day := v.in(t).Format(time.DateOnly)
	switch day {
	case v.in(v.Now).Format(time.DateOnly):
		return "Today"
	case v.in(v.Now).AddDate(0, 0, -1).Format(time.DateOnly):
		return "Yesterday"
	}
	return v.in(t).Format("Monday, 2 January 2006")
}

// noteOf is the text of the note that an event added, which the event itself
// does not hold.
func (v OrderView) noteOf(e order.Event) string {
	if e.Kind != order.EventEdit || !slices.Equal(e.Fields, []string{"notes"}) {
		return ""
	}
	for _, n := range v.Order.Desk.Notes {
		if n.By == e.By && n.At.Equal(e.At) {
			return n.Text
		}
	}
	return ""
}

func (m moment) tone() string {
	if m.reveal != nil {
		return "warning"
	}
	return eventTone(*m.event)
}

func (m moment) note() string {
	if m.reveal != nil {
		return m.reveal.Reason
	}
	return or(m.event.Note, m.text)
}

// editWords says what a person changed.
func editWords(fields []string) string {
	if len(fields) == 1 {
		switch fields[0] {
		case "notes":
			return "Note added"
		case "archive":
			return "Archive changed"
		case "address", "contact":
			return capital(fields[0]) + " corrected"
		case "hold", "assignee", "tags":
			return capital(fields[0]) + " changed"
		}
	}
	return "Changed " + fieldWords(fields)
}

// sourceOf is who told new facts.
func sourceOf(o order.Order, e order.Event) string {
	switch e.Source {
	case order.FromImport:
		return "An import"
	case order.FromUser:
		return "Somebody"
	}
	return platformName(o.Platform)
}
