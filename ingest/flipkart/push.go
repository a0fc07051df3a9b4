package flipkart

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// CanPush allows cancelling before packing and, for parcels that the seller
// ships himself, "shipped" and "delivered".
func (p *Platform) CanPush(o order.Order, to order.Status) error {
	no := func(reason string) error { return &ingest.UnsupportedError{Reason: reason} }
	self, parcel := o.Facts.SubStatus == subSelfShip, o.Facts.Shipment
	switch {
	case o.Facts.SubStatus == subByFlipkart:
		return no("Flipkart ships this order from its own warehouse; the seller cannot change it")
	case to == order.Cancelled:
		if word := strings.ToUpper(o.Facts.PlatformStatus); word != "APPROVED" {
			return no(fmt.Sprintf("Flipkart takes cancellations before packing only; this order is %s there", word))
		}
	case to == order.Shipped && !self:
		return no("Flipkart's courier collects this order; Flipkart itself reports that it left")
	case to == order.Shipped && (parcel.Carrier == "" || parcel.AWB == ""):
		return no("Flipkart needs the carrier and the tracking number of a self-shipped parcel")
	case to == order.Delivered && !self:
		return no("Flipkart's courier delivers this order; Flipkart itself reports it")
	case to == order.Shipped, to == order.Delivered:
	case to == order.Confirmed:
		return no("Flipkart approves orders itself")
	case to == order.Processing:
		return no("packing at Flipkart needs the invoice, taxes and box sizes; pack in the Seller Hub")
	case to == order.OutForDelivery:
		return no("Flipkart has no such step")
	case to == order.Returned:
		return no("Flipkart runs returns itself; see Returns in the Seller Hub")
	case to == order.Refunded:
		return no("Flipkart refunds customers itself")
	default:
		return no("Flipkart cannot be told this status")
	}
	return nil
}

type pushRow struct {
	ShipmentID    string   `json:"shipmentId"`
	LocationID    string   `json:"locationId"`
	Reason        string   `json:"reason,omitempty"`
	Groups        []string `json:"cancellationGroupIds,omitempty"`
	DispatchDate  string   `json:"dispatchDate,omitempty"`
	Tentative     string   `json:"tentativeDeliveryDate,omitempty"`
	Partner       string   `json:"deliveryPartner,omitempty"`
	Tracking      string   `json:"trackingId,omitempty"`
	Invoice       *invoice `json:"invoice,omitempty"`
	DeliveredDate string   `json:"deliveryDate,omitempty"`
}

type invoice struct {
	Items []invoiceItem `json:"items"`
}

type invoiceItem struct {
	ID       string `json:"orderItemId"`
	Quantity int    `json:"quantity"`
}

// Push tells Flipkart a wish. It reads the order first and sends only what is
// not done yet, so that repeating it after a lost answer does nothing twice.
// Flipkart answers by shipment; when it refuses one, that is the answer.
func (p *Platform) Push(ctx context.Context, o order.Order, wish order.Wish) error {
	if err := p.CanPush(o, wish.Status); err != nil {
		return err
	}
	id := o.Ref.PlatformOrderID
	if !idPattern.MatchString(id) {
		return ingest.ErrGone
	}
	raws, err := p.read(ctx, "orderIds", id)
	if err != nil {
		return fmt.Errorf("flipkart: push: %w", err)
	}
	if len(raws) == 0 {
		return fmt.Errorf("flipkart: push: %w", ingest.ErrGone)
	}
	current, _, err := parse(id, raws)
	if err != nil {
		return fmt.Errorf("flipkart: push: order %s: %w", id, err)
	}
	var path string
	var rows []pushRow
	switch wish.Status {
	case order.Cancelled:
		path = "/v3/shipments/cancel"
		rows, err = p.cancellations(current)
	case order.Shipped:
		path = "/v3/shipments/selfShip/dispatch"
		rows, err = p.dispatches(current, o.Facts.Shipment)
	default:
		path = "/v3/shipments/selfShip/delivery"
		rows, err = p.deliveries(current, wish.At)
	}
	if err != nil {
		return err
	}
	for part := range slices.Chunk(rows, 25) {
		if err := p.pushRows(ctx, path, part); err != nil {
			return err
		}
	}
	return nil
}

