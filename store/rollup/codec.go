package rollup

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/palmonas/palmonas-crm/report"
)

// Documents are numbers of variable length, one after the other; a text is its
// length and its bytes. The first number is the version of the form. Words
// stand once at the head, sorted, so that equal figures are equal bytes
// whatever numbers a Dictionary gave out.
const formVersion = 2

// errDocument says that a kept document cannot be read. Figures can be rebuilt.
var errDocument = errors.New("kept figures are damaged, run palmonas stats rebuild")

type writer struct{ b []byte }

func (w *writer) count(n int)     { w.b = binary.AppendUvarint(w.b, uint64(n)) }
func (w *writer) number(n uint32) { w.b = binary.AppendUvarint(w.b, uint64(n)) }
func (w *writer) signed(n int64)  { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) text(s string)   { w.count(len(s)); w.b = append(w.b, s...) }
func (w *writer) numbers(n ...uint32) {
	for _, v := range n {
		w.number(v)
	}
}

type reader struct {
	b   []byte
	err error
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.err, r.b = errDocument, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) number() uint32 {
	v := r.uvarint()
	if v > 1<<32-1 {
		r.err, r.b = errDocument, nil
	}
	return uint32(v)
}

func (r *reader) signed() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.err, r.b = errDocument, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads the length of a list whose entries take a byte each at least.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.err, r.b = errDocument, nil
		return 0
	}
	return int(n)
}

func (r *reader) text() string { return string(r.bytes()) }

// bytes reads a text without a copy.
func (r *reader) bytes() []byte {
	n := r.count()
	s := r.b[:n]
	r.b = r.b[n:]
	return s
}

// places numbers the words of one document: number of a dictionary to place at
// the head, in the sort of the words.
type places map[uint32]uint32

func placesOf[W any](used map[uint32]bool, words []W, compare func(a, b W) int, write func(W), w *writer) places {
	list := make([]uint32, 0, len(used))
	for n := range used {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b uint32) int { return compare(words[a], words[b]) })
	w.count(len(list))
	p := places{}
	for i, n := range list {
		p[n] = uint32(i)
		write(words[n])
	}
	return p
}

func compareChannels(a, b report.Channel) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Platform, b.Platform))
}

func compareProducts(a, b report.Product) int {
	return cmp.Or(cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.Title, b.Title))
}

// encodeFigures writes a day's figures but its sales.
func encodeFigures(f *report.DayFigures, names report.Names) []byte {
	channels, states := map[uint32]bool{}, map[uint32]bool{}
	for _, c := range f.Cells {
		channels[c.Channel], states[c.State] = true, true
	}
	w := &writer{b: make([]byte, 0, 512+28*len(f.Cells)+6*len(f.Waits)+8*len(f.Hours))}
	w.count(formVersion)
	w.signed(int64(f.Day))
	w.numbers(f.Orders, f.Customers, f.Unknown)
	ch := placesOf(channels, names.Channels, compareChannels, w.channel, w)
	st := placesOf(states, names.States, cmp.Compare[string], w.text, w)
	writeCells(w, f.Cells, ch, st)
	writeHours(w, f.Hours, ch)
	writeWaits(w, f.Waits, ch)
	return w.b
}

func (w *writer) channel(c report.Channel) {
	w.text(c.ID)
	w.text(string(c.Platform))
}

// encodeSales writes a day's sales. Titles recur under many SKUs, and SKUs
// begin alike, so a product is its title's place and what its SKU has other
// than the one before.
func encodeSales(sales []report.Sale, names report.Names) []byte {
	channels, products := map[uint32]bool{}, map[uint32]bool{}
	var titles []string
	for _, s := range sales {
		channels[s.Channel], products[s.Product] = true, true
		titles = append(titles, names.Products[s.Product].Title)
	}
	slices.Sort(titles)
	titles = slices.Compact(titles)
	w := &writer{b: make([]byte, 0, 512+16*len(titles)+20*len(sales))}
	w.count(formVersion)
	ch := placesOf(channels, names.Channels, compareChannels, w.channel, w)
	w.count(len(titles))
	for _, t := range titles {
		w.text(t)
	}
	last := ""
	pr := placesOf(products, names.Products, compareProducts, func(p report.Product) {
		n := 0
		for n < min(len(last), len(p.SKU)) && last[n] == p.SKU[n] {
			n++
		}
		w.count(n)
		w.text(p.SKU[n:])
		title, _ := slices.BinarySearch(titles, p.Title)
		w.count(title)
		last = p.SKU
	}, w)
	writeSales(w, sales, ch, pr)
	return w.b
}

// renumbered is a copy of a list with the places of its words, sorted by them.
func renumbered[T any](list []T, change func(*T), compare func(a, b T) int) []T {
	list = slices.Clone(list)
	for i := range list {
		change(&list[i])
	}
	slices.SortFunc(list, compare)
	return list
}

func writeCells(w *writer, cells []report.Cell, ch, st places) {
	w.count(len(cells))
	for _, c := range renumbered(cells, func(c *report.Cell) { c.Channel, c.State = ch[c.Channel], st[c.State] }, func(a, b report.Cell) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.State, b.State), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Payment, b.Payment))
	}) {
		w.numbers(c.Channel, c.State, uint32(c.Status), uint32(c.Payment), c.Orders, c.Units, c.Unpriced, c.RTO)
		w.signed(c.Gross)
		w.signed(c.Discount)
		w.signed(c.Shipping)
		w.signed(c.Tax)
	}
}

func writeHours(w *writer, hours []report.Hour, ch places) {
	w.count(len(hours))
	for _, h := range renumbered(hours, func(h *report.Hour) { h.Channel = ch[h.Channel] }, func(a, b report.Hour) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Hour, b.Hour))
	}) {
		w.numbers(h.Channel, uint32(h.Hour), h.Orders)
		w.signed(h.Net)
	}
}

func writeSales(w *writer, sales []report.Sale, ch, pr places) {
	w.count(len(sales))
	for _, s := range renumbered(sales, func(s *report.Sale) { s.Channel, s.Product = ch[s.Channel], pr[s.Product] }, func(a, b report.Sale) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Product, b.Product))
	}) {
		w.numbers(s.Channel, s.Product, s.Orders, s.Units, s.Cancelled, s.Returned)
		w.signed(s.Gross)
		w.signed(s.Net)
	}
}

func writeWaits(w *writer, waits []report.Wait, ch places) {
	w.count(len(waits))
	for _, x := range renumbered(waits, func(x *report.Wait) { x.Channel = ch[x.Channel] }, func(a, b report.Wait) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Bucket, b.Bucket))
	}) {
		w.numbers(x.Channel, uint32(x.Step), uint32(x.Bucket), x.Orders)
	}
}
