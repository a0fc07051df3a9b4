package invoice

import (
	"cmp"
	"errors"
	"math/bits"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// What keeps an order from being invoiced.
var (
	ErrCurrency = errors.New("an invoice is made in rupees")
	ErrAmounts  = errors.New("the order's amounts are not known")
	ErrNothing  = errors.New("nothing of the order is left to invoice")
)

// Invoice is what is charged and how it is taxed. Prices include the tax, as
// everywhere in Indian retail, so what the customer pays is never changed by
// the computation: taxable value and tax add up to it to the paisa.
type Invoice struct {
	Seller Company
	Buyer  order.Customer
	// PlaceOfSupply is the state to which the goods go, with its code (section
	// 10(1)(a) IGST Act); the seller's own where the address names none
	// (section 10(1)(ca)).
	PlaceOfSupply string
	PlaceCode     string
	PlaceAssumed  bool
	// Inter means IGST; otherwise CGST and SGST, or UTGST when Union.
	Inter, Union bool
	Lines        []Line
	// Sums of the lines.
	Taxable, CGST, SGST, IGST, Total order.Money
	Words                            string
}

// Line is one line of an invoice. Taxable + CGST + SGST + IGST = Amount, and
// Gross − Discount = Amount.
type Line struct {
	Title, SKU, HSN           string
	Quantity                  int
	Gross, Discount, Amount   order.Money
	Rate                      int // hundredths of a percent, of all taxes together
	Taxable, CGST, SGST, IGST order.Money
}

// Make computes the invoice of an order as it stands. Cancelled lines are left
// out; shipping is taxed as the goods are, since both are one supply (section 8
// CGST Act). The order's own tax is not believed: platforms estimate it.
func Make(o order.Order, c Company) (Invoice, error) {
	inv := Invoice{Seller: c, Buyer: o.ShipTo()}
	inv.place()
	lines, err := linesOf(o, c)
	if err != nil {
		return Invoice{}, err
	}
	for i := range lines {
		lines[i].tax(inv.Inter)
	}
	inv.Lines = lines
	inv.Taxable, inv.CGST, inv.SGST, inv.IGST, inv.Total = order.INR(0), order.INR(0), order.INR(0), order.INR(0), order.INR(0)
	for _, l := range lines {
		inv.Taxable.Minor += l.Taxable.Minor
		inv.CGST.Minor += l.CGST.Minor
		inv.SGST.Minor += l.SGST.Minor
		inv.IGST.Minor += l.IGST.Minor
		inv.Total.Minor += l.Amount.Minor
	}
	inv.Words = Words(inv.Total)
	return inv, nil
}

// place decides where the supply is made, and so which taxes there are.
func (inv *Invoice) place() {
	home, to := inv.Seller.Address.State, order.NormaliseState(inv.Buyer.Address.State)
	switch {
	case inv.Buyer.Address.Country != "" && inv.Buyer.Address.Country != "IN":
		inv.PlaceOfSupply, inv.PlaceCode, inv.Inter = inv.Buyer.Address.Country, abroad, true
		return
	case codeOf(to) == "":
		to, inv.PlaceAssumed = home, true
	}
	inv.PlaceOfSupply, inv.PlaceCode = to, codeOf(to)
	inv.Inter, inv.Union = to != home, to == home && isUnion(to)
}

// maxAmount bounds one amount: a hundred crores, in paise. What is beyond is a
// mistake, and would not fit the computation.
const maxAmount = 100_00_00_000_00

func linesOf(o order.Order, c Company) ([]Line, error) {
	var lines []Line
	whole := true
	for _, it := range o.Facts.Items {
		if it.Status == order.Cancelled || it.Quantity <= 0 {
			whole = false
			continue
		}
		l, err := lineOf(it, c)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, ErrNothing
	}
	if s := o.Facts.Shipping; s.Minor > 0 {
		main := slices.MaxFunc(lines, func(a, b Line) int { return cmp.Compare(a.Amount.Minor, b.Amount.Minor) })
		if s.Currency != "INR" || s.Minor > maxAmount {
			return nil, ErrCurrency
		}
		lines = append(lines, Line{Title: "Delivery", HSN: main.HSN, Rate: main.Rate, Quantity: 1, Gross: s, Discount: order.INR(0), Amount: s})
	}
	if whole && o.Facts.Total.Known() {
		return lines, settle(lines, o.Facts.Total)
	}
	return lines, nil
}

func lineOf(it order.Item, c Company) (Line, error) {
	l := Line{Title: cmp.Or(it.Title, it.SKU, it.ProductID), SKU: it.SKU, Quantity: it.Quantity, Gross: it.Total, Amount: it.Total}
	l.HSN, l.Rate = c.taxOf(it.SKU)
	if it.UnitPrice.Known() {
		gross, err := it.UnitPrice.Times(int64(it.Quantity))
		if err != nil {
			return l, err
		}
		l.Gross = gross
	}
	if !l.Amount.Known() {
		l.Amount = order.Money{Minor: l.Gross.Minor - it.Discount.Minor, Currency: l.Gross.Currency}
	}
	switch {
	case !l.Amount.Known():
		return l, ErrAmounts
	case l.Amount.Currency != "INR" || l.Gross.Currency != "INR":
		return l, ErrCurrency
	case l.Amount.Minor < 0 || l.Amount.Minor > maxAmount || l.Gross.Minor > maxAmount:
		return l, ErrAmounts
	}
	l.Gross.Minor = max(l.Gross.Minor, l.Amount.Minor)
	l.Discount = order.INR(l.Gross.Minor - l.Amount.Minor)
	return l, nil
}

// settle spreads what the lines and the order's total differ by over the lines,
// in proportion: a discount on the whole order, or tax that a platform adds to
// prices without it.
func settle(lines []Line, total order.Money) error {
	sum := int64(0)
	for _, l := range lines {
		sum += l.Amount.Minor
	}
	switch {
	case total.Currency != "INR":
		return ErrCurrency
	case total.Minor < 0 || total.Minor > maxAmount:
		return ErrAmounts
	case total.Minor == sum || sum == 0:
		return nil
	}
	shares := spread(total.Minor, lines, sum)
	for i := range lines {
		lines[i].Amount = order.INR(shares[i])
		lines[i].Gross.Minor = max(lines[i].Gross.Minor, shares[i])
		lines[i].Discount = order.INR(lines[i].Gross.Minor - shares[i])
	}
	return nil
}

// spread divides an amount by the lines' amounts; the last lines carry what
// rounding leaves.
func spread(amount int64, lines []Line, sum int64) []int64 {
	out := make([]int64, len(lines))
	left, weight := amount, sum
	for i, l := range lines {
		if weight > 0 {
			out[i] = part(left, l.Amount.Minor, weight)
		}
		left, weight = left-out[i], weight-l.Amount.Minor
	}
	return out
}

// part is amount × share ÷ of, rounded half up, without overflow; all are not
// negative and share <= of.
func part(amount, share, of int64) int64 {
	hi, lo := bits.Mul64(uint64(amount), uint64(share))
	lo, carry := bits.Add64(lo, uint64(of)/2, 0)
	q, _ := bits.Div64(hi+carry, lo, uint64(of))
	return int64(q)
}

// tax takes the tax out of an amount that includes it. CGST and SGST are equal
// by law, so an odd paisa goes to the taxable value.
func (l *Line) tax(inter bool) {
	taxable := part(l.Amount.Minor, 10_000, 10_000+int64(l.Rate))
	tax := l.Amount.Minor - taxable
	l.CGST, l.SGST, l.IGST = order.INR(0), order.INR(0), order.INR(0)
	if inter {
		l.IGST = order.INR(tax)
	} else {
		half := tax / 2
		taxable += tax % 2
		l.CGST, l.SGST = order.INR(half), order.INR(half)
	}
	l.Taxable = order.INR(taxable)
}
