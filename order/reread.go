package order

import (
	"slices"
	"time"
)

// Reread gives the platform's newest word another meaning than it had when it
// was reported, as if the report had come with it; the platform's own later
// reports count as ever. It reports whether anything changed. The same report,
// read with the same meaning again, then changes nothing.
func (o *Order) Reread(status Status, sub string, flags []Flag, note, by string, at time.Time) bool {
	stamp := o.Reported.Stamps[groupStatus]
	if stamp.At.IsZero() {
		return false
	}
	r := Report{Status: status, At: stamp.At, Version: stamp.Version,
		Facts: Facts{PlatformStatus: o.Facts.PlatformStatus, SubStatus: sub, Flags: sortedFlags(flags)}}
	stamp.Digest = r.digest(groupStatus)
	if stamp.Digest == o.Reported.Stamps[groupStatus].Digest {
		return false
	}
	before := o.Status
	o.Reported.Seen = slices.DeleteFunc(slices.Clone(o.Reported.Seen), func(s Sighting) bool {
		return s.At.Equal(stamp.At) && s.Version == stamp.Version
	})
	o.Reported.Stamps[groupStatus] = stamp
	o.take(groupStatus, r.Facts)
	o.see(r)
	o.settle()
	o.edited(Event{Kind: EventStatus, Source: FromRule, By: by, Status: o.Status, From: before, Note: note}, at)
	return true
}

// WordUnknown reports whether nobody knows what the platform's newest word
// means.
func (o Order) WordUnknown() bool { return o.Reported.wordUnknown() }
