package shopify

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// errTest marks an order that somebody placed to try the store out. No money
// moved, so it must not reach any figure.
var errTest = errors.New("a test order")

// normalise reads one order as the store had it at seen. Errors are about this
// order alone.
func (a *Adapter) normalise(raw json.RawMessage, seen time.Time) (order.Report, error) {
	var w wireOrder
	if len(raw) == 0 || raw[0] != '{' {
		return order.Report{}, errors.New("not an order")
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return order.Report{}, fmt.Errorf("not an order: %w", err)
	}
	created, updated := instant(w.Created), instant(w.Updated)
	switch {
	case !isID(string(w.ID)):
		return order.Report{}, errors.New("no usable id")
	case w.Test && !a.set.keepTests:
		return order.Report{}, errTest
	case created.IsZero():
		return order.Report{}, fmt.Errorf("created_at %.40q cannot be read", string(w.Created))
	case updated.IsZero():
		return order.Report{}, fmt.Errorf("updated_at %.40q cannot be read", string(w.Updated))
	}
	tallies, err := w.tallies()
	if err != nil {
		return order.Report{}, err
	}
	s := w.stand(tallies, a.set.cod)
	if s.word == "" {
		return order.Report{}, errors.New("no financial_status")
	}
	r := order.Report{
		Ref: order.Ref{PlatformOrderID: string(w.ID)}, Platform: order.Organic, Source: order.FromPlatform,
		Status: s.status, At: updated,
		// The store counts whole seconds; of two states of one second the one
		// seen later is the newer.
		Version: seen.UnixMilli(),
	}
	f := &r.Facts
	f.OrderNumber = firstOf(string(w.Name), string(w.ID))
	// An order that was brought in from another system was placed before it was
	// created here.
	if f.OrderedAt = instant(w.Processed); f.OrderedAt.IsZero() || f.OrderedAt.After(created) {
		f.OrderedAt = created
	}
	f.PlatformStatus, f.SubStatus, f.Flags = s.word, s.sub, s.flags
	f.Payment = w.payment(a.set.cod)
	f.Customer = w.customer()
	f.Shipment = w.shipment()
	if err := w.amounts(f); err != nil {
		return order.Report{}, err
	}
	for i := range f.Items {
		f.Items[i].Status = w.lineStatus(w.Lines[i], tallies[i], s.status)
	}
	slices.Sort(f.Flags)
	f.Flags = slices.Compact(f.Flags)
	return r, nil
}

// payment is by the gateways' names, which the shop chooses.
func (w wireOrder) payment(cod []string) order.PaymentMethod {
	for _, g := range w.Gateways {
		if isCOD(string(g), cod) {
			return order.COD
		}
	}
	if len(w.Gateways) > 0 {
		return order.Prepaid
	}
	return ""
}

// isCOD recognises the gateways that collect at the door: Shopify's own "Cash
// on Delivery (COD)", ids of apps such as cash_on_delivery and gokwik_cod, and
// those that the channel names.
func isCOD(gateway string, own []string) bool {
	name := strings.ToLower(gateway)
	words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" _-()/", r) })
	return slices.Contains(own, name) || slices.Contains(words, "cod") || strings.Contains(strings.Join(words, " "), "cash on delivery")
}

// customer is who ordered, and where it goes: to the shipping address, or to
// the billing address where there is none. The phone is the one at the door.
func (w wireOrder) customer() order.Customer {
	to := w.ShipTo
	if to.Address1 == "" && to.City == "" && to.Zip == "" {
		to = w.Billing
	}
	c := order.Customer{
		ID:    string(w.Customer.ID),
		Name:  firstOf(join(w.Customer.FirstName, w.Customer.LastName), w.Billing.name(), w.ShipTo.name()),
		Email: firstOf(string(w.Email), string(w.ContactEmail), string(w.Customer.Email)),
		Phone: order.NormalisePhone(firstOf(string(w.ShipTo.Phone), string(w.Phone), string(w.Billing.Phone), string(w.Customer.Phone))),
		Address: order.Address{
			Line1: string(to.Address1), Line2: string(to.Address2), City: string(to.City), State: string(to.Province),
			Pincode: string(to.Zip), Country: strings.ToUpper(firstOf(string(to.CountryCode), string(to.Country))),
		},
	}
	if c.Address.Country == "IN" || c.Address.Country == "INDIA" || c.Address.Country == "" {
		c.Address.State = order.NormaliseState(c.Address.State)
		c.Address.Pincode = order.NormalisePincode(c.Address.Pincode)
		if c.Address.Country != "" {
			c.Address.Country = "IN"
		}
	}
	return c
}

func (a address) name() string { return firstOf(string(a.Name), join(a.FirstName, a.LastName)) }

func join(first, last text) string { return strings.TrimSpace(string(first) + " " + string(last)) }

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// shipment is the newest parcel.
func (w wireOrder) shipment() order.Shipment {
	var s order.Shipment
	for _, p := range w.live() {
		at := instant(p.Created)
		if at.Before(s.ShippedAt) {
			continue
		}
		s = order.Shipment{Carrier: string(p.Company), AWB: string(p.Number), ShippedAt: at}
		if s.AWB == "" && len(p.Numbers) > 0 {
			s.AWB = string(p.Numbers[0])
		}
		to := string(p.URL)
		if to == "" && len(p.URLs) > 0 {
			to = string(p.URLs[0])
		}
		if u, err := url.Parse(to); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
			s.TrackingURL = u.String()
		}
	}
	return s
}
