package woocommerce

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// errBasket marks an order that nobody placed yet.
var errBasket = errors.New("not placed yet")

// normalise reads one order as the store had it at seen. Errors are about this
// order alone.
func (a *Adapter) normalise(raw []byte, seen time.Time) (order.Report, error) {
	var w wireOrder
	if raw = unwrap(raw); len(raw) == 0 || raw[0] != '{' {
		return order.Report{}, errors.New("not an order")
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return order.Report{}, fmt.Errorf("not an order: %w", err)
	}
	slug := slugOf(string(w.Status))
	if isBasket(slug) {
		return order.Report{}, errBasket
	}
	r := order.Report{
		Ref: order.Ref{PlatformOrderID: string(w.ID)}, Platform: order.Organic, Source: order.FromPlatform,
		// The store counts whole seconds; of two states of one second the one
		// seen later is the newer.
		Version: seen.UnixMilli(),
	}
	if w.ID == "" || w.ID == "0" {
		return order.Report{}, errors.New("no id")
	}
	if slug == "" {
		return order.Report{}, errors.New("no status")
	}
	var err error
	if r.Facts.OrderedAt, r.At, err = w.times(); err != nil {
		return order.Report{}, err
	}
	m := a.words.of(slug)
	r.Status = m.status
	r.Facts.PlatformStatus, r.Facts.SubStatus, r.Facts.Flags = slug, m.sub, m.flags
	r.Facts.OrderNumber = string(w.Number)
	if r.Facts.OrderNumber == "" {
		r.Facts.OrderNumber = string(w.ID)
	}
	r.Facts.Payment = w.payment()
	r.Facts.Customer = w.customer()
	r.Facts.Shipment = w.shipment()
	if err := a.amounts(&r.Facts, w); err != nil {
		return order.Report{}, err
	}
	if len(w.Refunds) > 0 && r.Status != order.Refunded {
		r.Facts.Flags = append(r.Facts.Flags, order.PartiallyRefunded)
	}
	slices.Sort(r.Facts.Flags)
	r.Facts.Flags = slices.Compact(r.Facts.Flags)
	return r, nil
}

// times are when the order was placed and when it last changed. A store that
// lacks one of them has the other.
func (w wireOrder) times() (created, modified time.Time, err error) {
	created, cerr := parseTime(w.Created)
	modified, merr := parseTime(w.Modified)
	switch {
	case cerr == nil && merr == nil:
		return created, modified, nil
	case cerr == nil && errors.Is(merr, errNoTime):
		return created, created, nil
	case merr == nil && errors.Is(cerr, errNoTime):
		if paid, perr := parseTime(w.Paid); perr == nil && paid.Before(modified) {
			return paid, modified, nil
		}
		return modified, modified, nil
	}
	return created, modified, errors.Join(cerr, merr)
}

// payment is by the gateway's id, which plugins choose freely.
func (w wireOrder) payment() order.PaymentMethod {
	id, title := strings.ToLower(string(w.PaymentMethod)), strings.ToLower(string(w.PaymentTitle))
	parts := strings.FieldsFunc(id, func(r rune) bool { return r == '_' || r == '-' })
	switch {
	case slices.Contains(parts, "cod"), strings.Contains(title, "cash on delivery"):
		return order.COD
	case id != "":
		return order.Prepaid
	}
	return ""
}

// erased is what WordPress writes over the data of a person who asked for it.
const erased = "[deleted]"

// customer is who ordered, and where it goes: to the shipping address, or to
// the billing address when the order has no other.
func (w wireOrder) customer() order.Customer {
	bill, ship := w.Billing.v, w.Shipping.v
	to := ship
	if ship.Address1 == "" && ship.City == "" && ship.Postcode == "" {
		to = bill
	}
	c := order.Customer{
		Name:  firstOf(bill.name(), ship.name(), plain(bill.Company), plain(ship.Company)),
		Email: firstOf(plain(bill.Email), plain(ship.Email)),
		Phone: order.NormalisePhone(firstOf(plain(bill.Phone), plain(ship.Phone))),
		Address: order.Address{
			Line1: plain(to.Address1), Line2: plain(to.Address2), City: plain(to.City), State: plain(to.State),
			Pincode: plain(to.Postcode), Country: strings.ToUpper(plain(to.Country)),
		},
	}
	if c.Address.Country == "IN" || c.Address.Country == "" {
		c.Address.State = order.NormaliseState(c.Address.State)
		c.Address.Pincode = order.NormalisePincode(c.Address.Pincode)
	}
	if w.CustomerID != "0" { // 0 is a guest
		c.ID = string(w.CustomerID)
	}
	if bill.FirstName == erased || bill.LastName == erased || bill.Address1 == erased {
		// The word must reach the desk, so that it forgets the name too.
		return order.Customer{Name: erased}
	}
	return c
}

func (p person) name() string {
	return strings.TrimSpace(plain(p.FirstName) + " " + plain(p.LastName))
}

// plain is a text without the character references that some plugins leave.
func plain(t text) string { return strings.TrimSpace(html.UnescapeString(string(t))) }

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}
