package swiggy

import (
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// wireOrder is an order of the relay. Amounts are whole paise with the tax in
// them; unitPricePaise is of one piece, the others of the line.
type wireOrder struct {
	ID          text `json:"orderId"`
	CreatedAt   text `json:"createdAt"`
	UpdatedAt   text `json:"updatedAt"`
	Version     text `json:"version"` // grows by one with each change
	State       text `json:"orderState"`
	Fulfilment  text `json:"fulfilmentState"`
	FulfilledBy text `json:"fulfilledBy"`
	Payment     struct {
		Mode  text `json:"mode"`
		State text `json:"state"`
	} `json:"payment"`
	Customer struct {
		City    text `json:"city"`
		Pincode text `json:"pincode"`
	} `json:"customer"`
	Items   []wireItem `json:"items"`
	Amounts struct {
		Items     text `json:"itemTotalPaise"`
		Discount  text `json:"merchantDiscountPaise"`
		Packaging text `json:"packagingPaise"`
		Tax       text `json:"taxPaise"`
		Payable   text `json:"payablePaise"`
	} `json:"amounts"`
	Cancellation struct {
		By text `json:"by"`
	} `json:"cancellation"`
}

type wireItem struct {
	ItemID    text `json:"itemId"`
	SKU       text `json:"skuCode"`
	Name      text `json:"name"`
	Quantity  int  `json:"quantity"`
	Cancelled int  `json:"cancelledQuantity"`
	Price     text `json:"unitPricePaise"`
	Discount  text `json:"merchantDiscountPaise"`
	Tax       text `json:"taxPaise"`
	Total     text `json:"totalPaise"`
}

// The relay's words.
const (
	placed     = "PLACED"
	accepted   = "ACCEPTED"
	inProgress = "IN_PROGRESS"
	completed  = "COMPLETED"
	cancelled  = "CANCELLED"

	packing        = "PACKING"
	packed         = "PACKED"
	outForDelivery = "OUT_FOR_DELIVERY"
	delivered      = "DELIVERED"
	returning      = "RETURNING_TO_STORE"
	returned       = "RETURNED_TO_STORE"

	refunded = "REFUNDED"
)

func upper(t text) string { return strings.ToUpper(clean(string(t))) }

func (w wireOrder) byMerchant() bool { return upper(w.FulfilledBy) == "MERCHANT" }
func (w wireOrder) bySwiggy() bool   { return upper(w.FulfilledBy) == "PLATFORM" }
func (w wireOrder) refunded() bool   { return upper(w.Payment.State) == refunded }

// word is the order's state, fulfilment and refund in Swiggy's words, such as
// IN_PROGRESS/PACKED.
func (w wireOrder) word() string {
	parts := []string{clean(string(w.State))}
	if f := clean(string(w.Fulfilment)); f != "" {
		parts = append(parts, f)
	}
	if w.refunded() {
		parts = append(parts, refunded)
	}
	return strings.Join(parts, "/")
}

// status is ours for the order's words, empty when one of them is unknown. An
// order that the merchant packs waits for his yes. Quick commerce has no parcel
// on its way to a hub: the rider who takes it is out for delivery.
func (w wireOrder) status() order.Status {
	state, step := upper(w.State), upper(w.Fulfilment)
	known := []string{"", packing, packed, outForDelivery, delivered, returning, returned}
	if !slices.Contains(known, step) {
		return ""
	}
	switch {
	case !slices.Contains([]string{placed, accepted, inProgress, completed, cancelled}, state):
		return ""
	case step == returning, step == returned:
		return order.Returned
	case state == cancelled:
		return order.Cancelled
	case state == completed && w.refunded():
		return order.Refunded
	case state == completed, step == delivered:
		return order.Delivered
	case step == outForDelivery:
		return order.OutForDelivery
	case step == packing, step == packed, state == inProgress:
		return order.Processing
	case state == accepted, w.bySwiggy():
		return order.Confirmed
	}
	return order.Pending
}

// sub is a finer step than the status has.
func (w wireOrder) sub() string {
	by := strings.ToLower(string(w.Cancellation.By))
	switch step := upper(w.Fulfilment); {
	case step == returning:
		return subReturning
	case step == returned:
		return subReturned
	case w.status() == order.Cancelled && w.refunded():
		return subRefunded
	case w.status() == order.Cancelled && slices.Contains([]string{"customer", "merchant", "platform"}, by):
		return subCancelledBy + by
	case w.byMerchant():
		return subBySeller
	case w.bySwiggy():
		return subBySwiggy
	}
	return ""
}

func (w wireOrder) payment() order.PaymentMethod {
	switch upper(w.Payment.Mode) {
	case "COD":
		return order.COD
	case "PREPAID":
		return order.Prepaid
	}
	return ""
}

// path is the way of an order that the merchant packs, as far as he moves it.
func path() []string { return []string{placed, accepted, packing, packed} }

// wordFor is the last word that a merchant says for one of our statuses; all
// others belong to Swiggy.
func wordFor(s order.Status) string {
	switch s {
	case order.Confirmed:
		return accepted
	case order.Processing:
		return packed
	}
	return ""
}

// steps are what to tell, in turn, to bring the order to a word of path. None
// are left when it is there or beyond; ok is false when no way leads there.
func (w wireOrder) steps(to string) (actions []action, ok bool) {
	var at int // where in path() the order is; -1 before it
	switch state, step := upper(w.State), upper(w.Fulfilment); {
	case w.status() == "", state == cancelled, step == returning, step == returned:
		return nil, false
	case w.status() == order.OutForDelivery, w.status() == order.Delivered, w.status() == order.Refunded:
		return nil, true
	case step != "":
		at = slices.Index(path(), step)
	case state == inProgress:
		at = slices.Index(path(), accepted)
	default:
		at = slices.Index(path(), state)
	}
	end := slices.Index(path(), to) + 1
	for _, word := range path()[min(at+1, end):end] {
		if word == accepted {
			actions = append(actions, action{Type: "ORDER_STATE_UPDATE", State: word})
		} else {
			actions = append(actions, action{Type: "ORDER_FULFILMENT_STATE_UPDATE", Fulfilment: word})
		}
	}
	return actions, true
}
