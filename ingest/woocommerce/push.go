package woocommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

var (
	_ ingest.Platform = (*Adapter)(nil)
	_ ingest.Pusher   = (*Adapter)(nil)
	_ ingest.Receiver = (*Adapter)(nil)
)

// CanPush allows what the store has a word for. The core has none for packed,
// out for delivery and returned: those need a plugin's slug in status_map.
func (a *Adapter) CanPush(_ order.Order, to order.Status) error {
	if _, ok := a.words.slugFor(to); ok {
		return nil
	}
	return &ingest.UnsupportedError{Reason: fmt.Sprintf("this store has no status that means %q; name it in the channel's status_map if a plugin adds one", to)}
}

// Push sets the order's status. The store allows any step [core] and mails the
// customer; refunded records a refund and moves no money. Nothing but the
// status is sent, since the store would calculate totals anew. Setting a status
// again changes nothing, so the push may be repeated.
func (a *Adapter) Push(ctx context.Context, o order.Order, wish order.Wish) error {
	slug, ok := a.words.slugFor(wish.Status)
	if !ok {
		return a.CanPush(o, wish.Status)
	}
	if _, err := strconv.ParseUint(o.Ref.PlatformOrderID, 10, 63); err != nil {
		return fmt.Errorf("woocommerce: push: order %q: %w", o.Ref.PlatformOrderID, ingest.ErrGone)
	}
	body, err := json.Marshal(map[string]string{"status": slug})
	if err != nil {
		return fmt.Errorf("woocommerce: push: %w", err)
	}
	to := a.endpoint("orders/"+o.Ref.PlatformOrderID, nil)
	_, err = a.client.Do(ingest.Repeatable(ctx), opWrite, func(ctx context.Context) (*http.Request, error) {
		return a.request(ctx, http.MethodPut, to, string(body))
	})
	var status *ingest.StatusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &status) && status.Status == http.StatusNotFound && status.Code != "rest_no_route":
		return fmt.Errorf("woocommerce: push: %w", ingest.ErrGone)
	case errors.As(err, &status) && status.Status == http.StatusBadRequest:
		return &ingest.RefusedError{Reason: status.Message}
	}
	return fmt.Errorf("woocommerce: push: %w", err)
}
