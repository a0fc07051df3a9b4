package amazon

import (
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// included tells which parts of an order were asked for.
type included map[string]bool

var includable = [...]string{"BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT",
	"PACKAGES", "TAX", "PAYMENT", "FULFILLMENT_ORDERS"}

func parseIncluded(names []string) (inc included, bad string) {
	inc = included{}
	for _, n := range names {
		if !slices.Contains(includable[:], n) {
			return nil, n
		}
		inc[n] = true
	}
	return inc, ""
}

// wire is an order as the API tells it.
func (a *Account) wire(o shop.Order, inc included) any {
	if a.shop.Unparsable(o) {
		return broken(o)
	}
	status := fulfillmentStatus(o)
	if a.shop.Unknown(o) {
		status = "AWAITING_INSPECTION"
	}
	w := wireOrder{OrderID: o.ID, CreatedTime: stamp(o.Created), LastUpdatedTime: stamp(o.Updated), Programs: programs(o),
		SalesChannel: wireSalesChannel{ChannelName: "AMAZON", MarketplaceID: Marketplace, MarketplaceName: "Amazon.in"}}
	if o.Foreign {
		w.SalesChannel = wireSalesChannel{ChannelName: "NON_AMAZON"}
	}
	known := o.Exact || status != "PENDING" // money and buyer follow the payment
	if known {
		a.private(&w, o, inc)
		w.money(o, inc)
	}
	if inc["FULFILLMENT"] {
		w.Fulfillment = fulfillment(o, status)
	}
	w.OrderItems = make([]wireItem, len(o.Lines))
	for i, l := range o.Lines {
		w.OrderItems[i] = item(o, l, inc, known)
	}
	if inc["PACKAGES"] {
		w.Packages = packages(o)
	}
	if inc["FULFILLMENT_ORDERS"] && o.Collected && known {
		w.FulfillmentOrders = []fulfillmentOrder{{FulfillmentOrderID: "FO" + strings.ReplaceAll(o.ID, "-", "")}}
	}
	return w
}

func programs(o shop.Order) []string {
	var p []string
	if o.Collected {
		p = append(p, "AMAZON_EASY_SHIP")
	}
	if o.Business {
		p = append(p, "AMAZON_BUSINESS")
	}
	if o.Express {
		p = append(p, "PRIME")
	}
	return p
}

// private adds what only some roles may see. Name, mail and phone of orders
// that Amazon ships are withheld.
func (a *Account) private(w *wireOrder, o shop.Order, inc included) {
	c := o.Customer
	if inc["BUYER"] && !o.ByPlatform && c.First != "" {
		w.Buyer = &wireBuyer{BuyerName: c.Name(), BuyerEmail: "buyer" + strings.ReplaceAll(o.ID[4:], "-", "") + "@marketplace.amazon.in"}
	}
	if !inc["RECIPIENT"] || c.City == "" && c.State == "" && c.Pincode == "" {
		return
	}
	addr := wireAddress{City: c.City, StateOrRegion: c.State, PostalCode: c.Pincode, CountryCode: c.Country}
	if !o.Exact {
		addr.StateOrRegion = strings.ToUpper(c.State)
	}
	if !o.ByPlatform && c.First != "" {
		addr.Name, addr.AddressLine1, addr.AddressLine2, addr.AddressType = c.Name(), c.Line1, c.Line2, "RESIDENTIAL"
		if a.shop.Now().Before(o.Created.Add(deliverBy)) {
			addr.Phone = c.Phone
		}
	}
	w.Recipient = &wireRecipient{DeliveryAddress: addr}
}

func (w *wireOrder) money(o shop.Order, inc included) {
	if !o.Priced() {
		return
	}
	total := rupees(o.Total())
	if inc["PROCEEDS"] {
		w.Proceeds = &wireTotal{GrandTotal: &total, Breakdowns: breakdowns(o.Items()+o.Discount(), o.Shipping, o.Discount())}
	}
	if inc["PAYMENT"] && !o.Foreign && o.Method != "" {
		w.Payment = &wirePayment{PaymentExecutions: []wireExecution{{PaymentMethod: paymentMethod(o.Method), PaymentAmount: total}}}
	}
}

// breakdowns lists an amount by kind; GST is part of each, as Indian prices
// are.
func breakdowns(items, shipping, discount int64) []wireBreakdown {
	b := []wireBreakdown{{Type: "ITEM", Subtotal: rupees(items)}}
	if shipping != 0 {
		b = append(b, wireBreakdown{Type: "SHIPPING", Subtotal: rupees(shipping)})
	}
	if discount != 0 {
		b = append(b, wireBreakdown{Type: "DISCOUNT", Subtotal: rupees(-discount)})
	}
	return b
}

func paymentMethod(m string) string {
	switch m {
	case "cod":
		return "CashOnDelivery"
	case "card":
		return "CreditCard"
	case "netbanking":
		return "NetBanking"
	case "wallet":
		return "AmazonPayBalance"
	}
	return "UPI"
}

const (
	shipBy    = 2 * 24 * time.Hour
	deliverBy = 9 * 24 * time.Hour
)

func fulfillment(o shop.Order, status string) *wireFulfillment {
	f := &wireFulfillment{FulfillmentStatus: status, FulfilledBy: "MERCHANT", FulfillmentServiceLevel: "STANDARD"}
	if o.ByPlatform {
		f.FulfilledBy = "AMAZON"
	}
	if o.Express {
		f.FulfillmentServiceLevel = "EXPEDITED"
	}
	window := func(least, most time.Duration) *wireWindow {
		return &wireWindow{EarliestDateTime: stamp(o.Created.Add(least)), LatestDateTime: stamp(o.Created.Add(most))}
	}
	f.ShipByWindow, f.DeliverByWindow = window(24*time.Hour, shipBy), window(3*24*time.Hour, deliverBy)
	return f
}

func item(o shop.Order, l shop.Line, inc included, known bool) wireItem {
	it := wireItem{OrderItemID: l.ID, QuantityOrdered: l.Quantity,
		Product: wireProduct{ASIN: l.ASIN, Title: l.Title, SellerSKU: l.SKU, Condition: wireCondition{"NEW", "NEW"}}}
	cancelled := o.Status == order.Cancelled
	if l.Priced && known {
		it.Product.Price = &wirePrice{UnitPrice: rupees(l.Unit)}
		if o.Business {
			it.Product.Price.PriceDesignation = "BUSINESS_PRICE"
		}
		if inc["PROCEEDS"] {
			// The postage of an order is part of its first line's proceeds.
			var postage int64
			if l.ID == o.Lines[0].ID {
				postage = o.Shipping
			}
			it.Proceeds = &itemProceeds{ProceedsTotal: rupees(l.Amount + postage), Breakdowns: breakdowns(l.Amount+l.Discount, postage, l.Discount)}
		}
	}
	if inc["PROMOTION"] && o.Coupon != "" && known {
		it.Promotion = &itemPromotion{Breakdowns: []promotion{{PromotionID: o.Coupon}}}
	}
	if inc["CANCELLATION"] && cancelled {
		it.Cancellation = &itemCancellation{CancellationExecution: cancellation{"BUYER", "Ordered by mistake"}}
	}
	if inc["FULFILLMENT"] {
		it.Fulfillment = &itemFulfillment{QuantityFulfilled: l.Fulfilled, QuantityUnfulfilled: max(l.Quantity-l.Fulfilled, 0)}
		if cancelled {
			it.Fulfillment.QuantityUnfulfilled = 0
		}
	}
	return it
}
