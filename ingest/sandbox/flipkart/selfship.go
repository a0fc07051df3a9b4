package flipkart

import (
	"net/http"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// selfDispatch says that the seller's own courier has a shipment.
func (se *Seller) selfDispatch(o *shop.Order, s shipment, r row, at time.Time) error {
	switch {
	case !selfShip(*o):
		return refuseRow("NOT_ALLOWED", "shipment is not a self-ship shipment")
	case r.DispatchDate.IsZero() || r.Tentative.IsZero() || r.Invoice == nil || len(r.Invoice.Items) == 0:
		return refuseRow("INVALID_REQUEST", "dispatchDate, tentativeDeliveryDate and invoice.items are required")
	case r.DispatchDate.After(at.Add(5*time.Minute)) || r.Tentative.Before(r.DispatchDate):
		return refuseRow("INVALID_DATE", "dispatchDate lies in the future or after tentativeDeliveryDate")
	}
	if err := s.must(approved); err != nil {
		return err
	}
	for _, i := range s.lines {
		l := o.Lines[i]
		if !l.Cancelled && !slices.ContainsFunc(r.Invoice.Items, func(x struct {
			ItemID   string `json:"orderItemId"`
			Quantity int    `json:"quantity"`
		}) bool {
			return x.ItemID == l.ID && x.Quantity == l.Quantity
		}) {
			return refuseRow("INVALID_INVOICE", "invoice.items must hold order item %s with quantity %d", l.ID, l.Quantity)
		}
	}
	o.Parcels = append(slices.Clip(o.Parcels), shop.Parcel{Ref: s.id(), Carrier: r.Partner, AWB: r.Tracking, Made: at, Shipped: r.DispatchDate.UTC()})
	step(o, s, shipped, at)
	return nil
}

// selfDelivery says that the buyer has a shipment.
func (se *Seller) selfDelivery(o *shop.Order, s shipment, r row, at time.Time) error {
	if !selfShip(*o) {
		return refuseRow("NOT_ALLOWED", "shipment is not a self-ship shipment")
	}
	if r.DeliveryDate.IsZero() || r.DeliveryDate.After(at.Add(5*time.Minute)) {
		return refuseRow("INVALID_DATE", "deliveryDate is required and must not lie in the future")
	}
	if err := s.must(shipped); err != nil {
		return err
	}
	step(o, s, delivered, at)
	return nil
}

// selfAttempt says that nobody was at home: the shipment stays on its way.
func (se *Seller) selfAttempt(o *shop.Order, s shipment, r row, _ time.Time) error {
	switch {
	case !selfShip(*o):
		return refuseRow("NOT_ALLOWED", "shipment is not a self-ship shipment")
	case r.FailureReason == nil || r.FailureReason.Reason == "" || r.FailureReason.NewDate.IsZero():
		return refuseRow("INVALID_REQUEST", "failureAttributes.reason and newDeliveryDate are required")
	}
	return s.must(shipped)
}

// updateTracking changes the courier of one self-shipped parcel. This resource
// alone has names with underscores.
func (se *Seller) updateTracking(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ShipmentID string `json:"shipment_id"`
		Tracking   string `json:"tracking_id"`
		Partner    string `json:"delivery_partner"`
	}
	if err := readJSON(w, r, &body); err != nil {
		refuse(w, http.StatusBadRequest, "BAD_REQUEST", err.Error())
		return
	}
	id := r.PathValue("id")
	if body.ShipmentID != "" && body.ShipmentID != id {
		refuse(w, http.StatusBadRequest, "BAD_REQUEST", "shipment_id is not that of the address")
		return
	}
	s, ok := se.find(id)
	if !ok {
		refuse(w, http.StatusNotFound, "SHIPMENT_NOT_FOUND", "shipment does not exist")
		return
	}
	err := se.apply(row{ShipmentID: id, LocationID: s.location}, func(o *shop.Order, s shipment, _ row, _ time.Time) error {
		i := slices.IndexFunc(o.Parcels, func(p shop.Parcel) bool { return p.Ref == s.id() || len(p.Ref) < len(s.id()) })
		if !selfShip(*o) || s.state() != shipped || i < 0 {
			return refuseRow("INVALID_STATE", "shipment is not a dispatched self-ship shipment")
		}
		o.Parcels = slices.Clone(o.Parcels)
		o.Parcels[i].Carrier, o.Parcels[i].AWB = body.Partner, body.Tracking
		return nil
	})
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, "INVALID_STATE", err.Error())
		return
	}
	shop.Reply(w, http.StatusOK, object{"shipment_id": id, "status": "SUCCESS"})
}
