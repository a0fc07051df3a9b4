package blinkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

func rupees(paise int64) string { return fmt.Sprintf("%d.%02d", paise/100, paise%100) }

const unknownWord = "QUALITY_INSPECTION"

// word is where an order stands.
func word(o shop.Order) string {
	switch o.Status {
	case order.Pending:
		return "PLACED"
	case order.Confirmed:
		if o.ByPlatform {
			return "PLACED"
		}
		return "ACCEPTED"
	case order.Processing:
		if o.Detail == shop.Packing {
			return "PACKING"
		}
		return "PACKED"
	case order.Shipped:
		return "DISPATCHED"
	case order.OutForDelivery:
		return "OUT_FOR_DELIVERY"
	case order.Delivered:
		return "DELIVERED"
	case order.Cancelled:
		return "CANCELLED"
	case order.Returned:
		return "RETURNED"
	}
	return "REFUNDED"
}

// wire is the order of the relay. Amounts are texts in rupees and hold their
// tax; the selling price is of one piece.
func (v *Vendor) wire(o shop.Order) object {
	c := o.Customer
	items, gross, tax := []object{}, int64(0), int64(0)
	for _, l := range o.Lines {
		_, t := shop.GST(l.Amount)
		gross, tax = gross+l.Amount, tax+t
		items = append(items, object{"line_id": l.ID, "item_id": strconv.Itoa(10_000_000 + l.Product), "sku_code": l.SKU,
			"upc": fmt.Sprintf("8900000%06d", l.Product), "name": l.Title, "hsn_code": l.HSN, "quantity": l.Quantity, "mrp": rupees(l.Unit),
			"selling_price": rupees(l.Amount / int64(l.Quantity)), "discount": rupees(l.Discount), "tax_total": rupees(t), "line_total": rupees(l.Amount)})
	}
	body := object{
		"order_id": o.ID, "status": word(o), "fulfilled_by": "SELLER", "created_at": stamp(o.Created), "updated_at": stamp(o.Updated),
		"outlet":       object{"outlet_id": strconv.Itoa(30_000 + len(c.City)), "name": c.City + " Store", "city": c.City, "state": c.State},
		"payment_mode": "PREPAID", "customer": object{"city": c.City, "state": c.State, "pincode": c.Pincode}, "cancellation": nil, "items": items,
		"totals":   object{"item_total": rupees(gross), "discount": rupees(o.Discount()), "tax_total": rupees(tax), "gross_bill_amount": rupees(o.Total())},
		"currency": "INR",
	}
	if o.ByPlatform {
		body["fulfilled_by"] = "BLINKIT"
	}
	if o.COD {
		body["payment_mode"] = "COD"
	}
	if i := slices.IndexFunc(o.History, func(h shop.Change) bool { return h.Status == order.Cancelled }); i >= 0 {
		by, reason := "CUSTOMER", "changed mind"
		if o.History[i].By == shop.ByClient {
			by, reason = "SELLER", o.Remark
		}
		body["cancellation"] = object{"by": by, "reason": reason, "at": stamp(o.History[i].At)}
	}
	if v.shop.Unknown(o) {
		body["status"] = unknownWord
	}
	if v.shop.Unparsable(o) {
		body["created_at"] = "yesterday"
	}
	return body
}

const (
	defaultPage = 50
	maxPage     = 100
	tokenLife   = 15 * time.Minute
)

// position is what a page token carries; it is good for the same filters only.
type position struct {
	At      shop.Key `json:"k"`
	Filters string   `json:"f"`
	Issued  int64    `json:"i"`
}

