package shop

import (
	"cmp"
	"slices"
	"time"
)

// Key is the position of an order in a sorted list: a time in Unix seconds and
// the order's sequence number, which tells orders of one second apart.
type Key struct {
	At  int64
	Seq int
}

// Less orders keys.
func (k Key) Less(o Key) bool { return k.compare(o) < 0 }

func (k Key) compare(o Key) int {
	if c := cmp.Compare(k.At, o.At); c != 0 {
		return c
	}
	return cmp.Compare(k.Seq, o.Seq)
}

// index is a sorted list of keys. Nearly all changes happen at its end, where
// moving the tail costs nothing.
type index struct{ keys []Key }

func (x *index) insert(k Key) {
	i, found := slices.BinarySearchFunc(x.keys, k, Key.compare)
	if !found {
		x.keys = slices.Insert(x.keys, i, k)
	}
}

func (x *index) remove(k Key) {
	if i, found := slices.BinarySearchFunc(x.keys, k, Key.compare); found {
		x.keys = slices.Delete(x.keys, i, i+1)
	}
}

func (x *index) sort() { slices.SortFunc(x.keys, Key.compare) }

// from is the position of the first key at or after k.
func (x *index) from(k Key) int {
	i, _ := slices.BinarySearchFunc(x.keys, k, Key.compare)
	return i
}

// By names the time that a list is sorted by.
type By int

// The sorted lists of a shop.
const (
	ByUpdated By = iota
	ByCreated
)

// Span is a half-open range [From, To) of a sorted list. Zero times are open.
type Span struct {
	By       By
	From, To time.Time
}

// second rounds up, so that half-open bounds work on whole seconds.
func second(t time.Time) int64 {
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return s
}

// slice is the part of the list that the span covers.
func (s *Shop) slice(sp Span) []Key {
	x := s.index(sp.By)
	lo, hi := 0, len(x.keys)
	if !sp.From.IsZero() {
		lo = x.from(Key{At: second(sp.From)})
	}
	if !sp.To.IsZero() {
		hi = x.from(Key{At: second(sp.To)})
	}
	return x.keys[lo:max(lo, hi)]
}

func (s *Shop) index(by By) *index {
	if by == ByCreated {
		return &s.byCreated
	}
	return &s.byUpdated
}

// After lists up to limit orders of the span from the position start on,
// oldest first, and the position that follows; more tells whether there is
// one. keep, when given, selects; it must neither keep the pointer nor call the
// shop.
func (s *Shop) After(sp Span, start Key, limit int, keep func(*Order) bool) (page []Order, next Key, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := s.slice(sp)
	i, _ := slices.BinarySearchFunc(keys, start, Key.compare)
	for ; i < len(keys); i++ {
		o := s.orders[keys[i].Seq]
		if o.Hidden || keep != nil && !keep(o) {
			continue
		}
		if len(page) == limit {
			return page, keys[i], true
		}
		page = append(page, *o)
	}
	return page, Key{}, false
}

// Slice lists limit orders of the span from offset on, newest first when desc,
// and how many there are in all. Positions shift while orders change, as they
// do in real shops.
func (s *Shop) Slice(sp Span, desc bool, offset, limit int, keep func(*Order) bool) (page []Order, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := s.slice(sp)
	at := func(i int) *Order {
		if desc {
			i = len(keys) - 1 - i
		}
		return s.orders[keys[i].Seq]
	}
	if keep == nil && s.hidden == 0 {
		for i := offset; i < min(len(keys), offset+limit); i++ {
			page = append(page, *at(i))
		}
		return page, len(keys)
	}
	for i := range keys {
		o := at(i)
		if o.Hidden || keep != nil && !keep(o) {
			continue
		}
		if total >= offset && total < offset+limit {
			page = append(page, *o)
		}
		total++
	}
	return page, total
}
