package shopify

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// fulfillments are the parcels of an order.
func fulfillments(o shop.Order) []object {
	all := []object{}
	for i := range o.Parcels {
		all = append(all, parcel(o, i))
	}
	return all
}

func parcel(o shop.Order, i int) object {
	p, id := o.Parcels[i], parcelID(o, i)
	lines := []object{}
	for n, l := range o.Lines {
		if q := pieces(p, l); q > 0 {
			v := line(o, n)
			v["quantity"] = q
			lines = append(lines, v)
		}
	}
	status := "success"
	switch {
	case p.Void:
		status = "cancelled"
	case p.Shipped.IsZero():
		status = "pending" // the warehouse has yet to take it
	}
	v := object{"id": id, "admin_graphql_api_id": gid("Fulfillment", id), "order_id": number(o.ID), "name": o.Number + "." + strconv.Itoa(i+1),
		"status": status, "created_at": stamp(p.Made), "updated_at": stamp(o.Updated), "service": "manual", "location_id": locationID,
		"shipment_status": emptyNil(shipmentStatus(o, p)), "tracking_company": emptyNil(p.Carrier), "tracking_number": emptyNil(p.AWB),
		"tracking_numbers": []string{}, "tracking_url": nil, "tracking_urls": []string{}, "receipt": object{}, "line_items": lines}
	if p.AWB != "" {
		v["tracking_numbers"] = []string{p.AWB}
	}
	if p.Service != "" && p.Service != "Standard" { // the address that the client gave
		v["tracking_url"], v["tracking_urls"] = p.Service, []string{p.Service}
	}
	return v
}

// pieces is how many of a line a parcel holds.
func pieces(p shop.Parcel, l shop.Line) int {
	if p.Pieces == nil {
		return l.Quantity
	}
	n := 0
	for _, x := range p.Pieces {
		if x.Line == l.ID {
			n += x.Quantity
		}
	}
	return n
}

// shipmentStatus is the carrier's last word about a parcel.
func shipmentStatus(o shop.Order, p shop.Parcel) string {
	switch {
	case p.State != "":
		return p.State
	case p.Void || p.Shipped.IsZero():
		return ""
	}
	switch o.Status {
	case order.Shipped:
		switch o.Detail {
		case shop.AtHub:
			return "in_transit"
		case shop.Lost, shop.Damaged:
			return "failure"
		}
	case order.OutForDelivery:
		if o.Detail == shop.Attempted {
			return "attempted_delivery"
		}
		return "out_for_delivery"
	case order.Delivered:
		return "delivered"
	case order.Returned, order.Refunded:
		if !o.Closed.IsZero() {
			return "delivered"
		}
		return "failure"
	}
	return ""
}

// fulfillmentOrder is what the warehouse is asked to send. An order has one
// here, as all stock lies in one place.
func fulfillmentOrder(o shop.Order) object {
	id := fulfilOrderID(o)
	lines, open, left := []object{}, 0, 0
	for i, l := range o.Lines {
		n := max(0, l.Quantity-l.Fulfilled-removed(o, l.ID))
		open, left = open+n, left+l.Fulfilled
		lines = append(lines, object{"id": fulfilLineID(o, i), "shop_id": shopID, "fulfillment_order_id": id, "line_item_id": number(l.ID),
			"quantity": l.Quantity, "fulfillable_quantity": n})
	}
	status, actions := "open", []string{"create_fulfillment", "mark_as_open", "hold"}
	switch {
	case !cancelledAt(o).IsZero() && left == 0:
		status, actions = "cancelled", []string{}
	case open == 0:
		status, actions = "closed", []string{}
	case left > 0 || o.Status == order.Processing:
		status, actions = "in_progress", []string{"create_fulfillment"}
	}
	return object{"id": id, "admin_graphql_api_id": gid("FulfillmentOrder", id), "shop_id": shopID, "order_id": number(o.ID), "status": status,
		"request_status": "unsubmitted", "supported_actions": actions, "assigned_location_id": locationID, "fulfill_at": stamp(o.Created),
		"created_at": stamp(o.Created), "updated_at": stamp(o.Updated), "line_items": lines, "fulfillment_holds": []any{}, "merchant_requests": []any{}}
}

// problem is a refusal in a list of texts.
type problem string

func (p problem) Error() string { return string(p) }

// shipment is what a client wants to send.
type shipment struct {
	ByOrder []struct {
		ID    looseID `json:"fulfillment_order_id"`
		Lines []struct {
			ID       looseID `json:"id"`
			Quantity int     `json:"quantity"`
		} `json:"fulfillment_order_line_items"`
	} `json:"line_items_by_fulfillment_order"`
	Tracking *struct {
		Company string `json:"company"`
		Number  string `json:"number"`
		URL     string `json:"url"`
	} `json:"tracking_info"`
}

// orderOf finds the order by the id of a part that is made from its position.
func (st *Store) orderOf(id, base int64) (shop.Order, int, bool) {
	if id < base {
		return shop.Order{}, 0, false
	}
	o, err := st.shop.Nth(int((id - base) / partStride))
	return o, int((id - base) % partStride), err == nil
}

