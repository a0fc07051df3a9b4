package woocommerce

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// purse reads amounts of one currency and remembers the first fault.
type purse struct {
	currency string
	rounded  bool // the last amount had more decimals than its currency
	err      error
}

// read reads an amount; an empty one is nothing. Stores that calculate with
// more decimals than their currency has show them [seen]: those are rounded,
// half away from zero.
func (p *purse) read(name string, t text) order.Money {
	p.rounded = false
	if t == "" || p.err != nil {
		return order.Money{Currency: p.currency}
	}
	m, err := order.ParseMoney(string(t), p.currency)
	if err == nil {
		return m
	}
	m, err = roundMoney(string(t), p.currency)
	if err != nil {
		p.err = fmt.Errorf("%s: %w", name, err)
		return order.Money{Currency: p.currency}
	}
	p.rounded = true
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

// roundMoney reads a decimal number of any length, also as 1.2E+3.
func roundMoney(s, currency string) (order.Money, error) {
	one, err := order.ParseMoney("1", currency)
	if err != nil {
		return order.Money{}, err
	}
	mantissa, exp, _ := strings.Cut(strings.ToLower(s), "e")
	if e, err := strconv.Atoi(exp); exp != "" && (err != nil || e < -20 || e > 20) {
		return order.Money{}, fmt.Errorf("%w: %.40q", order.ErrAmount, s)
	}
	if len(s) > 40 || strings.Trim(mantissa, "+-.0123456789") != "" {
		return order.Money{}, fmt.Errorf("%w: %.40q", order.ErrAmount, s)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return order.Money{}, fmt.Errorf("%w: %.40q", order.ErrAmount, s)
	}
	return rounded(r.Mul(r, big.NewRat(one.Minor, 1)), currency)
}

// rounded is a number of minor units, half away from zero.
func rounded(r *big.Rat, currency string) (order.Money, error) {
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	if r.Sign() < 0 {
		twice.Sub(twice, r.Denom())
	} else {
		twice.Add(twice, r.Denom())
	}
	n := twice.Quo(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	if !n.IsInt64() {
		return order.Money{}, order.ErrOverflow
	}
	return order.Money{Minor: n.Int64(), Currency: currency}, nil
}

// amounts fills in money and lines. Line amounts are shown with their tax, as
// Indian prices are quoted, so that subtotal − discount + shipping = total, of
// which tax is a part. Fees count as shipping, negative ones as discount.
// Refunds are not subtracted by the store, nor here. The total is the store's
// own, never a sum of ours; a difference of more than one unit is flagged.
func (a *Adapter) amounts(f *order.Facts, w wireOrder) error {
	p := &purse{currency: strings.ToUpper(string(w.Currency))}
	if p.currency == "" {
		p.currency = a.currency
	}
	if w.Total == "" {
		return errors.New("no total")
	}
	f.Total = p.read("total", w.Total)
	if p.rounded {
		f.Flags = append(f.Flags, order.NeedsAttention)
	}
	f.Tax = p.read("total_tax", w.TotalTax)
	f.Discount = p.with(p.read("discount_total", w.DiscountTotal), p.read("discount_tax", w.DiscountTax))
	f.Shipping = p.with(p.read("shipping_total", w.ShippingTotal), p.read("shipping_tax", w.ShippingTax))
	for _, x := range w.Fees {
		fee := p.with(p.read("fee total", x.Total), p.read("fee total_tax", x.TotalTax))
		if fee.Minor < 0 {
			f.Discount = p.minus(f.Discount, fee)
		} else {
			f.Shipping = p.with(f.Shipping, fee)
		}
	}
	f.Subtotal = order.Money{Currency: p.currency}
	for i, l := range w.Lines {
		item, subtotal, err := l.item(p)
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		f.Items, f.Subtotal = append(f.Items, item), p.with(f.Subtotal, subtotal)
	}
	sum := p.with(p.minus(f.Subtotal, f.Discount), f.Shipping)
	off := p.minus(sum, f.Total)
	if p.err != nil {
		return p.err
	}
	if one, err := order.ParseMoney("1", p.currency); err == nil && max(off.Minor, -off.Minor) > one.Minor {
		f.Flags = append(f.Flags, order.NeedsAttention)
	}
	return nil
}

// item is one line, and what it would cost without coupons.
func (l line) item(p *purse) (order.Item, order.Money, error) {
	quantity, whole, err := l.quantity()
	if err != nil {
		return order.Item{}, order.Money{}, err
	}
	tax := p.read("total_tax", l.TotalTax)
	total := p.with(p.read("total", l.Total), tax)
	subtotal := p.with(p.read("subtotal", l.Subtotal), p.read("subtotal_tax", l.SubtotalTax))
	if l.Subtotal == "" {
		subtotal = total
	}
	item := order.Item{
		LineID: string(l.ID), SKU: string(l.SKU), ProductID: string(l.ProductID), Title: plain(l.Name), Quantity: whole,
		Discount: p.minus(subtotal, total), Tax: tax, Total: total,
	}
	if l.VariationID != "" && l.VariationID != "0" {
		item.ProductID = string(l.VariationID)
	}
	switch {
	case quantity.Sign() > 0 && l.Subtotal+l.Total != "":
		unit := new(big.Rat).Quo(big.NewRat(subtotal.Minor, 1), quantity)
		item.UnitPrice, err = rounded(unit, p.currency)
	default:
		// price is a number, after coupons and without tax: better than nothing.
		item.UnitPrice = p.read("price", l.Price)
	}
	return item, subtotal, err
}

// quantity is exact, and in whole pieces: plugins sell 1.5 metres, which is two
// pieces to pack.
func (l line) quantity() (*big.Rat, int, error) {
	if l.Quantity == "" {
		return big.NewRat(1, 1), 1, nil
	}
	s := string(l.Quantity)
	r, ok := new(big.Rat), false
	if len(s) <= 20 && strings.Trim(s, "0123456789.") == "" {
		r, ok = r.SetString(s)
	}
	if !ok {
		return nil, 0, fmt.Errorf("quantity %.40q cannot be read", s)
	}
	n := new(big.Int).Add(r.Num(), new(big.Int).Sub(r.Denom(), big.NewInt(1)))
	n.Quo(n, r.Denom())
	if !n.IsInt64() || n.Int64() > 1_000_000 {
		return nil, 0, fmt.Errorf("quantity %s is too large", s)
	}
	return r, int(n.Int64()), nil
}
