package shopify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// tally is what became of the pieces of one line.
type tally struct {
	ordered, cancelled, returned, refunded int
}

// kept is how many pieces were not cancelled.
func (t tally) kept() int { return t.ordered - t.cancelled }

// left is how many pieces the customer has, or is to get.
func (t tally) left() int { return t.kept() - t.returned - t.refunded }

// tallies counts each line's pieces. A refund says of its pieces whether they
// were cancelled, came back, or were paid back and kept; what is gone without a
// refund was edited away.
func (w wireOrder) tallies() ([]tally, error) {
	type gone struct{ cancelled, returned, refunded int }
	byLine := map[text]gone{}
	for _, r := range w.Refunds {
		for _, l := range r.Lines {
			n, err := count(l.Quantity)
			if err != nil {
				return nil, fmt.Errorf("refund: quantity: %w", err)
			}
			g := byLine[l.LineID]
			switch l.Restock {
			case "return":
				g.returned += n
			case "cancel":
				g.cancelled += n
			default: // no_restock, and legacy_restock of old orders
				g.refunded += n
			}
			byLine[l.LineID] = g
		}
	}
	all := make([]tally, 0, len(w.Lines))
	for i, l := range w.Lines {
		ordered, err := count(l.Quantity)
		if err != nil {
			return nil, fmt.Errorf("line %d: quantity: %w", i+1, err)
		}
		g := byLine[l.ID]
		t := tally{ordered: ordered, cancelled: min(g.cancelled, ordered)}
		if l.Current != "" {
			current, err := count(l.Current)
			if err != nil {
				return nil, fmt.Errorf("line %d: current_quantity: %w", i+1, err)
			}
			edited := ordered - current - g.cancelled - g.returned - g.refunded
			t.cancelled = min(t.cancelled+max(edited, 0), ordered)
		}
		t.returned = min(g.returned, t.kept())
		t.refunded = min(g.refunded, t.kept()-t.returned)
		all = append(all, t)
	}
	return all, nil
}

// stand is where an order stands.
type stand struct {
	status order.Status // empty: unknown
	word   string       // Shopify's own words: financial/fulfilment/shipment
	sub    string
	flags  []order.Flag
}

// stand translates. The first that holds decides: cancelled before anything
// left; refunded; all that was kept came back; how far the parcels are; whether
// it is paid.
func (w wireOrder) stand(lines []tally, cod []string) stand {
	moving := w.slowest()
	s := stand{word: w.words(moving), flags: w.flags(lines)}
	kept, returned := 0, 0
	for _, t := range lines {
		kept, returned = kept+t.kept(), returned+t.returned
	}
	left := len(w.live()) > 0
	switch {
	case w.Cancelled != "" && !left && w.refundedLater():
		s.status = order.Refunded
	case w.Cancelled != "" && !left:
		s.status = order.Cancelled
		if w.CancelReason != "" {
			s.sub = "cancel_" + strings.ToLower(string(w.CancelReason))
		}
	case w.Financial == "refunded":
		s.status = order.Refunded
	case kept > 0 && returned == kept:
		s.status = order.Returned
	case len(lines) > 0 && kept == 0 && !left:
		s.status = order.Cancelled
	default:
		w.delivery(&s, moving, cod)
	}
	if s.status != "" && !isFinancial(string(w.Financial)) {
		s.flags = append(s.flags, order.NeedsAttention) // a word that we do not know
	}
	return s
}

// delivery tells how far the parcels are, or while there are none, whether the
// order can be packed.
func (w wireOrder) delivery(s *stand, moving string, cod []string) {
	switch w.Fulfilment {
	case "fulfilled":
		s.status, s.sub = shipmentStatus(moving), moving
		if moving == string(s.status) {
			s.sub = ""
		}
		if moving != "" && !slices.Contains(shipmentWords(), moving) {
			s.flags = append(s.flags, order.NeedsAttention)
		}
	case "partial":
		s.status = order.Processing
		s.flags = append(s.flags, order.PartiallyShipped)
	case "", "unfulfilled", "restocked":
		if slices.ContainsFunc(w.Parcels, parcel.inPreparation) {
			s.status, s.sub = order.Processing, moving
			return
		}
		w.payable(s, cod)
	}
}

// payable is the status of an order of which nothing has left.
func (w wireOrder) payable(s *stand, cod []string) {
	switch w.Financial {
	case "paid", "partially_refunded":
		s.status = order.Confirmed
	case "authorized", "partially_paid":
		s.status, s.sub = order.Confirmed, string(w.Financial)
	case "pending":
		s.status = order.Pending
		if w.payment(cod) == order.COD {
			s.status = order.Confirmed // nothing to wait for: money comes at the door
		}
	case "voided", "expired":
		s.status, s.sub = order.Cancelled, string(w.Financial)
		s.flags = append(s.flags, order.NeedsAttention)
	}
}

