package shopify

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// refundBody is what a client wants to give back.
type refundBody struct {
	Note  string `json:"note"`
	Lines []struct {
		LineID   looseID `json:"line_item_id"`
		Quantity int     `json:"quantity"`
		Restock  string  `json:"restock_type"`
	} `json:"refund_line_items"`
	Shipping *struct {
		Full   bool   `json:"full_refund"`
		Amount string `json:"amount"`
	} `json:"shipping"`
	Transactions []struct {
		ParentID looseID `json:"parent_id"`
		Amount   string  `json:"amount"`
		Kind     string  `json:"kind"`
		Gateway  string  `json:"gateway"`
	} `json:"transactions"`
}

func (st *Store) listTransactions(w http.ResponseWriter, r *http.Request) {
	if o, ok := st.visible(r.PathValue("id")); ok {
		shop.Reply(w, http.StatusOK, object{"transactions": transactions(o)})
		return
	}
	notFound(w)
}

// createTransaction takes the money of a pending order.
func (st *Store) createTransaction(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Transaction struct {
			Kind string `json:"kind"`
		} `json:"transaction"`
	}
	if !readJSON(w, r, &b) {
		return
	}
	o, ok := st.change(w, r, func(o *shop.Order, at time.Time) error {
		if kind := b.Transaction.Kind; kind != "sale" && kind != "capture" {
			return &fieldError{"kind", kind + " is not a valid transaction"}
		}
		return pay(o, at)
	})
	if ok {
		shop.Reply(w, http.StatusCreated, object{"transaction": transactions(o)[0]})
	}
}

// pay marks an order as paid.
func pay(o *shop.Order, at time.Time) error {
	if financial(*o) != "pending" {
		return &fieldError{"base", "Order cannot be marked as paid"}
	}
	if o.Paid = at; o.Status == order.Pending {
		o.Move(order.Confirmed, "", at, shop.ByClient)
	}
	return nil
}

func (st *Store) listRefunds(w http.ResponseWriter, r *http.Request) {
	if o, ok := st.visible(r.PathValue("id")); ok {
		shop.Reply(w, http.StatusOK, object{"refunds": refunds(o)})
		return
	}
	notFound(w)
}

// booked checks the pieces of a refund and says what they cost.
func (b refundBody) booked(o shop.Order) (lines []shop.RefundLine, sum int64, err error) {
	for _, x := range b.Lines {
		i := slices.IndexFunc(o.Lines, func(l shop.Line) bool { return l.ID == strconv.FormatInt(int64(x.LineID), 10) })
		if i < 0 {
			return nil, 0, &fieldError{"refund_line_items.line_item_id", "is invalid"}
		}
		l := o.Lines[i]
		taken := x.Quantity
		if o.Status != order.Cancelled && o.Status != order.Returned { // those are booked as a whole already
			taken += removed(o, l.ID)
		}
		if x.Quantity < 1 || taken > l.Quantity {
			return nil, 0, &fieldError{"refund_line_items.quantity", "cannot refund more items than were purchased"}
		}
		switch x.Restock {
		case "", "no_restock", "cancel", "return":
		default:
			return nil, 0, &fieldError{"refund_line_items.restock_type", "is not included in the list"}
		}
		amount := l.Amount * int64(x.Quantity) / int64(l.Quantity)
		lines, sum = append(lines, shop.RefundLine{ID: l.ID, Quantity: x.Quantity, Amount: amount, Restock: x.Restock}), sum+amount
	}
	return lines, sum, nil
}

// calculateRefund says what a refund would come to; it changes nothing.
func (st *Store) calculateRefund(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Refund refundBody `json:"refund"`
	}
	if !readJSON(w, r, &b) {
		return
	}
	o, ok := st.visible(r.PathValue("id"))
	if !ok {
		notFound(w)
		return
	}
	lines, sum, err := b.Refund.booked(o)
	if refuseError(w, err) {
		return
	}
	shipping := int64(0)
	if s := b.Refund.Shipping; s != nil && s.Full {
		shipping = o.Shipping
	}
	left := o.Total() - o.Refunded()
	if o.Paid.IsZero() {
		left = 0
	}
	sum = min(sum+shipping, left)
	moves := []object{}
	if left > 0 {
		moves = append(moves, object{"order_id": number(o.ID), "kind": "suggested_refund", "gateway": gateway(o), "parent_id": paymentID(o),
			"amount": rupees(sum), "currency": "INR", "maximum_refundable": rupees(left)})
	}
	draft := refund(o, shop.Refund{Lines: lines})
	shop.Reply(w, http.StatusOK, object{"refund": object{"currency": "INR", "shipping": object{"amount": rupees(shipping), "tax": "0.00",
		"maximum_refundable": rupees(o.Shipping)}, "refund_line_items": draft["refund_line_items"], "transactions": moves}})
}

func (st *Store) createRefund(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Refund *refundBody `json:"refund"`
	}
	if !readJSON(w, r, &b) {
		return
	}
	if b.Refund == nil {
		refuse(w, http.StatusBadRequest, map[string]string{"refund": "Required parameter missing or invalid"})
		return
	}
	var made shop.Refund
	o, ok := st.change(w, r, func(o *shop.Order, at time.Time) (err error) {
		made, err = b.Refund.apply(o, at)
		return err
	})
	if ok {
		shop.Reply(w, http.StatusCreated, object{"refund": refund(o, made)})
	}
}

// apply books a refund. The order is refunded with its last rupee, and has come
// back with its last piece.
func (b refundBody) apply(o *shop.Order, at time.Time) (shop.Refund, error) {
	made := shop.Refund{ID: refundBase + o.Seq*10 + len(o.Refunds), Reason: b.Note, At: at}
	var err error
	if made.Lines, _, err = b.booked(*o); err != nil {
		return made, err
	}
	for _, t := range b.Transactions {
		paise, err := paiseOf(t.Amount)
		switch {
		case t.Kind != "refund":
			return made, &fieldError{"transactions.kind", "is not included in the list"}
		case t.ParentID != looseID(paymentID(*o)) || o.Paid.IsZero():
			return made, &fieldError{"transactions.parent_id", "is invalid"}
		case err != nil || paise <= 0 || made.Amount+paise > o.Total()-o.Refunded():
			return made, &fieldError{"transactions.amount", "exceeds what can be refunded"}
		}
		made.Amount += paise
	}
	if made.Amount == 0 && len(made.Lines) == 0 {
		return made, &fieldError{"base", "A refund needs line items, shipping or transactions"}
	}
	whole := o.Status == order.Cancelled || o.Status == order.Returned
	if whole {
		made.Lines = nil // those pieces were booked when they came back
	}
	o.Refunds = append(slices.Clip(o.Refunds), made)
	switch {
	case o.Refunded() >= o.Total():
		o.Move(order.Refunded, "", at, shop.ByClient)
	case !whole && gone(*o, "return"):
		o.Move(order.Returned, shop.CameBack, at, shop.ByClient)
	case !whole && gone(*o, "cancel"):
		o.Move(order.Cancelled, "", at, shop.ByClient)
	}
	return made, nil
}

// gone reports whether all pieces were booked in one way.
func gone(o shop.Order, restock string) bool {
	for _, l := range o.Lines {
		n := 0
		for _, r := range o.Refunds {
			for _, x := range r.Lines {
				if x.ID == l.ID && x.Restock == restock {
					n += x.Quantity
				}
			}
		}
		if n < l.Quantity {
			return false
		}
	}
	return true
}
