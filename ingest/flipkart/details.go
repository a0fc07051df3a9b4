package flipkart

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// addDetails reads the shipping view of shipments that can have a tracking
// number or, shipped by the seller himself, an address. What the view holds is
// not documented well, so that nothing of it is required, and an account that
// may not see it has its orders without.
func (p *Platform) addDetails(ctx context.Context, orders []parsed) error {
	var ids []string
	for _, o := range orders {
		for _, s := range o.shipments {
			if s.wantsDetails() && idPattern.MatchString(s.ID) {
				ids = append(ids, s.ID)
			}
		}
	}
	byID := map[string]details{}
	for part := range slices.Chunk(ids, batch) {
		var answer struct {
			Shipments []json.RawMessage `json:"shipments"`
		}
		_, err := p.get(ctx, opRead, readPath+"/"+strings.Join(part, ","), &answer)
		switch refusedStatus(err) {
		case 0:
		case http.StatusUnauthorized, http.StatusTooManyRequests:
			return err
		default:
			continue
		}
		if err != nil {
			return err
		}
		for _, raw := range answer.Shipments {
			var d details
			if json.Unmarshal(raw, &d) == nil { // of another shape: no details
				byID[d.ID] = d
			}
		}
	}
	for _, o := range orders {
		for i := range o.shipments {
			o.shipments[i].details = byID[o.shipments[i].ID]
		}
	}
	return nil
}

func (s shipment) wantsDetails() bool {
	return s.selfShip() || slices.ContainsFunc(s.Items, func(it item) bool {
		st := it.state(s)
		return st.sub == subReadyToShip || !st.before(order.Shipped) && st.status != order.Cancelled
	})
}

// parcel is the shipment's parcel, as far as the view tells. A return's pick-up
// is not one.
func (d details) parcel() order.Shipment {
	for _, x := range d.Parcels {
		for _, l := range []leg{x.Courier.Delivery, x.Courier.Pickup} {
			if l.Vendor != "" || l.Tracking != "" {
				return order.Shipment{Carrier: clean(l.Vendor), AWB: clean(l.Tracking)}
			}
		}
	}
	return order.Shipment{}
}

// customer is who a self-shipped parcel goes to.
func (d details) customer() order.Customer {
	a := d.Address
	c := order.Customer{
		Name: clean(a.First + " " + a.Last), Phone: order.NormalisePhone(clean(a.Phone)),
		Address: order.Address{Line1: clean(a.Line1), Line2: clean(a.Line2), City: clean(a.City),
			State: order.NormaliseState(clean(a.State)), Pincode: order.NormalisePincode(clean(a.Pin))},
	}
	if mark := clean(a.Landmark); mark != "" {
		c.Address.Line2 = strings.TrimPrefix(c.Address.Line2+", "+mark, ", ")
	}
	if c != (order.Customer{}) {
		c.Address.Country = "IN"
	}
	return c
}
