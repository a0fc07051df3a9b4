package shopify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

type object = map[string]any

// stamp writes a time as REST does, with the shop's offset; nil for none.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(kolkata).Format(time.RFC3339)
}

func rupees(paise int64) string {
	sign := ""
	if paise < 0 {
		sign, paise = "-", -paise
	}
	return fmt.Sprintf("%s%d.%02d", sign, paise/100, paise%100)
}

// moneySet is an amount in the shop's and in the customer's currency.
func moneySet(paise int64) object {
	m := object{"amount": rupees(paise), "currency_code": "INR"}
	return object{"shop_money": m, "presentment_money": m}
}

func gid(kind string, id any) string { return fmt.Sprintf("gid://shopify/%s/%v", kind, id) }

func number(id string) int {
	n, _ := strconv.Atoi(id) // ids of the shop are numbers
	return n
}

// pick selects members of the first level; an empty list selects all.
func pick(v object, fields string) object {
	if fields == "" {
		return v
	}
	some := object{}
	for name := range strings.SplitSeq(fields, ",") {
		name = strings.TrimSpace(name)
		if value, ok := v[name]; ok {
			some[name] = value
		}
	}
	return some
}

// meta is a field that only this API sets; nil for none.
func meta(o shop.Order, key string) any {
	for _, m := range o.Meta {
		if m.Key == key {
			return m.Value
		}
	}
	return nil
}

func setMeta(o *shop.Order, key string, value any) {
	o.Meta = slices.DeleteFunc(slices.Clone(o.Meta), func(m shop.Meta) bool { return m.Key == key })
	if value != nil {
		o.Meta = append(o.Meta, shop.Meta{Key: key, Value: value})
	}
}

const unknownWord = "inspection_pending"

// financial is the state of the money.
func financial(o shop.Order) string {
	switch refunded := o.Refunded(); {
	case refunded > 0 && refunded >= o.Total():
		return "refunded"
	case refunded > 0:
		return "partially_refunded"
	case !o.Paid.IsZero():
		return "paid"
	case !cancelledAt(o).IsZero():
		return "voided"
	}
	return "pending"
}

// fulfilment is how much has left; nil for nothing.
func fulfilment(o shop.Order) any {
	some, all := false, true
	for _, l := range o.Lines {
		some, all = some || l.Fulfilled > 0, all && l.Fulfilled >= l.Quantity
	}
	switch {
	case some && all:
		return "fulfilled"
	case some:
		return "partial"
	}
	return nil
}

func cancelledAt(o shop.Order) time.Time {
	for _, c := range slices.Backward(o.History) {
		if c.Status == order.Cancelled {
			return c.At
		}
	}
	return time.Time{}
}

// closedAt is when the order was archived: by hand, or when it was paid and
// sent.
func closedAt(o shop.Order) time.Time {
	switch at := meta(o, "closed_at").(type) {
	case time.Time:
		return at
	case bool:
		return time.Time{} // opened again
	}
	return o.Closed
}

func gateway(o shop.Order) string {
	if o.COD {
		return "Cash on Delivery (COD)"
	}
	return "razorpay"
}

// wire is the order resource.
func (st *Store) wire(o shop.Order) object {
	id := number(o.ID)
	gross := o.Items() + o.Discount()
	_, tax := shop.GST(o.Items())
	body := object{
		"id": id, "admin_graphql_api_id": gid("Order", id), "name": o.Number, "order_number": 1001 + o.Seq, "number": 1 + o.Seq,
		"created_at": stamp(o.Created), "updated_at": stamp(o.Updated), "processed_at": stamp(o.Created), "closed_at": stamp(closedAt(o)),
		"cancelled_at": stamp(cancelledAt(o)), "cancel_reason": nil, "currency": "INR", "presentment_currency": "INR", "taxes_included": true,
		"confirmed": true, "test": false, "source_name": "web", "app_id": 580111, "token": shop.Secret("order", o.ID, 0)[:32],
		"subtotal_price": rupees(o.Items()), "subtotal_price_set": moneySet(o.Items()), "total_line_items_price": rupees(gross),
		"total_line_items_price_set": moneySet(gross), "total_discounts": rupees(o.Discount()), "total_discounts_set": moneySet(o.Discount()),
		"total_tax": rupees(tax), "total_tax_set": moneySet(tax), "total_shipping_price_set": moneySet(o.Shipping),
		"total_price": rupees(o.Total()), "total_price_set": moneySet(o.Total()), "total_outstanding": rupees(outstanding(o)),
		"current_total_price": rupees(current(o)), "current_total_price_set": moneySet(current(o)), "total_tip_received": "0.00",
		"financial_status": financial(o), "fulfillment_status": fulfilment(o), "payment_gateway_names": []string{gateway(o)},
		"tags": text(meta(o, "tags")), "note": nil, "note_attributes": []any{}, "discount_codes": []any{}, "discount_applications": []any{},
		"tax_lines": []object{taxLine(tax)}, "line_items": st.lines(o), "fulfillments": fulfillments(o), "refunds": refunds(o),
		"original_total_duties_set": nil, "original_total_additional_fees_set": nil,
	}
	if !cancelledAt(o).IsZero() {
		body["cancel_reason"] = orElse(meta(o, "cancel_reason"), "customer")
	}
	if o.Remark != "" {
		body["note"] = o.Remark
	}
	if o.Coupon != "" {
		body["discount_codes"] = []object{{"code": o.Coupon, "amount": rupees(o.Discount()), "type": "percentage"}}
		body["discount_applications"] = []object{{"target_type": "line_item", "type": "discount_code", "code": o.Coupon, "value_type": "percentage",
			"allocation_method": "across", "target_selection": "all"}}
	}
	buyer(o, body)
	if st.shop.Unknown(o) {
		body["fulfillment_status"] = unknownWord
	}
	if st.shop.Unparsable(o) {
		body["created_at"] = "yesterday"
	}
	return body
}

