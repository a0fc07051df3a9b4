package blinkit

import (
	"fmt"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// near reports whether two amounts differ by at most a rupee.
func near(a, b int64) bool { return a-b <= 100 && b-a <= 100 }

// amounts fills the items and the order's amounts. Blinkit's selling price is
// what is left after the discount, the desk's unit price is before it. Amounts
// that do not add up are kept as they are, and flagged; a cancelled order may
// well be billed no more.
func (w wireOrder) amounts(f *order.Facts) error {
	if c := strings.ToUpper(string(w.Currency)); c != "" && c != "INR" {
		return fmt.Errorf("currency %.10q is not INR", c)
	}
	odd := false
	var gross order.Money
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
	var items order.Money
	for _, c := range []struct {
		name string
		n    text
		to   *order.Money
	}{
		{"item_total", w.Totals.Items, &items}, {"discount", w.Totals.Discount, &f.Discount},
		{"tax_total", w.Totals.Tax, &f.Tax}, {"gross_bill_amount", w.Totals.Bill, &f.Total},
	} {
		m, err := c.n.money()
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		*c.to = m
	}
	f.Discount.Minor = max(f.Discount.Minor, -f.Discount.Minor)
	if f.Subtotal = gross; !gross.Known() && items.Known() {
		f.Subtotal = items
		if !near(items.Minor-f.Discount.Minor, f.Total.Minor) {
			f.Subtotal.Minor += f.Discount.Minor // the total is after the discount
		}
	}
	if f.Total.Known() && f.Subtotal.Known() && !near(f.Subtotal.Minor-f.Discount.Minor, f.Total.Minor) {
		odd = true
	}
	if odd && w.status() != order.Cancelled {
		f.Flags = append(f.Flags, order.NeedsAttention)
	}
	return nil
}

// line is one item; ok tells whether its amounts add up.
func (it wireItem) line() (line order.Item, ok bool, err error) {
	line = order.Item{
		LineID: clean(string(it.LineID)), SKU: clean(string(it.SKU)), ProductID: clean(string(it.ItemID)),
		Title: clean(string(it.Name)), Quantity: it.Quantity,
	}
	var price order.Money
	for _, c := range []struct {
		name string
		n    text
		to   *order.Money
	}{
		{"selling_price", it.Price, &price}, {"discount", it.Discount, &line.Discount},
		{"tax_total", it.Tax, &line.Tax}, {"line_total", it.Total, &line.Total},
	} {
		if *c.to, err = c.n.money(); err != nil {
			return line, false, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	line.Discount.Minor = max(line.Discount.Minor, -line.Discount.Minor)
	line.UnitPrice = price
	q := int64(it.Quantity)
	if q <= 0 || !price.Known() {
		return line, true, nil
	}
	paid, err := price.Times(q)
	if err != nil {
		return line, false, err
	}
	if !line.Total.Known() {
		line.Total = paid
	}
	switch {
	case near(paid.Minor-line.Discount.Minor, line.Total.Minor) && !near(paid.Minor, line.Total.Minor):
		return line, true, nil // the price is before the discount
	case (paid.Minor+line.Discount.Minor)%q == 0:
		line.UnitPrice.Minor = (paid.Minor + line.Discount.Minor) / q
	}
	return line, near(paid.Minor, line.Total.Minor), nil
}
