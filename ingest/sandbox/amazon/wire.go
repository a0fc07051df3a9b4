package amazon

import (
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// The Order object of the Orders API 2026-01-01, as far as it is served.
type wireOrder struct {
	OrderID           string             `json:"orderId"`
	CreatedTime       string             `json:"createdTime"`
	LastUpdatedTime   string             `json:"lastUpdatedTime"`
	Programs          []string           `json:"programs,omitempty"`
	SalesChannel      wireSalesChannel   `json:"salesChannel"`
	Buyer             *wireBuyer         `json:"buyer,omitempty"`
	Recipient         *wireRecipient     `json:"recipient,omitempty"`
	Proceeds          *wireTotal         `json:"proceeds,omitempty"`
	Payment           *wirePayment       `json:"payment,omitempty"`
	Fulfillment       *wireFulfillment   `json:"fulfillment,omitempty"`
	OrderItems        []wireItem         `json:"orderItems"`
	Packages          []wirePackage      `json:"packages,omitempty"`
	FulfillmentOrders []fulfillmentOrder `json:"fulfillmentOrders,omitempty"`
}

type wireMoney struct {
	Amount       string `json:"amount"`
	CurrencyCode string `json:"currencyCode"`
}

type wireSalesChannel struct {
	ChannelName     string `json:"channelName"`
	MarketplaceID   string `json:"marketplaceId,omitempty"`
	MarketplaceName string `json:"marketplaceName,omitempty"`
}

type wireBuyer struct {
	BuyerName  string `json:"buyerName,omitempty"`
	BuyerEmail string `json:"buyerEmail,omitempty"`
}

type wireRecipient struct {
	DeliveryAddress wireAddress `json:"deliveryAddress"`
}

type wireAddress struct {
	Name          string `json:"name,omitempty"`
	AddressLine1  string `json:"addressLine1,omitempty"`
	AddressLine2  string `json:"addressLine2,omitempty"`
	City          string `json:"city,omitempty"`
	StateOrRegion string `json:"stateOrRegion,omitempty"`
	PostalCode    string `json:"postalCode,omitempty"`
	CountryCode   string `json:"countryCode,omitempty"`
	Phone         string `json:"phone,omitempty"`
	AddressType   string `json:"addressType,omitempty"`
}

type wireTotal struct {
	GrandTotal *wireMoney      `json:"grandTotal,omitempty"`
	Breakdowns []wireBreakdown `json:"breakdowns,omitempty"`
}

type wireBreakdown struct {
	Type     string    `json:"type"`
	Subtotal wireMoney `json:"subtotal"`
}

type wirePayment struct {
	PaymentExecutions []wireExecution `json:"paymentExecutions"`
}

type wireExecution struct {
	PaymentMethod string    `json:"paymentMethod"`
	PaymentAmount wireMoney `json:"paymentAmount"`
}

type wireWindow struct {
	EarliestDateTime string `json:"earliestDateTime"`
	LatestDateTime   string `json:"latestDateTime"`
}

type wireFulfillment struct {
	FulfillmentStatus       string      `json:"fulfillmentStatus"`
	FulfilledBy             string      `json:"fulfilledBy"`
	FulfillmentServiceLevel string      `json:"fulfillmentServiceLevel"`
	ShipByWindow            *wireWindow `json:"shipByWindow,omitempty"`
	DeliverByWindow         *wireWindow `json:"deliverByWindow,omitempty"`
}

type wireItem struct {
	OrderItemID     string            `json:"orderItemId"`
	QuantityOrdered int               `json:"quantityOrdered"`
	Product         wireProduct       `json:"product"`
	Proceeds        *itemProceeds     `json:"proceeds,omitempty"`
	Promotion       *itemPromotion    `json:"promotion,omitempty"`
	Cancellation    *itemCancellation `json:"cancellation,omitempty"`
	Fulfillment     *itemFulfillment  `json:"fulfillment,omitempty"`
}

type wireProduct struct {
	ASIN      string        `json:"asin,omitempty"`
	Title     string        `json:"title,omitempty"`
	SellerSKU string        `json:"sellerSku,omitempty"`
	Condition wireCondition `json:"condition"`
	Price     *wirePrice    `json:"price,omitempty"`
}

type wireCondition struct {
	ConditionType    string `json:"conditionType"`
	ConditionSubtype string `json:"conditionSubtype"`
}

type wirePrice struct {
	UnitPrice        wireMoney `json:"unitPrice"`
	PriceDesignation string    `json:"priceDesignation,omitempty"`
}

type itemProceeds struct {
	ProceedsTotal wireMoney       `json:"proceedsTotal"`
	Breakdowns    []wireBreakdown `json:"breakdowns"`
}

type itemPromotion struct {
	Breakdowns []promotion `json:"breakdowns"`
}

type promotion struct {
	PromotionID string `json:"promotionId"`
}

type itemCancellation struct {
	CancellationExecution cancellation `json:"cancellationExecution"`
}

type cancellation struct {
	CancelledBy  string `json:"cancelledBy"`
	CancelReason string `json:"cancelReason"`
}

type itemFulfillment struct {
	QuantityFulfilled   int `json:"quantityFulfilled"`
	QuantityUnfulfilled int `json:"quantityUnfulfilled"`
}

type wirePackage struct {
	PackageReferenceID string        `json:"packageReferenceId"`
	CreatedTime        string        `json:"createdTime,omitempty"`
	PackageStatus      packageStatus `json:"packageStatus"`
	Carrier            string        `json:"carrier,omitempty"`
	ShipTime           string        `json:"shipTime,omitempty"`
	ShippingService    string        `json:"shippingService,omitempty"`
	TrackingNumber     string        `json:"trackingNumber,omitempty"`
	PackageItems       []packageItem `json:"packageItems"`
}

type packageStatus struct {
	Status         string `json:"status"`
	DetailedStatus string `json:"detailedStatus"`
}

type packageItem struct {
	OrderItemID string `json:"orderItemId"`
	Quantity    int    `json:"quantity"`
}

type fulfillmentOrder struct {
	FulfillmentOrderID string `json:"fulfillmentOrderId"`
}

// stamp prints a time as the API does; the zero time is left out.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

func rupees(paise int64) wireMoney {
	return wireMoney{Amount: order.INR(paise).Decimal(), CurrencyCode: "INR"}
}

// broken is an order in a shape that no client understands; the JSON itself is
// sound.
func broken(o shop.Order) any {
	return map[string]any{"orderId": o.ID, "createdTime": "yesterday", "lastUpdatedTime": stamp(o.Updated), "orderItems": "see attachment"}
}
