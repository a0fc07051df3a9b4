package order

import (
	"slices"
	"time"
)

// Absorb merges a report into the order that the desk holds (nil when it holds
// none) and returns the order to store. It is pure, and the rules are:
//
//   - each group of facts (status, head, customer, items, money, shipment)
//     belongs to the report with the newest source time; an older report fills
//     only what nobody has said, the same report again changes nothing;
//   - what people decided (Desk) is never touched;
//   - a status a person set (Wish) stands until the platform reports it or goes
//     beyond it; a report that does neither is set aside in the history;
//   - a newer report that goes backwards is accepted and flagged;
//   - an unknown platform word keeps the status, stores the word and flags the
//     order.
//
// Whatever the order of arrival, the same reports and decisions end in the
// same order but for its history, version and clocks of ours, as long as each
// person decided with the reports in sight that are older than the decision. The id of a new
// order is left zero for the store to choose. The caller has validated the
// report. current is not modified.
func Absorb(current *Order, r Report, at time.Time) (Order, Outcome) {
	at, r = ms(at), r.normal()
	if current == nil {
		next := Order{Kind: r.Kind, Platform: r.Platform, Ref: r.Ref, Version: 1, CreatedAt: at, UpdatedAt: at}
		next.merge(r)
		next.settle()
		next.record(Event{Kind: EventCreated, At: at, SourceAt: r.At, Source: r.Source, Status: next.Status})
		return next, Created
	}
	next := *current
	fields, touched := next.merge(r)
	if !touched {
		return *current, Unchanged
	}
	next.settle()
	e, news := statusEvent(*current, next, r)
	if !news && !sameStatus(*current, next) {
		fields = append(fields, groupNames[groupStatus])
	}
	if len(fields) > 0 {
		next.record(Event{Kind: EventFacts, At: at, SourceAt: r.At, Source: r.Source, Fields: fields})
	}
	if news {
		e.At = at
		next.record(e)
	}
	if !news && len(fields) == 0 {
		return next, Touched
	}
	next.Version++
	next.UpdatedAt = at
	return next, Updated
}

// ms is t as the stores keep it.
func ms(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// normal is the report with times as the stores keep them and flags sorted, so
// that equal content has one form. It shares nothing that it changed.
func (r Report) normal() Report {
	f := &r.Facts
	r.DueAt = ms(r.DueAt)
	r.At, f.OrderedAt, f.ShipBy, f.Shipment.ShippedAt = ms(r.At), ms(f.OrderedAt), ms(f.ShipBy), ms(f.Shipment.ShippedAt)
	f.Flags = sortedFlags(f.Flags)
	return r
}

func sortedFlags(flags []Flag) []Flag {
	if len(flags) == 0 {
		return nil
	}
	flags = slices.Clone(flags)
	slices.Sort(flags)
	return slices.Compact(flags)
}

// merge takes over each group for which the report is the newest source. It
// returns the names of the groups (but status) whose content changed, and
// whether anything that is stored moved, if only a stamp.
func (o *Order) merge(r Report) (fields []string, touched bool) {
	for g := range groups {
		if !r.says(g) {
			continue
		}
		old, stamp := o.Reported.Stamps[g], Stamp{At: r.At, Version: r.Version, Digest: r.digest(g)}
		if g == groupStatus {
			touched = o.see(r) || touched
		}
		if !stamp.after(old) {
			continue
		}
		o.Reported.Stamps[g], touched = stamp, true
		if stamp.Digest == old.Digest {
			continue
		}
		o.take(g, r.Facts)
		if g == groupHead {
			o.DueAt = r.DueAt
		}
		if g != groupStatus {
			fields = append(fields, groupNames[g])
		}
	}
	return fields, touched
}

// after is a total order on stamps: time, then version, then content.
func (s Stamp) after(o Stamp) bool {
	switch {
	case !s.At.Equal(o.At):
		return s.At.After(o.At)
	case s.Version != o.Version:
		return s.Version > o.Version
	}
	return s.Digest > o.Digest
}

func (o *Order) take(g group, f Facts) {
	switch g {
	case groupStatus:
		o.Facts.PlatformStatus, o.Facts.SubStatus, o.Reported.Flags = f.PlatformStatus, f.SubStatus, f.Flags
	case groupHead:
		o.Facts.OrderNumber, o.Facts.OrderedAt = f.OrderNumber, f.OrderedAt
	case groupPayment:
		o.Facts.Payment = f.Payment
	case groupPerson:
		address := o.Facts.Customer.Address
		o.Facts.Customer = f.Customer
		o.Facts.Customer.Address = address
	case groupAddress:
		o.Facts.Customer.Address = f.Customer.Address
	case groupItems:
		o.Facts.Items = f.Items
	case groupMoney:
		o.Facts.Subtotal, o.Facts.Discount, o.Facts.Shipping, o.Facts.Tax, o.Facts.Total = f.Subtotal, f.Discount, f.Shipping, f.Tax, f.Total
	case groupShipment:
		o.Facts.Shipment, o.Facts.ShipBy = f.Shipment, f.ShipBy
	}
}

// statusEvent words what a report did to the status, if anything.
func statusEvent(before, after Order, r Report) (Event, bool) {
	e := Event{Kind: EventStatus, SourceAt: r.At, Source: r.Source, Status: after.Status, From: before.Status}
	switch {
	case before.Status != after.Status:
		if after.Reported.wentBack() && !before.Reported.wentBack() {
			e.Note = "the platform moved the order back"
		}
	case before.Reported.Status != after.Reported.Status && after.Status != after.Reported.Status:
		e.Kind, e.Status = EventSetAside, after.Reported.Status
	case before.Facts.PlatformStatus != after.Facts.PlatformStatus && after.Reported.wordUnknown():
		e.Note = "unknown platform word: " + after.Facts.PlatformStatus
	case before.WishOpen() && !after.WishOpen():
		e.Note = "the platform confirmed it"
	default:
		return Event{}, false
	}
	return e, true
}

func sameStatus(a, b Order) bool {
	return a.Facts.PlatformStatus == b.Facts.PlatformStatus && a.Facts.SubStatus == b.Facts.SubStatus &&
		slices.Equal(a.Facts.Flags, b.Facts.Flags)
}
