package shopify

import (
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/graphql"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// zulu writes a time as GraphQL does; nil for none.
func zulu(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

func bag(paise int64) node {
	m := node{Type: "MoneyV2", Fields: fields{"amount": rupees(paise), "currencyCode": "INR"}}
	return node{Type: "MoneyBag", Fields: fields{"shopMoney": m, "presentmentMoney": m}}
}

// displayFulfilment is the fulfilment in GraphQL's words.
func displayFulfilment(o shop.Order) string {
	switch fulfilment(o) {
	case "fulfilled":
		return "FULFILLED"
	case "partial":
		return "PARTIALLY_FULFILLED"
	}
	if o.Status == order.Processing {
		return "IN_PROGRESS"
	}
	return "UNFULFILLED"
}

func (st *Store) orderNode(o shop.Order) node {
	word := displayFulfilment(o)
	if st.shop.Unknown(o) {
		word = strings.ToUpper(unknownWord)
	}
	created := zulu(o.Created)
	if st.shop.Unparsable(o) {
		created = "yesterday"
	}
	_, tax := shop.GST(o.Items())
	f := fields{
		"id": gid("Order", o.ID), "legacyResourceId": o.ID, "name": o.Number, "createdAt": created, "updatedAt": zulu(o.Updated),
		"processedAt": zulu(o.Created), "cancelledAt": zulu(cancelledAt(o)), "closedAt": zulu(closedAt(o)), "closed": !closedAt(o).IsZero(),
		"cancelReason": nil, "confirmed": true, "test": false, "note": emptyNil(o.Remark), "tags": tagList(o), "email": o.Customer.Email, "phone": nil,
		"displayFinancialStatus": strings.ToUpper(financial(o)), "displayFulfillmentStatus": word, "returnStatus": returnStatus(o),
		"fullyPaid": !o.Paid.IsZero(), "unpaid": o.Paid.IsZero(), "currencyCode": "INR", "taxesIncluded": true, "sourceName": "web",
		"paymentGatewayNames": []string{gateway(o)}, "totalPriceSet": bag(o.Total()), "currentTotalPriceSet": bag(current(o)),
		"subtotalPriceSet": bag(o.Items()), "currentSubtotalPriceSet": bag(max(0, current(o)-o.Shipping)), "totalDiscountsSet": bag(o.Discount()),
		"totalTaxSet": bag(tax), "totalShippingPriceSet": bag(o.Shipping), "totalRefundedSet": bag(o.Refunded()),
		"totalOutstandingSet": bag(outstanding(o)), "shippingAddress": addressNode(o.Customer), "billingAddress": addressNode(o.Customer),
		"customer": nil, "lineItems": paged("LineItem", st.lineNodes(o)), "fulfillments": firstOf(parcelNodes(o)),
		"fulfillmentOrders": paged("FulfillmentOrder", []node{fulfilNode(o)}), "refunds": firstOf(refundNodes(o)), "transactions": firstOf(paymentNodes(o)),
	}
	if !cancelledAt(o).IsZero() {
		f["cancelReason"] = strings.ToUpper(text(orElse(meta(o, "cancel_reason"), "customer")))
	}
	if c := o.Customer; c.ID > 0 {
		f["customer"] = node{Type: "Customer", Fields: fields{"id": gid("Customer", customerBase+c.ID), "firstName": c.First, "lastName": c.Last,
			"displayName": c.Name(), "email": c.Email, "phone": c.Phone}}
	}
	return node{Type: "Order", Fields: f}
}

func tagList(o shop.Order) []string {
	tags := []string{}
	for t := range strings.SplitSeq(text(meta(o, "tags")), ",") {
		if t = strings.TrimSpace(t); t != "" {
			tags = append(tags, t)
		}
	}
	return tags
}

func returnStatus(o shop.Order) string {
	if slices.ContainsFunc(o.History, func(c shop.Change) bool { return c.Status == order.Returned }) {
		return "RETURNED"
	}
	return "NO_RETURN"
}

// firstOf is a plain list that takes the argument first.
func firstOf(all []node) graphql.Resolver {
	return func(a args) (any, error) {
		if n, ok := a.Int("first"); ok {
			return all[:min(max(n, 0), len(all))], nil
		}
		return all, nil
	}
}

func addressNode(c shop.Customer) node {
	return node{Type: "MailingAddress", Fields: fields{"name": c.Name(), "firstName": c.First, "lastName": c.Last, "company": nil, "address1": c.Line1,
		"address2": c.Line2, "city": c.City, "province": c.State, "provinceCode": c.StateCode, "country": "India", "countryCodeV2": c.Country,
		"zip": c.Pincode, "phone": c.Phone}}
}

func (st *Store) lineNodes(o shop.Order) []node {
	all := make([]node, len(o.Lines))
	for i, l := range o.Lines {
		gone := removed(o, l.ID)
		all[i] = node{Type: "LineItem", Fields: fields{"id": gid("LineItem", l.ID), "sku": emptyNil(l.SKU), "title": l.Title, "name": l.Title,
			"variantTitle": nil, "vendor": "Palmonas", "quantity": l.Quantity, "currentQuantity": l.Quantity - gone,
			"unfulfilledQuantity": max(0, l.Quantity-l.Fulfilled-gone), "requiresShipping": true, "taxable": true,
			"originalUnitPriceSet": bag(l.Unit), "discountedUnitPriceSet": bag(l.Amount / int64(l.Quantity)),
			"originalTotalSet": bag(l.Unit * int64(l.Quantity)), "discountedTotalSet": bag(l.Amount), "totalDiscountSet": bag(l.Discount)}}
	}
	return all
}

// displayStatus is where a parcel is, in GraphQL's words.
func displayStatus(o shop.Order, p shop.Parcel) string {
	switch word := shipmentStatus(o, p); {
	case p.Void:
		return "CANCELED"
	case p.Shipped.IsZero():
		return "SUBMITTED"
	case word != "":
		return strings.ToUpper(word)
	}
	return "FULFILLED"
}

func parcelNodes(o shop.Order) []node {
	all := []node{}
	for i := range o.Parcels {
		all = append(all, parcelNode(o, i))
	}
	return all
}

func parcelNode(o shop.Order, i int) node {
	p := o.Parcels[i]
	rest := parcel(o, i)
	tracking := []node{}
	if p.AWB != "" || p.Carrier != "" {
		tracking = append(tracking, node{Type: "FulfillmentTrackingInfo", Fields: fields{"company": emptyNil(p.Carrier), "number": emptyNil(p.AWB),
			"url": rest["tracking_url"]}})
	}
	f := fields{"id": rest["admin_graphql_api_id"], "legacyResourceId": fmtID(parcelID(o, i)), "name": rest["name"],
		"status": strings.ToUpper(text(rest["status"])), "displayStatus": displayStatus(o, p), "createdAt": zulu(p.Made), "updatedAt": zulu(o.Updated),
		"deliveredAt": nil, "totalQuantity": total(o, p), "trackingInfo": firstOf(tracking), "events": paged("FulfillmentEvent", nil)}
	if word := shipmentStatus(o, p); word != "" {
		f["events"] = paged("FulfillmentEvent", []node{eventNode(o, word)})
		if word == "delivered" {
			f["deliveredAt"] = zulu(o.Closed)
		}
	}
	return node{Type: "Fulfillment", Fields: f}
}

func eventNode(o shop.Order, word string) node {
	return node{Type: "FulfillmentEvent", Fields: fields{"id": gid("FulfillmentEvent", eventBase+o.Seq), "status": strings.ToUpper(word),
		"happenedAt": zulu(o.Updated), "message": nil}}
}

func total(o shop.Order, p shop.Parcel) (n int) {
	for _, l := range o.Lines {
		n += pieces(p, l)
	}
	return n
}

func fulfilNode(o shop.Order) node {
	rest := fulfillmentOrder(o)
	lines := []node{}
	for i, l := range rest["line_items"].([]object) { //nolint:errcheck // made just above
		lines = append(lines, node{Type: "FulfillmentOrderLineItem", Fields: fields{"id": gid("FulfillmentOrderLineItem", l["id"]),
			"totalQuantity": l["quantity"], "remainingQuantity": l["fulfillable_quantity"], "lineItem": node{Type: "LineItem",
				Fields: fields{"id": gid("LineItem", o.Lines[i].ID), "sku": emptyNil(o.Lines[i].SKU), "title": o.Lines[i].Title}}}})
	}
	return node{Type: "FulfillmentOrder", Fields: fields{"id": rest["admin_graphql_api_id"], "status": strings.ToUpper(text(rest["status"])),
		"requestStatus": "UNSUBMITTED", "createdAt": zulu(o.Created), "updatedAt": zulu(o.Updated), "lineItems": paged("FulfillmentOrderLineItem", lines)}}
}

func refundNodes(o shop.Order) []node {
	all := []node{}
	for _, r := range bookings(o) {
		lines := []node{}
		for _, l := range r.Lines {
			lines = append(lines, node{Type: "RefundLineItem", Fields: fields{"quantity": l.Quantity,
				"restockType": strings.ToUpper(text(orElse(emptyNil(l.Restock), "no_restock"))), "subtotalSet": bag(l.Amount),
				"lineItem": node{Type: "LineItem", Fields: fields{"id": gid("LineItem", l.ID)}}}})
		}
		all = append(all, node{Type: "Refund", Fields: fields{"id": gid("Refund", r.ID), "createdAt": zulu(r.At), "note": emptyNil(r.Reason),
			"totalRefundedSet": bag(r.Amount), "refundLineItems": paged("RefundLineItem", lines)}})
	}
	return all
}

func paymentNodes(o shop.Order) []node {
	all := []node{}
	for _, t := range transactions(o) {
		paise, _ := paiseOf(text(t["amount"])) // written by us
		all = append(all, node{Type: "OrderTransaction", Fields: fields{"id": t["admin_graphql_api_id"], "kind": strings.ToUpper(text(t["kind"])),
			"status": strings.ToUpper(text(t["status"])), "gateway": t["gateway"], "amountSet": bag(paise)}})
	}
	return all
}
