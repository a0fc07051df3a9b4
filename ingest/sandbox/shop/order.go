package shop

import (
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Detail is a step finer than a status, in the words of no platform.
type Detail string

// The details. Each belongs to the status named beside it.
const (
	Preparing     Detail = ""                 // whatever the status says
	Packing       Detail = "packing"          // processing: papers are being made
	Packed        Detail = "packed"           // processing: ready, nobody was called
	AwaitingPick  Detail = "awaiting_pick_up" // processing
	PickedUp      Detail = "picked_up"        // shipped
	AtHub         Detail = "at_hub"           // shipped
	Lost          Detail = "lost"             // shipped, and it will stay so
	Damaged       Detail = "damaged"          // shipped, and it will stay so
	Attempted     Detail = "attempted"        // out for delivery: nobody was at home
	Refused       Detail = "refused"          // returned: the buyer did not accept it
	GoingBack     Detail = "going_back"       // returned: on its way to the seller
	CameBack      Detail = "came_back"        // returned: with the seller
	PaymentFailed Detail = "payment_failed"   // pending
)

// Order is one order as the platform knows it. Values handed out are copies;
// their slices are shared and must not be written to.
type Order struct {
	Seq        int // position in the shop, from 0
	ID         string
	Number     string
	Created    time.Time // whole seconds UTC, like Updated
	Updated    time.Time
	Status     order.Status
	Detail     Detail
	Word       string // a platform word that Status cannot tell; empty mostly
	Customer   Customer
	COD        bool
	Method     string // cod, upi, card, netbanking, wallet
	ByPlatform bool   // kept and shipped by the marketplace
	Collected  bool   // kept by the seller, collected by the marketplace's courier
	Express    bool
	Business   bool
	Foreign    bool // entered by the seller, sold elsewhere
	Lines      []Line
	Shipping   int64 // paise, like all amounts here
	Coupon     string
	Parcels    []Parcel
	Paid       time.Time
	Closed     time.Time // delivered
	Notes      []Note
	Meta       []Meta
	Remark     string // of the customer
	Refunds    []Refund
	History    []Change
	Hidden     bool // deleted by a client
	// Exact marks an order taken from a file: amounts that the file does not
	// give are left out, and those it gives are served whatever the status.
	Exact bool

	next  step
	steps int
}

// Line is one article of an order. Prices include 3 % GST.
type Line struct {
	ID        string
	Product   int // of the catalogue, from 1; 0 when it is not in it
	SKU       string
	ASIN      string
	Title     string
	HSN       string
	Quantity  int
	Unit      int64
	Discount  int64 // of the whole line
	Amount    int64 // what is paid for the line
	Priced    bool
	Fulfilled int // pieces shipped
	// Word is a platform word that only this line has, until the order moves.
	Word      string
	Cancelled bool // this line alone; it counts no more
}

// Customer is who ordered and where it goes.
type Customer struct {
	ID          int // 0 for a guest
	First, Last string
	Email       string
	Phone       string
	Line1       string
	Line2       string
	City        string
	State       string // canonical name
	StateCode   string // ISO 3166-2 without the country
	Pincode     string
	Country     string
}

// Name is the full name.
func (c Customer) Name() string {
	if c.Last == "" {
		return c.First
	}
	return c.First + " " + c.Last
}

// Parcel is a part of an order that travels together.
type Parcel struct {
	Ref     string
	Carrier string
	AWB     string
	Service string
	Made    time.Time
	Shipped time.Time
	Pieces  []Piece // nil: the whole order
	// State is a platform word that only this parcel has, until the order
	// moves.
	State string
	Void  bool // undone: it never left
}

// Piece is a number of units of one line.
type Piece struct {
	Line     string
	Quantity int
}

// Parcel is the newest parcel, zero when there is none.
func (o Order) Parcel() Parcel {
	for _, p := range slices.Backward(o.Parcels) {
		if !p.Void {
			return p
		}
	}
	return Parcel{}
}

// Note is a remark on an order.
type Note struct {
	ID       int
	Text     string
	At       time.Time
	Customer bool
	By       string
}

// Meta is a free field that a shop's extensions attach. Value is JSON.
type Meta struct {
	ID    int    `json:"id"`
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// Refund is money given back.
type Refund struct {
	ID     int
	Amount int64
	Reason string
	At     time.Time
	Lines  []RefundLine
}

// RefundLine says which pieces a refund concerns.
type RefundLine struct {
	ID       string
	Quantity int
	Amount   int64
	Restock  string // in the platform's word; empty mostly
}

// Change is one transition of an order's status.
type Change struct {
	At     time.Time
	Status order.Status
	Detail Detail
	By     Actor
}

// Actor is who moved an order.
type Actor string

// The actors.
const (
	ByLife   Actor = "life"   // buyers, couriers and time
	ByClient Actor = "client" // a push received over the API
)

// Items is the amount paid for the articles that were not cancelled.
func (o Order) Items() int64 {
	var sum int64
	for _, l := range o.Lines {
		if !l.Cancelled {
			sum += l.Amount
		}
	}
	return sum
}

// Discount is the sum of the discounts of the lines that count.
func (o Order) Discount() int64 {
	var sum int64
	for _, l := range o.Lines {
		if !l.Cancelled {
			sum += l.Discount
		}
	}
	return sum
}

// Total is what the customer pays.
func (o Order) Total() int64 { return o.Items() + o.Shipping }

// Priced reports whether any amount is known.
func (o Order) Priced() bool {
	for _, l := range o.Lines {
		if l.Priced {
			return true
		}
	}
	return len(o.Lines) == 0
}

// Refunded is the money given back so far.
func (o Order) Refunded() int64 {
	var sum int64
	for _, r := range o.Refunds {
		sum += r.Amount
	}
	return sum
}

// GST splits an amount that includes 3 % tax into net and tax, rounded to the
// paisa.
func GST(paise int64) (net, tax int64) {
	if paise < 0 {
		net, tax = GST(-paise)
		return -net, -tax
	}
	net = (paise*100 + 51) / 103
	return net, paise - net
}
