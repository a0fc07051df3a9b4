package order

import "slices"

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
	case s.after(seen[i]):
		seen[i] = s
	default:
		return false
	}
	o.Reported.Seen = seen
	return true
}

// after is a total order on sightings of one order: time, then version, then
// the step that is further on.
func (s Sighting) after(o Sighting) bool {
	switch {
	case !s.At.Equal(o.At):
		return s.At.After(o.At)
	case s.Version != o.Version:
		return s.Version > o.Version
	}
	return s.Status.index() > o.Status.index()
}

// latest returns the newest sighting and the one before it; their status is
// empty when there is none.
func (p Reported) latest() (newest, previous Sighting) {
	for _, s := range p.Seen {
		switch {
		case newest.Status == "" || s.after(newest):
			newest, previous = s, newest
		case previous.Status == "" || s.after(previous):
			previous = s
		}
	}
	return newest, previous
}

// settle derives the status, the flags and the fate of a wish from what was
// reported and decided; it looks at nothing else.
func (o *Order) settle() {
	newest, _ := o.Reported.latest()
	o.Reported.Status = newest.Status
	if o.Wish != nil && o.Wish.settledBy(o.Reported) {
		o.Wish = nil
	}
	switch {
	case o.WishOpen():
		o.Status = o.Wish.Status
	case newest.Status != "":
		o.Status = newest.Status
	case o.Status == "":
		o.Status = Pending
	}
	flags := slices.Clone(o.Reported.Flags)
	if o.Reported.wordUnknown() || o.Reported.wentBack() || o.WishOpen() && o.Wish.State == WishRefused {
		flags = append(flags, NeedsAttention)
	}
	o.Facts.Flags = sortedFlags(flags)
}

// wordUnknown reports whether the newest platform word has no mapped status.
// A source that never spoke of the status is not at fault.
func (p Reported) wordUnknown() bool {
	stamp := p.Stamps[groupStatus]
	return !stamp.At.IsZero() && stamp.Digest>>statusShift == 0
}

// wentBack reports whether the platform's newest step is behind the one it
// reported before. The next step forward ends it.
func (p Reported) wentBack() bool {
	newest, previous := p.latest()
	return previous.Status != "" && newest.Status.depth() < previous.Status.depth()
}
