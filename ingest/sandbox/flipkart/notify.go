package flipkart

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // Flipkart's scheme
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// Subscribe registers the address of notifications, as Flipkart's seller desk
// does by mail; the empty text ends them.
func (se *Seller) Subscribe(target string) {
	if se.shop.Watch(); target == "" {
		se.outbox.Clear()
	}
	se.mu.Lock()
	defer se.mu.Unlock()
	se.target = target
}

// Deliver sends what happened since the last call and what failed before. The
// events of one shipment come in order: one that fails holds up the later ones.
func (se *Seller) Deliver(ctx context.Context, client *http.Client) (accepted int) {
	events := se.shop.TakeEvents()
	se.mu.Lock()
	target := se.target
	se.mu.Unlock()
	if target == "" {
		return 0
	}
	var messages []shop.Message
	for _, e := range events {
		o, err := se.shop.Get(e.ID)
		if err != nil {
			continue
		}
		for _, s := range shipments(o) {
			messages = append(messages, shop.Message{Group: s.id(), Build: se.request(target, se.event(s, e.Created))})
		}
	}
	se.outbox.Add(se.shop.Garble(messages)...)
	return se.outbox.Send(ctx, client, se.shop.Now())
}

// request signs one notification. The signature covers the address and the
// time, not the body.
func (se *Seller) request(target string, event object) func(context.Context) (*http.Request, error) {
	body, err := json.Marshal(event)
	if err != nil {
		panic(err) // plain data always encodes
	}
	return func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		at := se.shop.Now().Truncate(time.Second)
		r.Header.Set("Content-Type", "application/json")
		// Names with an underscore, in the spelling that Flipkart sends.
		r.Header["X_Date"] = []string{at.Format(http.TimeFormat)}
		r.Header["X_Authorization"] = []string{"FKLOGIN " + se.keys.login(at, target)}
		return r, nil
	}
}

func (k keys) login(at time.Time, target string) string {
	sum := sha1.Sum([]byte(strconv.FormatInt(at.Unix(), 10) + target + http.MethodPost + k.appSecret)) //nolint:gosec // Flipkart's scheme
	return base64.StdEncoding.EncodeToString([]byte(k.appID + ":" + hex.EncodeToString(sum[:])))
}

// event tells what a shipment has come to.
func (se *Seller) event(s shipment, created bool) object {
	o := s.order
	e := object{"source": "flipkart", "version": "v3", "timestamp": o.Updated.In(kolkata).Format(time.RFC3339), "locationId": s.location,
		"shipmentId": s.id(), "attributes": object{"status": s.state()}}
	switch state := s.state(); {
	case created:
		e["eventType"] = "shipment_created"
		full := se.wire(s)
		delete(full, "shipmentId")
		e["attributes"] = full
	case state == cancelled || slices.ContainsFunc(s.lines, func(i int) bool { return o.Lines[i].Cancelled }) && state == approved:
		e["eventType"], e["attributes"] = "shipment_cancelled", s.cancellation()
	case o.Status == order.Returned:
		delete(e, "shipmentId")
		e["eventType"], e["returnId"] = "return_created", "9"+o.Lines[s.lines[0]].ID
		items := make([]object, len(s.lines))
		for i, line := range s.lines {
			items[i] = s.returned(line)
		}
		if o.Detail == shop.CameBack {
			e["eventType"] = "return_completed"
			for i, line := range s.lines {
				items[i] = object{"orderItemId": o.Lines[line].ID}
			}
		}
		e["attributes"] = object{"status": items[0]["status"], "returnItems": items}
	default:
		e["eventType"] = eventTypes[state]
	}
	if o.Status == order.Pending && !created {
		e["eventType"], e["attributes"] = "shipment_hold", object{"orderItems": s.holds()}
	}
	if o.Status == order.Confirmed && len(o.History) > 1 && o.History[len(o.History)-2].Status == order.Pending {
		e["eventType"], e["attributes"] = "shipment_unhold", object{"orderItems": s.holds()}
	}
	return e
}

var eventTypes = map[string]string{
	approved: "shipment_unhold", packing: "shipment_packed", packed: "shipment_packed", ready: "shipment_ready_to_dispatch",
	pickedUp: "shipment_pickup_complete", shipped: "shipment_shipped", delivered: "shipment_delivered",
}

func (s shipment) holds() (items []object) {
	for _, i := range s.lines {
		items = append(items, object{"orderItemId": s.order.Lines[i].ID, "holdQuantity": s.order.Lines[i].Quantity})
	}
	return items
}

func (s shipment) cancellation() object {
	items := []object{}
	for _, i := range s.lines {
		if l := s.order.Lines[i]; word(s.order, i) == cancelled {
			reason, sub := cancelReason(s.order, l)
			items = append(items, object{"orderItemId": l.ID, "quantity": l.Quantity, "reason": reason, "subReason": sub})
		}
	}
	return object{"status": "CANCELLED", "orderItems": items}
}
