package blinkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// Sub-statuses: who packs an open order, who cancelled another.
const (
	subBySeller    = "fulfilled_by_seller"
	subByBlinkit   = "fulfilled_by_blinkit"
	subCancelledBy = "cancelled_by_"
)

// head is the part of an order that can be read when the rest cannot.
type head struct {
	ID        text `json:"order_id"`
	UpdatedAt text `json:"updated_at"`
}

func headOf(raw []byte) head {
	var h head
	_ = json.Unmarshal(raw, &h) // what was readable is filled in
	return h
}

// idOf is the id of an order that may be otherwise unreadable.
func idOf(raw []byte) string {
	if id := string(headOf(raw).ID); idPattern.MatchString(id) {
		return id
	}
	return ""
}

// decode reads one record. The error names the fault and never quotes it.
func decode(raw []byte) (wireOrder, error) {
	var w wireOrder
	err := json.Unmarshal(raw, &w)
	var shape *json.UnmarshalTypeError
	switch {
	case errors.As(err, &shape):
		return w, fmt.Errorf("not an order: %s is a %s", shape.Field, shape.Value)
	case err != nil:
		return w, errors.New("not an order: broken JSON")
	case !idPattern.MatchString(string(w.ID)):
		return w, errors.New("no usable order_id")
	case w.word() == "":
		return w, errors.New("no status")
	}
	return w, nil
}

// normalise turns a record into a report that is valid by
// order.Report.Validate. Blinkit tells nothing about the person.
func (p *Platform) normalise(raw []byte) (order.Report, error) {
	w, err := decode(raw)
	if err != nil {
		return order.Report{}, err
	}
	f := order.Facts{
		OrderNumber: string(w.ID), PlatformStatus: w.word(), SubStatus: w.subStatus(), Payment: w.payment(), Customer: w.customer(),
	}
	if f.OrderedAt, err = w.CreatedAt.time(); err != nil {
		return order.Report{}, fmt.Errorf("created_at is %w", err)
	}
	r := order.Report{
		Ref:      order.Ref{Channel: p.set.channel, PlatformOrderID: string(w.ID)},
		Platform: order.Blinkit, Status: w.status(), Source: order.FromPlatform,
	}
	if r.At, err = w.UpdatedAt.time(); err != nil {
		return order.Report{}, fmt.Errorf("updated_at is %w", err)
	}
	// Blinkit counts whole seconds. Of two states of one second the further one
	// counts, and an unknown word most of all, so that it is never overlooked.
	if r.Version = int64(slices.Index(order.Statuses(), r.Status) + 1); r.Status == "" {
		r.Version = int64(len(order.Statuses()) + 1)
	}
	if err := w.amounts(&f); err != nil {
		return order.Report{}, err
	}
	r.Facts = f
	return r, r.Validate()
}

func (w wireOrder) subStatus() string {
	switch by := w.cancelledBy(); {
	case w.status() == order.Cancelled && by != "":
		return subCancelledBy + by
	case w.bySeller():
		return subBySeller
	case w.byBlinkit():
		return subByBlinkit
	}
	return ""
}

func (w wireOrder) customer() order.Customer {
	a := order.Address{
		City: clean(string(w.Customer.City)), State: order.NormaliseState(clean(string(w.Customer.State))),
		Pincode: order.NormalisePincode(string(w.Customer.Pincode)),
	}
	if a != (order.Address{}) {
		a.Country = "IN"
	}
	return order.Customer{Address: a}
}
