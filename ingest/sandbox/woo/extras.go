package woo

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

type wireNote struct {
	ID             int     `json:"id"`
	Author         string  `json:"author"`
	DateCreated    *string `json:"date_created"`
	DateCreatedGMT *string `json:"date_created_gmt"`
	Note           string  `json:"note"`
	CustomerNote   bool    `json:"customer_note"`
	Links          links   `json:"_links"`
}

func (st *Store) listNotes(w http.ResponseWriter, r *http.Request) {
	o, f := st.find(w, r)
	if f != nil {
		f.write(w)
		return
	}
	all := []wireNote{}
	for _, n := range slices.Backward(o.Notes) {
		all = append(all, st.note(r, o, n))
	}
	reply(w, http.StatusOK, all)
}

func (st *Store) note(r *http.Request, o shop.Order, n shop.Note) wireNote {
	collection := st.address(r) + "/wp-json/wc/v3/orders/" + o.ID + "/notes"
	w := wireNote{ID: n.ID, Author: n.By, Note: n.Text, CustomerNote: n.Customer, Links: newLinks(collection+"/"+strconv.Itoa(n.ID), collection)}
	w.DateCreated, w.DateCreatedGMT = dates(n.At)
	return w
}

// createNote attaches a note. The order's own date of change stays, as it does
// in WooCommerce.
func (st *Store) createNote(w http.ResponseWriter, r *http.Request) {
	o, f := st.find(w, r)
	var body struct {
		Note         string `json:"note"`
		CustomerNote bool   `json:"customer_note"`
	}
	if f == nil {
		f = readBody(w, r, &body)
	}
	if f == nil && body.Note == "" {
		f = newFault(http.StatusBadRequest, "rest_missing_callback_param", "Missing parameter(s): note")
		f.Data.Params = map[string]string{"0": "note"}
	}
	if f != nil {
		f.write(w)
		return
	}
	n := shop.Note{ID: st.nextID(), Text: body.Note, At: st.now(), Customer: body.CustomerNote, By: "WooCommerce"}
	if err := st.shop.Annotate(o.ID, n); err != nil {
		errInvalidID.write(w)
		return
	}
	reply(w, http.StatusCreated, st.note(r, o, n))
}

type wireRefund struct {
	ID              int              `json:"id"`
	DateCreated     *string          `json:"date_created"`
	DateCreatedGMT  *string          `json:"date_created_gmt"`
	Amount          string           `json:"amount"`
	Reason          string           `json:"reason"`
	RefundedBy      int              `json:"refunded_by"`
	RefundedPayment bool             `json:"refunded_payment"`
	MetaData        []shop.Meta      `json:"meta_data"`
	LineItems       []map[string]any `json:"line_items"`
	Links           links            `json:"_links"`
}

func (st *Store) refund(r *http.Request, o shop.Order, x shop.Refund) wireRefund {
	collection := st.address(r) + "/wp-json/wc/v3/orders/" + o.ID + "/refunds"
	w := wireRefund{ID: x.ID, Amount: rupees(x.Amount), Reason: x.Reason, RefundedBy: 1, MetaData: []shop.Meta{}, LineItems: []map[string]any{},
		Links: newLinks(collection+"/"+strconv.Itoa(x.ID), collection)}
	w.DateCreated, w.DateCreatedGMT = dates(x.At)
	for _, l := range x.Lines {
		w.LineItems = append(w.LineItems, map[string]any{"id": l.ID, "quantity": -l.Quantity, "total": rupees(-l.Amount)})
	}
	return w
}

func (st *Store) listRefunds(w http.ResponseWriter, r *http.Request) {
	o, f := st.find(w, r)
	if f != nil {
		f.write(w)
		return
	}
	all := []wireRefund{}
	for _, x := range slices.Backward(o.Refunds) {
		all = append(all, st.refund(r, o, x))
	}
	reply(w, http.StatusOK, all)
}

