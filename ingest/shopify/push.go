package shopify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// CanPush allows what the store can be told: that parcels left, are out for
// delivery and have arrived; that an order is cancelled while nothing has left;
// that its pieces came back, and that its money goes back.
func (a *Adapter) CanPush(o order.Order, to order.Status) error {
	no := func(reason string) error { return &ingest.UnsupportedError{Reason: reason} }
	words := strings.Split(o.Facts.PlatformStatus, "/")
	says := func(any ...string) bool {
		return slices.ContainsFunc(any, func(word string) bool { return slices.Contains(words, word) })
	}
	switch to {
	case order.Shipped, order.OutForDelivery, order.Delivered:
		if says("cancelled") {
			return no("Shopify ships no cancelled order")
		}
		return nil
	case order.Cancelled:
		if says("fulfilled", "partial") {
			return no("Shopify cancels no order of which something has been shipped; cancel the fulfilment in Shopify's admin first")
		}
		return nil
	case order.Refunded:
		if says("pending", "voided", "expired") {
			return no("Shopify took no money for this order, so it has none to give back")
		}
		return nil
	case order.Confirmed:
		return no("Shopify confirms orders itself, once they are paid or payable at the door")
	case order.Processing:
		return no("Shopify has no packed step")
	case order.Returned:
		return nil
	}
	return no("Shopify cannot be told this status")
}

// Push tells the store a status. Each way begins with reading what the store
// has, so that repeating it after a lost answer does nothing twice.
func (a *Adapter) Push(ctx context.Context, o order.Order, wish order.Wish) error {
	if err := a.CanPush(o, wish.Status); err != nil {
		return err
	}
	id := o.Ref.PlatformOrderID
	if !isID(id) {
		return fmt.Errorf("shopify: push: order %q: %w", id, ingest.ErrGone)
	}
	var err error
	switch wish.Status {
	case order.Shipped:
		err = a.ship(ctx, id, o.Facts.Shipment)
	case order.OutForDelivery, order.Delivered:
		// A person may pass over the step before, and the wish with it.
		if err = a.ship(ctx, id, o.Facts.Shipment); err == nil {
			err = a.follow(ctx, id, string(wish.Status))
		}
	case order.Cancelled:
		err = a.cancel(ctx, id)
	case order.Returned:
		err = a.takeBack(ctx, id)
	case order.Refunded:
		err = a.refund(ctx, id)
	}
	return outcome(id, err)
}

// outcome sorts the error of a push.
func outcome(id string, err error) error {
	var status *ingest.StatusError
	var refused *ingest.RefusedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return refused
	case isGone(err):
		err = ingest.ErrGone
	case errors.Is(err, ingest.ErrAuth), errors.Is(err, ingest.ErrTemporary):
	case errors.As(err, &status) && status.Status/100 == 4:
		return &ingest.RefusedError{Reason: status.Message}
	}
	return fmt.Errorf("shopify: push: order %s: %w", id, err)
}

// cancel cancels the order and puts its pieces back in stock. Money that was
// taken stays: giving it back is a step of its own.
func (a *Adapter) cancel(ctx context.Context, id string) error {
	// Cancelling twice cancels once.
	err := a.post(ingest.Repeatable(ctx), "orders/"+id+"/cancel",
		map[string]any{"reason": "other", "email": a.set.notify, "restock": true}, nil)
	var status *ingest.StatusError
	if !errors.As(err, &status) || status.Status != http.StatusUnprocessableEntity {
		return err
	}
	w, rerr := a.current(ctx, id, "id,cancelled_at")
	if rerr == nil && w.Cancelled != "" {
		return nil // it was before
	}
	return err
}

// current reads some fields of an order.
func (a *Adapter) current(ctx context.Context, id, fields string) (wireOrder, error) {
	var answer struct {
		Order *wireOrder `json:"order"`
	}
	if _, err := a.get(ctx, "orders/"+id, map[string][]string{"fields": {fields}}, &answer); err != nil {
		return wireOrder{}, err
	}
	if answer.Order == nil || string(answer.Order.ID) != id {
		return wireOrder{}, fmt.Errorf("%w: it answered without the order", ingest.ErrTemporary)
	}
	return *answer.Order, nil
}
