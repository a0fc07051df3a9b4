package custom

import (
	"regexp"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// unified is our status; empty for a word outside the contract.
func (w wireOrder) unified() order.Status {
	switch w.Status {
	case "created":
		if w.payment() == order.COD {
			return order.Confirmed // nothing to wait for: money comes at the door
		}
		return order.Pending
	case "paid", "accepted":
		return order.Confirmed
	case "packed":
		return order.Processing
	case "shipped", "out_for_delivery", "delivered", "cancelled", "returned", "refunded":
		return order.Status(w.Status)
	}
	return ""
}

// wordFor is the contract's word for a status that we tell the site.
func wordFor(s order.Status) (string, bool) {
	switch s {
	case order.Confirmed:
		return "accepted", true
	case order.Processing:
		return "packed", true
	case order.Shipped, order.OutForDelivery, order.Delivered, order.Cancelled, order.Returned, order.Refunded:
		return string(s), true
	}
	return "", false
}

var plainWord = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)

// subStatus is a finer step than the status: why a payment or an order stopped,
// or where the parcel is.
func (w wireOrder) subStatus() string {
	by := strings.ToLower(string(w.Cancellation.By))
	switch {
	case w.Status == "created" && w.Payment.State == "failed":
		return "payment_failed"
	case w.Status == "cancelled" && plainWord.MatchString(by):
		return "cancelled_by_" + by
	}
	if s, ok := w.newest(); ok && s.Status != w.Status {
		if word := strings.ToLower(string(s.Status)); plainWord.MatchString(word) {
			return word
		}
	}
	return ""
}

func (w wireOrder) flags() []order.Flag {
	var flags []order.Flag
	if w.Payment.State == "partially_refunded" {
		flags = append(flags, order.PartiallyRefunded)
	}
	left, waiting := false, false
	for _, s := range w.Shipments {
		switch strings.ToLower(string(s.Status)) {
		case "shipped", "in_transit", "out_for_delivery", "delivered":
			left = true
		case "pending", "created", "packed", "ready_to_ship":
			waiting = true
		case "failed", "lost", "damaged", "exception", "undelivered":
			flags = append(flags, order.DeliveryException)
		}
	}
	if left && waiting {
		flags = append(flags, order.PartiallyShipped)
	}
	return tidy(flags)
}

func tidy(flags []order.Flag) []order.Flag {
	slices.Sort(flags)
	return slices.Compact(flags)
}
