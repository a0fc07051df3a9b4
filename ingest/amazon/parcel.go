package amazon

import (
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// parcel is one package that counts: neither called off nor for cancelled
// lines only.
type parcel struct {
	status        order.Status // empty when its words are unknown
	sub           string
	word          string
	exception     bool
	unknownDetail bool
	items         map[string]int // units by line id; empty when Amazon does not say
}

type parcels []parcel

// parcels lists the order's packages that count.
func (w wireOrder) parcels() parcels {
	gone := map[string]bool{}
	for _, it := range w.Items {
		gone[it.ID] = it.cancelled()
	}
	var live parcels
	for _, pkg := range w.Packages {
		if pkg.dropped() {
			continue
		}
		p := pkg.step()
		useful := len(pkg.Items) == 0
		for _, it := range pkg.Items {
			p.items[it.ID] += it.Quantity
			useful = useful || !gone[it.ID]
		}
		if useful {
			live = append(live, p)
		}
	}
	return live
}

// dropped reports whether the package was called off. A cancelled label is
// not: the goods are packed and wait for another one.
func (pkg wirePackage) dropped() bool {
	s, d := fold(pkg.Status.Status), fold(pkg.Status.Detailed)
	return (s == "CANCELLED" || s == "CANCELED") && d != "LABELCANCELLED" && d != "LABELCANCELED"
}

// step maps a package's words (packageStatus of the Orders API): the detailed one when
// it is known, else the coarse one.
func (pkg wirePackage) step() parcel {
	p := parcel{word: pkg.Status.Detailed, items: map[string]int{}}
	if p.word == "" {
		p.word = pkg.Status.Status
	}
	switch fold(pkg.Status.Detailed) {
	case "PENDINGSCHEDULE":
		p.status = order.Processing
	case "PENDINGPICKUP", "PENDINGDROPOFF":
		p.status, p.sub = order.Processing, subReadyToShip
	case "LABELCANCELLED", "LABELCANCELED":
		p.status, p.sub = order.Processing, subLabelCancelled
	case "PICKEDUP", "DROPPEDOFF", "ATORIGINFC", "ATDESTINATIONFC":
		p.status = order.Shipped
	case "OUTFORDELIVERY":
		p.status = order.OutForDelivery
	case "DELIVERED":
		p.status = order.Delivered
	case "REJECTEDBYBUYER", "UNDELIVERABLE", "RETURNINGTOSELLER":
		p.status, p.sub = order.Returned, subRTOInTransit
	case "RETURNEDTOSELLER":
		p.status, p.sub = order.Returned, subRTOReceived
	case "LOST", "DAMAGED":
		p.status, p.exception = order.Shipped, true
	default:
		p.unknownDetail = pkg.Status.Detailed != ""
		p.status, p.sub = coarse(pkg.Status.Status)
	}
	return p
}

func coarse(word string) (order.Status, string) {
	switch fold(word) {
	case "PENDING":
		return order.Processing, ""
	case "INTRANSIT", "SHIPPED":
		return order.Shipped, ""
	case "DELIVERED":
		return order.Delivered, ""
	case "UNDELIVERABLE":
		return order.Returned, subRTOInTransit
	}
	return "", ""
}

func (p parcel) unknown() bool { return p.status == "" }

// rank orders parcels by how far they came. Returned ones rank last, so that
// they count only when no other is left; of them the ones still on the way
// come first.
func (p parcel) rank() int {
	r := 2 * slices.Index(order.Statuses(), p.status)
	if p.sub == subRTOReceived {
		r++
	}
	return r
}

func (p parcel) before(s order.Status) bool { return p.rank() < parcel{status: s}.rank() }

func (p parcel) holds(line string) bool {
	_, ok := p.items[line]
	return ok || len(p.items) == 0
}

// least is the least advanced parcel; there must be one.
func (ps parcels) least() parcel {
	return slices.MinFunc(ps, func(a, b parcel) int { return a.rank() - b.rank() })
}

func (ps parcels) returned() int {
	n := 0
	for _, p := range ps {
		if p.status == order.Returned {
			n++
		}
	}
	return n
}

// cover reports whether every unit of the lines that are not cancelled is in a
// parcel.
func (ps parcels) cover(items []wireItem) bool {
	for _, it := range items {
		packed := 0
		for _, p := range ps {
			if len(p.items) == 0 {
				return true // nothing says otherwise
			}
			packed += p.items[it.ID]
		}
		if !it.cancelled() && packed < it.Quantity {
			return false
		}
	}
	return true
}
