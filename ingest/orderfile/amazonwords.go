package orderfile

import (
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// AmazonStatus maps a status word of Amazon's order files ("Sale Report", All
// Orders) to ours, with the finer step. The text after " - " decides, else the
// head word; slices of the report carry the second half alone. Case and blanks
// do not matter. ok is false for a word that is not in the table.
//
// It agrees with what the Orders API says of the same order (platforms'
// documentation: fulfillmentStatus, then package detailedStatus), so that
// importing a file and pulling the account give the same status:
//
//	Pending                                 PENDING
//	Waiting for Pick Up                     UNSHIPPED, package PENDING_PICK_UP
//	Unshipped                               UNSHIPPED without a package
//	Shipping                                UNSHIPPED, package PENDING
//	Shipped, Picked Up                      SHIPPED; PICKED_UP
//	Out for Delivery, Delivered to Buyer    OUT_FOR_DELIVERY, DELIVERED
//	Rejected by Buyer, Returning to Seller  REJECTED_BY_BUYER, RETURNING_TO_SELLER
//	Returned to Seller                      RETURNED_TO_SELLER
//	Lost in Transit, Damaged                LOST, DAMAGED: still shipped, see AmazonFlags
//	Cancelled                               CANCELLED
func AmazonStatus(word string) (status order.Status, sub string, ok bool) {
	head, tail, found := strings.Cut(word, " - ")
	if found {
		if status, sub, ok = amazonWord(tail); ok {
			return status, sub, true
		}
	}
	return amazonWord(head)
}

// The finer steps of a returned order: on its way back, and back.
const (
	subReturning = "rto_in_transit"
	subReturned  = "rto_received"
)

func amazonWord(word string) (order.Status, string, bool) {
	switch foldWord(word) {
	case "pending", "pendingavailability":
		return order.Pending, "", true
	case "unshipped":
		return order.Confirmed, "", true
	case "waiting for pick up", "shipping", "pending pick up":
		return order.Processing, "", true
	case "partiallyshipped", "partially shipped":
		return order.Processing, "", true
	case "shipped", "picked up", "lost in transit", "damaged":
		return order.Shipped, "", true
	case "out for delivery":
		return order.OutForDelivery, "", true
	case "delivered to buyer", "delivered":
		return order.Delivered, "", true
	case "rejected by buyer", "returning to seller", "undeliverable":
		return order.Returned, subReturning, true
	case "returned to seller":
		return order.Returned, subReturned, true
	case "cancelled", "canceled":
		return order.Cancelled, "", true
	case "unfulfillable", "invoiceunconfirmed":
		return order.Confirmed, "", true
	}
	return "", "", false
}

// AmazonFlags are the flags that a status word carries beside its status.
func AmazonFlags(word string) []order.Flag {
	_, tail, found := strings.Cut(word, " - ")
	if !found {
		tail = word
	}
	switch foldWord(tail) {
	case "lost in transit", "damaged":
		return []order.Flag{order.DeliveryException}
	case "partiallyshipped", "partially shipped":
		return []order.Flag{order.PartiallyShipped}
	case "unfulfillable", "invoiceunconfirmed":
		return []order.Flag{order.NeedsAttention}
	}
	return nil
}

// foldWord is a word for comparison: lower case, single blanks.
func foldWord(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
