package shopify

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// purse reads amounts of one currency and remembers the first fault.
type purse struct {
	currency string
	err      error
}

// read reads an amount; an empty one is nothing.
func (p *purse) read(name string, t text) order.Money {
	none := order.Money{Currency: p.currency}
	if t == "" || p.err != nil {
		return none
	}
	m, err := order.ParseMoney(string(t), p.currency)
	if err != nil {
		p.err = fmt.Errorf("%s: %w", name, err)
		return none
	}
	return m
}

// with sums amounts.
func (p *purse) with(all ...order.Money) order.Money {
	sum := order.Money{Currency: p.currency}
	for _, m := range all {
		var err error
		if sum, err = sum.Add(m); err != nil && p.err == nil {
			p.err = err
		}
	}
	return sum
}

func (p *purse) minus(a, b order.Money) order.Money {
	b.Minor = -b.Minor
	return p.with(a, b)
}

func (p *purse) sum(name string, parts []part) order.Money {
	total := order.Money{Currency: p.currency}
	for _, x := range parts {
		total = p.with(total, p.read(name, x.Amount+x.Price)) // one of them is empty
	}
	return total
}

// amounts fills in money and lines, all in the shop's currency. Prices are as
// the store shows them: with their tax where taxes are included, as in India,
// and otherwise without. Tips, duties and fees count as shipping. The total is
// the store's own, which refunds do not lower; a sum that differs from it by
// more than one unit is flagged.
func (w wireOrder) amounts(f *order.Facts) error {
	p := &purse{currency: strings.ToUpper(string(w.Currency))}
	one, err := order.ParseMoney("1", p.currency)
	switch {
	case err != nil:
		return fmt.Errorf("currency %.10q cannot be read", string(w.Currency))
	case w.Total == "":
		return errors.New("no total_price")
	}
	f.Total = p.read("total_price", w.Total)
	f.Tax = p.read("total_tax", w.Tax)
	f.Shipping = p.with(w.shipping(p), p.read("total_tip_received", w.Tip), p.read("duties", w.Duties.Shop.Amount), p.read("additional fees", w.Fees.Shop.Amount))
	gross, discounts := order.Money{Currency: p.currency}, order.Money{Currency: p.currency}
	for i, l := range w.Lines {
		item, subtotal, err := l.item(p, w.TaxesInside)
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		f.Items = append(f.Items, item)
		gross, discounts = p.with(gross, subtotal), p.with(discounts, item.Discount)
	}
	f.Subtotal, f.Discount = gross, discounts
	if w.LinesTotal != "" {
		f.Subtotal = p.read("total_line_items_price", w.LinesTotal)
	}
	if w.Discounts != "" {
		f.Discount = p.read("total_discounts", w.Discounts)
	}
	sum := p.with(p.minus(f.Subtotal, f.Discount), f.Shipping)
	if !w.TaxesInside {
		sum = p.with(sum, f.Tax)
	}
	off := p.minus(sum, f.Total)
	if p.err != nil {
		return p.err
	}
	if len(f.Items) > 0 && max(off.Minor, -off.Minor) > one.Minor {
		f.Flags = append(f.Flags, order.NeedsAttention)
	}
	return nil
}

// shipping is what it costs before discounts, which total_discounts holds.
func (w wireOrder) shipping(p *purse) order.Money {
	if t := w.Shipping.Shop.Amount; t != "" {
		return p.read("total_shipping_price_set", t)
	}
	total := order.Money{Currency: p.currency}
	for _, s := range w.ShippingWays {
		total = p.with(total, p.read("shipping price", s.Price))
	}
	return total
}

// item is one line, and what it would cost without discount.
func (l line) item(p *purse, taxesInside bool) (order.Item, order.Money, error) {
	quantity, err := count(l.Quantity)
	if err != nil {
		return order.Item{}, order.Money{}, fmt.Errorf("quantity: %w", err)
	}
	item := order.Item{
		LineID: string(l.ID), SKU: string(l.SKU), ProductID: firstOf(string(l.VariantID), string(l.ProductID)),
		Title: firstOf(string(l.Name), string(l.Title)), Quantity: quantity, PlatformStatus: string(l.Fulfilment),
		UnitPrice: p.read("price", l.Price), Tax: p.sum("tax", l.Taxes),
	}
	// total_discount knows only what was taken off this very line; the shares
	// of the order's discounts are among the allocations, with it.
	item.Discount = p.sum("discount", l.Discounts)
	if len(l.Discounts) == 0 {
		item.Discount = p.read("total_discount", l.Discount)
	}
	subtotal, err := item.UnitPrice.Times(int64(quantity))
	if err != nil {
		return order.Item{}, order.Money{}, err
	}
	if item.Total = p.minus(subtotal, item.Discount); !taxesInside {
		item.Total = p.with(item.Total, item.Tax)
	}
	return item, subtotal, nil
}

// count reads a number of pieces; none is written as nothing too.
func count(t text) (int, error) {
	if t == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(string(t))
	if err != nil || n < 0 || n > 1_000_000 {
		return 0, fmt.Errorf("%.20q cannot be read", string(t))
	}
	return n, nil
}
