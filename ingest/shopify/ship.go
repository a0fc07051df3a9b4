package shopify

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// fulfilmentOrder is what one location has to ship of an order.
type fulfilmentOrder struct {
	ID       text   `json:"id"`
	Status   text   `json:"status"`
	Location text   `json:"assigned_location_id"`
	Actions  []text `json:"supported_actions"`
}

// plan is what a push of shipped has to do.
type plan struct {
	byLocation [][]fulfilmentOrder
	refused    string // the reason not to
}

// newPlan decides over an order's fulfilment orders. It ships all or nothing: a
// part that cannot be shipped would leave the wish open for ever. An order of
// which all was shipped before needs nothing.
func newPlan(all []fulfilmentOrder) plan {
	var p plan
	open, closed := []fulfilmentOrder{}, false
	for _, f := range all {
		switch f.Status {
		case "closed":
			closed = true
		case "cancelled":
		case "on_hold":
			return plan{refused: "a part of the order is on hold in Shopify; release it there first"}
		case "scheduled":
			return plan{refused: "Shopify has scheduled a part of the order for later"}
		default: // open, in_progress, incomplete
			if len(f.Actions) > 0 && !slices.Contains(f.Actions, "create_fulfillment") {
				return plan{refused: "a fulfilment service ships a part of the order, and tells Shopify itself"}
			}
			open = append(open, f)
		}
	}
	if len(open) == 0 && !closed {
		return plan{refused: "Shopify has nothing left to ship of this order"}
	}
	// One fulfilment holds what leaves one location.
	slices.SortStableFunc(open, func(x, y fulfilmentOrder) int { return cmp.Compare(x.Location, y.Location) })
	for len(open) > 0 {
		n := slices.IndexFunc(open, func(f fulfilmentOrder) bool { return f.Location != open[0].Location })
		if n < 0 {
			n = len(open)
		}
		p.byLocation, open = append(p.byLocation, open[:n]), open[n:]
	}
	return p
}

type newFulfilment struct {
	Lines    []fulfilmentLines `json:"line_items_by_fulfillment_order"`
	Tracking *trackingInfo     `json:"tracking_info,omitempty"`
	Notify   bool              `json:"notify_customer"`
}

// fulfilmentLines without a list of lines means all of them.
type fulfilmentLines struct {
	ID json.Number `json:"fulfillment_order_id"`
}

type trackingInfo struct {
	Company string `json:"company,omitempty"`
	Number  string `json:"number,omitempty"`
	URL     string `json:"url,omitempty"`
}

// ship fulfils everything that is left of an order. The store takes a
// fulfilment order once, so a repeat finds nothing to do.
func (a *Adapter) ship(ctx context.Context, id string, s order.Shipment) error {
	var answer struct {
		All []fulfilmentOrder `json:"fulfillment_orders"`
	}
	if _, err := a.get(ctx, "orders/"+id+"/fulfillment_orders", nil, &answer); err != nil {
		return err
	}
	p := newPlan(answer.All)
	if p.refused != "" {
		return &ingest.RefusedError{Reason: p.refused}
	}
	for _, group := range p.byLocation {
		f := newFulfilment{Notify: a.set.notify}
		for _, x := range group {
			f.Lines = append(f.Lines, fulfilmentLines{json.Number(x.ID)})
		}
		if s.AWB != "" || s.TrackingURL != "" {
			f.Tracking = &trackingInfo{Company: s.Carrier, Number: s.AWB, URL: s.TrackingURL}
		}
		if err := a.post(ctx, "fulfillments", map[string]any{"fulfillment": f}, nil); err != nil {
			return err
		}
	}
	return nil
}

// follow tells the store how far the parcels of an order are. The latest event
// of a parcel counts, so those that are as far already are passed over.
func (a *Adapter) follow(ctx context.Context, id, word string) error {
	var answer struct {
		Parcels []parcel `json:"fulfillments"`
	}
	if _, err := a.get(ctx, "orders/"+id+"/fulfillments", url.Values{"limit": {"250"}}, &answer); err != nil {
		return err
	}
	live := wireOrder{Parcels: answer.Parcels}.live()
	if len(live) == 0 {
		return &ingest.RefusedError{Reason: "Shopify knows no parcel of this order"}
	}
	rank := func(w text) int { return slices.Index(shipmentWords(), string(w)) }
	for _, p := range live {
		if rank(p.Shipment) >= rank(text(word)) || !isID(string(p.ID)) {
			continue
		}
		event := map[string]any{"event": map[string]any{"status": word}}
		if err := a.post(ctx, "orders/"+id+"/fulfillments/"+string(p.ID)+"/events", event, nil); err != nil {
			return err
		}
	}
	return nil
}