// createRefund gives money back. The last rupee makes the order refunded.
func (st *Store) createRefund(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Amount    string `json:"amount"`
		Reason    string `json:"reason"`
		APIRefund *bool  `json:"api_refund"`
		LineItems []struct {
			ID       loose `json:"id"`
			Quantity loose `json:"quantity"`
		} `json:"line_items"`
	}
	o, f := st.find(w, r)
	if f == nil {
		f = readBody(w, r, &body)
	}
	amount, err := order.ParseMoney(body.Amount, "INR")
	switch {
	case f != nil:
	case err != nil || amount.Minor <= 0:
		f = newFault(http.StatusBadRequest, "woocommerce_rest_invalid_order_refund", "Refund amount must be greater than zero.")
	case (body.APIRefund == nil || *body.APIRefund) && o.COD:
		f = newFault(http.StatusInternalServerError, "woocommerce_rest_cannot_create_order_refund", "The payment gateway for this order does not support automatic refunds.")
	}
	if f != nil {
		f.write(w)
		return
	}
	refund := shop.Refund{ID: st.nextID(), Amount: amount.Minor, Reason: body.Reason, At: st.now()}
	for _, l := range body.LineItems {
		refund.Lines = append(refund.Lines, shop.RefundLine{ID: strconv.Itoa(int(l.ID)), Quantity: int(l.Quantity)})
	}
	o, err = st.shop.Update(o.ID, func(o *shop.Order) error {
		if o.Refunded()+refund.Amount > o.Total() {
			return errors.New("Invalid refund amount.") //nolint:staticcheck // the API's own words
		}
		o.Refunds = append(slices.Clip(o.Refunds), refund)
		if o.Refunded() == o.Total() {
			o.Move(order.Refunded, "", refund.At, shop.ByClient)
		}
		return nil
	})
	if err != nil {
		newFault(http.StatusBadRequest, "woocommerce_rest_invalid_order_refund", err.Error()).write(w)
		return
	}
	reply(w, http.StatusCreated, st.refund(r, o, refund))
}

// tracking is an entry of the Shipment Tracking extension.
type tracking struct {
	ID             string `json:"tracking_id"`
	Provider       string `json:"tracking_provider"`
	CustomProvider string `json:"custom_tracking_provider,omitempty"`
	Link           string `json:"tracking_link"`
	CustomLink     string `json:"custom_tracking_link,omitempty"`
	Number         string `json:"tracking_number"`
	Shipped        string `json:"date_shipped"`
}

func trackings(o shop.Order) []tracking {
	all := []tracking{}
	for _, p := range o.Parcels {
		if p.AWB != "" {
			all = append(all, tracking{ID: "sandbox" + o.ID + "-" + p.Ref, Provider: p.Carrier, Number: p.AWB, Shipped: p.Shipped.In(kolkata).Format(time.DateOnly)})
		}
	}
	return all
}

func (st *Store) listTrackings(w http.ResponseWriter, r *http.Request) {
	o, f := st.find(w, r)
	if f != nil {
		f.write(w)
		return
	}
	reply(w, http.StatusOK, trackings(o))
}

func (st *Store) createTracking(w http.ResponseWriter, r *http.Request) {
	o, f := st.find(w, r)
	var t tracking
	if f == nil {
		f = readBody(w, r, &t)
	}
	if f == nil && strings.TrimSpace(t.Number) == "" {
		f = newFault(http.StatusBadRequest, "rest_missing_callback_param", "Missing parameter(s): tracking_number")
	}
	if f != nil {
		f.write(w)
		return
	}
	at := st.now()
	o, err := st.shop.Update(o.ID, func(o *shop.Order) error {
		parcels := slices.DeleteFunc(slices.Clone(o.Parcels), func(x shop.Parcel) bool { return x.AWB == "" })
		o.Parcels = append(parcels, shop.Parcel{Ref: strconv.Itoa(len(parcels) + 1), Carrier: t.Provider + t.CustomProvider, AWB: t.Number, Made: at, Shipped: at})
		return nil
	})
	if err != nil {
		errInvalidID.write(w)
		return
	}
	all := trackings(o)
	reply(w, http.StatusCreated, all[len(all)-1])
}
