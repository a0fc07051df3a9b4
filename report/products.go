package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// Products is the answer of /analytics/products.
type Products struct {
	Overview
	// Products are the best sellers by net revenue of their lines; More counts
	// those left out.
	Products   []ProductRow  `json:"products"`
	More       int           `json:"more"`
	Categories []CategoryRow `json:"categories"`
	// Unfiltered says that the filter asks for a payment method or a state, by
	// which products are not kept, and for more orders than are counted on the
	// spot: nothing is ranked then.
	Unfiltered bool `json:"productsLeftOut,omitempty"`
}

// Sold is what was sold of something. Amounts are of lines, without shipping.
type Sold struct {
	Units      int         `json:"units"`
	Cancelled  int         `json:"cancelledUnits"`
	Returned   int         `json:"returnedUnits"`
	Gross      order.Money `json:"gross"`
	Net        order.Money `json:"net"`
	ReturnRate float64     `json:"returnRate"` // percent of the units that were not cancelled
}

// ProductRow is one SKU; Title is the one it sold most under. Lines without a
// SKU are told apart by their title.
type ProductRow struct {
	SKU      string `json:"sku"`
	Title    string `json:"title"`
	Category string `json:"category"`
	Orders   int    `json:"orders"`
	Sold
	// BeforeNet is of the period compared with; nil without one.
	BeforeNet *order.Money `json:"previousNet,omitempty"`
}

// CategoryRow is all products of one category. How many orders that were cannot
// be told from figures: one order may hold several of them.
type CategoryRow struct {
	Category string `json:"category"`
	Products int    `json:"products"`
	Sold
	BeforeNet *order.Money `json:"previousNet,omitempty"`
}

// MostProducts is how many products a page ranks; files have all of them.
const MostProducts = 100

// tally adds up sales.
type tally struct {
	product             Product
	orders, units       int
	cancelled, returned int
	gross, net          int64
	before              int64
	best                int // units under the shown title
}

func (t *tally) add(s Sale) {
	t.orders += int(s.Orders)
	t.units += int(s.Units)
	t.cancelled += int(s.Cancelled)
	t.returned += int(s.Returned)
	t.gross += s.Gross
	t.net += s.Net
}

func (t *tally) merge(o tally) {
	t.orders += o.orders
	t.units += o.units
	t.cancelled += o.cancelled
	t.returned += o.returned
	t.gross += o.gross
	t.net += o.net
	t.before += o.before
}

func (t tally) sold() Sold {
	return Sold{Units: t.units, Cancelled: t.cancelled, Returned: t.returned,
		Gross: order.INR(t.gross), Net: order.INR(t.net), ReturnRate: rate(t.returned, t.units-t.cancelled)}
}

// BestSellers is the answer for a filter, with every product. fig must hold the days of Needs.
func (f Filter) BestSellers(fig Figures) Products {
	a := Products{Overview: f.overview(fig), Products: []ProductRow{}, Categories: []CategoryRow{}}
	fig, ok := f.parts(fig)
	if !ok {
		a.Unfiltered = true
		return a
	}
	_, compared := f.Previous()
	rows, groups := f.sales(fig), map[string]*CategoryRow{}
	sums := map[string]*tally{}
	for _, t := range rows {
		category := Category(t.product.Title)
		g, s := groups[category], sums[category]
		if g == nil {
			g, s = &CategoryRow{Category: category}, &tally{}
			groups[category], sums[category] = g, s
		}
		s.merge(*t)
		if t.orders > 0 {
			g.Products++
			a.Products = append(a.Products, ProductRow{SKU: t.product.SKU, Title: t.product.Title, Category: category, Orders: t.orders, Sold: t.sold(), BeforeNet: before(t.before, compared)})
		}
	}
	for name, g := range groups {
		if sums[name].orders > 0 {
			g.Sold, g.BeforeNet = sums[name].sold(), before(sums[name].before, compared)
			a.Categories = append(a.Categories, *g)
		}
	}
	slices.SortFunc(a.Products, func(x, y ProductRow) int {
		return cmp.Or(cmp.Compare(y.Net.Minor, x.Net.Minor), cmp.Compare(y.Units, x.Units), cmp.Compare(x.SKU, y.SKU), cmp.Compare(x.Title, y.Title))
	})
	slices.SortFunc(a.Categories, func(x, y CategoryRow) int {
		return cmp.Or(cmp.Compare(y.Net.Minor, x.Net.Minor), cmp.Compare(x.Category, y.Category))
	})
	return a
}

// Best is the answer with no more than MostProducts products.
func (a Products) Best() Products {
	if over := len(a.Products) - MostProducts; over > 0 {
		a.Products, a.More = a.Products[:MostProducts], over
	}
	return a
}

func before(paise int64, compared bool) *order.Money {
	if !compared {
		return nil
	}
	m := order.INR(paise)
	return &m
}

// sales sums by SKU, or by title where there is none, in both periods.
func (f Filter) sales(fig Figures) map[string]*tally {
	each := f.soldByNumber(fig)
	rows := map[string]*tally{}
	for i, x := range each {
		if x.orders == 0 && x.units == 0 && x.before == 0 {
			continue
		}
		p := fig.Names.Products[i]
		key := "sku\x00" + strings.ToLower(strings.TrimSpace(p.SKU)) // as the query language compares them
		if p.SKU == "" {
			key = "title\x00" + p.Title
		}
		t := rows[key]
		if t == nil {
			t = &tally{product: p}
			rows[key] = t
		}
		if x.units > t.best && p.Title != "" {
			t.product.Title, t.best = p.Title, x.units
		}
		t.merge(x)
	}
	return rows
}

// soldByNumber sums the sales of each product number.
func (f Filter) soldByNumber(fig Figures) []tally {
	each := make([]tally, len(fig.Names.Products))
	in := f.channels(fig.Names)
	for _, d := range fig.in(f.Range) {
		for _, s := range d.Sales {
			if in[s.Channel] {
				each[s.Product].add(s)
			}
		}
	}
	if r, ok := f.Previous(); ok {
		for _, d := range fig.in(r) {
			for _, s := range d.Sales {
				if in[s.Channel] {
					each[s.Product].before += s.Net
				}
			}
		}
	}
	return each
}
