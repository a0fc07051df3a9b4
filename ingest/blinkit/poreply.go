package blinkit

import (
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// POVerdict is the seller's answer to a purchase order.
type POVerdict string

// The verdicts.
const (
	POProcessing        POVerdict = "processing"
	POAccepted          POVerdict = "accepted"
	POPartiallyAccepted POVerdict = "partially_accepted"
	PORejected          POVerdict = "rejected"
)

// Status is how far a purchase order is by its verdict.
func (v POVerdict) Status() order.Status {
	switch v {
	case POAccepted, POPartiallyAccepted:
		return order.Confirmed
	case PORejected:
		return order.Cancelled
	}
	return order.Pending
}

// Codes of faults in purchase orders [seen].
const (
	poInvalid   = "E100"
	poDuplicate = "E101"
	poBadItem   = "E105"
)

// replyError is a fault in the envelope's spelling.
type replyError struct {
	Code        string            `json:"code"`
	Field       string            `json:"field_name"`
	Message     string            `json:"message"`
	Description string            `json:"description"`
	Params      map[string]string `json:"error_params"`
}

// POReply is the synchronous answer to a purchase order, and the body of a
// later acknowledgement.
type POReply struct {
	Success   bool        `json:"success"`
	Message   string      `json:"message"`
	Timestamp string      `json:"timestamp"`
	Data      POReplyData `json:"data"`
}

// POReplyData is the part of a POReply that holds the verdict.
type POReplyData struct {
	Status   POVerdict    `json:"po_status"`
	Number   string       `json:"po_number"`
	Errors   []replyError `json:"errors"`
	Warnings []replyError `json:"warnings"`
}

// Review compares a purchase order with itself and with what the seller knows
// of its items: price returns the landing price that was agreed for one, and
// false for an item that the seller does not sell. A nil price checks the
// document alone. Sound documents are accepted; those with faults in some items
// only in part.
func (po PurchaseOrder) Review(price func(POItem) (order.Money, bool), at time.Time) POReply {
	var whole, items []replyError
	bad := func(list *[]replyError, code, field, message string, params map[string]string) {
		*list = append(*list, replyError{Code: code, Field: field, Message: message, Params: params})
	}
	units, sum, faulty := 0, order.Money{}, 0
	var err error
	for i, it := range po.Items {
		units += it.Units
		line, terr := it.Landing.Times(int64(it.Units))
		if sum, err = sum.Add(line); err != nil || terr != nil {
			bad(&whole, poInvalid, "total_amount", "amounts are too large", map[string]string{})
			break
		}
		before := len(items)
		if it.Basic.Minor > it.Landing.Minor {
			bad(&items, poBadItem, fmt.Sprintf("item_data[%d].basic_price", i), "basic price above landing price", map[string]string{"item_id": it.ItemID})
		}
		if price != nil {
			switch agreed, ok := price(it); {
			case !ok:
				bad(&items, poBadItem, fmt.Sprintf("item_data[%d].item_id", i), "unknown item", map[string]string{"item_id": it.ItemID})
			case agreed != it.Landing:
				bad(&items, poBadItem, fmt.Sprintf("item_data[%d].landing_price", i), "price differs from the agreed one",
					map[string]string{"item_id": it.ItemID, "expected": agreed.Decimal()})
			}
		}
		if len(items) > before {
			faulty++
		}
	}
	if po.Units != 0 && po.Units != units {
		bad(&whole, poInvalid, "total_qty", "differs from the items", map[string]string{"expected": fmt.Sprint(units)})
	}
	if po.SKUs != 0 && po.SKUs != len(po.Items) {
		bad(&whole, poInvalid, "total_sku", "differs from the items", map[string]string{"expected": fmt.Sprint(len(po.Items))})
	}
	if err == nil && po.Total.Known() && !near(po.Total.Minor, sum.Minor) {
		bad(&whole, poInvalid, "total_amount", "differs from the items", map[string]string{"expected": sum.Decimal()})
	}
	if !po.ExpiresAt.IsZero() && !at.Before(po.ExpiresAt) {
		bad(&whole, poInvalid, "expiry_date", "has passed", map[string]string{})
	}
	verdict := POAccepted
	switch {
	case len(whole) > 0, faulty > 0 && faulty == len(po.Items):
		verdict = PORejected
	case faulty > 0:
		verdict = POPartiallyAccepted
	}
	return po.reply(verdict, append(whole, items...), at)
}

// Duplicate is the answer to a document that was received before, for a seller
// who no longer has the verdict that it got then.
func (po PurchaseOrder) Duplicate(at time.Time) POReply {
	return po.reply(PORejected, []replyError{{
		Code: poDuplicate, Field: "po_number", Message: "Duplicate PO", Description: "already received", Params: map[string]string{},
	}}, at)
}

// Received is the answer while a person decides.
func (po PurchaseOrder) Received(at time.Time) POReply { return po.reply(POProcessing, nil, at) }

func (po PurchaseOrder) reply(v POVerdict, errs []replyError, at time.Time) POReply {
	if errs == nil {
		errs = []replyError{}
	}
	return POReply{
		Success: v != PORejected, Message: string(v), Timestamp: stamp(at),
		Data: POReplyData{Status: v, Number: po.Number, Errors: errs, Warnings: []replyError{}},
	}
}
