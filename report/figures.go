package report

import (
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Figures are the days of a range, oldest first; days without orders are
// missing. They may be shared with others: read only.
//
// Orders are counted on the business day on which they were placed, whatever
// became of them later. Archived orders and purchase orders do not count, as
// lists leave them out too. Amounts are paise; amounts in another currency or
// beyond MaxAmount are left out of every sum, and the orders counted as
// Unpriced.
type Figures struct {
	Range Range
	Names Names
	Days  []*DayFigures
	// Pending is how many days of the range may lag behind the orders, because
	// too many changed at once to count them on the spot.
	Pending int
	// Sifted counts only the orders that a filter selects, for what is not kept
	// by payment method and state: Hours, Sales, Waits. Nil where the filter
	// asks for neither, or for more orders than are counted on the spot.
	Sifted *Figures
}

// Names gives the words behind the numbers in DayFigures: Cell.State is an index of
// States, and so on. The same word has the same number in every day of one
// Figures, and there may be words that no day uses.
type Names struct {
	Channels []Channel
	States   []string // canonical, see order.NormaliseState; empty: not known
	Products []Product
}

// Channel is where orders come from.
type Channel struct {
	ID       string
	Platform order.Platform
}

// Product is what one line of an order names. Lines without SKU are told apart
// by the platform's product id, else by title. A SKU under several titles is
// several products here, to be summed by SKU.
type Product struct{ SKU, Title string }

// DayFigures is what the orders placed on one business day amount to.
type DayFigures struct {
	Day       Day
	Orders    uint32
	Customers uint32 // different known customers
	Unknown   uint32 // orders whose customer is not known
	Cells     []Cell
	Hours     []Hour
	Sales     []Sale
	Waits     []Wait
}

// Cell is the orders of one day with the same channel, status, payment method
// and state.
type Cell struct {
	Channel, State uint32
	Status         StatusNo
	Payment        PaymentNo
	Orders         uint32
	Units          uint32
	Unpriced       uint32 // orders among them without a known amount in rupees
	RTO            uint32 // orders among them that went back before delivery
	Gross          int64  // what customers were to pay
	Discount       int64
	Shipping       int64
	Tax            int64
}

// Net is the cell's part of the net revenue: what customers pay for orders that
// are not cancelled, returned or refunded.
func (c Cell) Net() int64 {
	if c.Status.Status().CountsAsRevenue() {
		return c.Gross
	}
	return 0
}

// Hour is the orders of one channel placed in one hour of the day by the shop's
// clock.
type Hour struct {
	Channel uint32
	Hour    uint8 // 0 to 23
	Orders  uint32
	Net     int64
}

// Sale is what one channel sold of one product.
type Sale struct {
	Channel, Product uint32
	Orders           uint32 // orders with at least one piece
	Units            uint32 // pieces ordered
	Cancelled        uint32 // pieces of them that were cancelled
	Returned         uint32 // pieces that were returned or refunded
	Gross            int64  // line totals
	Net              int64  // of lines not cancelled, returned or refunded
}

// Wait is how many orders of one channel took about as long to a Step.
type Wait struct {
	Channel uint32
	Step    Step
	Bucket  Bucket
	Orders  uint32
}

// Step is a stage of an order's way, timed from when it was placed.
type Step uint8

// The steps.
const (
	ToConfirmed Step = iota
	ToShipped
	ToDelivered
)

// Steps lists the steps in their order.
func Steps() []Step { return []Step{ToConfirmed, ToShipped, ToDelivered} }

// StatusNo is a status as its place in order.Statuses.
type StatusNo uint8

// Status is the status behind the number.
func (n StatusNo) Status() order.Status {
	if all := order.Statuses(); int(n) < len(all) {
		return all[n]
	}
	return ""
}

// StatusNumber is the number of a status; one that does not exist has a number
// too, the first beyond the others.
func StatusNumber(s order.Status) StatusNo {
	all := order.Statuses()
	if i := slices.Index(all, s); i >= 0 {
		return StatusNo(i)
	}
	return StatusNo(len(all))
}

// PaymentNo is a payment method: 0 not known, 1 prepaid, 2 cash on delivery.
type PaymentNo uint8

// Method is the payment method behind the number.
func (n PaymentNo) Method() order.PaymentMethod {
	switch n {
	case 1:
		return order.Prepaid
	case 2:
		return order.COD
	}
	return ""
}

// PaymentNumber is the number of a payment method.
func PaymentNumber(m order.PaymentMethod) PaymentNo {
	switch m {
	case order.Prepaid:
		return 1
	case order.COD:
		return 2
	}
	return 0
}

// Visit is what one known customer ordered from one channel on one day.
type Visit struct {
	Customer string // order.Order.CustomerKey
	Channel  Channel
	Day      Day
	Orders   int
	Returned int // orders returned or refunded
	Units    int
	Gross    int64
	Net      int64
	First    time.Time // of the day's orders
	Last     time.Time
	State    string // of the last of them
	Pincode  string
}

// Customer is the sum of visits, over all time or over a range.
type Customer struct {
	Key      string
	Orders   int
	Returned int
	Units    int
	Gross    int64
	Net      int64
	First    time.Time
	Last     time.Time
	State    string // where the last order went
	Pincode  string
}

// CustomerSort says which customers come first.
type CustomerSort string

// The sorts; ties are broken by key.
const (
	ByValue    CustomerSort = "value" // net, largest first
	ByOrders   CustomerSort = "orders"
	ByLastSeen CustomerSort = "last" // who ordered last
)

// CustomerQuery selects customers by what they ordered in a range.
type CustomerQuery struct {
	Range    Range    // Ever() for all time
	Channels []string // empty: all
	Sort     CustomerSort
	Limit    int // at most 500; 0: 50
	Offset   int // at most 10,000
}

// Customers answers a CustomerQuery. The counts are of everybody selected, the
// list is its first part.
type Customers struct {
	Total  int // customers
	Repeat int // of them with two orders or more in the selection
	Orders int
	Gross  int64
	Net    int64
	Top    []Customer
	Places []Place // most customers first
	// Pending is as in Figures.
	Pending int
}

// Place is a state and a pincode with those whose last order went there.
type Place struct {
	State     string
	Pincode   string
	Customers int
	Orders    int
	Net       int64
}

// Loyalty is how customers come back, over all time and all channels.
type Loyalty struct {
	Customers int
	// Newcomers are the days on which customers ordered for the first time.
	Newcomers []Newcomers
	// Often counts customers by how many orders they have: Often[0] have one,
	// the last entry that many or more.
	Often [OftenMax]int
	// Cohorts are sorted by First, then Month.
	Cohorts []Cohort
	// Pending is as in Figures.
	Pending int
}

// OftenMax is the number of orders from which Loyalty counts no finer.
const OftenMax = 10

// Newcomers is how many customers ordered for the first time on a day.
type Newcomers struct {
	Day       Day
	Customers int
}

// Cohort is those who ordered for the first time in one month and again in
// another (or the same: then all of them).
type Cohort struct {
	First, Month Day // each the first of a month
	Customers    int
	Orders       int
	Net          int64
}

// Ever is the range of all days that orders can have.
func Ever() Range { return Range{From: Date(1999, time.December, 1), To: Date(2101, time.January, 31)} }

// Difference is a figure that is not what the orders amount to.
type Difference struct {
	Day  Day    // 0 where it is about no single day
	What string // such as: cell website/Kerala/delivered/cod, orders
	Kept string
	Want string
}
