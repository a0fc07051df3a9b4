package blinkit

import (
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// wireOrder is an order of the relay. Amounts are decimal texts in rupees with
// the tax in them; selling_price is of one piece, the others of the line.
type wireOrder struct {
	ID          text `json:"order_id"`
	Status      text `json:"status"`
	FulfilledBy text `json:"fulfilled_by"`
	CreatedAt   text `json:"created_at"`
	UpdatedAt   text `json:"updated_at"`
	PaymentMode text `json:"payment_mode"`
	Customer    struct {
		City    text `json:"city"`
		State   text `json:"state"`
		Pincode text `json:"pincode"`
	} `json:"customer"`
	Cancellation struct {
		By text `json:"by"`
	} `json:"cancellation"`
	Items  []wireItem `json:"items"`
	Totals struct {
		Items    text `json:"item_total"`
		Discount text `json:"discount"`
		Tax      text `json:"tax_total"`
		Bill     text `json:"gross_bill_amount"`
	} `json:"totals"`
	Currency text `json:"currency"`
}

type wireItem struct {
	LineID   text `json:"line_id"`
	ItemID   text `json:"item_id"`
	SKU      text `json:"sku_code"`
	Name     text `json:"name"`
	Quantity int  `json:"quantity"`
	Price    text `json:"selling_price"`
	Discount text `json:"discount"`
	Tax      text `json:"tax_total"`
	Total    text `json:"line_total"`
}

// The relay's words for where an order stands.
const (
	wordPlaced         = "PLACED"
	wordAccepted       = "ACCEPTED"
	wordPacking        = "PACKING"
	wordPacked         = "PACKED"
	wordDispatched     = "DISPATCHED"
	wordOutForDelivery = "OUT_FOR_DELIVERY"
	wordDelivered      = "DELIVERED"
	wordCancelled      = "CANCELLED"
	wordReturned       = "RETURNED"
	wordRefunded       = "REFUNDED"
)

func (w wireOrder) word() string { return clean(string(w.Status)) }

func (w wireOrder) bySeller() bool  { return strings.EqualFold(string(w.FulfilledBy), "SELLER") }
func (w wireOrder) byBlinkit() bool { return strings.EqualFold(string(w.FulfilledBy), "BLINKIT") }

// status is ours for the order's word, empty for an unknown one. An order that
// the seller packs waits for his yes; one from Blinkit's own stores does not.
func (w wireOrder) status() order.Status {
	switch strings.ToUpper(w.word()) {
	case wordPlaced:
		if w.byBlinkit() {
			return order.Confirmed
		}
		return order.Pending
	case wordAccepted:
		return order.Confirmed
	case wordPacking, wordPacked:
		return order.Processing
	case wordDispatched:
		return order.Shipped
	case wordOutForDelivery:
		return order.OutForDelivery
	case wordDelivered:
		return order.Delivered
	case wordCancelled:
		return order.Cancelled
	case wordReturned:
		return order.Returned
	case wordRefunded:
		return order.Refunded
	}
	return ""
}

func (w wireOrder) payment() order.PaymentMethod {
	switch strings.ToUpper(string(w.PaymentMode)) {
	case "COD":
		return order.COD
	case "PREPAID":
		return order.Prepaid
	}
	return ""
}

// cancelledBy is who cancelled, in small letters; empty when it is not said.
func (w wireOrder) cancelledBy() string {
	by := strings.ToLower(string(w.Cancellation.By))
	if slices.Contains([]string{"customer", "seller", "blinkit"}, by) {
		return by
	}
	return ""
}

// path is the way of an order that the seller packs, as far as he moves it.
func path() []string { return []string{wordPlaced, wordAccepted, wordPacked, wordDispatched} }

// wordFor is the last word that a seller says for one of our statuses; all
// others belong to Blinkit.
func wordFor(s order.Status) string {
	switch s {
	case order.Confirmed:
		return wordAccepted
	case order.Processing:
		return wordPacked
	case order.Shipped:
		return wordDispatched
	case order.Cancelled:
		return wordCancelled
	}
	return ""
}

// steps are the words to send, in turn, to bring an order from one word to
// another. None are left when it is there or beyond; ok is false when no way
// leads there.
func steps(from, to string) (words []string, ok bool) {
	from = strings.ToUpper(from)
	if from == to {
		return nil, true
	}
	if to == wordCancelled {
		return []string{wordCancelled}, cancellable(from)
	}
	at := slices.Index(path(), from)
	switch from {
	case wordPacking:
		at = slices.Index(path(), wordAccepted)
	case wordOutForDelivery, wordDelivered:
		at = len(path()) - 1
	}
	if at < 0 {
		return nil, false
	}
	end := slices.Index(path(), to) + 1
	return path()[min(at+1, end):end], true
}

// cancellable reports whether a seller may still cancel.
func cancellable(word string) bool {
	return slices.Contains([]string{wordPlaced, wordAccepted, wordPacking}, strings.ToUpper(word))
}
