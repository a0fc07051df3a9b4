package sqlite

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

func sample() order.Order {
	o, _ := order.Absorb(nil, ordertest.Report("website", "1", ordertest.Noon()), ordertest.Noon())
	o.ID = 7
	o.AddNote("hello", "u-1", ordertest.Noon())
	return o
}

// TestUnknownFields: an older program reads what a newer one wrote.
func TestUnknownFields(t *testing.T) {
	t.Parallel()
	want := sample()
	e := encoder{b: encodeOrder(want)}
	e.must(900, 5)
	e.text(901, "from the future")
	e.msg(902, func(e *encoder) { e.str(1, "nested") })
	got, err := decodeOrder(want.ID, e.b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDamagedDocuments(t *testing.T) {
	t.Parallel()
	doc := encodeOrder(sample())
	head := encodeRow(sample().Row())
	for n := range doc {
		if _, err := decodeOrder(1, doc[:n]); err != nil && !errors.Is(err, errDoc) {
			t.Errorf("first %d bytes: %v", n, err)
		}
	}
	for _, b := range [][]byte{nil, {0}, {9, 1, 2}, {docVersion, 0x80}, {docVersion, 3, 200}, slices.Concat(doc, []byte{3, 0xff, 0xff, 0x7f})} {
		if _, err := decodeOrder(1, b); !errors.Is(err, errDoc) {
			t.Errorf("%v: %v, want %v", b, err, errDoc)
		}
	}
	if _, err := decodeRow(1, head[:len(head)-1]); !errors.Is(err, errDoc) {
		t.Errorf("cut row: %v", err)
	}
}

// FuzzDecode: no document makes the decoder panic, and what it understands is
// written and read again as the same.
func FuzzDecode(f *testing.F) {
	f.Add(encodeOrder(sample()))
	f.Add(encodeOrder(order.Order{}))
	f.Add([]byte{docVersion, 0x80, 0x80})
	f.Fuzz(func(t *testing.T, doc []byte) {
		_, _ = decodeRow(1, doc)
		o, err := decodeOrder(1, doc)
		if err != nil {
			return
		}
		again, err := decodeOrder(1, encodeOrder(o))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o, again); diff != "" {
			t.Errorf("(-first +second)\n%s", diff)
		}
	})
}

func FuzzCursor(f *testing.F) {
	o := ordering{"total", true}
	f.Add(position{1, 2}.cursor(o))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parseCursor(text, o); err == nil && p.cursor(o) != text {
			t.Errorf("%q was accepted as %+v", text, p)
		}
	})
}

func BenchmarkCodec(b *testing.B) {
	o := sample()
	doc := encodeOrder(o)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			encodeOrder(o)
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := decodeOrder(o.ID, doc); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tokens", func(b *testing.B) {
		for b.Loop() {
			tokens(o)
		}
	})
	b.ReportMetric(float64(len(doc)), "bytes")
}
