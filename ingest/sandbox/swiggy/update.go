package swiggy

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// update is one step of a merchant.
type update struct {
	ID     string `json:"orderId"`
	Action struct {
		Type       string `json:"type"`
		State      string `json:"orderState"`
		Fulfilment string `json:"fulfilmentState"`
		Items      []unit `json:"items"`
	} `json:"action"`
}

// unit is how many pieces of an item there are.
type unit struct {
	ID        string `json:"itemId"`
	Available *int   `json:"availableQuantity"`
}

// Reasons to refuse a step.
var (
	errNotAllowed = errors.New("the action is not available to the merchant in this state")
	errUnits      = errors.New("units must be of items of the order, and fewer than were ordered")
)

// update runs a step. The same key gives the same answer.
func (m *Merchant) update(r *http.Request, q request) (any, *fault) {
	key := r.Header.Get("X-Idempotency-Key")
	if key == "" {
		return nil, invalid("header X-Idempotency-Key is required")
	}
	var u update
	if json.Unmarshal(q.raw, &u) != nil {
		return nil, invalid("the action is not readable")
	}
	what, err := json.Marshal(u)
	if err != nil {
		return nil, invalid("the action is not readable")
	}
	_, body, reused := m.replays.Do(key, string(what), func() (int, any) {
		answer, no := m.step(u)
		return http.StatusOK, outcome{answer, no}
	})
	if reused {
		return nil, &fault{http.StatusConflict, "CONFLICT", "the key was used for another action"}
	}
	out := body.(outcome) //nolint:errcheck // nothing else is put in
	return out.answer, out.no
}

type outcome struct {
	answer any
	no     *fault
}

func (m *Merchant) step(u update) (any, *fault) {
	at := m.shop.Now().Truncate(time.Second)
	o, err := m.shop.Update(u.ID, func(o *shop.Order) error { return u.apply(o, at) })
	switch {
	case errors.Is(err, errNotAllowed):
		return nil, &fault{http.StatusBadRequest, "ACTION_NOT_ALLOWED", err.Error()}
	case errors.Is(err, errUnits):
		return nil, &fault{http.StatusBadRequest, "INVALID_ITEM_UNITS", err.Error()}
	case err != nil:
		return nil, &fault{http.StatusNotFound, "ORDER_NOT_FOUND", "order not found"}
	}
	return object{"orderId": o.ID, "version": version(o)}, nil
}

func (u update) apply(o *shop.Order, at time.Time) error {
	if o.ByPlatform {
		return errNotAllowed
	}
	a := u.Action
	switch {
	case a.Type == "ORDER_STATE_UPDATE" && a.State == "ACCEPTED" && o.Status == order.Pending:
		o.Move(order.Confirmed, "", at, shop.ByClient)
	case a.Type == "ORDER_FULFILMENT_STATE_UPDATE" && a.Fulfilment == "PACKING" && o.Status == order.Confirmed:
		o.Move(order.Processing, shop.Packing, at, shop.ByClient)
	case a.Type == "ORDER_FULFILMENT_STATE_UPDATE" && a.Fulfilment == "PACKED" && o.Status == order.Processing && o.Detail == shop.Packing:
		o.Move(order.Processing, shop.Packed, at, shop.ByClient)
	case a.Type == "ITEM_UNIT_UPDATE" && (o.Status == order.Pending || o.Status == order.Confirmed || o.Detail == shop.Packing):
		return u.reduce(o)
	default:
		return errNotAllowed
	}
	return nil
}

// reduce takes pieces out of the order that are not there. An order cannot lose
// its last piece this way: that would be a cancellation.
func (u update) reduce(o *shop.Order) error {
	if len(u.Action.Items) == 0 {
		return errUnits
	}
	o.Lines, o.Meta = slices.Clone(o.Lines), slices.Clone(o.Meta)
	left := 0
	for _, x := range u.Action.Items {
		i := slices.IndexFunc(o.Lines, func(l shop.Line) bool { return l.ID == x.ID })
		if i < 0 || x.Available == nil || *x.Available < 0 || *x.Available >= o.Lines[i].Quantity {
			return errUnits
		}
		l := &o.Lines[i]
		gone := l.Quantity - *x.Available
		add(o, "missing "+l.ID, gone)
		per := l.Discount / int64(l.Quantity)
		l.Quantity = *x.Available
		l.Discount = per * int64(l.Quantity)
		l.Amount = l.Unit*int64(l.Quantity) - l.Discount
	}
	for _, l := range o.Lines {
		left += l.Quantity
	}
	if left == 0 {
		return errNotAllowed
	}
	add(o, "edits", 1)
	return nil
}

// add raises a counter of the order.
func add(o *shop.Order, key string, n int) {
	if i := slices.IndexFunc(o.Meta, func(m shop.Meta) bool { return m.Key == key }); i >= 0 {
		o.Meta[i].ID += n
		return
	}
	o.Meta = append(o.Meta, shop.Meta{ID: n, Key: key})
}
