package custom

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// normalise reads one order as the site had it at seen. Errors are about this
// order alone.
func normalise(raw json.RawMessage, seen time.Time) (order.Report, error) {
	var w wireOrder
	if !isObject(raw) {
		return order.Report{}, errors.New("not an order")
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return order.Report{}, fmt.Errorf("not an order: %w", err)
	}
	switch {
	case !idPattern.MatchString(string(w.ID)):
		return order.Report{}, errors.New("no usable id")
	case w.Status == "":
		return order.Report{}, errors.New("no status")
	}
	r := order.Report{
		Ref: order.Ref{PlatformOrderID: string(w.ID)}, Platform: order.Organic, Source: order.FromPlatform,
		// Of two states of one moment the one seen later is the newer.
		Version: seen.UnixMilli(),
	}
	var err error
	if r.Facts.OrderedAt, err = parseTime(w.Created); err != nil {
		return order.Report{}, fmt.Errorf("created_at: %w", err)
	}
	if r.At, err = parseTime(w.Updated); err != nil {
		return order.Report{}, fmt.Errorf("updated_at: %w", err)
	}
	r.Status = w.unified()
	f := &r.Facts
	f.PlatformStatus, f.SubStatus, f.Flags = string(w.Status), w.subStatus(), w.flags()
	f.OrderNumber = string(w.Number)
	if f.OrderNumber == "" {
		f.OrderNumber = string(w.ID)
	}
	f.Payment = w.payment()
	f.Customer = w.customer()
	f.Shipment = w.shipment()
	if err := w.amounts(f); err != nil {
		return order.Report{}, err
	}
	return r, nil
}

func (w wireOrder) payment() order.PaymentMethod {
	switch strings.ToLower(string(w.Payment.Method)) {
	case "":
		return ""
	case "cod":
		return order.COD
	}
	return order.Prepaid
}

func (w wireOrder) customer() order.Customer {
	c := order.Customer{
		ID: string(w.Customer.ID), Name: string(w.Customer.Name), Email: string(w.Customer.Email),
		Phone: order.NormalisePhone(string(w.Customer.Phone)),
		Address: order.Address{
			Line1: string(w.Address.Line1), Line2: string(w.Address.Line2), City: string(w.Address.City),
			State: string(w.Address.State), Pincode: string(w.Address.Postcode), Country: strings.ToUpper(string(w.Address.Country)),
		},
	}
	if c.Address.Country == "IN" || c.Address.Country == "" {
		c.Address.State = order.NormaliseState(c.Address.State)
		c.Address.Pincode = order.NormalisePincode(c.Address.Pincode)
	}
	return c
}

// shipment is the parcel that changed last.
func (w wireOrder) shipment() order.Shipment {
	s, ok := w.newest()
	if !ok {
		return order.Shipment{}
	}
	out := order.Shipment{Carrier: string(s.Carrier), AWB: string(s.Number)}
	if u, err := url.Parse(string(s.URL)); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		out.TrackingURL = u.String()
	}
	return out
}

// newest is the shipment that changed last; of those of one time, or without
// one, the last in the list.
func (w wireOrder) newest() (wireShipment, bool) {
	var found wireShipment
	var last time.Time
	for _, s := range w.Shipments {
		if at, _ := parseTime(s.Updated); !at.Before(last) {
			found, last = s, at
		}
	}
	return found, len(w.Shipments) > 0
}

// purse reads amounts of one currency and remembers the first fault.
type purse struct {
	currency string
	err      error
}

// read reads whole minor units; an empty amount is not known.
func (p *purse) read(name string, t text) order.Money {
	if t == "" || p.err != nil {
		return order.Money{}
	}
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil {
		p.err = fmt.Errorf("%s: %.40q is no whole number of minor units", name, string(t))
		return order.Money{}
	}
	return order.Money{Minor: n, Currency: p.currency}
}

// sum adds amounts, subtracting those of minus.
func (p *purse) sum(plus []order.Money, minus order.Money) order.Money {
	minus.Minor = -minus.Minor
	total := order.Money{}
	for _, m := range append(plus, minus) {
		var err error
		if total, err = total.Add(m); err != nil && p.err == nil {
			p.err = err
		}
	}
	return total
}

// amounts fills in money and lines. The total is the site's own, never a sum
// of ours; a difference of more than one unit of the currency is flagged.
func (w wireOrder) amounts(f *order.Facts) error {
	p := &purse{currency: strings.ToUpper(string(w.Currency))}
	one, err := order.ParseMoney("1", p.currency)
	if err != nil {
		return fmt.Errorf("currency %.10q cannot be read", string(w.Currency))
	}
	if w.Total == "" {
		return errors.New("no total_minor")
	}
	f.Total = p.read("total_minor", w.Total)
	f.Tax = p.read("tax_minor", w.Tax)
	f.Discount = p.read("discount_minor", w.Discount)
	f.Shipping = p.read("shipping_minor", w.Shipping)
	var subtotals []order.Money
	for i, l := range w.Lines {
		item, subtotal, err := l.item(p)
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		f.Items, subtotals = append(f.Items, item), append(subtotals, subtotal)
	}
	f.Subtotal = p.sum(subtotals, order.Money{})
	off := p.sum([]order.Money{p.sum([]order.Money{f.Subtotal, f.Shipping}, f.Discount)}, f.Total)
	refunded := p.read("refunded_minor", w.Refunded)
	if p.err != nil {
		return p.err
	}
	if len(f.Items) > 0 && max(off.Minor, -off.Minor) > one.Minor {
		f.Flags = append(f.Flags, order.NeedsAttention)
	}
	if refunded.Minor > 0 && refunded.Minor < f.Total.Minor {
		f.Flags = append(f.Flags, order.PartiallyRefunded)
	}
	f.Flags = tidy(f.Flags)
	return nil
}

// item is one line, and what it would cost without discount.
func (l wireLine) item(p *purse) (order.Item, order.Money, error) {
	quantity, err := strconv.Atoi(string(l.Quantity))
	if err != nil || quantity < 0 || quantity > 1_000_000 {
		return order.Item{}, order.Money{}, fmt.Errorf("quantity %.20q cannot be read", string(l.Quantity))
	}
	item := order.Item{
		LineID: string(l.ID), SKU: string(l.SKU), ProductID: string(l.ProductID), Title: string(l.Title), Quantity: quantity,
		UnitPrice: p.read("unit_price_minor", l.UnitPrice), Discount: p.read("discount_minor", l.Discount),
		Tax: p.read("tax_minor", l.Tax), Total: p.read("total_minor", l.Total),
	}
	subtotal, err := item.UnitPrice.Times(int64(quantity))
	return item, subtotal, err
}
