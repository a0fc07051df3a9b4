package order

import "time"

// Platform is a marketplace or the brand's own website.
type Platform string

// The platforms.
const (
	Amazon   Platform = "amazon"
	Flipkart Platform = "flipkart"
	Blinkit  Platform = "blinkit"
	Swiggy   Platform = "swiggy"
	Organic  Platform = "organic"
)

// Platforms lists every platform, in the order pages show them.
func Platforms() []Platform { return []Platform{Amazon, Flipkart, Blinkit, Swiggy, Organic} }

// PaymentMethod tells whether money was taken before or at delivery.
type PaymentMethod string

// The payment methods; the empty one means the platform has not said.
const (
	Prepaid PaymentMethod = "prepaid"
	COD     PaymentMethod = "cod"
)

// Order is one order of one platform, as the desk sees it: Facts are owned by
// the platform and change only through Absorb, Desk is owned by people.
type Order struct {
	ID       ID
	Kind     Kind
	Platform Platform
	Ref      Ref
	// Status is what the desk shows: the platform's word, or a person's wish
	// that the platform has not confirmed yet (see Wish).
	Status Status
	Facts  Facts
	Desk   Desk
	// DueAt is by when the order must leave by the shop's own calendar; zero
	// when that says nothing. The platform's ship-by time goes before it.
	DueAt time.Time
	// Reported remembers the source's clock for each group of facts.
	Reported Reported
	// Wish is a status a person set and the platform has not confirmed; nil
	// when both agree.
	Wish    *Wish
	History []Event
	// Version counts stored changes, from 1; an edit names the one it saw.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Facts is everything a platform says about an order. A zero field means the
// source said nothing about it.
type Facts struct {
	OrderNumber string // what customers quote; the platform's id when it has no other
	OrderedAt   time.Time
	// PlatformStatus is the platform's own word, SubStatus a finer step such
	// as rto_in_transit (platform words stay searchable and are never mapped
	// away).
	PlatformStatus string
	SubStatus      string
	Flags          []Flag
	Payment        PaymentMethod
	Customer       Customer
	Items          []Item
	Subtotal       Money // Σ unit price × quantity, before discount
	Discount       Money // positive
	Shipping       Money
	Tax            Money // included in Total
	Total          Money // what the customer pays
	ShipBy         time.Time
	Shipment       Shipment
}

// Units is the number of pieces ordered.
func (f Facts) Units() int {
	n := 0
	for _, it := range f.Items {
		n += it.Quantity
	}
	return n
}

// Flag marks something about an order that its status cannot say.
type Flag string

// The flags.
const (
	PartiallyShipped   Flag = "partially_shipped"
	PartiallyCancelled Flag = "partially_cancelled"
	PartiallyRefunded  Flag = "partially_refunded"
	NeedsAttention     Flag = "needs_attention" // an unknown platform word, a regression, totals that do not add up
	CancelRequested    Flag = "cancel_requested"
	DeliveryException  Flag = "delivery_exception" // lost or damaged
)

// Customer is who ordered, as far as the platform tells.
type Customer struct {
	ID      string // the platform's own customer id, if any
	Name    string
	Email   string
	Phone   string
	Address Address
}

// Address is where an order goes. State is the canonical name of an Indian
// state (see NormaliseState), Pincode six digits, Country an ISO 3166 code.
type Address struct {
	Line1, Line2, City, State, Pincode, Country string
}

// Item is one line of an order. Amounts are for the whole line but UnitPrice.
type Item struct {
	LineID         string // the platform's own line id, if any
	SKU            string
	ProductID      string // ASIN, FSN, product id
	Title          string
	Quantity       int
	UnitPrice      Money
	Discount       Money
	Tax            Money
	Total          Money
	Status         Status // empty when lines have no status of their own
	PlatformStatus string
}

// Shipment is the newest parcel of an order.
type Shipment struct {
	Carrier     string
	AWB         string // air waybill: the carrier's tracking number
	TrackingURL string
	ShippedAt   time.Time
}

// Desk is what people decided about an order; no platform report touches it.
type Desk struct {
	Tags     []string
	Assignee string // user id
	Hold     *Hold
	Notes    []Note
	// Address and Contact replace the platform's while set.
	Address *Address
	Contact *Contact
	// Archived hides the order from lists, figures and customers; it can be
	// undone.
	Archived bool
}

// Contact is a corrected way to reach the customer.
type Contact struct{ Name, Email, Phone string }

// Hold stops an order from being worked on.
type Hold struct {
	Reason string
	Until  time.Time // zero: until somebody releases it
	By     string
	At     time.Time
}

// Note is a private remark.
type Note struct {
	Text string
	By   string
	At   time.Time
}

// ShipBy is by when the order must leave: as the platform says, else by the
// shop's own calendar, else zero.
func (o Order) ShipBy() time.Time {
	if !o.Facts.ShipBy.IsZero() {
		return o.Facts.ShipBy
	}
	return o.DueAt
}

// Due gives the order another time by the shop's calendar. It is no event of
// its history.
func (o *Order) Due(at time.Time) {
	if at = ms(at); !at.Equal(o.DueAt) {
		o.DueAt = at
		o.Version++
	}
}

// ShipTo is the customer with people's corrections applied.
func (o Order) ShipTo() Customer {
	c := o.Facts.Customer
	if o.Desk.Address != nil {
		c.Address = *o.Desk.Address
	}
	if k := o.Desk.Contact; k != nil {
		c.Name, c.Email, c.Phone = k.Name, k.Email, k.Phone
	}
	return c
}
