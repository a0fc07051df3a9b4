package rollup

import (
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"math/bits"
	"time"

	"github.com/palmonas/palmonas-crm/report"
)

// crowd adds up the customers of many days without making anything of each
// visit: a million visits are a range that somebody may ask for.
type crowd struct {
	faces  []face
	slots  []int32 // open addressing: places in faces, from 1
	keys   []byte  // the customers' keys, one after the other
	places words   // state, NUL, pincode
}

// face is one customer so far. Times are Unix milliseconds.
type face struct {
	at, size                uint32 // of its key
	orders, returned, units int32
	place                   int32
	gross, net              int64
	first, last             int64
}

func (c *crowd) key(f *face) []byte { return c.keys[f.at : f.at+f.size] }

// hash mixes a key; keys are digests, so that nobody can choose them to meet.
func hash(key []byte) uint64 {
	h := uint64(len(key))
	for len(key) >= 8 {
		hi, lo := bits.Mul64(h^binary.LittleEndian.Uint64(key), 0x9e3779b97f4a7c15)
		h, key = hi^lo, key[8:]
	}
	for _, b := range key {
		h = (h ^ uint64(b)) * 0x9e3779b97f4a7c15
	}
	return h ^ h>>32
}

// face finds a customer or makes a new one.
func (c *crowd) face(key []byte) *face {
	if 2*len(c.faces) >= len(c.slots) {
		c.grow()
	}
	mask := uint64(len(c.slots) - 1)
	for i := hash(key) & mask; ; i = (i + 1) & mask {
		n := c.slots[i]
		if n == 0 {
			c.faces = append(c.faces, face{at: uint32(len(c.keys)), size: uint32(len(key))})
			c.keys = append(c.keys, key...)
			c.slots[i] = int32(len(c.faces))
			return &c.faces[len(c.faces)-1]
		}
		if f := &c.faces[n-1]; bytes.Equal(c.key(f), key) {
			return f
		}
	}
}

func (c *crowd) grow() {
	c.slots = make([]int32, max(1024, 4*len(c.faces)))
	if n := len(c.slots); n&(n-1) != 0 {
		c.slots = make([]int32, 1<<bits.Len(uint(n)))
	}
	mask := uint64(len(c.slots) - 1)
	for n := range c.faces {
		i := hash(c.key(&c.faces[n])) & mask
		for c.slots[i] != 0 {
			i = (i + 1) & mask
		}
		c.slots[i] = int32(n + 1)
	}
}

// add counts the visits of one document, of some channels or, with nil, all.
func (c *crowd) add(doc []byte, channels map[string]bool) error {
	r := &reader{b: doc}
	if r.count() != formVersion {
		return errDocument
	}
	texts := readWords(r, r.text)
	wanted := make([]bool, len(texts))
	for i, t := range texts {
		wanted[i] = channels == nil || channels[t]
	}
	var key, place []byte
	moment := int64(0)
	for range r.count() {
		if k := r.bytes(); len(k) > 0 {
			key = k
		}
		take := word(r, wanted)
		r.uvarint() // platform
		place = append(append(place[:0], word(r, texts)...), 0)
		place = append(place, r.bytes()...)
		orders, returned, units, gross := int32(r.uvarint()), int32(r.uvarint()), int32(r.uvarint()), r.signed()
		net := gross - r.signed()
		r.signed() // day
		moment += r.signed()
		last := moment + r.signed()
		if r.err != nil {
			return r.err
		}
		if take {
			f := c.face(key)
			f.gross, f.net = f.gross+gross, f.net+net
			f.returned, f.units = f.returned+returned, f.units+units
			c.see(f, moment, last, place)
			f.orders += orders
		}
	}
	return r.end()
}

// see notes when and where a customer ordered; f.orders is 0 for a new one.
func (c *crowd) see(f *face, first, last int64, place []byte) {
	if f.orders == 0 || first < f.first {
		f.first = first
	}
	if f.orders == 0 || last > f.last || last == f.last && bytes.Compare(place, []byte(c.places.list[f.place])) > 0 {
		f.last, f.place = last, int32(c.places.placeOf(place))
	}
}

func (c *crowd) customer(f *face) report.Customer {
	state, pin, _ := bytes.Cut([]byte(c.places.list[f.place]), []byte{0})
	return report.Customer{
		Key: string(c.key(f)), Orders: int(f.orders), Returned: int(f.returned), Units: int(f.units), Gross: f.gross, Net: f.net,
		First: time.UnixMilli(f.first).UTC(), Last: time.UnixMilli(f.last).UTC(), State: string(state), Pincode: string(pin),
	}
}

// answer is what a query wants to know of the crowd.
func (c *crowd) answer(q report.CustomerQuery) report.Customers {
	a := report.Customers{Total: len(c.faces)}
	places := make([]report.Place, len(c.places.list))
	for i := range c.faces {
		f := &c.faces[i]
		if f.orders > 1 {
			a.Repeat++
		}
		a.Orders, a.Gross, a.Net = a.Orders+int(f.orders), a.Gross+f.gross, a.Net+f.net
		p := &places[f.place]
		p.Customers, p.Orders, p.Net = p.Customers+1, p.Orders+int(f.orders), p.Net+f.net
	}
	for i, p := range places {
		if p.Customers > 0 {
			state, pin, _ := bytes.Cut([]byte(c.places.list[i]), []byte{0})
			p.State, p.Pincode = string(state), string(pin)
			a.Places = append(a.Places, p)
		}
	}
	report.SortPlaces(a.Places)
	a.Top = c.top(q)
	return a
}

// top finds the wanted part of the ranking without sorting all of it.
func (c *crowd) top(q report.CustomerQuery) []report.Customer {
	limit, offset := q.Window()
	best := &ranking{crowd: c, by: q.Sort}
	for i := range c.faces {
		switch {
		case len(best.list) < limit+offset:
			heap.Push(best, &c.faces[i])
		case best.better(&c.faces[i], best.list[0]):
			best.list[0] = &c.faces[i]
			heap.Fix(best, 0)
		}
	}
	list := make([]report.Customer, max(best.Len()-offset, 0))
	for i := best.Len() - 1; i >= 0; i-- {
		f := heap.Pop(best).(*face)
		if i >= offset {
			list[i-offset] = c.customer(f)
		}
	}
	return list
}

// ranking is a heap with the last of the best on top.
type ranking struct {
	crowd *crowd
	by    report.CustomerSort
	list  []*face
}

func (r *ranking) better(a, b *face) bool {
	n := 0
	switch r.by {
	case report.ByOrders:
		n = cmp.Compare(b.orders, a.orders)
	case report.ByLastSeen:
		n = cmp.Compare(b.last, a.last)
	default:
		n = cmp.Compare(b.net, a.net)
	}
	return cmp.Or(n, bytes.Compare(r.crowd.key(a), r.crowd.key(b))) < 0
}

func (r *ranking) Len() int           { return len(r.list) }
func (r *ranking) Less(i, j int) bool { return r.better(r.list[j], r.list[i]) }
func (r *ranking) Swap(i, j int)      { r.list[i], r.list[j] = r.list[j], r.list[i] }
func (r *ranking) Push(x any)         { r.list = append(r.list, x.(*face)) }

func (r *ranking) Pop() any {
	last := r.list[len(r.list)-1]
	r.list = r.list[:len(r.list)-1]
	return last
}
