package report

import (
	"cmp"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// Overview is what pages and answers share: the period, its totals and those
// of the period before.
type Overview struct {
	Span     Span    `json:"period"`
	Totals   Totals  `json:"totals"`
	Previous *Totals `json:"previous,omitempty"`
	// PreviousFrom is the first day with orders in the period before where that
	// came late in it: a comparison then says little.
	PreviousFrom *Day `json:"previousOrdersFrom,omitempty"`
	// Pending is how many days may lag behind the orders for a moment, because
	// very many changed at once.
	Pending int `json:"pendingDays,omitempty"`
}

func (f Filter) overview(fig Figures) Overview {
	o := Overview{Span: f.Span(), Totals: f.sum(fig, f.Range).Totals(), Pending: fig.Pending}
	if r, ok := f.Previous(); ok {
		t := f.sum(fig, r).Totals()
		o.Previous = &t
		if first, ok := f.firstDay(fig, r); ok && int(first-r.From) > r.Days()/4 {
			o.PreviousFrom = &first
		}
	}
	return o
}

// firstDay is the first day of a range on which the filter counts an order.
func (f Filter) firstDay(fig Figures, r Range) (first Day, ok bool) {
	s := f.scope(fig.Names)
	for _, d := range fig.in(r) {
		for _, c := range d.Cells {
			if s.has(c) {
				return d.Day, true
			}
		}
	}
	return 0, false
}

// Needs is the range of days that the answers of a filter read.
func (f Filter) Needs() Range {
	r := f.Range
	if p, ok := f.Previous(); ok {
		r = Range{min(r.From, p.From), max(r.To, p.To)}
	}
	return r
}

// Revenue is the answer of /analytics/revenue.
type Revenue struct {
	Overview
	Timeline []Moment     `json:"timeline"`
	States   []StateRow   `json:"states"`
	Payments []PaymentRow `json:"payments"`
}

// StateRow is what one state of India ordered; Name is empty where the platform
// did not say.
type StateRow struct {
	Name string `json:"state"`
	Totals
	Before *Totals `json:"previous,omitempty"`
}

// PaymentRow is what was paid in one way; Method is empty where the platform
// did not say.
type PaymentRow struct {
	Method order.PaymentMethod `json:"paymentMethod"`
	Totals
}

// Revenue sums the period. fig must hold the days of Needs.
func (f Filter) Revenue(fig Figures) Revenue {
	return Revenue{Overview: f.overview(fig), Timeline: f.timeline(fig), States: f.states(fig), Payments: f.payments(fig)}
}

// states ranks the states by net revenue.
func (f Filter) states(fig Figures) []StateRow {
	now := make([]Sums, len(fig.Names.States))
	f.each(fig, f.Range, func(_ Day, c Cell) { now[c.State].Add(c) })
	var before []Sums
	if r, ok := f.Previous(); ok {
		before = make([]Sums, len(fig.Names.States))
		f.each(fig, r, func(_ Day, c Cell) { before[c.State].Add(c) })
	}
	rows := []StateRow{}
	for i, s := range now {
		if s.Orders == 0 {
			continue
		}
		row := StateRow{Name: fig.Names.States[i], Totals: s.Totals()}
		if before != nil {
			t := before[i].Totals()
			row.Before = &t
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b StateRow) int {
		return cmp.Or(cmp.Compare(b.Net.Minor, a.Net.Minor), cmp.Compare(b.Orders, a.Orders), cmp.Compare(a.Name, b.Name))
	})
	return rows
}

func (f Filter) payments(fig Figures) []PaymentRow {
	var by [3]Sums
	f.each(fig, f.Range, func(_ Day, c Cell) { by[c.Payment].Add(c) })
	rows := []PaymentRow{}
	for i, s := range by {
		if s.Orders > 0 {
			rows = append(rows, PaymentRow{Method: PaymentNo(i).Method(), Totals: s.Totals()})
		}
	}
	slices.SortStableFunc(rows, func(a, b PaymentRow) int { return cmp.Compare(b.Net.Minor, a.Net.Minor) })
	return rows
}

// StatusRow is how many orders stand in one status.
type StatusRow struct {
	Status order.Status `json:"status"`
	Orders int          `json:"orders"`
	Units  int          `json:"units"`
	Gross  order.Money  `json:"gross"`
	Share  float64      `json:"share"` // percent of the period's orders
}

// statuses counts by status, in the order of an order's life.
func (f Filter) statuses(fig Figures) []StatusRow {
	by := make([]Sums, len(fates))
	all := 0
	f.each(fig, f.Range, func(_ Day, c Cell) {
		by[min(int(c.Status), len(by)-1)].Add(c)
		all += int(c.Orders)
	})
	rows := []StatusRow{}
	for i, s := range order.Statuses() {
		if n := by[i]; n.Orders > 0 {
			rows = append(rows, StatusRow{Status: s, Orders: n.Orders, Units: n.Units, Gross: order.INR(n.Gross), Share: rate(n.Orders, all)})
		}
	}
	return rows
}
