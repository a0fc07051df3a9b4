package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

type newRefund struct {
	Currency     string        `json:"currency,omitempty"`
	Notify       bool          `json:"notify"`
	Note         string        `json:"note,omitempty"`
	Shipping     *shippingBack `json:"shipping,omitempty"`
	Lines        []refundLine  `json:"refund_line_items"`
	Transactions []moneyBack   `json:"transactions,omitempty"`
}

type shippingBack struct {
	Full bool `json:"full_refund"`
}

type refundLine struct {
	ID       json.Number `json:"line_item_id"`
	Quantity int         `json:"quantity"`
	Restock  string      `json:"restock_type"`
	Location json.Number `json:"location_id,omitempty"` // where the pieces go
}

type moneyBack struct {
	Parent  json.Number `json:"parent_id"`
	Amount  string      `json:"amount"`
	Kind    string      `json:"kind"`
	Gateway string      `json:"gateway"`
}

// suggestion is one payment of an order, with what is left of it to give back.
type suggestion struct {
	Parent  text `json:"parent_id"`
	Amount  text `json:"amount"`
	Most    text `json:"maximum_refundable"`
	Gateway text `json:"gateway"`
}

// refund gives back all that is left of what was paid: Shopify names the
// payments and how much of each. A refund whose answer was lost shows in the
// order, and Shopify gives nothing back twice, so this may be repeated.
func (a *Adapter) refund(ctx context.Context, id string) error {
	w, err := a.current(ctx, id, "id,currency,financial_status,line_items,refunds")
	if err != nil {
		return err
	}
	if w.Financial == "refunded" {
		return nil
	}
	r := newRefund{Notify: a.set.notify, Shipping: &shippingBack{Full: true}, Lines: []refundLine{}}
	tallies, err := w.tallies()
	if err != nil {
		return fmt.Errorf("the order is unreadable: %w", err)
	}
	for i, t := range tallies {
		if left := t.left(); left > 0 {
			// The stock stays: whether pieces came back is another matter.
			r.Lines = append(r.Lines, refundLine{ID: json.Number(w.Lines[i].ID), Quantity: left, Restock: "no_restock"})
		}
	}
	var answer struct {
		Refund struct {
			Transactions []suggestion `json:"transactions"`
		} `json:"refund"`
	}
	path := "orders/" + id + "/refunds"
	// A calculation changes nothing.
	if err := a.post(ingest.Repeatable(ctx), path+"/calculate", map[string]any{"refund": r}, &answer); err != nil {
		return err
	}
	r.Currency = string(w.Currency)
	if r.Transactions, err = moneyLeft(answer.Refund.Transactions, r.Currency); err != nil {
		return err
	}
	if len(r.Transactions) == 0 {
		return &ingest.RefusedError{Reason: "Shopify knows of no payment that could be given back"}
	}
	return a.post(ctx, path, map[string]any{"refund": r}, nil)
}

// moneyLeft turns Shopify's suggestions into transactions over everything that
// is left, not only over the lines that are.
func moneyLeft(all []suggestion, currency string) ([]moneyBack, error) {
	var back []moneyBack
	for _, s := range all {
		amount := firstOf(string(s.Most), string(s.Amount))
		m, err := order.ParseMoney(amount, strings.ToUpper(currency))
		if err != nil {
			return nil, fmt.Errorf("refundable amount: %w", err)
		}
		if m.Minor > 0 {
			back = append(back, moneyBack{Parent: json.Number(s.Parent), Amount: m.Decimal(), Kind: "refund", Gateway: string(s.Gateway)})
		}
	}
	return back, nil
}

// takeBack books every piece that the customer still has as returned to where
// it left from. No money moves: giving it back is a step of its own. Shopify's
// returns, with their reasons and labels, are made in its admin; once received
// they are booked alike. Pieces are booked once, so this may be repeated.
func (a *Adapter) takeBack(ctx context.Context, id string) error {
	w, err := a.current(ctx, id, "id,currency,line_items,refunds,fulfillments")
	if err != nil {
		return err
	}
	tallies, err := w.tallies()
	if err != nil {
		return fmt.Errorf("the order is unreadable: %w", err)
	}
	r := newRefund{Currency: string(w.Currency), Notify: a.set.notify, Note: "returned", Lines: []refundLine{}}
	for i, t := range tallies {
		if t.left() == 0 {
			continue
		}
		p, ok := w.carrying(w.Lines[i].ID)
		if !ok {
			return &ingest.RefusedError{Reason: "a part of the order has not been shipped, so it cannot come back; cancel or refund that part in Shopify's admin"}
		}
		r.Lines = append(r.Lines, refundLine{ID: json.Number(w.Lines[i].ID), Quantity: t.left(), Restock: "return", Location: json.Number(p.Location)})
	}
	if len(r.Lines) == 0 {
		return nil
	}
	return a.post(ctx, "orders/"+id+"/refunds", map[string]any{"refund": r}, nil)
}

// carrying is a parcel that stands and holds a line.
func (w wireOrder) carrying(lineID text) (parcel, bool) {
	for _, p := range w.live() {
		if p.holds(lineID) {
			return p, true
		}
	}
	return parcel{}, false
}