// ship sends pieces of one order and returns it with the place of the parcel.
func (st *Store) ship(s shipment) (shop.Order, int, error) {
	if len(s.ByOrder) != 1 {
		return shop.Order{}, 0, problem("line_items_by_fulfillment_order must name one fulfillment order")
	}
	want := s.ByOrder[0]
	o, part, ok := st.orderOf(int64(want.ID), fulfilBase)
	if !ok || part != 0 {
		return shop.Order{}, 0, problem(fmt.Sprintf("Fulfillment order %d does not exist.", want.ID))
	}
	at, place := st.shop.Now().Truncate(time.Second), 0
	o, err := st.shop.Update(o.ID, func(o *shop.Order) error {
		if status := fulfillmentOrder(*o)["status"]; status == "closed" || status == "cancelled" {
			return problem(fmt.Sprintf("The fulfillment order is %s and cannot be fulfilled.", status))
		}
		p := shop.Parcel{Ref: strconv.Itoa(len(o.Parcels) + 1), Made: at, Shipped: at, Service: "Standard"}
		if s.Tracking != nil {
			p.Carrier, p.AWB = s.Tracking.Company, s.Tracking.Number
			if s.Tracking.URL != "" {
				p.Service = s.Tracking.URL
			}
		}
		for i, l := range o.Lines {
			n := max(0, l.Quantity-l.Fulfilled-removed(*o, l.ID))
			if len(want.Lines) > 0 {
				n = 0
				for _, x := range want.Lines {
					if x.ID == looseID(fulfilLineID(*o, i)) {
						n += x.Quantity
					}
				}
			}
			if n < 0 || n > l.Quantity-l.Fulfilled {
				return problem("Invalid fulfillment order line item quantity requested.")
			}
			if n > 0 {
				p.Pieces = append(p.Pieces, shop.Piece{Line: l.ID, Quantity: n})
			}
		}
		for _, x := range want.Lines {
			if first := looseID(fulfilLineID(*o, 0)); x.ID < first || x.ID >= first+looseID(len(o.Lines)) {
				return problem(fmt.Sprintf("Fulfillment order line item %d does not exist.", x.ID))
			}
		}
		if len(p.Pieces) == 0 {
			return problem("A fulfillment needs at least one line item.")
		}
		place = send(o, p, at)
		return nil
	})
	return o, place, err
}

// send adds a parcel and moves the order: to shipped with its last piece.
func send(o *shop.Order, p shop.Parcel, at time.Time) int {
	// What only waited in the warehouse is replaced by what was sent.
	o.Parcels = slices.DeleteFunc(slices.Clone(o.Parcels), func(x shop.Parcel) bool { return x.Shipped.IsZero() && !x.Void })
	o.Parcels = append(o.Parcels, p)
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		o.Lines[i].Fulfilled += pieces(p, o.Lines[i])
	}
	to, detail := order.Shipped, shop.PickedUp
	if partly(*o) {
		to, detail = order.Processing, shop.Preparing
	}
	if o.Status != to {
		o.Move(to, detail, at, shop.ByClient)
	}
	return len(o.Parcels) - 1
}

// unship takes a parcel back that has not gone far.
func unship(o *shop.Order, place int, at time.Time) error {
	p := o.Parcels[place]
	if p.Void || o.Status != order.Shipped && o.Status != order.Processing {
		return problem("The fulfillment cannot be cancelled.")
	}
	o.Parcels, o.Lines = slices.Clone(o.Parcels), slices.Clone(o.Lines)
	o.Parcels[place].Void, o.Parcels[place].State = true, ""
	if o.Parcels[place].Shipped.IsZero() {
		o.Parcels[place].Shipped = at
	}
	some := false
	for i := range o.Lines {
		o.Lines[i].Fulfilled = max(0, o.Lines[i].Fulfilled-pieces(p, o.Lines[i]))
		some = some || o.Lines[i].Fulfilled > 0
	}
	// The move adds no parcel: Processing is for those that still have one.
	if some {
		o.Move(order.Processing, "", at, shop.ByClient)
	} else {
		o.Move(order.Confirmed, "", at, shop.ByClient)
	}
	return nil
}

// stages are a parcel's words that move an order, in their order.
var stages = []struct {
	word   string
	status order.Status
	detail shop.Detail
}{
	{"label_purchased", order.Shipped, shop.PickedUp}, {"label_printed", order.Shipped, shop.PickedUp}, {"confirmed", order.Shipped, shop.PickedUp},
	{"ready_for_pickup", order.Shipped, shop.PickedUp}, {"failure", order.Shipped, shop.PickedUp}, {"delayed", order.Shipped, shop.PickedUp},
	{"carrier_picked_up", order.Shipped, shop.PickedUp}, {"in_transit", order.Shipped, shop.AtHub},
	{"attempted_delivery", order.OutForDelivery, shop.Attempted}, {"out_for_delivery", order.OutForDelivery, ""}, {"delivered", order.Delivered, ""},
}

// tell notes the carrier's word about a parcel; the order follows the slowest.
func tell(o *shop.Order, place int, word string, at time.Time) error {
	if p := o.Parcels[place]; p.Void || p.Shipped.IsZero() {
		return problem("The fulfillment is not on its way.")
	}
	states := make([]string, len(o.Parcels))
	slowest := len(stages)
	for i, p := range o.Parcels {
		if states[i] = p.State; i == place {
			states[i] = word
		}
		if p.Void {
			continue
		}
		now := states[i]
		if now == "" {
			now = orElse(emptyNil(shipmentStatus(*o, p)), "carrier_picked_up").(string)
		}
		slowest = min(slowest, slices.IndexFunc(stages, func(s struct {
			word   string
			status order.Status
			detail shop.Detail
		}) bool {
			return s.word == now
		}))
	}
	if to := stages[slowest]; !partly(*o) && (to.status != o.Status || to.detail != o.Detail) {
		o.Move(to.status, to.detail, at, shop.ByClient)
	}
	o.Parcels = slices.Clone(o.Parcels)
	for i := range o.Parcels {
		o.Parcels[i].State = states[i]
	}
	return nil
}
