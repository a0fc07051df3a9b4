package amazon

import (
	"github.com/palmonas/palmonas-crm/order"
)

// breakdown sums an amount's parts by what they are for.
type breakdown struct {
	goods, charges, tax, discount order.Money
	given                         bool
	unclear                       bool // holds OTHER, whose sign Amazon leaves open
}

func readBreakdown(parts []wireBreakdown) (breakdown, error) {
	b := breakdown{given: len(parts) > 0}
	for _, part := range parts {
		m, err := part.Subtotal.money()
		if err != nil {
			return breakdown{}, err
		}
		var into *order.Money
		switch fold(part.Type) {
		case "ITEM":
			into = &b.goods
		case "TAX":
			into = &b.tax
		case "DISCOUNT":
			// Amazon does not say whether a discount is negative.
			into, m.Minor = &b.discount, max(m.Minor, -m.Minor)
		case "SHIPPING", "GIFTWRAP", "CODFEE", "DELIVERYTIP":
			// The desk has one place for what is charged beside the goods.
			into = &b.charges
		default:
			b.unclear = true
			continue
		}
		if *into, err = into.Add(m); err != nil {
			return breakdown{}, err
		}
	}
	return b, nil
}

func (b breakdown) add(o breakdown) (breakdown, error) {
	sum := breakdown{given: b.given || o.given, unclear: b.unclear || o.unclear}
	for _, x := range []struct {
		to   *order.Money
		l, r order.Money
	}{
		{&sum.goods, b.goods, o.goods}, {&sum.charges, b.charges, o.charges},
		{&sum.tax, b.tax, o.tax}, {&sum.discount, b.discount, o.discount},
	} {
		var err error
		if *x.to, err = x.l.Add(x.r); err != nil {
			return breakdown{}, err
		}
	}
	return sum, nil
}

// explains reports whether the parts make up the total to within a rupee. Tax
// may be within the prices, as Indian prices have it, or on top.
func (b breakdown) explains(total order.Money) bool {
	off := total.Minor - (b.goods.Minor + b.charges.Minor - b.discount.Minor)
	near := func(d int64) bool { return -100 <= d && d <= 100 }
	return near(off) || near(off-b.tax.Minor)
}

// amounts fills the items and the order's amounts. Totals are Amazon's own and
// never recomputed; when their parts do not add up the order is flagged.
func (w wireOrder) amounts(f *order.Facts, s stand) error {
	whole, err := readBreakdown(w.Proceeds.Breakdowns)
	if err != nil {
		return err
	}
	var lines breakdown
	var priced order.Money
	for i, it := range w.Items {
		item, b, err := it.item()
		if err != nil {
			return err
		}
		item.Status = s.lines[i]
		f.Items = append(f.Items, item)
		if lines, err = lines.add(b); err != nil {
			return err
		}
		price, err := item.UnitPrice.Times(int64(item.Quantity))
		if err != nil {
			return err
		}
		if priced, err = priced.Add(price); err != nil {
			return err
		}
	}
	if f.Total, err = w.Proceeds.GrandTotal.money(); err != nil {
		return err
	}
	if !whole.given {
		whole = lines
	}
	f.Subtotal, f.Discount, f.Shipping, f.Tax = whole.goods, whole.discount, whole.charges, whole.tax
	if !f.Subtotal.Known() {
		f.Subtotal = priced
	}
	// A cancelled line leaves the parts or leaves the total, as it happens.
	if f.Total.Known() && whole.given && !whole.unclear && !s.cancelledLines && !whole.explains(f.Total) {
		f.Flags = append(f.Flags, order.NeedsAttention)
	}
	return nil
}

// item reads one line. Its total is what the line's goods cost: charges are
// the order's.
func (it wireItem) item() (order.Item, breakdown, error) {
	b, err := readBreakdown(it.Proceeds.Breakdowns)
	if err != nil {
		return order.Item{}, b, err
	}
	unit, err := it.Product.Price.Unit.money()
	if err != nil {
		return order.Item{}, b, err
	}
	total, err := it.Proceeds.Total.money()
	if err != nil {
		return order.Item{}, b, err
	}
	if total.Known() {
		charges := b.charges
		charges.Minor = -charges.Minor
		if total, err = total.Add(charges); err != nil {
			return order.Item{}, b, err
		}
	}
	return order.Item{
		LineID: it.ID, SKU: clean(it.Product.SKU), ProductID: clean(it.Product.ASIN), Title: clean(it.Product.Title),
		Quantity: it.Quantity, UnitPrice: unit, Discount: b.discount, Tax: b.tax, Total: total,
	}, b, nil
}
