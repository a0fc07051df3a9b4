package amazon

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// confirmation is the body of shipmentConfirmation (Orders v0 model).
type confirmation struct {
	MarketplaceID string `json:"marketplaceId"`
	PackageDetail *struct {
		PackageReferenceID string        `json:"packageReferenceId"`
		CarrierCode        string        `json:"carrierCode"`
		CarrierName        string        `json:"carrierName"`
		ShippingMethod     string        `json:"shippingMethod"`
		TrackingNumber     string        `json:"trackingNumber"`
		ShipDate           string        `json:"shipDate"`
		OrderItems         []packageItem `json:"orderItems"`
	} `json:"packageDetail"`
}

const maxConfirmation = 1 << 20

// confirmShipment records that the seller handed a package to a courier. The
// same package reference again edits that package.
func (a *Account) confirmShipment(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The entity of the request is in a format not supported by the requested resource.", "")
		return
	}
	var c confirmation
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxConfirmation)).Decode(&c); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			refuse(w, http.StatusRequestEntityTooLarge, "RequestTooLarge", "The request size exceeded the maximum accepted size.", "")
			return
		}
		invalid(w, "The request body cannot be read")
		return
	}
	parcel, fault := a.parcel(c)
	if fault != "" {
		invalid(w, "%s", fault)
		return
	}
	_, err := a.shop.Update(r.PathValue("orderId"), func(o *shop.Order) error { return a.ship(o, parcel) })
	switch {
	case errors.Is(err, shop.ErrNotFound):
		refuse(w, http.StatusNotFound, "NotFound", "The order id you have requested does not exist.", r.PathValue("orderId"))
	case err != nil:
		invalid(w, "%s", err)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// parcel checks what can be checked without the order.
func (a *Account) parcel(c confirmation) (p shop.Parcel, fault string) {
	d := c.PackageDetail
	if c.MarketplaceID != Marketplace {
		return p, "marketplaceId is missing or not the order's"
	}
	if d == nil {
		return p, "packageDetail is missing"
	}
	if n, err := strconv.ParseInt(d.PackageReferenceID, 10, 64); err != nil || n < 1 {
		return p, "packageReferenceId must be a positive numeric value"
	}
	at, err := time.Parse(time.RFC3339, d.ShipDate)
	switch {
	case d.CarrierCode == "":
		return p, "carrierCode is missing"
	case d.CarrierCode == "Other" && d.CarrierName == "":
		return p, "carrierName is required when carrierCode is Other"
	case d.TrackingNumber == "":
		return p, "trackingNumber is missing"
	case err != nil:
		return p, "shipDate is not an ISO 8601 date-time"
	case at.After(a.shop.Now()):
		return p, "shipDate is in the future"
	case len(d.OrderItems) == 0:
		return p, "orderItems is missing"
	}
	p = shop.Parcel{Ref: d.PackageReferenceID, Carrier: d.CarrierCode, AWB: d.TrackingNumber, Service: d.ShippingMethod,
		Made: a.shop.Now().Truncate(time.Second), Shipped: at.UTC().Truncate(time.Second)}
	if d.CarrierCode == "Other" {
		p.Carrier = d.CarrierName
	}
	for _, it := range d.OrderItems {
		p.Pieces = append(p.Pieces, shop.Piece{Line: it.OrderItemID, Quantity: it.Quantity})
	}
	return p, ""
}

// ship puts a parcel on an order, or says why it cannot be.
func (a *Account) ship(o *shop.Order, p shop.Parcel) error {
	known := slices.IndexFunc(o.Parcels, func(x shop.Parcel) bool { return x.Ref == p.Ref && !x.Shipped.IsZero() })
	switch {
	case o.ByPlatform:
		return errors.New("the order is fulfilled by Amazon")
	case o.Collected:
		return errors.New("the order is shipped with Easy Ship, which confirms the shipment itself")
	case o.Status == order.Pending:
		return errors.New("the order is pending and cannot be confirmed")
	case o.Status == order.Cancelled:
		return errors.New("the order is cancelled")
	case o.Status != order.Confirmed && o.Status != order.Processing && known < 0:
		return fmt.Errorf("PackageToUpdateNotFound: package %s does not exist in a shipped order", p.Ref)
	case p.Shipped.Before(o.Created):
		return errors.New("shipDate is before the order date")
	}
	parcels := slices.Clone(o.Parcels)
	if known >= 0 {
		p.Made = parcels[known].Made
		parcels[known] = p
	} else {
		// A parcel that was only being packed becomes this one.
		parcels = slices.DeleteFunc(parcels, func(x shop.Parcel) bool { return x.Shipped.IsZero() })
		parcels = append(parcels, p)
	}
	lines, left, err := fulfilled(o.Lines, parcels)
	if err != nil {
		return err
	}
	o.Parcels, o.Lines = parcels, lines
	at := a.shop.Now().Truncate(time.Second)
	switch {
	case known >= 0 && o.Word != partly:
		// Tracking of a parcel on its way was corrected; the order stays where it is.
	case left > 0:
		o.Move(order.Processing, shop.Preparing, at, shop.ByClient)
		o.Word = partly
	default:
		o.Move(order.Shipped, shop.PickedUp, at, shop.ByClient)
	}
	return nil
}

// fulfilled counts what the parcels hold against what was ordered.
func fulfilled(ordered []shop.Line, parcels []shop.Parcel) (lines []shop.Line, left int, err error) {
	lines = slices.Clone(ordered)
	for i := range lines {
		lines[i].Fulfilled = 0
	}
	for _, p := range parcels {
		for _, piece := range p.Pieces {
			i := slices.IndexFunc(lines, func(l shop.Line) bool { return l.ID == piece.Line })
			if i < 0 {
				return nil, 0, fmt.Errorf("orderItemId %s does not belong to the order", piece.Line)
			}
			if piece.Quantity < 1 {
				return nil, 0, fmt.Errorf("quantity of orderItemId %s must be positive", piece.Line)
			}
			if lines[i].Fulfilled += piece.Quantity; lines[i].Fulfilled > lines[i].Quantity {
				return nil, 0, fmt.Errorf("quantity of orderItemId %s is more than ordered", piece.Line)
			}
		}
	}
	for _, l := range lines {
		left += l.Quantity - l.Fulfilled
	}
	return lines, left, nil
}
