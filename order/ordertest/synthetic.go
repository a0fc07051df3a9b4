package ordertest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Synthetic is the i-th order of an invented jewellery brand as its platform
// would report it: the same arguments give the same report. Orders lie in the
// days before now, most of them in the hours when India is awake; statuses fit
// their age. Names are put together from short lists, addresses are at
// example.com, phones begin with digits that no Indian mobile number has.
func Synthetic(seed uint64, i, days int, now time.Time) order.Report {
	s := synth{rand.New(rand.NewPCG(seed, uint64(i)))}
	return s.report(i, s.moment(days, now), now)
}

// Series is n orders in the order in which they were placed, evenly over the
// days before now: what a backfill brings. The same arguments give the same
// series.
func Series(seed uint64, n, days int, now time.Time) iter.Seq[order.Report] {
	span := time.Duration(max(days, 1)) * 24 * time.Hour
	return func(yield func(order.Report) bool) {
		for i := range n {
			s := synth{rand.New(rand.NewPCG(seed, uint64(i)))}
			age := time.Duration(float64(span) * (float64(n-i) - s.Float64()) / float64(n))
			if !yield(s.report(i, now.Add(-age).UTC().Truncate(time.Millisecond), now)) {
				return
			}
		}
	}
}

func (s synth) report(i int, at, now time.Time) order.Report {
	p := s.platform()
	status := s.status(now.Sub(at), p)
	r := order.Report{
		Ref:      order.Ref{Channel: channelOf(p), PlatformOrderID: s.orderID(p, i)},
		Platform: p, Status: status, Source: order.FromPlatform,
		At: at.Add(time.Duration(s.IntN(3600)) * time.Second).Truncate(time.Millisecond),
		Facts: order.Facts{
			OrderedAt: at, PlatformStatus: strings.ToUpper(string(status)), Payment: s.payment(p),
			Customer: s.customer(), Items: s.items(), ShipBy: at.Add(48 * time.Hour).Truncate(time.Hour),
		},
	}
	r.Facts.OrderNumber = r.Ref.PlatformOrderID
	if p == order.Organic {
		r.Facts.OrderNumber = fmt.Sprintf("PLM%d", 10001+i)
	}
	s.sums(&r.Facts)
	if status != order.Pending && status != order.Confirmed && status != order.Processing && status != order.Cancelled {
		r.Facts.Shipment = s.shipment(at)
	}
	return r
}

// Channels lists the channels of Synthetic orders with their platforms.
func Channels() map[string]order.Platform {
	m := map[string]order.Platform{}
	for _, p := range order.Platforms() {
		m[channelOf(p)] = p
	}
	return m
}

func channelOf(p order.Platform) string {
	if p == order.Organic {
		return "website"
	}
	return string(p) + "-in"
}

type synth struct{ *rand.Rand }

func pick[T any](s synth, list ...T) T { return list[s.IntN(len(list))] }

// digits is a number text of n digits that does not begin with 0.
func (s synth) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + s.IntN(10))
	}
	b[0] = byte('1' + s.IntN(9))
	return string(b)
}

func (s synth) platform() order.Platform {
	switch n := s.IntN(100); {
	case n < 34:
		return order.Amazon
	case n < 56:
		return order.Flipkart
	case n < 66:
		return order.Blinkit
	case n < 73:
		return order.Swiggy
	}
	return order.Organic
}

func (s synth) moment(days int, now time.Time) time.Time {
	for {
		at := now.Add(-time.Duration(s.Int64N(int64(max(days, 1)) * int64(24*time.Hour)))).UTC().Truncate(time.Millisecond)
		hour := (at.Hour() + 6) % 24 // about Indian time
		if hour >= 9 && hour < 24 || s.IntN(4) == 0 {
			return at
		}
	}
}

func (s synth) status(age time.Duration, p order.Platform) order.Status {
	if p == order.Blinkit || p == order.Swiggy {
		age *= 24 // within the hour
	}
	luck := s.IntN(100)
	switch day := 24 * time.Hour; {
	case luck < 5 && age > 2*time.Hour:
		return order.Cancelled
	case age < 6*time.Hour:
		return order.Pending
	case age < day:
		return order.Confirmed
	case age < 2*day:
		return order.Processing
	case age < 4*day:
		return order.Shipped
	case age < 5*day:
		return order.OutForDelivery
	case luck < 9:
		return order.Returned
	case luck < 12:
		return order.Refunded
	}
	return order.Delivered
}

func (s synth) payment(p order.Platform) order.PaymentMethod {
	if p != order.Blinkit && p != order.Swiggy && s.IntN(100) < 35 {
		return order.COD
	}
	return order.Prepaid
}

// orderID has the platform's look; the counter in it keeps it unique.
func (s synth) orderID(p order.Platform, i int) string {
	switch p {
	case order.Amazon:
		return fmt.Sprintf("40%d-%s-%07d", 2+s.IntN(7), s.digits(7), i)
	case order.Flipkart:
		return fmt.Sprintf("OD%s%08d", s.digits(10), i)
	case order.Blinkit, order.Swiggy:
		return fmt.Sprintf("%s%07d", s.digits(5), i)
	}
	return fmt.Sprint(5_000_000_000 + i)
}

func (s synth) sums(f *order.Facts) {
	var gross, off, tax, total int64
	for _, it := range f.Items {
		gross += it.UnitPrice.Minor * int64(it.Quantity)
		off += it.Discount.Minor
		tax += it.Tax.Minor
		total += it.Total.Minor
	}
	shipping := int64(0)
	if total < 99900 {
		shipping = 4900
	}
	f.Subtotal, f.Discount, f.Tax = order.INR(gross), order.INR(off), order.INR(tax)
	f.Shipping, f.Total = order.INR(shipping), order.INR(total+shipping)
}

func (s synth) shipment(at time.Time) order.Shipment {
	carrier := pick(s, "Delhivery", "Blue Dart", "Ecom Express", "Xpressbees", "India Post")
	awb := s.digits(13)
	return order.Shipment{
		Carrier: carrier, AWB: awb, TrackingURL: "https://track.example.com/" + awb,
		ShippedAt: at.Add(time.Duration(20+s.IntN(30)) * time.Hour).Truncate(time.Second),
	}
}
