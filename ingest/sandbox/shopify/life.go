package shopify

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// Traits are those of orders in the store.
func Traits() shop.Traits {
	return shop.Traits{Name: "shopify", ID: orderID, Dress: dress, Next: next, COD: 0.5, Returns: true, Refunds: true}
}

// Ids are numbers of thirteen digits and more, beyond 32 bits. Those of the
// parts of an order are made from its position.
const (
	orderBase    = 6_100_000_000_000
	orderStride  = 1024
	lineBase     = 14_200_000_000_000
	parcelBase   = 5_500_000_000_000
	fulfilBase   = 6_800_000_000_000
	fulfilLine   = 14_900_000_000_000
	eventBase    = 35_000_000_000_000
	paymentBase  = 7_200_000_000_000
	refundBase   = 920_000_000_000
	customerBase = 7_800_000_000_000
	partStride   = 100
	locationID   = 78_120_001_001
	shopID       = 61_200_300_400
)

func orderID(_ *rand.Rand, seq int) (id, number string) {
	return strconv.Itoa(orderBase + seq*orderStride), "#" + strconv.Itoa(1001+seq)
}

func lineID(o shop.Order, i int) int       { return lineBase + o.Seq*partStride + i }
func parcelID(o shop.Order, i int) int     { return parcelBase + o.Seq*partStride + i }
func fulfilOrderID(o shop.Order) int       { return fulfilBase + o.Seq*partStride }
func fulfilLineID(o shop.Order, i int) int { return fulfilLine + o.Seq*partStride + i }

// dress confirms orders that are paid at the door: they can be packed at once.
func dress(_ *rand.Rand, o *shop.Order) {
	if o.COD {
		o.Begin(order.Confirmed, "")
	}
	for i := range o.Lines {
		o.Lines[i].ID = strconv.Itoa(lineID(*o, i))
	}
}

// next is the course where Shopify's words differ from others: a parcel that
// nobody takes is tried again and then is back, booked by the staff.
func next(l *shop.Lot, o *shop.Order) bool {
	const day = 24 * time.Hour
	switch {
	case o.Status == order.Processing && partly(*o): // the seller is to send the rest
	case o.Status == order.Cancelled && (o.Refunded() > 0 || o.Paid.IsZero()):
	case o.Status == order.OutForDelivery && o.Detail == shop.Attempted:
		l.Then(order.Returned, shop.CameBack, 2*day, 6*day)
	case o.Status == order.OutForDelivery:
		refuse := 0.02
		if o.COD {
			refuse = 0.11
		}
		if l.Chance(refuse) {
			l.Then(order.OutForDelivery, shop.Attempted, 4*time.Hour, 9*time.Hour)
		} else {
			l.Then(order.Delivered, "", 2*time.Hour, 8*time.Hour)
		}
	default:
		return false
	}
	return true
}

// partly reports whether some pieces left and others did not.
func partly(o shop.Order) bool {
	some, all := false, true
	for _, l := range o.Lines {
		some, all = some || l.Fulfilled > 0, all && l.Fulfilled >= l.Quantity
	}
	return some && !all
}
