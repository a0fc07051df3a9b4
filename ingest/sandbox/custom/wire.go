package custom

import (
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

type object = map[string]any

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

const unknownWord = "engraving"

// word is the contract's word for where an order stands.
func word(o shop.Order) string {
	switch {
	case o.Word != "":
		return o.Word
	case o.Status == order.Pending, o.Status == order.Confirmed && o.COD:
		return "created"
	case o.Status == order.Confirmed:
		return "paid"
	case o.Status == order.Processing:
		return "packed"
	}
	return string(o.Status)
}

// wire is the order object. Amounts are paise and hold their tax.
func (st *Site) wire(o shop.Order) object {
	c := o.Customer
	body := object{
		"id": o.ID, "number": o.Number, "status": word(o), "currency": "INR", "created_at": stamp(o.Created), "updated_at": stamp(o.Updated),
		"payment":  object{"method": o.Method, "state": payment(o)},
		"customer": object{"name": c.Name(), "email": c.Email, "phone": c.Phone},
		"shipping_address": object{"line1": c.Line1, "line2": c.Line2, "city": c.City, "state": c.StateCode, "postal_code": c.Pincode,
			"country": c.Country},
		"lines": lines(o), "shipping_minor": o.Shipping, "discount_minor": o.Discount(), "tax_minor": tax(o), "total_minor": o.Total(),
		"refunded_minor": o.Refunded(), "shipments": parcels(o), "cancellation": nil,
	}
	if i := slices.IndexFunc(o.History, func(h shop.Change) bool { return h.Status == order.Cancelled }); i >= 0 {
		by, reason := "customer", "changed mind"
		if o.History[i].By == shop.ByClient {
			by, reason = "seller", o.Remark
		}
		body["cancellation"] = object{"by": by, "reason": reason, "at": stamp(o.History[i].At)}
	}
	if st.shop.Unknown(o) {
		body["status"] = unknownWord
	}
	if st.shop.Unparsable(o) {
		body["total_minor"] = "12,99.00"
	}
	return body
}

func payment(o shop.Order) string {
	switch refunded := o.Refunded(); {
	case refunded > 0 && refunded >= o.Total():
		return "refunded"
	case refunded > 0:
		return "partially_refunded"
	case !o.Paid.IsZero():
		return "paid"
	case o.Detail == shop.PaymentFailed:
		return "failed"
	}
	return "pending"
}

func lines(o shop.Order) []object {
	all := make([]object, len(o.Lines))
	for i, l := range o.Lines {
		_, tax := shop.GST(l.Amount)
		all[i] = object{"id": l.ID, "sku": l.SKU, "title": l.Title, "quantity": l.Quantity, "unit_price_minor": l.Unit, "discount_minor": l.Discount,
			"tax_minor": tax, "total_minor": l.Amount}
	}
	return all
}

func tax(o shop.Order) (sum int64) {
	for _, l := range o.Lines {
		_, t := shop.GST(l.Amount)
		sum += t
	}
	return sum
}

// parcels tell where each parcel is; a step behind the order they have none of
// their own.
func parcels(o shop.Order) []object {
	all := []object{}
	for _, p := range o.Parcels {
		state := word(o)
		switch {
		case p.Shipped.IsZero():
			state = "packed"
		case o.Detail == shop.Lost || o.Detail == shop.Damaged:
			state = string(o.Detail)
		case o.Detail == shop.AtHub:
			state = "in_transit"
		}
		all = append(all, object{"id": "sh_" + p.Ref, "carrier": p.Carrier, "tracking_number": p.AWB, "status": state, "updated_at": stamp(o.Updated)})
	}
	return all
}
