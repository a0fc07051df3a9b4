// Package orderjson is the one shape of an order in JSON: what the API answers
// and what exports hold. Of returns a value for encoding/json; every member is
// always there. What is not known is null (times, amounts, objects) or empty
// (texts, lists). Times are RFC 3339 in UTC, amounts as order.Money writes them.
//
// Somebody who may not read customers gets Of(order.Masked(o)) without the
// customer's id, which Masked says for them:
//
//	orderjson.Of(o)     // whoever has customers.read
//	orderjson.Masked(o) // everybody else
package orderjson

import (
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Order is an order in JSON.
type Order struct {
	ID              string        `json:"id"`
	Kind            string        `json:"kind"` // consumer or purchase
	Platform        string        `json:"platform"`
	Channel         string        `json:"channel"`
	PlatformOrderID string        `json:"platformOrderId"`
	OrderNumber     string        `json:"orderNumber"`
	OrderedAt       Time          `json:"orderedAt"`
	Status          string        `json:"status"`
	PlatformStatus  string        `json:"platformStatus"`
	SubStatus       string        `json:"subStatus"`
	Flags           []string      `json:"flags"`
	PaymentMethod   string        `json:"paymentMethod"` // prepaid, cod, or empty
	Customer        Customer      `json:"customer"`
	Items           []Item        `json:"items"`
	Subtotal        order.Money   `json:"subtotal"`
	Discount        order.Money   `json:"discount"`
	Shipping        order.Money   `json:"shipping"`
	Tax             order.Money   `json:"tax"`
	Total           order.Money   `json:"total"`
	Tags            []string      `json:"tags"`
	Assignee        string        `json:"assignee"` // a user's id, or empty
	Hold            *Hold         `json:"hold"`
	Archived        bool          `json:"archived"`
	ShipBy          Time          `json:"shipBy"`
	Shipment        Shipment      `json:"shipment"`
	Push            *Push         `json:"push"` // a status that the platform has not confirmed
	StatusHistory   []StatusEvent `json:"statusHistory"`
	Notes           []Note        `json:"notes"`
	Version         int64         `json:"version"`
	CreatedAt       Time          `json:"createdAt"`
	UpdatedAt       Time          `json:"updatedAt"`
}

// Customer is who the order goes to, with people's corrections applied. ID is
// an order.CustomerKey, which the list's parameter customer takes.
type Customer struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Email   string  `json:"email"`
	Phone   string  `json:"phone"`
	Address Address `json:"address"`
}

// Address is where an order goes.
type Address struct {
	Line1   string `json:"line1"`
	Line2   string `json:"line2"`
	City    string `json:"city"`
	State   string `json:"state"`
	Pincode string `json:"pincode"`
	Country string `json:"country"`
}

// Item is one line of an order.
type Item struct {
	SKU       string      `json:"sku"`
	ProductID string      `json:"productId"`
	Title     string      `json:"title"`
	Quantity  int         `json:"quantity"`
	UnitPrice order.Money `json:"unitPrice"`
	Discount  order.Money `json:"discount"`
	Tax       order.Money `json:"tax"`
	Total     order.Money `json:"total"`
	Status    string      `json:"status"`
}

// Hold is why the order waits.
type Hold struct {
	Reason string `json:"reason"`
	Until  Time   `json:"until"`
	By     string `json:"by"`
	At     Time   `json:"at"`
}

// Shipment is the newest parcel.
type Shipment struct {
	Carrier     string `json:"carrier"`
	AWB         string `json:"awb"`
	TrackingURL string `json:"trackingUrl"`
}

// Push tells how far a person's status is on its way to the platform.
type Push struct {
	Status string `json:"status"`
	State  string `json:"state"` // waiting, sent, refused, local
	Error  string `json:"error"`
}

// StatusEvent is one step of the order's status.
type StatusEvent struct {
	Status string `json:"status"`
	From   string `json:"from"`
	At     Time   `json:"at"`
	Source string `json:"source"`
	By     string `json:"by"`
	Note   string `json:"note"`
}

// Note is a private remark.
type Note struct {
	Text string `json:"text"`
	By   string `json:"by"`
	At   Time   `json:"at"`
}

// Time is a moment; the zero one is null.
type Time struct{ time.Time }

// MarshalJSON writes RFC 3339 in UTC, with milliseconds where there are any.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.UTC().AppendFormat([]byte{'"'}, `2006-01-02T15:04:05.999Z07:00"`), nil
}

// UnmarshalJSON reads RFC 3339 or null.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	return t.Time.UnmarshalJSON(b)
}
