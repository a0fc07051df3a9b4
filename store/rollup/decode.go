package rollup

import (
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// decodeFigures reads what encodeFigures wrote, with the numbers of a
// dictionary.
func decodeFigures(doc []byte, names *report.Dictionary) (*report.DayFigures, error) {
	r := &reader{b: doc}
	if r.count() != formVersion {
		return nil, errDocument
	}
	f := &report.DayFigures{Day: report.Day(r.signed())}
	f.Orders, f.Customers, f.Unknown = r.number(), r.number(), r.number()
	ch := readWords(r, func() uint32 { return names.Channel(r.channel()) })
	st := readWords(r, func() uint32 { return names.State(r.text()) })
	f.Cells = readList(r, func(c *report.Cell) {
		c.Channel, c.State, c.Status, c.Payment = word(r, ch), word(r, st), report.StatusNo(r.number()), report.PaymentNo(r.number())
		c.Orders, c.Units, c.Unpriced, c.RTO = r.number(), r.number(), r.number(), r.number()
		c.Gross, c.Discount, c.Shipping, c.Tax = r.signed(), r.signed(), r.signed(), r.signed()
	})
	f.Hours = readList(r, func(h *report.Hour) {
		h.Channel, h.Hour, h.Orders, h.Net = word(r, ch), uint8(r.number()), r.number(), r.signed()
	})
	f.Waits = readList(r, func(w *report.Wait) {
		w.Channel, w.Step, w.Bucket, w.Orders = word(r, ch), report.Step(r.number()), report.Bucket(r.number()), r.number()
	})
	return f, r.end()
}

// end is the error of a document that must be at its end.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.err = errDocument
	}
	return r.err
}

func (r *reader) channel() report.Channel {
	return report.Channel{ID: r.text(), Platform: order.Platform(r.text())}
}

// decodeSales reads what encodeSales wrote.
func decodeSales(doc []byte, names *report.Dictionary) ([]report.Sale, error) {
	r := &reader{b: doc}
	if r.count() != formVersion {
		return nil, errDocument
	}
	ch := readWords(r, func() uint32 { return names.Channel(r.channel()) })
	titles := readWords(r, r.text)
	sku := ""
	pr := readWords(r, func() uint32 {
		n := r.uvarint()
		if n > uint64(len(sku)) {
			r.err, r.b = errDocument, nil
			return 0
		}
		sku = sku[:n] + r.text()
		return names.Product(report.Product{SKU: sku, Title: word(r, titles)})
	})
	sales := readList(r, func(s *report.Sale) {
		s.Channel, s.Product = word(r, ch), word(r, pr)
		s.Orders, s.Units, s.Cancelled, s.Returned, s.Gross, s.Net = r.number(), r.number(), r.number(), r.number(), r.signed(), r.signed()
	})
	return sales, r.end()
}

// readWords reads the words at the head, by place.
func readWords[W any](r *reader, one func() W) []W {
	list := make([]W, 0, r.count())
	for range cap(list) {
		if r.err != nil {
			break
		}
		list = append(list, one())
	}
	return list
}

// word reads a place at the head and returns what stands there.
func word[W any](r *reader, list []W) (w W) {
	i := r.uvarint()
	if i >= uint64(len(list)) {
		r.err, r.b = errDocument, nil
		return w
	}
	return list[i]
}

func readList[T any](r *reader, one func(*T)) []T {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]T, n)
	for i := range list {
		one(&list[i])
		if r.err != nil {
			return nil
		}
	}
	return list
}