// buyer adds who ordered and where it goes.
func buyer(o shop.Order, body object) {
	c := o.Customer
	address := object{"first_name": c.First, "last_name": c.Last, "name": c.Name(), "company": nil, "address1": c.Line1, "address2": c.Line2,
		"city": c.City, "province": c.State, "province_code": c.StateCode, "country": "India", "country_code": c.Country, "zip": c.Pincode,
		"phone": c.Phone, "latitude": nil, "longitude": nil}
	body["email"], body["contact_email"], body["phone"] = c.Email, c.Email, nil
	body["billing_address"], body["shipping_address"] = address, address
	if c.ID > 0 {
		body["customer"] = object{"id": customerBase + c.ID, "email": c.Email, "first_name": c.First, "last_name": c.Last, "phone": c.Phone,
			"admin_graphql_api_id": gid("Customer", customerBase+c.ID), "tags": "", "currency": "INR"}
	}
	shipping := []object{}
	if o.Shipping > 0 {
		shipping = append(shipping, object{"id": paymentBase + o.Seq*partStride + 99, "title": "Standard", "code": "STD", "source": "shopify",
			"price": rupees(o.Shipping), "price_set": moneySet(o.Shipping), "discounted_price": rupees(o.Shipping), "tax_lines": []any{}})
	}
	body["shipping_lines"] = shipping
}

// current is the total after refunds and cancellations of pieces.
func current(o shop.Order) int64 {
	if !cancelledAt(o).IsZero() {
		return 0
	}
	return max(0, o.Total()-o.Refunded())
}

func outstanding(o shop.Order) int64 {
	if o.Paid.IsZero() && cancelledAt(o).IsZero() {
		return o.Total()
	}
	return 0
}

func taxLine(tax int64) object {
	return object{"title": "IGST", "price": rupees(tax), "price_set": moneySet(tax), "rate": 0.03}
}

func text(v any) string {
	s, _ := v.(string) // empty for anything else
	return s
}

func orElse(v any, fallback any) any {
	if v == nil {
		return fallback
	}
	return v
}

func (st *Store) lines(o shop.Order) []object {
	all := make([]object, len(o.Lines))
	for i := range o.Lines {
		all[i] = line(o, i)
	}
	return all
}

func line(o shop.Order, i int) object {
	l := o.Lines[i]
	_, tax := shop.GST(l.Amount)
	gone := removed(o, l.ID)
	v := object{
		"id": number(l.ID), "admin_graphql_api_id": gid("LineItem", l.ID), "variant_id": nil, "product_id": nil, "sku": l.SKU, "title": l.Title,
		"variant_title": nil, "name": l.Title, "quantity": l.Quantity, "current_quantity": l.Quantity - gone,
		"fulfillable_quantity": max(0, l.Quantity-l.Fulfilled-gone), "price": rupees(l.Unit), "price_set": moneySet(l.Unit), "total_discount": "0.00",
		"discount_allocations": []any{}, "tax_lines": []object{taxLine(tax)}, "fulfillment_status": nil, "fulfillment_service": "manual",
		"requires_shipping": true, "gift_card": false, "taxable": true, "properties": []any{}, "vendor": "Palmonas", "product_exists": true, "grams": 40,
	}
	if l.Product > 0 {
		v["product_id"], v["variant_id"] = 8_400_000_000_000+l.Product, 45_900_000_000_000+l.Product
	}
	if l.Discount > 0 {
		v["discount_allocations"] = []object{{"amount": rupees(l.Discount), "amount_set": moneySet(l.Discount), "discount_application_index": 0}}
	}
	switch {
	case l.Fulfilled >= l.Quantity:
		v["fulfillment_status"] = "fulfilled"
	case l.Fulfilled > 0:
		v["fulfillment_status"] = "partial"
	}
	return v
}

// removed is how many pieces of a line refunds took out of the order.
func removed(o shop.Order, line string) (n int) {
	for _, r := range bookings(o) {
		for _, l := range r.Lines {
			if l.ID == line {
				n += l.Quantity
			}
		}
	}
	return n
}
