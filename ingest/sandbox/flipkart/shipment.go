package flipkart

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// kolkata is the zone Flipkart writes times in.
var kolkata = time.FixedZone("Asia/Kolkata", 5*3600+1800)

func stamp(t time.Time) string { return t.In(kolkata).Format("2006-01-02T15:04:05.000-07:00") }

// rupees are written as a number with a fraction, even of nothing.
func rupees(paise int64) json.RawMessage {
	b := strconv.AppendInt(nil, paise/100, 10)
	b = append(b, '.', byte('0'+paise/10%10))
	if d := paise % 10; d != 0 {
		b = append(b, byte('0'+d))
	}
	return b
}

// The seller's warehouses.
const (
	mainLocation  = "LOCPLM0001"
	otherLocation = "LOCPLM0002"
)

// shipment is the part of an order that leaves from one location.
type shipment struct {
	order    shop.Order
	part     int
	location string
	lines    []int
}

func (s shipment) id() string { return shipmentID(s.order.Seq, s.part) }

// shipments splits an order: of some with several articles the last one lies
// in the other warehouse.
func shipments(o shop.Order) []shipment {
	all := make([]int, len(o.Lines))
	for i := range all {
		all[i] = i
	}
	n := len(all) - 1
	if n < 1 || o.Seq%3 != 0 {
		return []shipment{{o, 1, mainLocation, all}}
	}
	return []shipment{{o, 1, mainLocation, all[:n]}, {o, 2, otherLocation, all[n:]}}
}

// find reads the position of the order and of the shipment out of an id.
func (se *Seller) find(id string) (shipment, bool) {
	if len(id) != 36 {
		return shipment{}, false
	}
	seq, err := strconv.Atoi(id[24:34])
	if err != nil {
		return shipment{}, false
	}
	o, err := se.shop.Nth(seq)
	if err != nil {
		return shipment{}, false
	}
	for _, s := range shipments(o) {
		if s.id() == id {
			return s, true
		}
	}
	return shipment{}, false
}

// Words of items.
const (
	approved    = "APPROVED"
	packing     = "PACKING_IN_PROGRESS"
	packed      = "PACKED"
	ready       = "READY_TO_DISPATCH"
	pickedUp    = "PICKUP_COMPLETE"
	shipped     = "SHIPPED"
	delivered   = "DELIVERED"
	cancelled   = "CANCELLED"
	returning   = "RETURN_REQUESTED"
	returned    = "RETURNED"
	unknownWord = "INSPECTION_PENDING"
)

// word is where a line stands.
func word(o shop.Order, line int) string {
	switch l := o.Lines[line]; {
	case l.Cancelled:
		return cancelled
	case l.Word != "":
		return l.Word
	}
	switch o.Status {
	case order.Processing:
		switch o.Detail {
		case shop.Packing:
			return packing
		case shop.AwaitingPick:
			return ready
		}
		return packed
	case order.Shipped, order.OutForDelivery:
		if o.Detail == shop.PickedUp && !selfShip(o) {
			return pickedUp
		}
		return shipped
	case order.Delivered:
		return delivered
	case order.Cancelled:
		return cancelled
	case order.Returned:
		if o.Detail == shop.CameBack {
			return returned
		}
		return returning
	}
	return approved
}

// held reports whether the order waits for Flipkart's checks.
func held(o shop.Order) bool { return o.Status == order.Pending }

// workable is from when on the seller may begin; a few orders are for later.
func workable(o shop.Order) time.Time {
	if o.Seq%13 == 5 {
		return o.Created.Add(4 * time.Hour)
	}
	return o.Created
}

func dispatchBy(o shop.Order) time.Time { return workable(o).Add(48 * time.Hour) }

// The three lists.
const (
	preDispatch  = "preDispatch"
	postDispatch = "postDispatch"
	cancelledOf  = "cancelled"
)

// in reports whether a shipment is in a list; it is in two when some of its
// items are cancelled.
func (s shipment) in(list string) bool {
	return slices.ContainsFunc(s.lines, func(i int) bool {
		switch word(s.order, i) {
		case approved, packing, packed, ready:
			return list == preDispatch
		case cancelled:
			return list == cancelledOf
		}
		return list == postDispatch
	})
}

type object = map[string]any

// wire is the Shipment object.
func (se *Seller) wire(s shipment) object {
	o := s.order
	items := make([]object, len(s.lines))
	for i, line := range s.lines {
		items[i] = se.item(o, line)
	}
	kind := "NORMAL"
	switch {
	case selfShip(o):
		kind = "SELF"
	case o.Express:
		kind = "EXPRESS"
	}
	return object{
		"shipmentId": s.id(), "locationId": s.location, "shipmentType": kind, "packagingPolicy": "DEFAULT",
		"dispatchAfterDate": stamp(workable(o)), "dispatchByDate": stamp(dispatchBy(o)), "updatedAt": stamp(o.Updated),
		"hold": held(o), "mps": false, "forms": []any{},
		"subShipments": []object{{"subShipmentId": "SS-1", "packages": []any{}}}, "orderItems": items,
	}
}

func (se *Seller) item(o shop.Order, line int) object {
	l := o.Lines[line]
	shipping := int64(0)
	if line == 0 {
		shipping = o.Shipping
	}
	payment, profile := "PREPAID", "NON_FBF"
	if o.COD {
		payment = "COD"
	}
	if o.ByPlatform {
		profile = "FBF"
	}
	it := object{
		"orderItemId": l.ID, "orderId": o.ID, "cancellationGroupId": group(l), "orderDate": stamp(o.Created), "paymentType": payment,
		"status": word(o, line), "quantity": l.Quantity, "fsn": "DEM" + l.ASIN, "sku": l.SKU, "listingId": "LST" + l.ASIN + "PLMNS", "hsn": l.HSN,
		"title": l.Title, "packageIds": []any{}, "serviceProfile": profile, "is_replacement": false,
		"priceComponents": object{"sellingPrice": rupees(l.Unit * int64(l.Quantity)), "totalPrice": rupees(l.Amount + shipping),
			"shippingCharge": rupees(shipping), "customerPrice": rupees(l.Amount + shipping), "flipkartDiscount": rupees(l.Discount)},
	}
	switch it["status"] {
	case cancelled:
		it["cancellationDate"] = stamp(o.Updated)
		it["cancellationReason"], it["cancellationSubReason"] = cancelReason(o, l)
	case returning, returned:
		it["courierReturn"] = refused(o)
	}
	if se.shop.Unknown(o) {
		it["status"] = unknownWord
	}
	if se.shop.Unparsable(o) {
		it["quantity"] = "two"
	}
	return it
}

// group is what is cancelled together: here each article alone.
func group(l shop.Line) string { return "grp" + l.ID }

func cancelReason(o shop.Order, l shop.Line) (reason, sub string) {
	if l.Word == "seller" || !l.Cancelled && o.History[len(o.History)-1].By == shop.ByClient {
		return "seller_cancellation", "not_enough_inventory"
	}
	return "buyer_cancellation", "order_delayed"
}

// refused reports whether the buyer never accepted the parcel, which is a
// courier's return; others came back after delivery.
func refused(o shop.Order) bool {
	return slices.ContainsFunc(o.History, func(c shop.Change) bool { return c.Detail == shop.Refused })
}
