package mongo

import (
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

type moneyDoc struct {
	Minor    int64  `bson:"minor"`
	Currency string `bson:"currency"`
}

type factsDoc struct {
	OrderNumber    string       `bson:"orderNumber,omitempty"`
	OrderedAt      time.Time    `bson:"orderedAt"`
	PlatformStatus string       `bson:"platformStatus,omitempty"`
	SubStatus      string       `bson:"subStatus,omitempty"`
	Flags          []string     `bson:"flags,omitempty"`
	Payment        string       `bson:"payment,omitempty"`
	Customer       customerDoc  `bson:"customer"`
	Items          []itemDoc    `bson:"items,omitempty"`
	Subtotal       *moneyDoc    `bson:"subtotal,omitempty"`
	Discount       *moneyDoc    `bson:"discount,omitempty"`
	Shipping       *moneyDoc    `bson:"shipping,omitempty"`
	Tax            *moneyDoc    `bson:"tax,omitempty"`
	Total          *moneyDoc    `bson:"total,omitempty"`
	ShipBy         time.Time    `bson:"shipBy,omitempty"`
	Shipment       *shipmentDoc `bson:"shipment,omitempty"`
}

type customerDoc struct {
	ID      string      `bson:"id,omitempty"`
	Name    string      `bson:"name,omitempty"`
	Email   string      `bson:"email,omitempty"`
	Phone   string      `bson:"phone,omitempty"`
	Address *addressDoc `bson:"address,omitempty"`
}

type addressDoc struct {
	Line1   string `bson:"line1,omitempty"`
	Line2   string `bson:"line2,omitempty"`
	City    string `bson:"city,omitempty"`
	State   string `bson:"state,omitempty"`
	Pincode string `bson:"pincode,omitempty"`
	Country string `bson:"country,omitempty"`
}

type itemDoc struct {
	LineID         string    `bson:"lineId,omitempty"`
	SKU            string    `bson:"sku,omitempty"`
	ProductID      string    `bson:"productId,omitempty"`
	Title          string    `bson:"title,omitempty"`
	Quantity       int       `bson:"quantity"`
	UnitPrice      *moneyDoc `bson:"unitPrice,omitempty"`
	Discount       *moneyDoc `bson:"discount,omitempty"`
	Tax            *moneyDoc `bson:"tax,omitempty"`
	Total          *moneyDoc `bson:"total,omitempty"`
	Status         string    `bson:"status,omitempty"`
	PlatformStatus string    `bson:"platformStatus,omitempty"`
}

type shipmentDoc struct {
	Carrier     string    `bson:"carrier,omitempty"`
	AWB         string    `bson:"awb,omitempty"`
	TrackingURL string    `bson:"trackingUrl,omitempty"`
	ShippedAt   time.Time `bson:"shippedAt,omitempty"`
}

// toMoneyDoc leaves out the zero amount only, which is one nobody gave; zero
// rupees has a currency.
func toMoneyDoc(m order.Money) *moneyDoc {
	if m == (order.Money{}) {
		return nil
	}
	return &moneyDoc{m.Minor, m.Currency}
}

func (d *moneyDoc) money() order.Money {
	if d == nil {
		return order.Money{}
	}
	return order.Money{Minor: d.Minor, Currency: d.Currency}
}

func toFactsDoc(f order.Facts) factsDoc {
	d := factsDoc{
		OrderNumber: f.OrderNumber, OrderedAt: f.OrderedAt, PlatformStatus: f.PlatformStatus, SubStatus: f.SubStatus,
		Flags: recast[string](f.Flags), Payment: string(f.Payment),
		Customer: customerDoc{ID: f.Customer.ID, Name: f.Customer.Name, Email: f.Customer.Email, Phone: f.Customer.Phone},
		Subtotal: toMoneyDoc(f.Subtotal), Discount: toMoneyDoc(f.Discount), Shipping: toMoneyDoc(f.Shipping), Tax: toMoneyDoc(f.Tax),
		Total: toMoneyDoc(f.Total), ShipBy: f.ShipBy,
	}
	if a := f.Customer.Address; a != (order.Address{}) {
		d.Customer.Address = new(addressDoc(a))
	}
	if f.Shipment != (order.Shipment{}) {
		d.Shipment = new(shipmentDoc(f.Shipment))
	}
	for _, it := range f.Items {
		d.Items = append(d.Items, itemDoc{it.LineID, it.SKU, it.ProductID, it.Title, it.Quantity, toMoneyDoc(it.UnitPrice),
			toMoneyDoc(it.Discount), toMoneyDoc(it.Tax), toMoneyDoc(it.Total), string(it.Status), it.PlatformStatus})
	}
	return d
}

func (d factsDoc) facts() order.Facts {
	f := order.Facts{
		OrderNumber: d.OrderNumber, OrderedAt: d.OrderedAt, PlatformStatus: d.PlatformStatus, SubStatus: d.SubStatus,
		Flags: recast[order.Flag](d.Flags), Payment: order.PaymentMethod(d.Payment),
		Customer: order.Customer{ID: d.Customer.ID, Name: d.Customer.Name, Email: d.Customer.Email, Phone: d.Customer.Phone},
		Subtotal: d.Subtotal.money(), Discount: d.Discount.money(), Shipping: d.Shipping.money(), Tax: d.Tax.money(),
		Total: d.Total.money(), ShipBy: d.ShipBy,
	}
	if a := d.Customer.Address; a != nil {
		f.Customer.Address = order.Address(*a)
	}
	if d.Shipment != nil {
		f.Shipment = order.Shipment(*d.Shipment)
	}
	for _, it := range d.Items {
		f.Items = append(f.Items, order.Item{LineID: it.LineID, SKU: it.SKU, ProductID: it.ProductID, Title: it.Title, Quantity: it.Quantity,
			UnitPrice: it.UnitPrice.money(), Discount: it.Discount.money(), Tax: it.Tax.money(), Total: it.Total.money(),
			Status: order.Status(it.Status), PlatformStatus: it.PlatformStatus})
	}
	return f
}
