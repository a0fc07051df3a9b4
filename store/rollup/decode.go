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
	ch := readWords(r, func() uint32 {
		return names.Channel(report.Channel{ID: r.text(), Platform: order.Platform(r.text())})
	})
	st := readWords(r, func() uint32 { return names.State(r.text()) })
	pr := readWords(r, func() uint32 { return names.Product(report.Product{SKU: r.text(), Title: r.text()}) })
	f.Cells = readList(r, func(c *report.Cell) {
		c.Channel, c.State, c.Status, c.Payment = r.word(ch), r.word(st), report.StatusNo(r.number()), report.PaymentNo(r.number())
		c.Orders, c.Units, c.Unpriced, c.RTO = r.number(), r.number(), r.number(), r.number()
		c.Gross, c.Discount, c.Shipping, c.Tax = r.signed(), r.signed(), r.signed(), r.signed()
	})
	f.Hours = readList(r, func(h *report.Hour) {
		h.Channel, h.Hour, h.Orders, h.Net = r.word(ch), uint8(r.number()), r.number(), r.signed()
	})
	f.Sales = readList(r, func(s *report.Sale) {
		s.Channel, s.Product = r.word(ch), r.word(pr)
		s.Orders, s.Units, s.Cancelled, s.Returned, s.Gross, s.Net = r.number(), r.number(), r.number(), r.number(), r.signed(), r.signed()
	})
	f.Waits = readList(r, func(w *report.Wait) {
		w.Channel, w.Step, w.Bucket, w.Orders = r.word(ch), report.Step(r.number()), report.Bucket(r.number()), r.number()
	})
	if r.err == nil && len(r.b) > 0 {
		r.err = errDocument
	}
	return f, r.err
}

// readWords reads the words at the head and returns their numbers by place.
func readWords(r *reader, one func() uint32) []uint32 {
	list := make([]uint32, 0, r.count())
	for range cap(list) {
		if r.err != nil {
			break
		}
		list = append(list, one())
	}
	return list
}

// word reads a place at the head and returns the number that stands there.
func (r *reader) word(list []uint32) uint32 {
	i := r.uvarint()
	if i >= uint64(len(list)) {
		r.err, r.b = errDocument, nil
		return 0
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
