package flipkart

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// How many shipments one write may name.
const (
	maxBatch    = 25
	maxSelfShip = 100
)

// rowError is the refusal of one shipment inside an answer 200. The codes are
// ours: Flipkart does not list its own.
type rowError struct{ code, text string }

func (e *rowError) Error() string { return e.code + ": " + e.text }

func refuseRow(code, format string, args ...any) error {
	return &rowError{code, fmt.Sprintf(format, args...)}
}

// row is one shipment of a write. Each operation reads its own part.
type row struct {
	ShipmentID string   `json:"shipmentId"`
	LocationID string   `json:"locationId"`
	Reason     string   `json:"reason"`
	Groups     []string `json:"cancellationGroupIds"`
	TaxItems   []struct {
		ItemID string `json:"orderItemId"`
	} `json:"taxItems"`
	Invoices []struct {
		OrderID string `json:"orderId"`
		Number  string `json:"invoiceNumber"`
	} `json:"invoices"`
	DispatchDate  time.Time `json:"dispatchDate"`
	Tentative     time.Time `json:"tentativeDeliveryDate"`
	DeliveryDate  time.Time `json:"deliveryDate"`
	Partner       string    `json:"deliveryPartner"`
	Tracking      string    `json:"trackingId"`
	Invoice       *invoice  `json:"invoice"`
	FailureReason *struct {
		Reason  string    `json:"reason"`
		NewDate time.Time `json:"newDeliveryDate"`
	} `json:"failureAttributes"`
}

type invoice struct {
	Items []struct {
		ItemID   string `json:"orderItemId"`
		Quantity int    `json:"quantity"`
	} `json:"items"`
}

// change is what a write does to the lines of one shipment.
type change func(o *shop.Order, s shipment, r row, at time.Time) error

// write runs a change for each shipment of the body and answers 200 with one
// result each, the word of success under the name that the operation uses.
func (se *Seller) write(statusName string, limit int, do change) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Shipments []row `json:"shipments"`
		}
		if err := readJSON(w, r, &body); err != nil {
			refuse(w, http.StatusBadRequest, "BAD_REQUEST", err.Error())
			return
		}
		if n := len(body.Shipments); n == 0 || n > limit {
			refuse(w, http.StatusBadRequest, "BAD_REQUEST", fmt.Sprintf("between 1 and %d shipments are required", limit))
			return
		}
		results := make([]object, len(body.Shipments))
		for i, r := range body.Shipments {
			results[i] = result(r.ShipmentID, statusName, se.apply(r, do))
		}
		shop.Reply(w, http.StatusOK, object{"shipments": results})
	}
}

func result(id, statusName string, err error) object {
	r := object{"shipmentId": id, statusName: "SUCCESS", "errorCode": nil, "errorMessage": nil}
	if err != nil {
		e, ok := err.(*rowError) //nolint:errorlint // rows are refused with nothing else
		if !ok {
			e = &rowError{"INTERNAL_ERROR", "something went wrong"}
		}
		r[statusName], r["errorCode"], r["errorMessage"] = "FAILURE", e.code, e.text
	}
	return r
}

// apply changes one shipment or says why not.
func (se *Seller) apply(r row, do change) error {
	s, ok := se.find(r.ShipmentID)
	if !ok {
		return refuseRow("SHIPMENT_NOT_FOUND", "shipment does not exist")
	}
	at := se.shop.Now().Truncate(time.Second)
	_, err := se.shop.Update(s.order.ID, func(o *shop.Order) error {
		for _, now := range shipments(*o) {
			if now.id() != r.ShipmentID {
				continue
			}
			switch {
			case r.LocationID != now.location:
				return refuseRow("LOCATION_MISMATCH", "shipment does not belong to location %q", r.LocationID)
			case o.ByPlatform:
				return refuseRow("NOT_ALLOWED", "shipment is fulfilled by Flipkart")
			case held(*o):
				return refuseRow("SHIPMENT_ON_HOLD", "shipment is on hold")
			case at.Before(workable(*o)):
				return refuseRow("TOO_EARLY", "shipment cannot be processed before its dispatchAfterDate")
			}
			return do(o, now, r, at)
		}
		return refuseRow("SHIPMENT_NOT_FOUND", "shipment does not exist")
	})
	return err
}

// state is the word that all live items of a shipment share, or must.
func (s shipment) state() string {
	for _, i := range s.lines {
		if w := word(s.order, i); w != cancelled {
			return w
		}
	}
	return cancelled
}

func (s shipment) must(words ...string) error {
	if st := s.state(); !slices.Contains(words, st) {
		return refuseRow("INVALID_STATE", "shipment is not in %s state, it is %s", words[0], st)
	}
	return nil
}

