package sqlite

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Documents are stored as numbered fields, each a number or a run of bytes, as
// protocol buffers do: zero fields cost nothing, unknown ones are skipped, so
// an older program reads what a newer one wrote. Numbers are never reused.

const (
	wireInt   = 0 // zigzag varint
	wireBytes = 1
)

// errDoc says that a stored document cannot be read.
var errDoc = errors.New("stored document is damaged")

type encoder struct{ b []byte }

func (e *encoder) key(field, kind int) { e.b = binary.AppendUvarint(e.b, uint64(field<<1|kind)) }

// must writes a number even when it is zero, for fields where zero differs
// from absent.
func (e *encoder) must(field int, v int64) {
	e.key(field, wireInt)
	e.b = binary.AppendVarint(e.b, v)
}

func (e *encoder) int(field int, v int64) {
	if v != 0 {
		e.must(field, v)
	}
}

func (e *encoder) bool(field int, v bool) {
	if v {
		e.must(field, 1)
	}
}

func (e *encoder) str(field int, s string) {
	if s != "" {
		e.text(field, s)
	}
}

// text writes a string even when it is empty.
func (e *encoder) text(field int, s string) {
	e.key(field, wireBytes)
	e.b = binary.AppendUvarint(e.b, uint64(len(s)))
	e.b = append(e.b, s...)
}

// time writes Unix milliseconds; a zero time is absent.
func (e *encoder) time(field int, t time.Time) {
	if !t.IsZero() {
		e.must(field, t.UnixMilli())
	}
}

// money writes rupees, the usual case, as a plain number.
func (e *encoder) money(field int, m order.Money) {
	switch m.Currency {
	case "":
	case "INR":
		e.must(field, m.Minor)
	default:
		e.msg(field, func(e *encoder) {
			e.int(1, m.Minor)
			e.str(2, m.Currency)
		})
	}
}

// msg writes nested fields. Their length goes before them, so they are moved
// up by the bytes it needs.
func (e *encoder) msg(field int, body func(*encoder)) {
	e.key(field, wireBytes)
	start := len(e.b)
	body(e)
	var size [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(size[:], uint64(len(e.b)-start))
	e.b = append(e.b, size[:n]...)
	copy(e.b[start+n:], e.b[start:len(e.b)-n])
	copy(e.b[start:], size[:n])
}

// decoder walks the fields of a document. Strings it returns are parts of the
// document's text and keep all of it alive.
type decoder struct {
	s     string
	field int
	num   int64
	data  string
	err   error
}

// next moves to the next field; it returns false at the end or on damage, see
// err.
func (d *decoder) next() bool {
	if d.s == "" || d.err != nil {
		return false
	}
	key := d.uvarint()
	d.field, d.num, d.data = int(key>>1), 0, ""
	if key&1 == wireInt {
		u := d.uvarint()
		d.num = int64(u>>1) ^ -int64(u&1)
		return d.err == nil
	}
	n := d.uvarint()
	if d.err != nil || n > uint64(len(d.s)) {
		d.err = errDoc
		return false
	}
	d.data, d.s = d.s[:n], d.s[n:]
	return true
}

func (d *decoder) uvarint() uint64 {
	var v uint64
	for i := 0; i < len(d.s) && i < binary.MaxVarintLen64; i++ {
		c := d.s[i]
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.s = d.s[i+1:]
			return v
		}
	}
	d.err = errDoc
	return 0
}

func (d *decoder) time() time.Time { return time.UnixMilli(d.num).UTC() }

func (d *decoder) money() order.Money {
	if d.data == "" {
		return order.INR(d.num)
	}
	var m order.Money
	d.msg(func(d *decoder) {
		switch d.field {
		case 1:
			m.Minor = d.num
		case 2:
			m.Currency = d.data
		}
	})
	return m
}

// msg calls field for each field of a nested message.
func (d *decoder) msg(field func(*decoder)) {
	in := decoder{s: d.data}
	for in.next() {
		field(&in)
	}
	if in.err != nil {
		d.err = in.err
	}
}
