package amazon

import (
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// Sub-statuses: finer steps than the shared statuses have.
const (
	subPreOrder          = "pre_order"
	subEasyShip          = "easy_ship"           // Amazon's carrier collects; Amazon marks it shipped
	subFulfilledByAmazon = "fulfilled_by_amazon" // from Amazon's own warehouse
	subReadyToShip       = "ready_to_ship"       // label made, waits for the carrier
	subLabelCancelled    = "label_cancelled"
	subRTOInTransit      = "rto_in_transit"
	subRTOReceived       = "rto_received"
	subPartlyReturned    = "partially_returned"
)

// stand is where an order stands, rolled up from its word, lines and packages.
type stand struct {
	status order.Status // empty when a word is unknown
	word   string       // Amazon's own
	sub    string
	flags  []order.Flag
	lines  []order.Status // one for each item
	// cancelledLines tells that at least one line is cancelled.
	cancelledLines bool
}

// stand rolls the order up. Orders API 2026-01-01 knows nothing beyond
// "shipped" for an order; deliveries and returns to origin are the packages'.
func (w wireOrder) stand() stand {
	live := w.parcels()
	s := stand{word: w.Fulfillment.Status}
	cancelled := 0
	for _, it := range w.Items {
		if it.cancelled() {
			cancelled++
		}
	}
	word := fold(w.Fulfillment.Status)
	if len(w.Items) > 0 && cancelled == len(w.Items) && word != "" {
		word = "CANCELLED"
	}
	s.cancelledLines = cancelled > 0 || word == "CANCELLED" || word == "CANCELED"
	switch word {
	case "CANCELLED", "CANCELED":
		s.status = order.Cancelled
	case "PENDING", "PENDINGAVAILABILITY":
		s.waiting(w, live, order.Pending)
		if word == "PENDINGAVAILABILITY" {
			s.sub = subPreOrder
		}
	case "UNFULFILLABLE", "INVOICEUNCONFIRMED":
		s.flags = append(s.flags, order.NeedsAttention)
		s.waiting(w, live, order.Confirmed)
	case "UNSHIPPED":
		s.waiting(w, live, order.Confirmed)
	case "PARTIALLYSHIPPED":
		s.status, s.flags = order.Processing, append(s.flags, order.PartiallyShipped)
	case "SHIPPED":
		s.status = order.Shipped // all of it left, whatever a label still says
		if len(live) > 0 && !live.least().before(order.Shipped) {
			s.status, s.sub = live.least().status, live.least().sub
		}
	}
	s.addParcels(live)
	s.addLines(w, live, cancelled)
	s.addChannel(w)
	return s
}

// waiting is the status of an order that has not left as a whole: base until
// a package exists for it.
func (s *stand) waiting(w wireOrder, live parcels, base order.Status) {
	if len(live) == 0 {
		s.status = base
		return
	}
	least := live.least()
	s.status, s.sub = least.status, least.sub
	shipped := slices.ContainsFunc(live, func(p parcel) bool { return !p.before(order.Shipped) })
	if shipped && (least.before(order.Shipped) || !live.cover(w.Items)) {
		s.status, s.flags = order.Processing, append(s.flags, order.PartiallyShipped)
	}
}

// addParcels adds what only packages tell.
func (s *stand) addParcels(live parcels) {
	for _, p := range live {
		if p.exception {
			s.flags = append(s.flags, order.DeliveryException)
		}
		if p.unknownDetail {
			s.flags = append(s.flags, order.NeedsAttention)
		}
	}
	if len(live) > 0 && s.status != order.Cancelled {
		s.word = strings.TrimPrefix(s.word+" - "+live.least().word, " - ")
		if slices.ContainsFunc(live, parcel.unknown) {
			s.status = ""
		}
	}
	returned := live.returned()
	if returned > 0 && returned < len(live) && s.status != "" && s.status != order.Cancelled {
		s.sub = subPartlyReturned
	}
}

// addLines gives each line its status and the flags that come from lines.
func (s *stand) addLines(w wireOrder, live parcels, cancelled int) {
	s.lines = make([]order.Status, len(w.Items))
	for i, it := range w.Items {
		s.lines[i] = s.line(it, live, fold(w.Fulfillment.Status))
		c := it.Cancellation
		if c.Request != nil && c.Execution == nil && s.status != order.Cancelled {
			s.flags = append(s.flags, order.CancelRequested)
		}
		if c.Execution != nil && !it.cancelled() && it.Fulfillment.Fulfilled < it.Quantity {
			s.flags = append(s.flags, order.PartiallyCancelled)
		}
	}
	if cancelled > 0 && s.status != order.Cancelled {
		s.flags = append(s.flags, order.PartiallyCancelled)
	}
}

func (s *stand) line(it wireItem, live parcels, word string) order.Status {
	switch {
	case s.status == "", s.status == order.Cancelled, s.status == order.Pending:
		return s.status
	case it.cancelled():
		return order.Cancelled
	}
	left := it.Quantity > 0 && it.Fulfillment.Fulfilled >= it.Quantity || word == "SHIPPED"
	mine := slices.DeleteFunc(slices.Clone(live), func(p parcel) bool { return !p.holds(it.ID) })
	switch {
	case len(mine) == 0 && left:
		return order.Shipped
	case len(mine) == 0:
		return order.Confirmed
	}
	least := mine.least()
	switch {
	case least.before(order.Shipped) && left:
		return order.Shipped
	case !least.before(order.Shipped) && !left && (word == "PARTIALLYSHIPPED" || !mine.cover([]wireItem{it})):
		return order.Processing
	}
	return least.status
}

// addChannel marks orders that wait for Amazon rather than for the seller.
func (s *stand) addChannel(w wireOrder) {
	if s.sub != "" || !slices.Contains([]order.Status{order.Pending, order.Confirmed, order.Processing}, s.status) {
		return
	}
	switch {
	case w.byAmazon():
		s.sub = subFulfilledByAmazon
	case w.easyShip():
		s.sub = subEasyShip
	}
}

func (w wireOrder) byAmazon() bool { return fold(w.Fulfillment.FulfilledBy) == "AMAZON" }

func (w wireOrder) easyShip() bool {
	return slices.ContainsFunc(w.Programs, func(p string) bool { return fold(p) == "AMAZONEASYSHIP" })
}

// cancelled reports whether the whole line is cancelled. A line with units
// that left was cancelled too late or in part.
func (it wireItem) cancelled() bool {
	return it.Cancellation.Execution != nil && it.Fulfillment.Fulfilled == 0
}
