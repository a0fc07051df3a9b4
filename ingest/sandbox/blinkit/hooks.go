package blinkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// Subscribe sets the address of the webhooks; the empty text ends them.
func (v *Vendor) Subscribe(target string) {
	v.shop.Watch()
	v.outbox.Clear()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.target = target
}

// Deliver sends what happened since the last call and what is due again.
func (v *Vendor) Deliver(ctx context.Context, client *http.Client) (accepted int) {
	events := v.shop.TakeEvents()
	v.mu.Lock()
	target := v.target
	v.mu.Unlock()
	if target == "" {
		return 0
	}
	var messages []shop.Message
	for _, e := range events {
		if o, err := v.shop.Get(e.ID); err == nil {
			messages = append(messages, v.message(target, object{"type": "ORDER_UPDATE", "tenant": "BLINKIT", "occurred_at": stamp(o.Updated),
				"data": object{"order": v.wire(o)}}))
		}
	}
	v.outbox.Add(v.shop.Garble(messages)...)
	return v.outbox.Send(ctx, client, v.shop.Now())
}

// message is one delivery with the static key and, as our assumption allows, a
// signature by the Standard Webhooks specification.
func (v *Vendor) message(target string, event object) shop.Message {
	v.mu.Lock()
	v.sent++
	id := fmt.Sprintf("evt_%s_%06d", v.keys.hook[:6], v.sent)
	v.mu.Unlock()
	event["event_id"] = id
	body, err := json.Marshal(event)
	if err != nil {
		panic(err) // plain data always encodes
	}
	return shop.Message{Build: func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Api-Key", v.keys.hook)
		shop.SignStandard(r.Header, v.keys.standard, id, v.shop.Now(), body)
		return r, nil
	}}
}
