package woocommerce

import (
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// trackingKey is where the Shipment Tracking plugin and those that imitate it
// keep the parcels of an order; the core knows none.
const trackingKey = "_wc_shipment_tracking_items"

type parcel struct {
	Provider       text `json:"tracking_provider"`
	CustomProvider text `json:"custom_tracking_provider"`
	Link           text `json:"tracking_link"`
	CustomLink     text `json:"custom_tracking_link"`
	Number         text `json:"tracking_number"`
	Shipped        text `json:"date_shipped"`
}

// shipment is the newest parcel that a plugin left in the order's meta data;
// none when there is no such plugin. A plugin's own shape is no reason to
// refuse the order.
func (w wireOrder) shipment() order.Shipment {
	var s order.Shipment
	for _, m := range w.Meta {
		if m.Key != trackingKey || len(m.Value) == 0 {
			continue
		}
		var parcels list[parcel]
		if json.Unmarshal(m.Value, &parcels) != nil {
			continue
		}
		for _, p := range parcels {
			if next := p.shipment(); next.AWB != "" && !next.ShippedAt.Before(s.ShippedAt) {
				s = next
			}
		}
	}
	return s
}

func (p parcel) shipment() order.Shipment {
	s := order.Shipment{Carrier: firstOf(plain(p.CustomProvider), plain(p.Provider)), AWB: string(p.Number)}
	if u, err := url.Parse(firstOf(string(p.CustomLink), string(p.Link))); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		s.TrackingURL = u.String()
	}
	if at, err := time.Parse(time.DateOnly, string(p.Shipped)); err == nil {
		s.ShippedAt = at
	} else if sec, err := strconv.ParseInt(string(p.Shipped), 10, 40); err == nil && sec > 0 {
		s.ShippedAt = time.Unix(sec, 0).UTC()
	}
	return s
}
