package swiggy

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// CanPush allows what a merchant does with an order that he packs himself:
// accepting and packing it. Swiggy never lets him cancel.
func (p *Platform) CanPush(o order.Order, to order.Status) error {
	no := func(reason string) error { return &ingest.UnsupportedError{Reason: reason} }
	switch {
	case o.Facts.SubStatus == subBySwiggy:
		return no("Swiggy packs and ships this order from its own store; the merchant cannot change it")
	case wordFor(to) != "":
		return nil
	case to == order.Cancelled:
		return no("Swiggy takes no cancellations from merchants; report missing stock to Swiggy instead")
	case to == order.Shipped, to == order.OutForDelivery, to == order.Delivered:
		return no("Swiggy's rider collects and delivers orders; Swiggy reports it")
	case to == order.Returned:
		return no("Swiggy runs returns itself and reports them")
	case to == order.Refunded:
		return no("Swiggy refunds customers itself")
	}
	return no("Swiggy cannot be told this status")
}

// Push brings the order to the wish's word. It reads the order first and sends
// only what is missing on the way, so that repeating it after a lost answer
// does nothing twice.
func (p *Platform) Push(ctx context.Context, o order.Order, wish order.Wish) error {
	if err := p.CanPush(o, wish.Status); err != nil {
		return err
	}
	id, to := o.Ref.PlatformOrderID, wordFor(wish.Status)
	missing, err := p.missing(ctx, id, to)
	if err != nil {
		return err
	}
	for _, a := range missing {
		err := p.tell(ctx, id, a, wish.Key)
		switch status := refusedStatus(err); {
		case err == nil:
			continue
		case status == 0, status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooManyRequests:
			return fmt.Errorf("swiggy: push: %w", err)
		case status == http.StatusNotFound:
			return fmt.Errorf("swiggy: push: %w", ingest.ErrGone)
		}
		// Somebody else may have moved it meanwhile.
		left, rerr := p.missing(ctx, id, to)
		switch {
		case rerr == nil && len(left) == 0:
			return nil
		case errors.Is(rerr, ingest.ErrTemporary):
			return rerr
		case refusedStatus(err) == http.StatusConflict:
			return fmt.Errorf("swiggy: push: %w: the order changed meanwhile", ingest.ErrTemporary)
		}
		return &ingest.RefusedError{Reason: err.Error()}
	}
	return nil
}

// missing is what is to be told to bring an order to a word. Errors are final.
func (p *Platform) missing(ctx context.Context, id, to string) ([]action, error) {
	raw, err := p.one(ctx, id)
	var w wireOrder
	if err == nil {
		w, err = decode(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("swiggy: push: %w", err)
	}
	actions, ok := w.steps(to)
	switch {
	case !ok:
		return nil, &ingest.RefusedError{Reason: fmt.Sprintf("the order is %s there and cannot become %s", w.word(), to)}
	case len(actions) > 0 && !w.byMerchant():
		return nil, &ingest.UnsupportedError{Reason: "Swiggy packs and ships this order from its own store; the merchant cannot change it"}
	}
	return actions, nil
}

// tell sends one action. Its key, and the id of the request, which is in the
// body, are the same on every try.
func (p *Platform) tell(ctx context.Context, id string, a action, wish string) error {
	what, err := json.Marshal(a)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", wish, id, what))
	key := uuid([16]byte(sum[:16]))
	var answer struct {
		ID text `json:"orderId"`
	}
	return p.call(ctx, message{path: updatePath, id: key, once: key, body: updateBody{Context: requestContext{key}, ID: id, Action: a}}, &answer)
}
