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
// same order but for its history, version and clocks of ours. The id of a new
// order is left zero for the store to choose. The caller has validated the
// report. current is not modified.
func Absorb(current *Order, r Report, at time.Time) (Order, Outcome) {
	at = ms(at)
	r.At, r.Facts.OrderedAt = ms(r.At), ms(r.Facts.OrderedAt)
	if current == nil {
		next := Order{Platform: r.Platform, Ref: r.Ref, Version: 1, CreatedAt: at, UpdatedAt: at}
		next.merge(r)
		next.settle()
		next.record(Event{Kind: EventCreated, At: at, SourceAt: r.At, Source: r.Source, Status: next.Status})
		return next, Created
	}
	next := *current
	fields, touched := next.merge(r)
	next.settle()
	if len(fields) > 0 {
		next.record(Event{Kind: EventFacts, At: at, SourceAt: r.At, Source: r.Source, Fields: fields})
	}
	if e, ok := statusEvent(*current, next, r); ok {
		e.At = at
		next.record(e)
	}
	switch {
	case len(next.History) != len(current.History) || !sameStatus(*current, next):
		next.Version++
		next.UpdatedAt = at
		return next, Updated
	case touched:
		return next, Touched
	}
	return *current, Unchanged
}

// ms is t as the stores keep it.
func ms(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// merge takes over each group for which the report is the newest source. It
// returns the names of the groups (but status) whose content changed, and
// whether any stamp moved.
func (o *Order) merge(r Report) (fields []string, touched bool) {
	for g := range groups {
		part, says := r.Facts.part(g, r.Status)
		if !says {
			continue
		}
		old, stamp := o.Reported.Stamps[g], Stamp{At: r.At, Version: r.Version, Digest: digest(part)}
		if g == groupStatus {
			stamp.Digest = stamp.Digest>>4 | int64(r.Status.index())<<59
			touched = o.see(r) || touched
		}
		if stamp.Digest == old.Digest && !stamp.At.After(old.At) || !stamp.after(old) {
			continue
		}
		o.Reported.Stamps[g], touched = stamp, true
		if stamp.Digest == old.Digest {
			continue
		}
		o.take(g, r.Facts)
		if g != groupStatus {
			fields = append(fields, groupNames[g])
		}
	}
	return fields, touched
}

var groupNames = [groups]string{"status", "order", "customer", "items", "amounts", "shipment"}

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
		o.Facts.OrderNumber, o.Facts.OrderedAt, o.Facts.Payment = f.OrderNumber, f.OrderedAt, f.Payment
	case groupCustomer:
		o.Facts.Customer = f.Customer
	case groupItems:
		o.Facts.Items = f.Items
	case groupMoney:
		o.Facts.Subtotal, o.Facts.Discount, o.Facts.Shipping, o.Facts.Tax, o.Facts.Total = f.Subtotal, f.Discount, f.Shipping, f.Tax, f.Total
	case groupShipment:
		o.Facts.Shipment, o.Facts.ShipBy = f.Shipment, f.ShipBy
	}
}

// see remembers when a status was reported last, and whether that is news.
func (o *Order) see(r Report) bool {
	if r.Status == "" {
		return false
	}
	s := Sighting{Status: r.Status, At: r.At, Version: r.Version}
	i := slices.IndexFunc(o.Reported.Seen, func(x Sighting) bool { return x.Status == r.Status })
	seen := slices.Clone(o.Reported.Seen)
	switch {
	case i < 0:
		seen = append(seen, s)
		slices.SortFunc(seen, func(a, b Sighting) int { return a.Status.index() - b.Status.index() })
	case s.At.After(seen[i].At):
		seen[i] = s
	default:
		return false
	}
	o.Reported.Seen = seen
	return true
}

// settle derives the status, the flags and the fate of a wish from what was
// reported and decided; it looks at nothing else.
func (o *Order) settle() {
	var newest Sighting
	for _, s := range o.Reported.Seen {
		if newest.Status == "" || s.At.After(newest.At) || s.At.Equal(newest.At) && s.Version >= newest.Version {
			newest = s
		}
	}
	o.Reported.Status = newest.Status
	if o.Wish != nil && o.Wish.settledBy(o.Reported) {
		o.Wish = nil
	}
	switch {
	case o.Wish != nil:
		o.Status = o.Wish.Status
	case newest.Status != "":
		o.Status = newest.Status
	case o.Status == "":
		o.Status = Pending
	}
	flags := slices.Clone(o.Reported.Flags)
	if o.Reported.wordUnknown() || o.Reported.wentBack() || o.Wish != nil && o.Wish.State == WishRefused {
		flags = append(flags, NeedsAttention)
	}
	slices.Sort(flags)
	o.Facts.Flags = slices.Compact(flags)
}

// wordUnknown reports whether the newest platform word has no mapped status.
func (p Reported) wordUnknown() bool {
	return p.Status == "" || p.Stamps[groupStatus].Digest>>59 == 0
}

// wentBack reports whether the platform returned to an earlier step.
func (p Reported) wentBack() bool {
	i := slices.IndexFunc(p.Seen, func(s Sighting) bool { return s.Status == p.Status })
	return i >= 0 && slices.ContainsFunc(p.Seen, func(s Sighting) bool {
		return p.Status.rank() >= 0 && s.Status.rank() > p.Status.rank() && s.At.Before(p.Seen[i].At)
	})
}

// statusEvent words what a report did to the status, if anything.
func statusEvent(before, after Order, r Report) (Event, bool) {
	e := Event{SourceAt: r.At, Source: r.Source}
	switch {
	case before.Status != after.Status:
		e.Kind, e.Status, e.From = EventStatus, after.Status, before.Status
		if after.Reported.wentBack() && !before.Reported.wentBack() {
			e.Note = "the platform moved the order back"
		}
	case before.Reported.Status != after.Reported.Status && after.Wish != nil:
		e.Kind, e.Status, e.From = EventSetAside, after.Reported.Status, after.Status
	case before.Facts.PlatformStatus != after.Facts.PlatformStatus && after.Reported.wordUnknown():
		e.Kind, e.Status, e.Note = EventStatus, after.Status, "unknown platform word: "+after.Facts.PlatformStatus
		e.From = after.Status
	default:
		return Event{}, false
	}
	return e, true
}

func sameStatus(a, b Order) bool {
	return a.Facts.PlatformStatus == b.Facts.PlatformStatus && a.Facts.SubStatus == b.Facts.SubStatus &&
		slices.Equal(a.Facts.Flags, b.Facts.Flags) && (a.Wish == nil) == (b.Wish == nil)
}
