package flipkart

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// parsed is one order with all its shipments, of each the newest state.
type parsed struct {
	id        string
	shipments []shipment
	updated   time.Time
	ordered   time.Time
}

// orderIDOf finds the order of a shipment that may be otherwise unreadable.
func orderIDOf(raw json.RawMessage) string {
	var s struct {
		Items []struct {
			OrderID string `json:"orderId"`
		} `json:"orderItems"`
	}
	_ = json.Unmarshal(raw, &s) // what was readable is filled in
	for _, it := range s.Items {
		if id := clean(it.OrderID); id != "" {
			return id
		}
	}
	return ""
}

// parse reads the shipments of one order. The error names the fault and never
// quotes the record; bad is the shipment at fault.
func parse(id string, raws []json.RawMessage) (o parsed, bad json.RawMessage, err error) {
	o.id = id
	for _, raw := range raws {
		var s shipment
		if err := json.Unmarshal(raw, &s); err != nil {
			var shape *json.UnmarshalTypeError
			if errors.As(err, &shape) {
				err = fmt.Errorf("%s is a %s", shape.Field, shape.Value)
			}
			return o, raw, err
		}
		at, ok := instant(s.UpdatedAt)
		if !ok {
			return o, raw, fmt.Errorf("updatedAt %.40q is not a time", s.UpdatedAt)
		}
		s.Items = slices.DeleteFunc(s.Items, func(it item) bool { return clean(it.OrderID) != id })
		for _, it := range s.Items {
			placed, ok := instant(it.OrderDate)
			switch {
			case !ok:
				return o, raw, fmt.Errorf("orderDate %.40q is not a time", it.OrderDate)
			case clean(it.Status) == "":
				return o, raw, errors.New("an item has no status")
			case o.ordered.IsZero() || placed.Before(o.ordered):
				o.ordered = placed
			}
		}
		if at.After(o.updated) {
			o.updated = at
		}
		o.take(s, at)
	}
	slices.SortStableFunc(o.shipments, func(a, b shipment) int { return strings.Compare(a.ID, b.ID) })
	return o, nil, nil
}

// take adds a shipment; of one that is listed twice the newer state counts.
func (o *parsed) take(s shipment, at time.Time) {
	i := slices.IndexFunc(o.shipments, func(x shipment) bool { return x.ID == s.ID && s.ID != "" })
	if i < 0 {
		o.shipments = append(o.shipments, s)
		return
	}
	if old, _ := instant(o.shipments[i].UpdatedAt); at.After(old) {
		o.shipments[i] = s
	}
}

// report turns an order into what it says. The result is valid by
// order.Report.Validate.
func (p *Platform) report(o parsed) (order.Report, error) {
	stand := standOf(o.shipments)
	f := order.Facts{
		OrderNumber: o.id, OrderedAt: o.ordered,
		PlatformStatus: stand.word, SubStatus: stand.sub, Flags: slices.Clone(stand.flags),
	}
	for _, s := range o.shipments {
		if parcel := s.details.parcel(); parcel != (order.Shipment{}) {
			f.Shipment = parcel
		}
		if s.selfShip() && f.Customer == (order.Customer{}) {
			f.Customer = s.details.customer() // others' must not be kept
		}
		for _, it := range s.Items {
			switch st := it.state(s); {
			case st.status == order.Cancelled, !st.before(order.Shipped):
			default:
				if by, ok := instant(s.DispatchBy); ok && (f.ShipBy.IsZero() || by.Before(f.ShipBy)) {
					f.ShipBy = by // of what has not left, the first
				}
			}
			switch strings.ToUpper(clean(it.PaymentType)) {
			case "COD":
				f.Payment = order.COD
			case "PREPAID":
				if f.Payment == "" {
					f.Payment = order.Prepaid
				}
			}
		}
	}
	if err := o.amounts(&f); err != nil {
		return order.Report{}, err
	}
	slices.Sort(f.Flags)
	f.Flags = slices.Compact(f.Flags)
	r := order.Report{
		Ref:      order.Ref{Channel: p.set.channel, PlatformOrderID: o.id},
		Platform: order.Flipkart, Status: stand.status, Facts: f, Source: order.FromPlatform,
		// Of two states with one time, such as those of two shipments, the
		// further one counts.
		At: o.updated, Version: int64(slices.Index(order.Statuses(), stand.status) + 1),
	}
	return r, r.Validate()
}
