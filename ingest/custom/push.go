package custom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

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
// so the push may be repeated.
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
	err := a.tell(ctx, id, keyOf(id, wish), changeTo(word, at, o.Facts.Shipment))
	var status *ingest.StatusError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &status) && status.Status == http.StatusConflict:
		return a.catchUp(ctx, o, wish, at, status)
	}
	return outcome(id, err)
}

// outcome sorts the error of a push.
func outcome(id string, err error) error {
	var status *ingest.StatusError
	if errors.As(err, &status) {
		switch status.Status {
		case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
			return &ingest.RefusedError{Reason: status.Message}
		}
	}
	if isGone(err) {
		err = ingest.ErrGone
	}
	return fmt.Errorf("custom: push: order %s: %w", id, err)
}

// catchUp is what follows a refused transition: a site that already is where it
// should be has nothing to refuse, and one that was not told of the steps before,
// since a person took several at once, is told of them now. Each has a key of
// its own: the wish's stands for the refusal.
func (a *Adapter) catchUp(ctx context.Context, o order.Order, wish order.Wish, at time.Time, refused *ingest.StatusError) error {
	id := o.Ref.PlatformOrderID
	r, err := a.FetchOne(ctx, id)
	switch {
	case errors.Is(err, ingest.ErrTemporary):
		return fmt.Errorf("custom: push: %w", err)
	case err == nil && r.Status == wish.Status:
		return nil
	}
	steps := between(r.Status, wish.Status)
	if err != nil || len(steps) == 0 {
		return &ingest.RefusedError{Reason: refused.Message}
	}
	for _, s := range append(steps, wish.Status) {
		word, _ := wordFor(s) // each of them has one
		if err := a.tell(ctx, id, keyOf(id, wish)+"-"+word, changeTo(word, at, o.Facts.Shipment)); err != nil {
			return outcome(id, err)
		}
	}
	return nil
}

// between are the steps of an order's life that lie between two statuses and
// that nobody may leave out.
func between(from, to order.Status) []order.Status {
	life := []order.Status{order.Pending, order.Confirmed, order.Processing, order.Shipped}
	begin, end := slices.Index(life, from), slices.Index(life, to)
	switch to {
	case order.OutForDelivery, order.Delivered, order.Returned:
		end = len(life)
	}
	if begin < 0 || begin+1 >= end {
		return nil
	}
	return life[begin+1 : end : end]
}

func changeTo(word string, at time.Time, s order.Shipment) statusChange {
	c := statusChange{Status: word, At: stamp(at)}
	if word == string(order.Shipped) && s.Carrier != "" && s.AWB != "" {
		c.Tracking = &tracking{Carrier: s.Carrier, Number: s.AWB, URL: s.TrackingURL}
	}
	return c
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
