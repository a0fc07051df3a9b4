package swiggy

import (
	"fmt"

	"github.com/palmonas/palmonas-crm/order"
)

// near reports whether two amounts differ by at most a rupee.
func near(a, b int64) bool { return a-b <= 100 && b-a <= 100 }

type amount struct {
	name string
	n    text
	to   *order.Money
}

func readAmounts(all ...amount) error {
	for _, a := range all {
		m, err := a.n.paise()
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		*a.to = m
	}
	return nil
}

// amounts fills the items and the order's amounts. The discount is the
// merchant's share alone, and packaging counts as shipping. Amounts that do not
// add up are kept as they are, and flagged; a cancelled order may well be
// payable no more.
func (w wireOrder) amounts(s order.Status, f *order.Facts) error {
	odd := false
	var gross, items order.Money
	for i, it := range w.Items {
		line, ok, err := it.line()
		if err != nil {
			return fmt.Errorf("item %d: %w", i+1, err)
		}
		odd = odd || !ok
		f.Items = append(f.Items, line)
		for _, m := range []order.Money{line.Total, line.Discount} {
			if gross, err = gross.Add(m); err != nil {
				return err
			}
		}
	}
	err := readAmounts(
		amount{"itemTotalPaise", w.Amounts.Items, &items}, amount{"merchantDiscountPaise", w.Amounts.Discount, &f.Discount},
		amount{"packagingPaise", w.Amounts.Packaging, &f.Shipping}, amount{"taxPaise", w.Amounts.Tax, &f.Tax},
		amount{"payablePaise", w.Amounts.Payable, &f.Total},
	)
	if err != nil {
		return err
	}
	f.Discount.Minor = max(f.Discount.Minor, -f.Discount.Minor)
	rest := f.Discount.Minor - f.Shipping.Minor
	switch {
	case items.Known() && near(items.Minor-rest, f.Total.Minor):
		f.Subtotal = items
	case items.Known() && near(items.Minor+f.Shipping.Minor, f.Total.Minor):
		f.Subtotal = order.INR(items.Minor + f.Discount.Minor) // the items' total is after the discount
	case gross.Known():
		f.Subtotal = gross
	default:
		f.Subtotal = items
	}
	if f.Total.Known() && f.Subtotal.Known() && !near(f.Subtotal.Minor-rest, f.Total.Minor) {
		odd = true
	}
	if odd && s != order.Cancelled {
		f.Flags = append(f.Flags, order.NeedsAttention)
	}
	return nil
}

// line is one item; ok tells whether its amounts add up, for all pieces or for
// those that were not cancelled.
func (it wireItem) line() (line order.Item, ok bool, err error) {
	line = order.Item{
		LineID: clean(string(it.ItemID)), SKU: clean(string(it.SKU)), ProductID: clean(string(it.ItemID)),
		Title: clean(string(it.Name)), Quantity: it.Quantity,
	}
	if it.gone() {
		line.Status, line.PlatformStatus = order.Cancelled, fmt.Sprintf("cancelledQuantity %d", it.Cancelled)
	}
	err = readAmounts(
		amount{"unitPricePaise", it.Price, &line.UnitPrice}, amount{"merchantDiscountPaise", it.Discount, &line.Discount},
		amount{"taxPaise", it.Tax, &line.Tax}, amount{"totalPaise", it.Total, &line.Total},
	)
	if err != nil {
		return line, false, err
	}
	line.Discount.Minor = max(line.Discount.Minor, -line.Discount.Minor)
	price, q := line.UnitPrice, int64(it.Quantity)
	if q <= 0 || !price.Known() || !line.Total.Known() {
		return line, true, nil
	}
	for _, pieces := range []int64{q, q - int64(it.Cancelled)} {
		paid, err := price.Times(pieces)
		if err != nil {
			return line, false, err
		}
		switch {
		case near(paid.Minor-line.Discount.Minor, line.Total.Minor):
			return line, true, nil
		case near(paid.Minor, line.Total.Minor): // the price is after the discount
			if pieces > 0 && line.Discount.Minor%pieces == 0 {
				line.UnitPrice.Minor += line.Discount.Minor / pieces
			}
			return line, true, nil
		}
	}
	return line, false, nil
}
