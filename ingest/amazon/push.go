package amazon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// CanPush allows only "shipped", for orders that the seller ships himself: it
// is all that Amazon lets a seller set.
func (p *Platform) CanPush(o order.Order, to order.Status) error {
	no := func(reason string) error { return &ingest.UnsupportedError{Reason: reason} }
	switch to {
	case order.Shipped:
		return canShip(o)
	case order.Confirmed:
		return no("Amazon confirms orders itself, once payment is authorised")
	case order.Processing:
		return no("Amazon has no packed step for sellers; schedule an Easy Ship pick-up in Seller Central")
	case order.OutForDelivery, order.Delivered:
		return no("Amazon takes deliveries from the carrier, sellers cannot report them")
	case order.Cancelled:
		return no("Amazon takes no cancellations through its Orders API; cancel in Seller Central")
	case order.Returned:
		return no("Amazon takes returns from its own returns process; authorise them in Seller Central")
	case order.Refunded:
		return no("Amazon takes no refunds through its Orders API; refund in Seller Central")
	}
	return no("Amazon cannot be told this status")
}

func canShip(o order.Order) error {
	no := func(reason string) error { return &ingest.UnsupportedError{Reason: reason} }
	s := o.Facts.Shipment
	switch {
	case o.Facts.SubStatus == subFulfilledByAmazon:
		return no("Amazon ships this order from its own warehouse")
	case o.Facts.SubStatus == subEasyShip, o.Facts.SubStatus == subReadyToShip, o.Facts.SubStatus == subLabelCancelled:
		return no("Amazon's own carrier collects this order, and Amazon marks it shipped at pick-up")
	case s.Carrier == "" && s.AWB == "":
		return no("Amazon needs the carrier and the tracking number of the parcel")
	case s.Carrier == "":
		return no("Amazon needs the carrier of the parcel")
	case s.AWB == "":
		return no("Amazon needs the tracking number of the parcel")
	}
	return nil
}

type confirmation struct {
	MarketplaceID string        `json:"marketplaceId"`
	Package       packageDetail `json:"packageDetail"`
}

type packageDetail struct {
	Reference   string        `json:"packageReferenceId"`
	CarrierCode string        `json:"carrierCode"`
	CarrierName string        `json:"carrierName"`
	Method      string        `json:"shippingMethod"`
	Tracking    string        `json:"trackingNumber"`
	ShipDate    string        `json:"shipDate"`
	Items       []confirmItem `json:"orderItems"`
}

type confirmItem struct {
	ID       string `json:"orderItemId"`
	Quantity int    `json:"quantity"`
}

// Push confirms the parcel in the order's Shipment for everything that has not
// left yet. It reads the order first, so that repeating it after a lost answer
// confirms nothing twice.
func (p *Platform) Push(ctx context.Context, o order.Order, wish order.Wish) error {
	if err := p.CanPush(o, wish.Status); err != nil {
		return err
	}
	id := o.Ref.PlatformOrderID
	raw, err := p.getOrder(ctx, id)
	if err != nil {
		return fmt.Errorf("amazon: confirm shipment: %w", err)
	}
	var w wireOrder
	if err := json.Unmarshal(raw, &w); err != nil {
		return fmt.Errorf("amazon: confirm shipment: order %s is unreadable", id)
	}
	detail, done, err := w.parcelFor(o.Facts.Shipment, p.now())
	if done || err != nil {
		return err
	}
	body, err := json.Marshal(confirmation{MarketplaceID: p.set.marketplace, Package: detail})
	if err != nil {
		return fmt.Errorf("amazon: confirm shipment: %w", err)
	}
	path := p.set.base.String() + "/orders/v0/orders/" + url.PathEscape(id) + "/shipmentConfirmation"
	// Sending one packageReferenceId twice edits that package (Orders v0 model).
	_, err = p.call(ingest.Repeatable(ctx), opConfirm, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, path, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		return req, nil
	})
	var status *ingest.StatusError
	if errors.As(err, &status) && status.Status/100 == 4 && !errors.Is(err, ingest.ErrAuth) && !errors.Is(err, ingest.ErrTemporary) {
		return &ingest.RefusedError{Reason: status.Message}
	}
	if err != nil {
		return fmt.Errorf("amazon: confirm shipment: %w", err)
	}
	return nil
}

// parcelFor makes the confirmation of what has not left yet. done tells that
// Amazon knows of the parcel, or that nothing is left to send.
func (w wireOrder) parcelFor(s order.Shipment, now time.Time) (d packageDetail, done bool, err error) {
	switch stand := w.stand(); {
	case w.byAmazon():
		return d, false, &ingest.UnsupportedError{Reason: "Amazon ships this order from its own warehouse"}
	case w.easyShip():
		return d, false, &ingest.UnsupportedError{Reason: "Amazon's own carrier collects this order, and Amazon marks it shipped at pick-up"}
	case stand.status == order.Cancelled, stand.status == order.Pending:
		return d, false, &ingest.RefusedError{Reason: fmt.Sprintf("Amazon says the order is %s", w.Fulfillment.Status)}
	}
	last := 0
	for _, pkg := range w.Packages {
		if !pkg.dropped() && strings.EqualFold(clean(pkg.Tracking), s.AWB) {
			return d, true, nil
		}
		if n, err := strconv.Atoi(pkg.Reference); err == nil && n < 1<<30 {
			last = max(last, n)
		}
	}
	d = packageDetail{
		Reference: strconv.Itoa(last + 1),
		// Amazon's list of carrier codes is its own; Other with a name is
		// accepted for every carrier.
		CarrierCode: "Other", CarrierName: s.Carrier, Method: "Standard", Tracking: s.AWB,
		ShipDate: w.shipDate(s, now).Format("2006-01-02T15:04:05.000Z"),
	}
	for _, it := range w.Items {
		left := it.Quantity - it.Fulfillment.Fulfilled
		if it.Fulfillment.Unfulfilled != nil {
			left = *it.Fulfillment.Unfulfilled
		}
		if left > 0 && !it.cancelled() {
			d.Items = append(d.Items, confirmItem{ID: it.ID, Quantity: left})
		}
	}
	return d, len(d.Items) == 0, nil
}

// shipDate is when the parcel left, within what Amazon accepts: not in the
// future by its clock, and not before the order.
func (w wireOrder) shipDate(s order.Shipment, now time.Time) time.Time {
	at := s.ShippedAt
	if latest := now.Add(-time.Minute); at.IsZero() || at.After(latest) {
		at = latest
	}
	if created, ok := instant(w.CreatedTime); ok && at.Before(created) {
		at = created
	}
	return at.UTC()
}
