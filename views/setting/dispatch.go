package setting

import (
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// Section is one page of settings.
type Section struct{ Path, Title, About, Icon string }

// DispatchView is the form of the dispatch calendar.
type DispatchView struct {
	Usual Source
	// Sources may have rules of their own: platforms, then channels.
	Sources  []Source
	Workdays []time.Weekday
	Holidays string // one a line
	Errors   order.FieldErrors
	// MayChange is false for who may only look.
	MayChange bool
	CSRF      string
}

// Source is a platform or a channel with its rule. Key goes behind the names
// of its fields, such as ".platform.amazon"; it is empty for the usual rule.
type Source struct {
	Key, Name      string
	Mode           string // usual, own or none
	Cutoff, Leaves string
}

func modes() []views.Choice {
	return []views.Choice{{Value: "usual", Label: "as usual"}, {Value: "own", Label: "its own times"}, {Value: "none", Label: "no time at all"}}
}

func (v DispatchView) works(d time.Weekday) bool {
	for _, w := range v.Workdays {
		if w == d {
			return true
		}
	}
	return false
}

// weekdays begins with Monday.
func weekdays() []time.Weekday {
	return []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
}

func number(d time.Weekday) string { return strconv.Itoa(int(d)) }

// timeType is a text once what was typed is no time, because a time field
// would hide it.
func timeType(mistake string) string {
	if mistake != "" {
		return "text"
	}
	return "time"
}
