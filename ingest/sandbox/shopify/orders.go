package shopify

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

func (st *Store) getOrder(w http.ResponseWriter, r *http.Request) {
	o, ok := st.visible(r.PathValue("id"))
	if !ok {
		notFound(w)
		return
	}
	shop.Reply(w, http.StatusOK, object{"order": pick(st.wire(o), r.URL.Query().Get("fields"))})
}

// change runs fn on the order of the path; false when it refused the request.
func (st *Store) change(w http.ResponseWriter, r *http.Request, fn func(o *shop.Order, at time.Time) error) (shop.Order, bool) {
	if _, ok := st.visible(r.PathValue("id")); !ok {
		notFound(w)
		return shop.Order{}, false
	}
	at := st.shop.Now().Truncate(time.Second)
	o, err := st.shop.Update(r.PathValue("id"), func(o *shop.Order) error { return fn(o, at) })
	return o, !refuseError(w, err)
}

// fieldError is a refusal of one field.
type fieldError struct{ field, message string }

func (e *fieldError) Error() string { return e.field + " " + e.message }

// plainError is a refusal in the shape {"error":"…"}.
type plainError string

func (e plainError) Error() string { return string(e) }

// refuseError answers an error; false when there is none.
func refuseError(w http.ResponseWriter, err error) bool {
	var field *fieldError
	var list problem
	var plain plainError
	switch {
	case err == nil:
		return false
	case errors.Is(err, shop.ErrNotFound):
		notFound(w)
	case errors.As(err, &field):
		invalid(w, field.field, field.message)
	case errors.As(err, &list):
		refuse(w, http.StatusUnprocessableEntity, []string{string(list)})
	case errors.As(err, &plain):
		shop.Reply(w, http.StatusUnprocessableEntity, object{"error": string(plain)})
	default:
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
	}
	return true
}

// updateOrder changes what an app may change: note, tags, e-mail and phone.
func (st *Store) updateOrder(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Order *struct {
			Note  *string `json:"note"`
			Tags  *string `json:"tags"`
			Email *string `json:"email"`
		} `json:"order"`
	}
	if !readJSON(w, r, &b) {
		return
	}
	if b.Order == nil {
		refuse(w, http.StatusBadRequest, map[string]string{"order": "Required parameter missing or invalid"})
		return
	}
	o, ok := st.change(w, r, func(o *shop.Order, _ time.Time) error { return edit(o, b.Order.Note, b.Order.Tags, b.Order.Email) })
	if ok {
		shop.Reply(w, http.StatusOK, object{"order": st.wire(o)})
	}
}

func edit(o *shop.Order, note, tags, email *string) error {
	if note != nil {
		if len(*note) > 5000 {
			return &fieldError{"note", "is too long (maximum is 5000 characters)"}
		}
		o.Remark = *note
	}
	if tags != nil {
		setMeta(o, "tags", *tags)
	}
	if email != nil {
		o.Customer.Email = *email
	}
	return nil
}

// cancellation is the body of a cancel.
type cancellation struct {
	Reason string `json:"reason"`
	Amount string `json:"amount"`
	Refund *struct {
		Transactions []struct {
			Amount string `json:"amount"`
		} `json:"transactions"`
	} `json:"refund"`
}

var cancelReasons = []string{"customer", "fraud", "inventory", "declined", "other", "staff"}

func (st *Store) cancelOrder(w http.ResponseWriter, r *http.Request) {
	var b cancellation
	if !readJSON(w, r, &b) {
		return
	}
	o, ok := st.change(w, r, func(o *shop.Order, at time.Time) error { return st.cancel(o, b, at) })
	if ok {
		shop.Reply(w, http.StatusOK, object{"order": st.wire(o), "notice": "Order has been canceled"})
	}
}

// cancel cancels an order of which nothing has left, and gives the money back
// that the body names.
func (st *Store) cancel(o *shop.Order, b cancellation, at time.Time) error {
	switch {
	case b.Reason != "" && !slices.Contains(cancelReasons, b.Reason):
		return &fieldError{"reason", "is not included in the list"}
	case !cancelledAt(*o).IsZero():
		return plainError("Order has already been canceled")
	case fulfilment(*o) != nil:
		return plainError("Cannot cancel a paid and fulfilled order")
	}
	back := b.Amount
	if b.Refund != nil && len(b.Refund.Transactions) > 0 {
		back = b.Refund.Transactions[0].Amount
	}
	if back != "" {
		paise, err := paiseOf(back)
		if err != nil || paise <= 0 || paise > o.Total()-o.Refunded() || o.Paid.IsZero() {
			return &fieldError{"amount", "cannot be refunded"}
		}
		o.Refunds = append(slices.Clip(o.Refunds), shop.Refund{ID: refundBase + o.Seq*10 + len(o.Refunds), Amount: paise, Reason: "cancelled", At: at})
	}
	if b.Reason != "" {
		setMeta(o, "cancel_reason", b.Reason)
	}
	o.Move(order.Cancelled, "", at, shop.ByClient)
	return nil
}

// archive closes an order or opens it again. It changes no status.
func (st *Store) archive(closed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o, ok := st.change(w, r, func(o *shop.Order, at time.Time) error {
			archive(o, closed, at)
			return nil
		})
		if ok {
			shop.Reply(w, http.StatusOK, object{"order": st.wire(o)})
		}
	}
}

func archive(o *shop.Order, closed bool, at time.Time) {
	if closed {
		setMeta(o, "closed_at", at)
	} else {
		setMeta(o, "closed_at", false)
	}
}

// track changes the courier of a parcel.
func track(o *shop.Order, place int, company, awb, to string) {
	o.Parcels = slices.Clone(o.Parcels)
	p := &o.Parcels[place]
	if p.Carrier, p.AWB = company, awb; to != "" {
		p.Service = to
	}
}

// paiseOf reads an amount of rupees.
func paiseOf(text string) (int64, error) {
	m, err := order.ParseMoney(text, "INR")
	return m.Minor, err
}
