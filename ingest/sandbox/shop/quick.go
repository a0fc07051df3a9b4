package shop

import (
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Quick is the course of orders in quick commerce, for Traits.Next. The
// platform's own stores need minutes; a seller who packs himself takes longer.
// It differs between platforms by what they tell.
type Quick struct {
	Dispatched bool // a parcel is on its way before it is out for delivery
	Refunds    bool // of cancelled and returned orders
}

// Next draws the next step.
func (q Quick) Next(l *Lot, o *Order) bool {
	pace := time.Minute
	if !o.ByPlatform {
		pace = 12 * time.Minute
	}
	switch o.Status {
	case order.Pending:
		if l.Chance(0.04) {
			l.Then(order.Cancelled, "", pace, 3*pace)
		} else {
			l.Then(order.Confirmed, "", pace/4, 2*pace)
		}
	case order.Confirmed:
		if l.Chance(0.03) {
			l.Then(order.Cancelled, "", pace/2, 2*pace)
		} else {
			l.Then(order.Processing, Packing, pace/4, 2*pace)
		}
	case order.Processing:
		switch {
		case o.Detail == Packing:
			l.Then(order.Processing, Packed, pace/2, 5*pace)
		case q.Dispatched:
			l.Then(order.Shipped, PickedUp, pace/2, 8*pace)
		default:
			l.Then(order.OutForDelivery, "", pace/2, 8*pace)
		}
	case order.Shipped:
		l.Then(order.OutForDelivery, "", time.Minute, 5*time.Minute)
	case order.OutForDelivery:
		if l.Chance(0.02) {
			l.Then(order.Returned, GoingBack, 10*time.Minute, 40*time.Minute)
		} else {
			l.Then(order.Delivered, "", 4*time.Minute, 25*time.Minute)
		}
	case order.Delivered:
		q.delivered(l)
	case order.Returned:
		if o.Detail == GoingBack {
			l.Then(order.Returned, CameBack, 20*time.Minute, 3*time.Hour)
		} else if q.Refunds && !o.Paid.IsZero() {
			l.Then(order.Refunded, "", time.Hour, day)
		}
	case order.Cancelled:
		if q.Refunds && !o.Paid.IsZero() {
			l.Then(order.Refunded, "", 10*time.Minute, 5*time.Hour)
		}
	}
	return true
}

// delivered lets a few buyers complain: their money is given back or, where
// returns lead to refunds anyway, the piece is fetched.
func (q Quick) delivered(l *Lot) {
	switch {
	case !l.Chance(0.025):
	case q.Refunds:
		l.Then(order.Returned, CameBack, 2*time.Hour, 2*day)
	default:
		l.Then(order.Refunded, "", 20*time.Minute, day)
	}
}

// WholeRupees makes each line's discount divisible by its pieces, for platforms
// that give the price of one piece after discount.
func (o *Order) WholeRupees() {
	for i, l := range o.Lines {
		per := l.Discount / int64(l.Quantity) / 100 * 100
		o.Lines[i].Discount = per * int64(l.Quantity)
		o.Lines[i].Amount = l.Unit*int64(l.Quantity) - o.Lines[i].Discount
	}
}
