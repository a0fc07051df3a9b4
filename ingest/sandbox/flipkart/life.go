package flipkart

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// Traits are those of orders on Flipkart. It tells neither when a parcel is out
// for delivery nor of refunds.
func Traits() shop.Traits {
	return shop.Traits{Name: "flipkart", ID: orderID, Dress: dress, Next: next, COD: 0.5, ByPlatform: 0.15, Collected: 0.8, Returns: true}
}

// orderID makes "OD" and 18 digits; the last nine tell orders apart.
func orderID(r *rand.Rand, seq int) (id, number string) {
	id = fmt.Sprintf("OD4%08d%09d", r.IntN(100_000_000), (seq*7_654_321+123_456_789)%1_000_000_000)
	return id, id
}

// dress approves most orders at once and has the buyer of a few cancel one of
// several articles.
func dress(r *rand.Rand, o *shop.Order) {
	if r.Float64() < 0.8 {
		o.Begin(order.Confirmed, "")
	}
	if n := len(o.Lines); n > 1 && r.Float64() < 0.1 {
		o.Lines[n-1].Cancelled = true
	}
	for i := range o.Lines {
		o.Lines[i].ID = itemID(o.Seq, i)
	}
}

// Ids of items and shipments carry the order's position, so that they lead
// back to it.
func itemID(seq, line int) string { return fmt.Sprintf("3%013d%02d", seq, line) }

func shipmentID(seq, part int) string {
	return fmt.Sprintf("%08x-5f1b-4c7e-9a2d-%010d%02d", uint32(seq)*2_654_435_761, seq, part)
}

// next is the course of an order that the seller ships himself, which knows no
// packing, and of every parcel on its way to the buyer.
func next(l *shop.Lot, o *shop.Order) bool {
	const day = 24 * time.Hour
	switch {
	case o.Status == order.Confirmed && selfShip(*o):
		if l.Chance(0.05) {
			l.Then(order.Cancelled, "", 30*time.Minute, 10*time.Hour)
		} else {
			l.Then(order.Shipped, shop.PickedUp, 2*time.Hour, day)
		}
	case o.Status == order.Processing && o.Detail == shop.Packing:
		l.Then(order.Processing, shop.Packed, 5*time.Second, 10*time.Second)
	case o.Status == order.Processing && o.Detail == shop.Packed:
		l.Then(order.Processing, shop.AwaitingPick, 2*time.Hour, 8*time.Hour)
	case o.Status == order.Shipped && o.Detail == shop.AtHub, o.Status == order.Shipped && o.ByPlatform:
		refuse := 0.02
		if o.COD {
			refuse = 0.11
		}
		if l.Chance(refuse) {
			l.Then(order.Returned, shop.Refused, 2*day, 4*day)
		} else {
			l.Then(order.Delivered, "", day, 3*day)
		}
	default:
		return false
	}
	return true
}

// selfShip reports whether the seller brings the order to the buyer with a
// courier of his own.
func selfShip(o shop.Order) bool { return !o.ByPlatform && !o.Collected }