// pushRows sends one batch. The whole call succeeds also when rows fail.
func (p *Platform) pushRows(ctx context.Context, path string, rows []pushRow) error {
	var answer struct {
		Shipments []struct {
			ShipmentID       string          `json:"shipmentId"`
			Status           string          `json:"status"`
			ProcessingStatus string          `json:"processingStatus"`
			ErrorCode        json.RawMessage `json:"errorCode"`
			ErrorMessage     string          `json:"errorMessage"`
		} `json:"shipments"`
	}
	err := p.post(ctx, opPush, path, map[string]any{"shipments": rows}, &answer)
	if status := refusedStatus(err); status != 0 && status != 401 && status != 403 && status != 429 {
		return &ingest.RefusedError{Reason: err.Error()}
	}
	if err != nil {
		return fmt.Errorf("flipkart: push: %w", err)
	}
	done := map[string]bool{}
	for _, row := range answer.Shipments {
		code := strings.Trim(string(row.ErrorCode), `" `)
		word := strings.ToUpper(row.Status + row.ProcessingStatus)
		if code != "" && code != "null" || word != "SUCCESS" {
			reason := strings.TrimSpace(clean(row.ErrorMessage) + " " + strings.TrimPrefix("("+code+")", "(null)"))
			return &ingest.RefusedError{Reason: fmt.Sprintf("shipment %s: %s", row.ShipmentID, strings.TrimSuffix(reason, "()"))}
		}
		done[row.ShipmentID] = true
	}
	for _, row := range rows {
		if !done[row.ShipmentID] {
			return fmt.Errorf("flipkart: push: %w: it did not answer for shipment %s", ingest.ErrTemporary, row.ShipmentID)
		}
	}
	return nil
}

func (p *Platform) cancellations(o parsed) ([]pushRow, error) {
	var rows []pushRow
	for _, s := range o.shipments {
		row := pushRow{ShipmentID: s.ID, LocationID: s.LocationID, Reason: p.set.cancelReason}
		for _, it := range s.Items {
			switch it.state(s).status {
			case order.Cancelled:
			case order.Pending, order.Confirmed:
				if !slices.Contains(row.Groups, it.Group) {
					row.Groups = append(row.Groups, it.Group)
				}
			default:
				return nil, &ingest.RefusedError{Reason: fmt.Sprintf("shipment %s is %s, cancellations end with packing", s.ID, it.Status)}
			}
		}
		if len(row.Groups) > 0 {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (p *Platform) dispatches(o parsed, parcel order.Shipment) ([]pushRow, error) {
	at := parcel.ShippedAt
	if now := p.now(); at.IsZero() || at.After(now) {
		at = now
	}
	var rows []pushRow
	for _, s := range o.shipments {
		row := pushRow{ShipmentID: s.ID, LocationID: s.LocationID, DispatchDate: stamp(at), Partner: parcel.Carrier, Tracking: parcel.AWB,
			Tentative: stamp(at.AddDate(0, 0, p.set.deliveryDays)), Invoice: &invoice{}}
		for _, it := range s.Items {
			switch it.state(s).status {
			case order.Confirmed, order.Processing:
				// The documents name APPROVED only; of a parcel that was packed
				// in the Seller Hub Flipkart itself must say whether it may go.
				row.Invoice.Items = append(row.Invoice.Items, invoiceItem{it.ID, it.Quantity})
			case order.Pending:
				return nil, &ingest.RefusedError{Reason: fmt.Sprintf("shipment %s is on hold", s.ID)}
			}
		}
		if len(row.Invoice.Items) == 0 {
			continue
		}
		if !s.selfShip() {
			return nil, &ingest.UnsupportedError{Reason: "Flipkart's courier collects this order; Flipkart itself reports that it left"}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (p *Platform) deliveries(o parsed, at time.Time) ([]pushRow, error) {
	if now := p.now(); at.IsZero() || at.After(now) {
		at = now
	}
	var rows []pushRow
	for _, s := range o.shipments {
		out := slices.ContainsFunc(s.Items, func(it item) bool { return it.state(s).status == order.Shipped })
		early := slices.ContainsFunc(s.Items, func(it item) bool { return it.state(s).before(order.Shipped) })
		switch {
		case early:
			return nil, &ingest.RefusedError{Reason: fmt.Sprintf("shipment %s has not left yet", s.ID)}
		case out && !s.selfShip():
			return nil, &ingest.UnsupportedError{Reason: "Flipkart's courier delivers this order; Flipkart itself reports it"}
		case out:
			rows = append(rows, pushRow{ShipmentID: s.ID, LocationID: s.LocationID, DeliveredDate: stamp(at)})
		}
	}
	return rows, nil
}
