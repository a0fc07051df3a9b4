package amazon

import (
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

var fulfillmentStatuses = [...]string{"PENDING_AVAILABILITY", "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE"}

// partly is the Word of an order of which some pieces were confirmed shipped.
const partly = "PARTIALLY_SHIPPED"

// fulfillmentStatus is the order's own status; where the parcel is, only its
// packages tell.
func fulfillmentStatus(o shop.Order) string {
	switch o.Status {
	case order.Pending:
		return "PENDING"
	case order.Confirmed, order.Processing:
		if o.Word == partly {
			return partly
		}
		return "UNSHIPPED"
	case order.Cancelled:
		return "CANCELLED"
	}
	return "SHIPPED"
}

// statusOfPackage is where the parcels of an order are.
func statusOfPackage(o shop.Order, p shop.Parcel) packageStatus {
	if p.Shipped.IsZero() {
		return packageStatus{"PENDING", "PENDING_PICK_UP"}
	}
	switch o.Status {
	case order.OutForDelivery:
		return packageStatus{"IN_TRANSIT", "OUT_FOR_DELIVERY"}
	case order.Delivered:
		return packageStatus{"DELIVERED", "DELIVERED"}
	case order.Returned:
		switch o.Detail {
		case shop.Refused:
			return packageStatus{"UNDELIVERABLE", "REJECTED_BY_BUYER"}
		case shop.CameBack:
			return packageStatus{"UNDELIVERABLE", "RETURNED_TO_SELLER"}
		}
		return packageStatus{"UNDELIVERABLE", "RETURNING_TO_SELLER"}
	}
	switch o.Detail {
	case shop.AtHub:
		return packageStatus{"IN_TRANSIT", "AT_ORIGIN_FC"}
	case shop.Lost:
		return packageStatus{"IN_TRANSIT", "LOST"}
	case shop.Damaged:
		return packageStatus{"IN_TRANSIT", "DAMAGED"}
	}
	return packageStatus{"IN_TRANSIT", "PICKED_UP"}
}

// packages are told for orders that the seller sends, not for Amazon's own;
// a file may know better.
func packages(o shop.Order) []wirePackage {
	if o.ByPlatform && !o.Exact || o.Status == order.Cancelled {
		return nil
	}
	var all []wirePackage
	for _, p := range o.Parcels {
		w := wirePackage{PackageReferenceID: p.Ref, CreatedTime: stamp(p.Made), PackageStatus: statusOfPackage(o, p), Carrier: p.Carrier,
			ShipTime: stamp(p.Shipped), ShippingService: p.Service, TrackingNumber: p.AWB}
		for _, piece := range p.Pieces {
			w.PackageItems = append(w.PackageItems, packageItem{piece.Line, piece.Quantity})
		}
		if p.Pieces == nil {
			for _, l := range o.Lines {
				w.PackageItems = append(w.PackageItems, packageItem{l.ID, l.Quantity})
			}
		}
		all = append(all, w)
	}
	return all
}
