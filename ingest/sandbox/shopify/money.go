package shopify

import (
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// bookings are the refunds of an order: those made through the API, and those
// that staff made when it was cancelled or came back.
func bookings(o shop.Order) []shop.Refund {
	all := o.Refunds
	for _, r := range all {
		if len(r.Lines) > 0 {
			return all // pieces were booked by hand
		}
	}
	for _, c := range o.History {
		restock := map[order.Status]string{order.Cancelled: "cancel", order.Returned: "return"}[c.Status]
		if restock == "" {
			continue
		}
		r := shop.Refund{ID: refundBase + o.Seq*10 + 9, Reason: string(c.Status), At: c.At}
		for _, l := range o.Lines {
			r.Lines = append(r.Lines, shop.RefundLine{ID: l.ID, Quantity: l.Quantity, Amount: l.Amount, Restock: restock})
		}
		return append([]shop.Refund{r}, all...)
	}
	return all
}

func refunds(o shop.Order) []object {
	all := []object{}
	for _, r := range bookings(o) {
		all = append(all, refund(o, r))
	}
	return all
}

func refund(o shop.Order, r shop.Refund) object {
	lines := []object{}
	for i, l := range r.Lines {
		_, tax := shop.GST(l.Amount)
		entry := object{"id": r.ID*100 + i, "line_item_id": number(l.ID), "quantity": l.Quantity, "restock_type": orElse(emptyNil(l.Restock), "no_restock"),
			"location_id": locationID, "subtotal": float64(l.Amount) / 100, "total_tax": float64(tax) / 100, "subtotal_set": moneySet(l.Amount), "total_tax_set": moneySet(tax)}
		lines = append(lines, entry)
	}
	moves := []object{}
	if r.Amount > 0 {
		moves = append(moves, transaction(o, r.ID*10, "refund", r.Amount, r.At))
	}
	return object{"id": r.ID, "admin_graphql_api_id": gid("Refund", r.ID), "order_id": number(o.ID), "created_at": stamp(r.At), "processed_at": stamp(r.At),
		"note": r.Reason, "restock": len(lines) > 0, "refund_line_items": lines, "transactions": moves, "order_adjustments": []any{}, "duties": []any{}}
}

func emptyNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// paymentID is the transaction by which the order was paid.
func paymentID(o shop.Order) int { return paymentBase + o.Seq*partStride }

func transaction(o shop.Order, id int, kind string, amount int64, at time.Time) object {
	t := object{"id": id, "admin_graphql_api_id": gid("OrderTransaction", id), "order_id": number(o.ID), "kind": kind, "gateway": gateway(o),
		"status": "success", "message": nil, "created_at": stamp(at), "processed_at": stamp(at), "test": false, "parent_id": nil,
		"amount": rupees(amount), "currency": "INR", "source_name": "web", "manual_payment_gateway": o.COD}
	if kind == "refund" {
		t["parent_id"] = paymentID(o)
	}
	return t
}

func transactions(o shop.Order) []object {
	all := []object{}
	switch {
	case !o.Paid.IsZero():
		all = append(all, transaction(o, paymentID(o), "sale", o.Total(), o.Paid))
	case o.COD:
		t := transaction(o, paymentID(o), "sale", o.Total(), o.Created)
		t["status"] = "pending"
		all = append(all, t)
	case o.Detail == shop.PaymentFailed:
		t := transaction(o, paymentID(o), "sale", o.Total(), o.Updated)
		t["status"], t["message"] = "failure", "The payment was declined"
		all = append(all, t)
	}
	for _, r := range o.Refunds {
		if r.Amount > 0 {
			all = append(all, transaction(o, r.ID*10, "refund", r.Amount, r.At))
		}
	}
	return all
}
