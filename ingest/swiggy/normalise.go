package swiggy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/palmonas/palmonas-crm/order"
)

// Sub-statuses: finer steps than the shared statuses have, and who packs.
const (
	subReturning   = "rto_in_transit"
	subReturned    = "rto_received"
	subRefunded    = "refunded" // a cancelled order whose money went back
	subCancelledBy = "cancelled_by_"
	subBySeller    = "fulfilled_by_seller"
	subBySwiggy    = "fulfilled_by_swiggy"
)

// idOf is the id of an order that may be otherwise unreadable.
func idOf(raw []byte) string {
	var head struct {
		ID text `json:"orderId"`
	}
	_ = json.Unmarshal(raw, &head) // what was readable is filled in
	if id := string(head.ID); idPattern.MatchString(id) {
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
		return w, errors.New("no usable orderId")
	case upper(w.State) == "":
		return w, errors.New("no orderState")
	}
	return w, nil
}

// normalise turns a record into a report that is valid by
// order.Report.Validate. Of the person, only city and pincode are kept; Swiggy
// masks the rest.
func (p *Platform) normalise(raw []byte) (order.Report, error) {
	w, err := decode(raw)
	if err != nil {
		return order.Report{}, err
	}
	f := order.Facts{
		OrderNumber: string(w.ID), PlatformStatus: w.word(), SubStatus: w.sub(), Payment: w.payment(), Customer: w.customer(),
	}
	if f.OrderedAt, err = w.CreatedAt.time(); err != nil {
		return order.Report{}, fmt.Errorf("createdAt is %w", err)
	}
	r := order.Report{
		Ref:      order.Ref{Channel: p.set.channel, PlatformOrderID: string(w.ID)},
		Platform: order.Swiggy, Status: w.status(), Source: order.FromPlatform,
	}
	if r.At, err = w.UpdatedAt.time(); err != nil {
		return order.Report{}, fmt.Errorf("updatedAt is %w", err)
	}
	if w.Version != "" {
		if r.Version, err = strconv.ParseInt(string(w.Version), 10, 64); err != nil {
			return order.Report{}, errors.New("version is not a number")
		}
	}
	r.Status = w.withoutCancelled(r.Status, &f)
	if err := w.amounts(r.Status, &f); err != nil {
		return order.Report{}, err
	}
	slices.Sort(f.Flags)
	f.Flags = slices.Compact(f.Flags)
	r.Facts = f
	return r, r.Validate()
}

// withoutCancelled rolls up the lines: those that were cancelled do not count,
// and an open order that has no others is cancelled.
func (w wireOrder) withoutCancelled(s order.Status, f *order.Facts) order.Status {
	some, all := false, len(w.Items) > 0
	for _, it := range w.Items {
		some = some || it.Cancelled > 0
		all = all && it.gone()
	}
	switch {
	case !some, s == order.Cancelled:
	case !all:
		f.Flags = append(f.Flags, order.PartiallyCancelled)
	case slices.Contains([]order.Status{order.Pending, order.Confirmed, order.Processing}, s):
		return order.Cancelled
	default:
		f.Flags = append(f.Flags, order.NeedsAttention)
	}
	return s
}

// gone reports whether no piece of a line is left.
func (it wireItem) gone() bool { return it.Quantity > 0 && it.Cancelled >= it.Quantity }

func (w wireOrder) customer() order.Customer {
	a := order.Address{City: clean(string(w.Customer.City)), Pincode: order.NormalisePincode(string(w.Customer.Pincode))}
	if a != (order.Address{}) {
		a.Country = "IN"
	}
	return order.Customer{Address: a}
}