func isFinancial(word string) bool {
	return slices.Contains([]string{"pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "expired"}, word)
}

// live are the fulfilments that stand: those that left, or are ready to.
func (w wireOrder) live() []parcel {
	return slices.DeleteFunc(slices.Clone(w.Parcels), func(p parcel) bool {
		return p.Status != "success" && p.Status != ""
	})
}

func (p parcel) holds(lineID text) bool {
	return slices.ContainsFunc(p.Lines, func(l line) bool { return l.ID == lineID })
}

// inPreparation recognises a parcel that a service is still to accept, or that
// has a label and waits for the carrier.
func (p parcel) inPreparation() bool {
	return p.Status == "pending" || p.Status == "open" ||
		(p.Status == "success" || p.Status == "") && slices.Contains([]string{"label_printed", "label_purchased", "confirmed"}, string(p.Shipment))
}

// shipmentWords are the carrier's words in the order of a parcel's way.
func shipmentWords() []string {
	return []string{"label_purchased", "label_printed", "confirmed", "ready_for_pickup", "failure", "delayed",
		"carrier_picked_up", "in_transit", "attempted_delivery", "out_for_delivery", "delivered"}
}

// slowest is the carrier's word about the parcel that is the least far, empty
// when nobody has said anything.
func (w wireOrder) slowest() string {
	word, rank := "", len(shipmentWords())
	for _, p := range w.live() {
		if r := slices.Index(shipmentWords(), string(p.Shipment)); r < rank { // −1 for an unknown word and for none
			word, rank = string(p.Shipment), r
		}
	}
	return word
}

// shipmentStatus is the status of an order of which all has left.
func shipmentStatus(word string) order.Status {
	switch word {
	case "delivered":
		return order.Delivered
	case "out_for_delivery", "attempted_delivery":
		return order.OutForDelivery
	}
	return order.Shipped
}

func (w wireOrder) words(moving string) string {
	all := []string{string(w.Financial), string(w.Fulfilment), moving}
	if w.Cancelled != "" {
		all = append([]string{"cancelled"}, all...)
	}
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), "/")
}

func (w wireOrder) flags(lines []tally) []order.Flag {
	var flags []order.Flag
	if w.Financial == "partially_refunded" {
		flags = append(flags, order.PartiallyRefunded)
	}
	kept, cancelled := 0, 0
	for _, t := range lines {
		kept, cancelled = kept+t.kept(), cancelled+t.cancelled
	}
	if kept > 0 && cancelled > 0 && w.Cancelled == "" {
		flags = append(flags, order.PartiallyCancelled)
	}
	for _, p := range w.live() {
		if slices.Contains([]string{"failure", "attempted_delivery", "delayed"}, string(p.Shipment)) {
			flags = append(flags, order.DeliveryException)
		}
	}
	if w.Cancelled != "" && len(w.live()) > 0 {
		flags = append(flags, order.NeedsAttention) // cancelled, and on its way
	}
	return flags
}

// ownStep is how long after a cancellation a refund is a step of its own.
// Shopify books the refund that belongs to the cancellation along with it.
const ownStep = time.Minute

// refundedLater recognises a cancelled order whose money somebody gave back
// afterwards.
func (w wireOrder) refundedLater() bool {
	cancelled := instant(w.Cancelled)
	for _, r := range w.Refunds {
		if w.Financial == "refunded" && len(r.Transactions) > 0 && instant(r.Created).After(cancelled.Add(ownStep)) {
			return true
		}
	}
	return false
}

// lineStatus is the status of one line of an order.
func (w wireOrder) lineStatus(l line, t tally, whole order.Status) order.Status {
	switch {
	case whole == order.Cancelled, whole == order.Refunded, whole == order.Returned:
		return whole
	case t.kept() == 0:
		return order.Cancelled
	case t.returned == t.kept():
		return order.Returned
	case t.returned+t.refunded == t.kept():
		return order.Refunded
	case l.Fulfilment == "partial":
		return order.Processing
	case l.Fulfilment != "fulfilled":
		if whole == order.Pending {
			return order.Pending
		}
		return order.Confirmed
	}
	in := wireOrder{Parcels: slices.DeleteFunc(slices.Clone(w.Parcels), func(p parcel) bool { return !p.holds(l.ID) })}
	return shipmentStatus(in.slowest())
}