func (v *Vendor) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	invalid := func(name, message string) { v.refuse(w, http.StatusBadRequest, "E100", name, message, nil) }
	size, sp, at := defaultPage, shop.Span{By: shop.ByUpdated}, position{}
	var err error
	if text := q.Get("page_size"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > maxPage {
			invalid("page_size", "must be between 1 and 100")
			return
		}
	}
	for name, t := range map[string]*time.Time{"updated_from": &sp.From, "updated_to": &sp.To} {
		if text := q.Get(name); text != "" {
			if *t, err = time.Parse(time.RFC3339, text); err != nil {
				invalid(name, "must be an RFC 3339 time")
				return
			}
		}
	}
	status := q.Get("status")
	filters := q.Get("updated_from") + "|" + q.Get("updated_to") + "|" + status
	if text := q.Get("page_token"); text != "" {
		err := v.keys.seal.Open(text, &at)
		if err != nil || at.Filters != filters || v.shop.Now().Sub(time.Unix(at.Issued, 0)) > tokenLife || v.shop.Roll(v.shop.Faults().Expire) {
			invalid("page_token", "is not valid, is of other filters or has expired")
			return
		}
	}
	page, next, more := v.shop.After(sp, at.At, size, func(o *shop.Order) bool { return status == "" || word(*o) == status })
	data := object{"next_page_token": nil}
	if more {
		f := v.shop.Faults()
		if back := min(f.Overlap, len(page)/2); back > 0 {
			o := page[len(page)-back]
			next = shop.Key{At: o.Updated.Unix(), Seq: o.Seq}
		}
		if v.shop.Roll(f.Repeat) {
			next = at.At
		}
		data["next_page_token"] = v.keys.seal.Seal(position{next, filters, v.shop.Now().Unix()})
	}
	orders := []object{}
	for _, o := range v.shop.Double(page) {
		orders = append(orders, v.wire(o))
	}
	data["orders"] = orders
	v.reply(w, data)
}

func (v *Vendor) get(w http.ResponseWriter, r *http.Request) {
	o, err := v.shop.Get(r.PathValue("id"))
	if err != nil {
		v.refuse(w, http.StatusNotFound, "E404", "order_id", "order not found", nil)
		return
	}
	v.reply(w, object{"order": v.wire(o)})
}

// follows are the words that a seller may say after each.
var follows = map[string][]string{
	"PLACED": {"ACCEPTED", "CANCELLED"}, "ACCEPTED": {"PACKED", "CANCELLED"}, "PACKING": {"PACKED", "CANCELLED"}, "PACKED": {"DISPATCHED"},
}

// meanings are what those words do.
var meanings = map[string]struct {
	status order.Status
	detail shop.Detail
}{
	"ACCEPTED": {order.Confirmed, ""}, "PACKED": {order.Processing, shop.Packed}, "DISPATCHED": {order.Shipped, shop.PickedUp}, "CANCELLED": {order.Cancelled, ""},
}

type statusBody struct {
	Status   string    `json:"status"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason"`
	Tracking *struct {
		Partner string `json:"partner"`
		Code    string `json:"code"`
	} `json:"tracking"`
}

// setStatus moves an order that the seller packs.
func (v *Vendor) setStatus(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	key, id := r.Header.Get("X-Idempotency-Key"), r.PathValue("id")
	if err != nil || key == "" {
		v.refuse(w, http.StatusBadRequest, "E100", "X-Idempotency-Key", "header X-Idempotency-Key and a body are required", nil)
		return
	}
	status, body, reused := v.replays.Do(key, id+"\x00"+string(raw), func() (int, any) { return v.push(id, raw) })
	if reused {
		v.refuse(w, http.StatusUnprocessableEntity, "E202", "X-Idempotency-Key", "the key was used for another body", nil)
		return
	}
	shop.Reply(w, status, body)
}

// transitionError refuses a step.
type transitionError struct{ from, to, message string }

func (e *transitionError) Error() string { return e.message }

func (v *Vendor) push(id string, raw []byte) (int, any) {
	var b statusBody
	if err := json.Unmarshal(raw, &b); err != nil || b.Status == "" {
		return http.StatusBadRequest, v.failure("E100", "status", "a status is required", nil)
	}
	if b.At.IsZero() {
		return http.StatusBadRequest, v.failure("E100", "at", "the time of the step is required", nil)
	}
	now := v.shop.Now().Truncate(time.Second)
	o, err := v.shop.Update(id, func(o *shop.Order) error {
		from := word(*o)
		switch {
		case o.ByPlatform:
			return &transitionError{from, b.Status, "order is fulfilled by Blinkit"}
		case !slices.Contains(follows[from], b.Status):
			return &transitionError{from, b.Status, "transition not allowed"}
		}
		if b.Tracking != nil {
			o.Parcels = []shop.Parcel{{Ref: "1", Carrier: b.Tracking.Partner, AWB: b.Tracking.Code, Made: now}}
		}
		o.Remark = b.Reason
		to := meanings[b.Status]
		o.Move(to.status, to.detail, now, shop.ByClient)
		return nil
	})
	var bad *transitionError
	switch {
	case errors.As(err, &bad):
		return http.StatusConflict, v.failure("E201", "status", bad.message, object{"from": bad.from, "to": bad.to})
	case err != nil:
		return http.StatusNotFound, v.failure("E404", "order_id", "order not found", nil)
	}
	return http.StatusOK, v.envelope(true, "ok", object{"order": v.wire(o)})
}
