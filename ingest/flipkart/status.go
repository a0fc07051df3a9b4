package flipkart

import (
	"cmp"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// Sub-statuses: finer steps than the shared statuses have.
const (
	subOnHold          = "on_hold"
	subReadyToShip     = "ready_to_ship" // the courier was asked to come
	subRTOInTransit    = "rto_in_transit"
	subRTOReceived     = "rto_received"
	subReturnRequested = "return_requested"
	subPartlyReturned  = "partially_returned"
	subSelfShip        = "self_ship" // the seller's own courier
	subByFlipkart      = "fulfilled_by_flipkart"
)

// state is where one item stands.
type state struct {
	status order.Status // empty when its word is unknown
	sub    string
	word   string
	failed bool
}

// state maps an item's word. Flipkart tells neither when a parcel is out for
// delivery nor of refunds.
func (it item) state(s shipment) state {
	st := state{word: clean(it.Status)}
	switch strings.ToUpper(st.word) {
	case "APPROVED":
		st.status = order.Confirmed
		if s.Hold {
			st.status, st.sub = order.Pending, subOnHold
		}
	case "PACKING_IN_PROGRESS", "PACKED":
		st.status = order.Processing
	case "FORM_FAILED":
		st.status, st.failed = order.Processing, true
	case "READY_TO_DISPATCH":
		st.status, st.sub = order.Processing, subReadyToShip
	case "PICKUP_COMPLETE", "SHIPPED":
		st.status = order.Shipped
	case "DELIVERED", "COMPLETED":
		st.status = order.Delivered
	case "CANCELLED":
		st.status = order.Cancelled
	case "RETURN_REQUESTED":
		// A courier's return never reached the buyer; a customer's did.
		st.status, st.sub = order.Delivered, subReturnRequested
		if it.CourierReturn {
			st.status, st.sub = order.Returned, subRTOInTransit
		}
	case "RETURNED":
		st.status = order.Returned
		if it.CourierReturn {
			st.sub = subRTOReceived
		}
	}
	return st
}

// rank orders states by how far they came. Returned ones rank last, so that
// they count only when no other is left; of them those on the way come first.
func (s state) rank() int {
	r := 2 * slices.Index(order.Statuses(), s.status)
	if s.status == order.Returned && s.sub != subRTOInTransit {
		r++
	}
	return r
}

// worse compares states by rank and, within one, by how much there is to do, so
// that an order's word does not depend on the order of its items.
func (s state) worse(o state) int {
	words := []string{"FORM_FAILED", "PACKING_IN_PROGRESS", "PACKED", "READY_TO_DISPATCH", "PICKUP_COMPLETE", "SHIPPED", "RETURN_REQUESTED", "DELIVERED", "COMPLETED"}
	at := func(x state) int { return slices.Index(words, strings.ToUpper(x.word)) }
	return cmp.Or(s.rank()-o.rank(), at(s)-at(o), strings.Compare(s.word, o.word))
}

func (s state) before(o order.Status) bool { return s.rank() < (state{status: o}).rank() }

// stand is where an order stands, rolled up from the items of all its
// shipments.
type stand struct {
	state
	flags []order.Flag
}

func standOf(shipments []shipment) stand {
	var live []state
	cancelled, gone := 0, state{}
	for _, s := range shipments {
		for _, it := range s.Items {
			st := it.state(s)
			if st.status == order.Cancelled {
				cancelled, gone = cancelled+1, st
				continue
			}
			live = append(live, st)
		}
	}
	if len(live) == 0 {
		return stand{state: gone}
	}
	least := slices.MinFunc(live, state.worse)
	out := stand{state: least}
	is := func(ok func(state) bool) bool { return slices.ContainsFunc(live, ok) }
	shippedToo := is(func(s state) bool { return !s.before(order.Shipped) && s.status != order.Returned })
	switch {
	case least.status == "":
	case least.before(order.Shipped) && shippedToo:
		out.status, out.flags = order.Processing, append(out.flags, order.PartiallyShipped)
	case least.status != order.Returned && is(func(s state) bool { return s.status == order.Returned }):
		out.sub = subPartlyReturned
	}
	if cancelled > 0 {
		out.flags = append(out.flags, order.PartiallyCancelled)
	}
	if is(func(s state) bool { return s.failed }) {
		out.flags = append(out.flags, order.NeedsAttention)
	}
	if out.sub == "" {
		out.sub = whoShips(shipments)
	}
	return out
}

// whoShips tells whether the seller may move the order's parcels himself.
func whoShips(shipments []shipment) string {
	self, own := true, true
	for _, s := range shipments {
		self = self && s.selfShip()
		for _, it := range s.Items {
			own = own && it.byFlipkart()
		}
	}
	switch {
	case own:
		return subByFlipkart
	case self:
		return subSelfShip
	}
	return ""
}
