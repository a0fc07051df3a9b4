package custom

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// statusBody is a push.
type statusBody struct {
	Status   string    `json:"status"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason"`
	Tracking *struct {
		Carrier string `json:"carrier"`
		Number  string `json:"number"`
		URL     string `json:"url"`
	} `json:"tracking"`
}

// meanings are the words a client may set.
var meanings = map[string]order.Status{
	"accepted": order.Confirmed, "packed": order.Processing, "shipped": order.Shipped, "out_for_delivery": order.OutForDelivery,
	"delivered": order.Delivered, "cancelled": order.Cancelled, "returned": order.Returned, "refunded": order.Refunded,
}

// follows are the words that may follow each status.
var follows = map[order.Status][]string{
	order.Pending:        {"accepted", "cancelled"},
	order.Confirmed:      {"accepted", "packed", "cancelled"},
	order.Processing:     {"shipped", "cancelled"},
	order.Shipped:        {"out_for_delivery", "delivered", "returned"},
	order.OutForDelivery: {"delivered", "returned"},
	order.Delivered:      {"returned"},
	order.Cancelled:      {"refunded"},
	order.Returned:       {"refunded"},
}

// setStatus moves an order. The same key with the same body gets the answer of
// the first time.
func (st *Site) setStatus(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "too_large", "the body is too large", nil)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		refuse(w, http.StatusUnprocessableEntity, "invalid", "header Idempotency-Key is required", object{"field": "Idempotency-Key"})
		return
	}
	id := r.PathValue("id")
	status, body, reused := st.replays.Do(key, id+"\x00"+string(raw), func() (int, any) { return st.push(id, raw) })
	if reused {
		refuse(w, http.StatusConflict, "idempotency_key_reused", "the key was used for another request", nil)
		return
	}
	shop.Reply(w, status, body)
}

// errSame says that the order already is where it shall be.
var errSame = errors.New("nothing to do")

type transitionError struct{ from, to string }

func (e *transitionError) Error() string {
	return "an order that is " + e.from + " cannot become " + e.to
}

func fault(code, message string, details any) object {
	return object{"error": object{"code": code, "message": message, "details": details}}
}

// push checks and applies a change and returns the answer.
func (st *Site) push(id string, raw []byte) (int, any) {
	var b statusBody
	if err := json.Unmarshal(raw, &b); err != nil {
		return http.StatusUnprocessableEntity, fault("invalid", "the body is not a status change", nil)
	}
	to, ok := meanings[b.Status]
	switch {
	case !ok:
		return http.StatusUnprocessableEntity, fault("invalid", "status is not one that can be set", object{"field": "status"})
	case b.At.IsZero():
		return http.StatusUnprocessableEntity, fault("invalid", "at is required", object{"field": "at"})
	case b.Tracking != nil && (b.Tracking.Carrier == "" || b.Tracking.Number == ""):
		return http.StatusUnprocessableEntity, fault("invalid", "tracking needs carrier and number", object{"field": "tracking"})
	}
	now := st.shop.Now().Truncate(time.Second)
	o, err := st.shop.Update(id, func(o *shop.Order) error { return b.apply(o, to, now) })
	var bad *transitionError
	switch {
	case errors.Is(err, errSame):
		o, err = st.shop.Get(id)
	case errors.As(err, &bad):
		return http.StatusConflict, fault("invalid_transition", bad.Error(), object{"from": bad.from, "to": bad.to})
	}
	if err != nil {
		return http.StatusNotFound, fault("not_found", "no such order", nil)
	}
	return http.StatusOK, object{"data": st.wire(o)}
}

func (b statusBody) apply(o *shop.Order, to order.Status, now time.Time) error {
	from := word(*o)
	switch {
	case from == b.Status:
		return errSame
	case !slices.Contains(follows[o.Status], b.Status):
		return &transitionError{from, b.Status}
	}
	if b.Tracking != nil {
		o.Parcels = []shop.Parcel{{Ref: "1", Carrier: b.Tracking.Carrier, AWB: b.Tracking.Number, Made: now}}
	}
	if to == order.Cancelled {
		o.Remark = b.Reason
	}
	detail := shop.Preparing
	if to == order.Shipped {
		detail = shop.PickedUp
	}
	o.Move(to, detail, now, shop.ByClient)
	if to == order.Confirmed {
		o.Word = b.Status
	}
	return nil
}
