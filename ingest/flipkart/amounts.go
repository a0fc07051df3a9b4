package flipkart

import (
	"fmt"

	"github.com/palmonas/palmonas-crm/order"
)

// price is what one item costs, for its whole quantity: the documentation does
// not say whether components are of a piece or of the line, and clients read
// them as the line's.
type price struct {
	goods, discount, shipping, total order.Money
	odd                              bool // rounded, or components that do not add up
}

// price reads the components. Flipkart's discount is within the selling price
// for some items and beyond it for others; the customer's price tells which.
func (it item) price() (price, error) {
	var x price
	var paid order.Money
	for _, c := range []struct {
		name string
		n    number
		to   *order.Money
	}{
		{"sellingPrice", it.Price.Selling, &x.goods}, {"flipkartDiscount", it.Price.Discount, &x.discount},
		{"shippingCharge", it.Price.Shipping, &x.shipping}, {"customerPrice", it.Price.Customer, &paid},
		{"totalPrice", it.Price.Total, &x.total},
	} {
		m, rounded, err := c.n.money()
		if err != nil {
			return price{}, fmt.Errorf("%s: %w", c.name, err)
		}
		*c.to, x.odd = m, x.odd || rounded
	}
	x.discount.Minor = max(x.discount.Minor, -x.discount.Minor)
	if paid.Known() {
		x.total = paid
	}
	if !x.total.Known() || !x.goods.Known() {
		return x, nil
	}
	near := func(m int64) bool { d := x.total.Minor - m; return -100 <= d && d <= 100 }
	switch sum := x.goods.Minor + x.shipping.Minor; {
	case near(sum - x.discount.Minor):
	case near(sum):
		var err error // the selling price is after the discount
		if x.goods, err = x.goods.Add(x.discount); err != nil {
			return price{}, err
		}
	default:
		x.odd = true
	}
	return x, nil
}

// amounts fills the items and the order's amounts: those of the items that are
// not cancelled or, when all are, of all.
func (o parsed) amounts(f *order.Facts) error {
	all := standOf(o.shipments).status == order.Cancelled
	for _, s := range o.shipments {
		for _, it := range s.Items {
			x, err := it.price()
			if err != nil {
				return err
			}
			st := it.state(s)
			line := order.Item{
				LineID: clean(it.ID), SKU: clean(it.SKU), ProductID: clean(it.FSN), Title: clean(it.Title), Quantity: it.Quantity,
				Discount: x.discount, Total: x.total, Status: st.status, PlatformStatus: st.word,
			}
			if line.Total.Known() {
				line.Total.Minor -= x.shipping.Minor
			}
			if q := int64(it.Quantity); q > 0 && x.goods.Known() && x.goods.Minor%q == 0 {
				line.UnitPrice = order.Money{Minor: x.goods.Minor / q, Currency: x.goods.Currency}
			}
			f.Items = append(f.Items, line)
			if x.odd {
				f.Flags = append(f.Flags, order.NeedsAttention)
			}
			if st.status == order.Cancelled && !all {
				continue
			}
			for _, sum := range []struct {
				to *order.Money
				m  order.Money
			}{{&f.Subtotal, x.goods}, {&f.Discount, x.discount}, {&f.Shipping, x.shipping}, {&f.Total, x.total}} {
				if *sum.to, err = sum.to.Add(sum.m); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
