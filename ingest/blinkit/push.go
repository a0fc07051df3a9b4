package blinkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// CanPush allows what a seller does with an order that he packs himself:
// accepting, packing, handing over and, before it is packed, cancelling.
func (p *Platform) CanPush(o order.Order, to order.Status) error {
	if o.Kind == order.Purchase {
		return canPushPO(o, to)
	}
	no := func(reason string) error { return &ingest.UnsupportedError{Reason: reason} }
	word := o.Facts.PlatformStatus
	switch {
	case o.Facts.SubStatus == subByBlinkit:
		return no("Blinkit packs and ships this order from its own store; the seller cannot change it")
	case to == order.Cancelled && word != "" && !cancellable(word):
		return no(fmt.Sprintf("Blinkit takes cancellations before packing only; this order is %s there", word))
	case wordFor(to) != "":
		return nil
	case to == order.OutForDelivery, to == order.Delivered:
		return no("Blinkit delivers orders itself and reports it")
	case to == order.Returned:
		return no("Blinkit runs returns itself and reports them")
	case to == order.Refunded:
		return no("Blinkit refunds customers itself")
	}
	return no("Blinkit cannot be told this status")
}

// Push brings the order to the wish's word. It reads the order first and sends
// only what is missing on the way, so that repeating it after a lost answer
// does nothing twice.
func (p *Platform) Push(ctx context.Context, o order.Order, wish order.Wish) error {
	if o.Kind == order.Purchase {
		return p.pushPO(ctx, o, wish)
	}
	if err := p.CanPush(o, wish.Status); err != nil {
		return err
	}
	id, to := o.Ref.PlatformOrderID, wordFor(wish.Status)
	missing, err := p.missing(ctx, id, to)
	if err != nil {
		return err
	}
	for _, word := range missing {
		err := p.tell(ctx, o, word, wish)
		if refusal(err) == nil {
			if err != nil {
				return fmt.Errorf("blinkit: push: %w", err)
			}
			continue
		}
		// Somebody else may have moved it meanwhile.
		left, rerr := p.missing(ctx, id, to)
		switch {
		case rerr == nil && len(left) == 0:
			return nil
		case errors.Is(rerr, ingest.ErrTemporary):
			return rerr
		}
		return refusal(err)
	}
	return nil
}

// missing is what is to be told to bring an order to a word. Errors are final.
func (p *Platform) missing(ctx context.Context, id, to string) ([]string, error) {
	raw, err := p.one(ctx, id)
	var w wireOrder
	if err == nil {
		w, err = decode(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("blinkit: push: %w", err)
	}
	words, ok := steps(w.word(), to)
	switch {
	case !ok:
		return nil, &ingest.RefusedError{Reason: fmt.Sprintf("the order is %s there and cannot become %s", w.word(), to)}
	case len(words) > 0 && !w.bySeller():
		return nil, &ingest.UnsupportedError{Reason: "Blinkit packs and ships this order from its own store; the seller cannot change it"}
	}
	return words, nil
}

func (p *Platform) tell(ctx context.Context, o order.Order, word string, wish order.Wish) error {
	at := wish.At
	if now := p.now(); at.IsZero() || at.After(now) {
		at = now
	}
	b := statusBody{Status: word, At: stamp(at)}
	switch parcel := o.Facts.Shipment; {
	case word == wordCancelled:
		b.Reason = p.set.cancelReason
	case word == wordDispatched && parcel.AWB != "":
		b.Tracking = &tracking{Partner: parcel.Carrier, Code: parcel.AWB}
	}
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return p.call(ctx, http.MethodPost, statusPath(o.Ref.PlatformOrderID), body, onceKey(wish.Key, o.Ref.PlatformOrderID, body), nil)
}

// onceKey names one step of a wish. The body is part of it, since a key may not
// be used for two bodies.
func onceKey(wish, id string, body []byte) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00%s", wish, id, body) // a hash does not fail
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// refusal is the platform's no, if the error is one.
func refusal(err error) error {
	switch refusedStatus(err) {
	case 0, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return nil
	case http.StatusNotFound, http.StatusGone:
		return fmt.Errorf("blinkit: push: %w", ingest.ErrGone)
	}
	return &ingest.RefusedError{Reason: err.Error()}
}
