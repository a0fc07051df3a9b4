package order

import (
	"slices"
	"time"
)

// erasedUntil is later than any report: what was erased belongs to no source
// any more, so that an old webhook or a late page cannot bring it back.
func erasedUntil() time.Time { return time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC) }

// Erase removes for good who ordered: name, e-mail, phone, ids and the address
// but for state and country, which tax needs, people's corrections of them, and
// the texts that people wrote. Goods, amounts, statuses and the clock stay, and
// so do all figures. by and reason stand in the history; reason must hold no
// personal data. It reports whether there was anything to erase.
func (o *Order) Erase(by, reason string, at time.Time) bool {
	if o.Erased() {
		return false
	}
	a := o.Facts.Customer.Address
	o.Facts.Customer = Customer{Address: Address{State: a.State, Country: a.Country}}
	o.Desk.Contact, o.Desk.Address, o.Desk.Notes = nil, nil, nil
	if h := o.Desk.Hold; h != nil {
		o.Desk.Hold = &Hold{Until: h.Until, By: h.By, At: h.At}
	}
	o.History = slices.Clone(o.History)
	for i := range o.History {
		if o.History[i].Source == FromUser {
			o.History[i].Note = ""
		}
	}
	for _, g := range []group{groupPerson, groupAddress} {
		o.Reported.Stamps[g] = Stamp{At: erasedUntil()}
	}
	o.edited(Event{Kind: EventEdit, Source: FromRule, By: by, Note: reason, Fields: []string{groupNames[groupPerson], groupNames[groupAddress], "notes"}}, at)
	return true
}

// Erased reports whether the customer's data was removed for good.
func (o Order) Erased() bool { return o.Reported.Stamps[groupPerson].At.Equal(erasedUntil()) }
