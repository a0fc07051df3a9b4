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
// visit: a million visits are a range that somebody may ask for. Memory far
// apart is what takes time, so a customer is one short record.
type crowd struct {
	pages  [][]face // each of pageSize, so that none is ever moved
	size   int
	slots  []int32 // open addressing: places in pages, from 1
	places words   // state, NUL, pincode
}

const pageSize = 1 << 13

func (c *crowd) at(n int) *face { return &c.pages[n/pageSize][n%pageSize] }

// faceKey is a customer's key, filled up with zeros; it fits into 24 bytes.
type faceKey [3]uint64

// face is one customer so far. Times are Unix milliseconds.
type face struct {
	key                     faceKey
	gross, net              int64
	first, last             int64
	orders, returned, units int32
	place                   int32
}

func keyOf(text []byte) (k faceKey, ok bool) {
	var b [24]byte
	if copy(b[:], text) < len(text) {
		return k, false
	}
	for i := range k {
		k[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return k, true
}

func (k faceKey) String() string {
	var b [24]byte
	for i, v := range k {
		binary.BigEndian.PutUint64(b[8*i:], v)
	}
	return string(bytes.TrimRight(b[:], "\x00"))
}

// compare orders keys as their texts.
func (k faceKey) compare(o faceKey) int {
	return cmp.Or(cmp.Compare(k[0], o[0]), cmp.Compare(k[1], o[1]), cmp.Compare(k[2], o[2]))
}

// slot is where to look for a key first; keys are digests, so that nobody can
// choose them to meet.
func (k faceKey) slot(mask uint64) uint64 {
	hi, lo := bits.Mul64(k[0]^bits.RotateLeft64(k[1], 21)^bits.RotateLeft64(k[2], 42), 0x9e3779b97f4a7c15)
	return (hi ^ lo) & mask
}

// face finds a customer or makes a new one.
func (c *crowd) face(key faceKey) *face {
	if 2*c.size >= len(c.slots) {
		c.grow()
	}
	mask := uint64(len(c.slots) - 1)
	for i := key.slot(mask); ; i = (i + 1) & mask {
		n := c.slots[i]
		if n == 0 {
			if c.size%pageSize == 0 {
				c.pages = append(c.pages, make([]face, pageSize))
			}
			f := c.at(c.size)
			f.key = key
			c.size++
			c.slots[i] = int32(c.size)
			return f
		}
		if f := c.at(int(n) - 1); f.key == key {
			return f
		}
	}
}

// grow keeps at least half of the slots free; their number is a power of two.
func (c *crowd) grow() {
	c.slots = make([]int32, max(1024, 4*len(c.slots)))
	mask := uint64(len(c.slots) - 1)
	for n := range c.size {
		i := c.at(n).key.slot(mask)
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
	var key faceKey
	var place []byte
	moment := int64(0)
	for range r.count() {
		if k := r.bytes(); len(k) > 0 {
			var ok bool
			if key, ok = keyOf(k); !ok {
				return errDocument
			}
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
		Key: f.key.String(), Orders: int(f.orders), Returned: int(f.returned), Units: int(f.units), Gross: f.gross, Net: f.net,
		First: time.UnixMilli(f.first).UTC(), Last: time.UnixMilli(f.last).UTC(), State: string(state), Pincode: string(pin),
	}
}

// answer is what a query wants to know of the crowd.
func (c *crowd) answer(q report.CustomerQuery) report.Customers {
	a := report.Customers{Total: c.size}
	places := make([]report.Place, len(c.places.list))
	for i := range c.size {
		f := c.at(i)
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
	best := &ranking{by: q.Sort}
	for i := range c.size {
		f := c.at(i)
		switch {
		case len(best.list) < limit+offset:
			heap.Push(best, f)
		case best.better(f, best.list[0]):
			best.list[0] = f
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
	by   report.CustomerSort
	list []*face
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
	return cmp.Or(n, a.key.compare(b.key)) < 0
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
