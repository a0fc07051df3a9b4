package amazon

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// report turns one Order object into what it says about the order. The result
// is valid by order.Report.Validate.
func (p *Platform) report(raw json.RawMessage) (order.Report, error) {
	var w wireOrder
	if err := json.Unmarshal(raw, &w); err != nil {
		var shape *json.UnmarshalTypeError
		if errors.As(err, &shape) { // its own text may quote personal data
			return order.Report{}, fmt.Errorf("%s is a %s", shape.Field, shape.Value)
		}
		return order.Report{}, err
	}
	created, ok := instant(w.CreatedTime)
	if !ok {
		return order.Report{}, fmt.Errorf("createdTime %q is not a time", w.CreatedTime)
	}
	updated, ok := instant(w.LastUpdatedTime)
	if !ok {
		return order.Report{}, fmt.Errorf("lastUpdatedTime %q is not a time", w.LastUpdatedTime)
	}
	if clean(w.Fulfillment.Status) == "" {
		return order.Report{}, errors.New("fulfillmentStatus is missing")
	}
	stand := w.stand()
	f := order.Facts{
		OrderNumber: w.OrderID, OrderedAt: created,
		PlatformStatus: stand.word, SubStatus: stand.sub, Flags: stand.flags,
		Payment: w.payment(), Customer: w.customer(), Shipment: w.shipment(),
	}
	f.ShipBy, _ = instant(w.Fulfillment.ShipBy.Latest)
	if err := w.amounts(&f, stand); err != nil {
		return order.Report{}, err
	}
	slices.Sort(f.Flags)
	f.Flags = slices.Compact(f.Flags)
	r := order.Report{
		Ref:      order.Ref{Channel: p.set.channel, PlatformOrderID: w.OrderID},
		Platform: order.Amazon, Status: stand.status, Facts: f, Source: order.FromPlatform,
		// Amazon does not promise that a parcel's every step moves
		// lastUpdatedTime; of two states with one time the further one counts.
		At: updated, Version: int64(slices.Index(order.Statuses(), stand.status) + 1),
	}
	return r, r.Validate()
}

// payment is empty while Amazon has not said; its list of methods is open.
func (w wireOrder) payment() order.PaymentMethod {
	method := order.PaymentMethod("")
	for _, e := range w.Payment.Executions {
		switch fold(e.Method) {
		case "":
		case "CASHONDELIVERY", "COD":
			return order.COD // possibly beside a gift card
		default:
			method = order.Prepaid
		}
	}
	return method
}

// customer prefers the recipient's name: it is what a parcel is addressed to.
func (w wireOrder) customer() order.Customer {
	a := w.Recipient.Address
	c := order.Customer{
		Name:  clean(a.Name),
		Email: strings.ToLower(clean(w.Buyer.Email)),
		Phone: order.NormalisePhone(clean(a.Phone)),
		Address: order.Address{
			Line1: clean(a.Line1), Line2: joined(a.Line2, a.Line3, a.District, a.Municipality),
			City: clean(a.City), State: order.NormaliseState(clean(a.State)),
			Pincode: order.NormalisePincode(clean(a.PostalCode)), Country: strings.ToUpper(clean(a.Country)),
		},
	}
	if c.Name == "" {
		c.Name = clean(w.Buyer.Name)
	}
	if company := clean(a.Company); company != "" {
		c.Address.Line1 = joined(company, a.Line1)
	}
	if strings.EqualFold(c.Address.Line2, c.Address.City) {
		c.Address.Line2 = "" // the district is often the city once more
	}
	return c
}

func joined(parts ...string) string {
	var out []string
	for _, s := range parts {
		if s = clean(s); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

// shipment is the newest parcel that was not called off.
func (w wireOrder) shipment() order.Shipment {
	var s order.Shipment
	newest := time.Time{}
	for _, pkg := range w.Packages {
		at, shipped := instant(pkg.ShipTime)
		made, ok := instant(pkg.CreatedTime)
		if !ok {
			made = at
		}
		if pkg.dropped() || made.Before(newest) {
			continue
		}
		newest = made
		s = order.Shipment{Carrier: clean(pkg.Carrier), AWB: clean(pkg.Tracking)}
		if shipped {
			s.ShippedAt = at
		}
	}
	return s
}
