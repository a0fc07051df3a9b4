package custom

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

// CanPush allows every status but pending, which the contract cannot name.
func (a *Adapter) CanPush(_ order.Order, to order.Status) error {
	if _, ok := wordFor(to); ok {
		return nil
	}
	return &ingest.UnsupportedError{Reason: fmt.Sprintf("the website cannot be told that an order is %s", to)}
}

type statusChange struct {
	Status   string    `json:"status"`
	At       string    `json:"at"`
	Tracking *tracking `json:"tracking,omitempty"`
}

type tracking struct {
	Carrier string `json:"carrier"`
	Number  string `json:"number"`
	URL     string `json:"url,omitempty"`
}

// Push tells the site a status. The wish's key goes along as Idempotency-Key,
// so the push may be repeated. A refused transition is looked at once more: a
// site that already is where it should be has nothing to refuse.
func (a *Adapter) Push(ctx context.Context, o order.Order, wish order.Wish) error {
	word, ok := wordFor(wish.Status)
	if !ok {
		return a.CanPush(o, wish.Status)
	}
	id := o.Ref.PlatformOrderID
	if !idPattern.MatchString(id) {
		return fmt.Errorf("custom: push: order %q: %w", id, ingest.ErrGone)
	}
	at := wish.At
	if at.IsZero() {
		at = a.now()
	}
	change := statusChange{Status: word, At: stamp(at)}
	if s := o.Facts.Shipment; wish.Status == order.Shipped && s.AWB != "" {
		change.Tracking = &tracking{Carrier: s.Carrier, Number: s.AWB, URL: s.TrackingURL}
	}
	err := a.tell(ctx, id, keyOf(id, wish), change)
	var status *ingest.StatusError
	switch {
	case err == nil:
		return nil
	case isGone(err):
		return fmt.Errorf("custom: push: order %s: %w", id, ingest.ErrGone)
	case errors.As(err, &status) && status.Status == http.StatusConflict:
		if r, ferr := a.FetchOne(ctx, id); ferr == nil && r.Status == wish.Status {
			return nil
		}
		return &ingest.RefusedError{Reason: status.Message}
	case errors.As(err, &status) && (status.Status == http.StatusUnprocessableEntity || status.Status == http.StatusBadRequest):
		return &ingest.RefusedError{Reason: status.Message}
	}
	return fmt.Errorf("custom: push: order %s: %w", id, err)
}

func (a *Adapter) tell(ctx context.Context, id, key string, change statusChange) error {
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	to := a.base.JoinPath("orders", id, "status").String()
	_, err = a.client.Do(ingest.Repeatable(ctx), op, func(ctx context.Context) (*http.Request, error) {
		req, err := a.request(ctx, http.MethodPost, to, body)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Idempotency-Key", key)
		return req, nil
	})
	return err
}

// keyOf is the wish's own key, or for a wish without one a key by what is
// wished and when.
func keyOf(id string, wish order.Wish) string {
	if wish.Key != "" {
		return wish.Key
	}
	sum := sha256.Sum256([]byte(id + "\x00" + string(wish.Status) + "\x00" + stamp(wish.At)))
	return hex.EncodeToString(sum[:16])
}
