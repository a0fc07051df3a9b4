package orderfile

import (
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

func amazonStatus(word string) (order.Status, string, []order.Flag, bool) {
	s, sub, ok := AmazonStatus(word)
	return s, sub, AmazonFlags(word), ok
}

// flipkartStatus maps the order states of Flipkart's seller hub and API.
func flipkartStatus(word string) (order.Status, string, []order.Flag, bool) {
	switch strings.ReplaceAll(foldWord(word), "_", " ") {
	case "approved":
		return order.Confirmed, "", nil, true
	case "packing in progress", "packed":
		return order.Processing, "", nil, true
	case "form failed":
		return order.Processing, "", []order.Flag{order.NeedsAttention}, true
	case "ready to dispatch":
		return order.Processing, "ready_to_ship", nil, true
	case "pickup complete":
		return order.Shipped, "", nil, true
	case "completed":
		return order.Delivered, "", nil, true
	case "return requested":
		return order.Delivered, "return_requested", nil, true
	}
	return genericStatus(word)
}

// genericStatus understands our own words and the usual English ones.
func genericStatus(word string) (order.Status, string, []order.Flag, bool) {
	status := order.Status("")
	sub := ""
	switch w := strings.NewReplacer("_", " ", "-", " ").Replace(foldWord(word)); foldWord(w) {
	case "pending", "on hold", "payment pending", "pending payment", "awaiting payment", "placed":
		status = order.Pending
	case "new", "created", "confirmed", "approved", "accepted", "paid", "unshipped", "unfulfilled", "authorized":
		status = order.Confirmed
	case "processing", "packed", "packing", "in progress", "partially paid":
		status = order.Processing
	case "ready to ship", "ready to dispatch":
		status, sub = order.Processing, "ready_to_ship"
	case "shipped", "dispatched", "in transit", "fulfilled", "picked up":
		status = order.Shipped
	case "out for delivery":
		status = order.OutForDelivery
	// The last three are how a data set of deliveries words lateness.
	case "delivered", "completed", "complete", "on time", "slightly delayed", "significantly delayed":
		status = order.Delivered
	case "cancelled", "canceled", "voided":
		status = order.Cancelled
	case "rto", "rto in transit", "returning":
		status, sub = order.Returned, subReturning
	case "returned", "return", "rto delivered":
		status = order.Returned
	case "refunded", "refund":
		status = order.Refunded
	}
	return status, sub, nil, status != ""
}

// shopifyStatus makes one status of what Shopify keeps apart: payment,
// fulfilment and cancellation.
func shopifyStatus(financial, fulfilment, cancelledAt string, payment order.PaymentMethod) (order.Status, []order.Flag, bool) {
	money, goods := foldWord(financial), foldWord(fulfilment)
	var flags []order.Flag
	if money == "partially_refunded" {
		flags = append(flags, order.PartiallyRefunded)
	}
	switch {
	case cancelledAt != "" && money == "refunded", money == "refunded":
		return order.Refunded, nil, true
	case cancelledAt != "":
		return order.Cancelled, nil, true
	case money == "voided":
		return order.Cancelled, append(flags, order.NeedsAttention), true
	case goods == "fulfilled":
		return order.Shipped, flags, true
	case goods == "partial":
		return order.Processing, append(flags, order.PartiallyShipped), true
	case goods == "restocked":
		return order.Returned, flags, true
	case goods != "" && goods != "unfulfilled":
		return "", nil, false
	case money == "paid", money == "authorized", money == "partially_paid", money == "partially_refunded":
		return order.Confirmed, flags, true
	case money == "pending" && payment == order.COD:
		return order.Confirmed, flags, true
	case money == "pending", money == "":
		return order.Pending, flags, true
	}
	return "", nil, false
}

// payment reads how an order is paid; empty when the text tells nothing.
func payment(text string) order.PaymentMethod {
	switch w := headerKey(text); {
	case w == "":
		return ""
	case strings.Contains(w, "cod"), strings.Contains(w, "cash"), w == "postpaid":
		return order.COD
	}
	return order.Prepaid
}

// rollUp makes the status of an order from those of its lines: cancelled ones
// are left out, returned and refunded ones while another is live, and the
// least advanced of the rest counts; some shipped and some not is processing.
func rollUp(lines []order.Status) (order.Status, []order.Flag) {
	n := map[order.Status]int{}
	for _, s := range lines {
		n[s]++
	}
	var flags []order.Flag
	left := len(lines) - n[order.Cancelled]
	switch {
	case len(lines) == 0:
		return "", nil
	case left == 0:
		return order.Cancelled, nil
	case n[order.Cancelled] > 0:
		flags = append(flags, order.PartiallyCancelled)
	}
	switch left {
	case n[order.Refunded]:
		return order.Refunded, flags
	case n[order.Returned], n[order.Returned] + n[order.Refunded]:
		return order.Returned, flags
	}
	if n[order.Refunded] > 0 {
		flags = append(flags, order.PartiallyRefunded)
	}
	before := n[order.Pending] + n[order.Confirmed] + n[order.Processing]
	after := n[order.Shipped] + n[order.OutForDelivery] + n[order.Delivered]
	if before > 0 && after > 0 {
		return order.Processing, append(flags, order.PartiallyShipped)
	}
	for _, s := range []order.Status{order.Pending, order.Confirmed, order.Processing, order.Shipped, order.OutForDelivery, order.Delivered} {
		if n[s] > 0 {
			return s, flags
		}
	}
	return "", flags
}