// step moves one shipment to a word. When all of the order stand there, the
// order moves; while they differ the least of them counts.
func step(o *shop.Order, s shipment, to string, at time.Time) {
	o.Lines = slices.Clone(o.Lines)
	for _, i := range s.lines {
		if !o.Lines[i].Cancelled {
			o.Lines[i].Word = to
		}
	}
	settle(o, at)
}

// stands are the words by progress and what they mean.
var stands = [...]struct {
	word   string
	status order.Status
	detail shop.Detail
}{
	{approved, order.Confirmed, ""}, {packing, order.Processing, shop.Packing}, {packed, order.Processing, shop.Packed},
	{ready, order.Processing, shop.AwaitingPick}, {pickedUp, order.Shipped, shop.PickedUp}, {shipped, order.Shipped, shop.PickedUp},
	{delivered, order.Delivered, ""},
}

// settle gives the order the status that its items have together.
func settle(o *shop.Order, at time.Time) {
	least, most := len(stands), -1
	for i := range o.Lines {
		for n, st := range stands {
			if w := word(*o, i); w == st.word {
				least, most = min(least, n), max(most, n)
			}
		}
	}
	if most < 0 {
		o.Move(order.Cancelled, "", at, shop.ByClient)
		return
	}
	to := stands[least]
	if least != most && to.status == order.Confirmed && stands[most].status != order.Processing {
		to.status, to.detail = order.Processing, shop.Packed // some are on their way
	}
	if to.status == o.Status && to.detail == o.Detail {
		return
	}
	lines := o.Lines
	o.Move(to.status, to.detail, at, shop.ByClient)
	if least == most {
		return
	}
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		if o.Lines[i].Word = lines[i].Word; o.Lines[i].Word == "" {
			o.Lines[i].Word = stands[least].word
		}
	}
}

// pack asks for the label: papers are made, a few seconds later all is packed.
func (se *Seller) pack(o *shop.Order, s shipment, r row, at time.Time) error {
	if selfShip(*o) {
		return refuseRow("NOT_ALLOWED", "shipment is shipped by the seller")
	}
	for _, x := range r.Invoices {
		if x.OrderID != o.ID {
			return refuseRow("INVALID_INVOICE", "invoice of another order: %s", x.OrderID)
		}
	}
	for _, x := range r.TaxItems {
		if !slices.ContainsFunc(s.lines, func(i int) bool { return o.Lines[i].ID == x.ItemID }) {
			return refuseRow("INVALID_TAX_ITEM", "order item %s is not of this shipment", x.ItemID)
		}
	}
	if err := s.must(approved); err != nil {
		return err
	}
	step(o, s, packing, at)
	return nil
}

// cancel cancels groups of items before they are packed.
func (se *Seller) cancel(o *shop.Order, s shipment, r row, at time.Time) error {
	if r.Reason == "" || len(r.Groups) == 0 {
		return refuseRow("INVALID_REQUEST", "reason and cancellationGroupIds are required")
	}
	if err := s.must(approved); err != nil {
		return err
	}
	o.Lines = slices.Clone(o.Lines)
	for _, g := range r.Groups {
		i := slices.IndexFunc(s.lines, func(i int) bool { return group(o.Lines[i]) == g && !o.Lines[i].Cancelled })
		if i < 0 {
			return refuseRow("INVALID_CANCELLATION_GROUP", "no item of the shipment is in group %s", g)
		}
		line := s.lines[i]
		o.Lines[line].Cancelled, o.Lines[line].Word = true, "seller"
		if line == 0 {
			o.Shipping = 0 // it was charged with this item
		}
	}
	if slices.ContainsFunc(o.Lines, func(l shop.Line) bool { return !l.Cancelled }) {
		settle(o, at)
		return nil
	}
	o.Move(order.Cancelled, "", at, shop.ByClient)
	return nil
}

// dispatch asks the courier to collect packed shipments of one location.
func (se *Seller) dispatch(w http.ResponseWriter, r *http.Request) {
	var body struct {
		IDs        []string `json:"shipmentIds"`
		LocationID string   `json:"locationId"`
	}
	if err := readJSON(w, r, &body); err != nil {
		refuse(w, http.StatusBadRequest, "BAD_REQUEST", err.Error())
		return
	}
	if n := len(body.IDs); n == 0 || n > maxBatch || body.LocationID == "" {
		refuse(w, http.StatusBadRequest, "BAD_REQUEST", fmt.Sprintf("locationId and between 1 and %d shipmentIds are required", maxBatch))
		return
	}
	results := make([]object, len(body.IDs))
	for i, id := range body.IDs {
		results[i] = result(id, "status", se.apply(row{ShipmentID: id, LocationID: body.LocationID}, func(o *shop.Order, s shipment, _ row, at time.Time) error {
			if s.state() != packed || selfShip(*o) {
				return refuseRow("INVALID_STATE", "shipment is not in PACKED state")
			}
			step(o, s, ready, at)
			return nil
		}))
	}
	shop.Reply(w, http.StatusOK, object{"shipments": results})
}
