package orderfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// group is the rows of one order so far. Once a row is at fault the whole
// order is: importing the rest would store a total that is too small and items
// that look complete.
type group struct {
	id    string
	lines []line
	bad   []Reject
}

// add reads a row into the group.
func (g *group) add(r *reader, rec record) {
	ln, err := r.read(rec)
	switch {
	case err != nil:
		g.bad = append(g.bad, Reject{Line: rec.line, Cells: rec.cells, Reason: err.Error()})
	case len(g.lines)+len(g.bad) > order.MaxItems:
		g.bad = append(g.bad, Reject{Line: rec.line, Cells: rec.cells, Reason: fmt.Sprintf("the order has more than %d rows", order.MaxItems)})
	default:
		g.lines = append(g.lines, ln)
	}
}

// close makes the report of the order, or says why each of its rows is
// rejected.
func (g *group) close(r *reader, o Options) (order.Report, []Reject) {
	reason := ""
	if len(g.bad) == 0 {
		report, err := g.report(r, o)
		if err == nil {
			return report, nil
		}
		reason = strings.TrimPrefix(err.Error(), order.ErrBadReport.Error()+": ")
	} else {
		reason = fmt.Sprintf("line %d of the same order was rejected", g.bad[0].Line)
	}
	rejects := g.bad
	for _, ln := range g.lines {
		rejects = append(rejects, Reject{Line: ln.rec.line, Cells: ln.rec.cells, Reason: reason})
	}
	slices.SortFunc(rejects, func(a, b Reject) int { return a.Line - b.Line })
	return order.Report{}, rejects
}

func (g *group) report(r *reader, o Options) (order.Report, error) {
	rep := order.Report{Ref: order.Ref{Channel: o.Channel, PlatformOrderID: g.id}, Platform: o.Platform, Source: order.FromImport}
	f := &rep.Facts
	for _, ln := range g.lines {
		g.head(&rep, ln)
		if ln.hasItem {
			f.Items = append(f.Items, ln.item)
		}
		if ln.updated.After(rep.At) {
			rep.At = ln.updated
		}
	}
	if f.OrderNumber == "" {
		f.OrderNumber = rep.Ref.PlatformOrderID
	}
	// A file without times of change is as new as its import, but for reports
	// that know the time of a change, which is after the order's.
	if rep.At.IsZero() {
		rep.At, rep.Version = f.OrderedAt, o.ImportedAt.UnixMilli()
	}
	if err := g.amounts(f); err != nil {
		return rep, err
	}
	g.status(r, &rep)
	if f.OrderedAt.IsZero() {
		return rep, errors.New("there is no order date")
	}
	return rep, rep.Validate()
}

// head takes what a row says of the whole order where no earlier row did: some
// exports fill these columns in the first row only.
func (g *group) head(rep *order.Report, ln line) {
	f, l := &rep.Facts, ln.facts
	if ln.platformID != "" && rep.Ref.PlatformOrderID == g.id {
		rep.Ref.PlatformOrderID = ln.platformID
	}
	fill(&f.OrderNumber, l.OrderNumber)
	fill(&f.OrderedAt, l.OrderedAt)
	fill(&f.Payment, l.Payment)
	fill(&f.ShipBy, l.ShipBy)
	fill(&f.Shipment.Carrier, l.Shipment.Carrier)
	fill(&f.Shipment.AWB, l.Shipment.AWB)
	fill(&f.Subtotal, l.Subtotal)
	fill(&f.Discount, l.Discount)
	fill(&f.Shipping, l.Shipping)
	fill(&f.Tax, l.Tax)
	fill(&f.Total, l.Total)
	c, lc := &f.Customer, l.Customer
	fill(&c.ID, lc.ID)
	fill(&c.Name, lc.Name)
	fill(&c.Email, lc.Email)
	fill(&c.Phone, lc.Phone)
	fill(&c.Address, lc.Address) // as a whole: a street must not meet another city
}

func fill[T comparable](to *T, from T) {
	var zero T
	if *to == zero {
		*to = from
	}
}

// amounts sums the lines into what the file does not say of the whole order.
// A line without an amount counts as nothing; an order without any has none.
func (g *group) amounts(f *order.Facts) error {
	var items, shipping, off, tax, before order.Money
	var faults error
	add := func(to *order.Money, values ...order.Money) {
		for _, m := range values {
			sum, err := to.Add(m)
			faults = errors.Join(faults, err)
			*to = sum
		}
	}
	for _, ln := range g.lines {
		add(&items, ln.item.Total)
		add(&before, ln.item.Total, ln.item.Discount)
		add(&off, ln.item.Discount, ln.shipOff)
		add(&shipping, ln.shipping, ln.wrap)
		add(&tax, ln.item.Tax)
	}
	if !f.Total.Known() && items.Known() {
		total := items
		add(&total, shipping, f.Shipping)
		for _, ln := range g.lines {
			add(&total, negative(ln.shipOff))
		}
		add(&total, negative(f.Discount))
		f.Total = total
	}
	if f.Total.Known() && f.Total.Minor < 0 {
		faults = errors.Join(faults, fmt.Errorf("the total %s is negative; refunds and credit notes are no orders", f.Total.Decimal()))
	}
	fill(&f.Subtotal, before)
	fill(&f.Discount, off)
	fill(&f.Shipping, shipping)
	fill(&f.Tax, tax)
	return faults
}

func negative(m order.Money) order.Money {
	m.Minor = -m.Minor
	return m
}

// status rolls the rows' words up. One word that is not known makes the whole
// unknown: the word is kept and the order's status left as it was.
func (g *group) status(r *reader, rep *order.Report) {
	f := &rep.Facts
	var words []string
	for _, ln := range g.lines {
		if w := ln.statusWord(r); w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	f.PlatformStatus = strings.Join(words, ", ")
	var statuses []order.Status
	var subs []string
	for _, w := range words {
		status, sub, flags, ok := r.layout.status(w)
		if r.layout.format == Shopify {
			status, flags, ok = shopifyStatus(g.lines[0].word, g.lines[0].fulfilment, g.lines[0].cancelled, f.Payment)
		}
		if !ok {
			return
		}
		statuses, subs = append(statuses, status), append(subs, sub)
		f.Flags = append(f.Flags, flags...)
	}
	status, flags := rollUp(statuses)
	rep.Status, f.Flags = status, append(f.Flags, flags...)
	if len(slices.Compact(subs)) == 1 {
		f.SubStatus = subs[0]
	}
}

// statusWord is the platform's own word in a row.
func (ln line) statusWord(r *reader) string {
	switch {
	case r.layout.format == Shopify && ln.word != "":
		w := ln.word
		if ln.fulfilment != "" {
			w += ", " + ln.fulfilment
		}
		if ln.cancelled != "" {
			w += ", cancelled"
		}
		return w
	case r.layout.format == AmazonOrders && ln.toShip == "0":
		return "Shipped"
	case r.layout.format == AmazonOrders && ln.toShip != "":
		return "Unshipped"
	}
	return ln.word
}
