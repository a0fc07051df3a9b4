package swiggy

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

const unknownWord = "QUALITY_INSPECTION"

// words are the state and the fulfilment of an order; the latter nil before
// anybody packs it.
func words(o shop.Order) (state string, fulfilment any) {
	switch o.Status {
	case order.Pending:
		return "PLACED", nil
	case order.Confirmed:
		if o.ByPlatform {
			return "PLACED", nil
		}
		return "ACCEPTED", nil
	case order.Processing:
		if o.Detail == shop.Packing {
			return "IN_PROGRESS", "PACKING"
		}
		return "IN_PROGRESS", "PACKED"
	case order.Shipped, order.OutForDelivery:
		return "IN_PROGRESS", "OUT_FOR_DELIVERY"
	case order.Cancelled:
		return "CANCELLED", nil
	case order.Returned:
		if o.Detail == shop.CameBack {
			return "CANCELLED", "RETURNED_TO_STORE"
		}
		return "CANCELLED", "RETURNING_TO_STORE"
	}
	return "COMPLETED", "DELIVERED"
}

// payment is the state of the money. What is cancelled or comes back is given
// back at once.
func payment(o shop.Order) string {
	switch {
	case o.Paid.IsZero():
		return "PENDING"
	case o.Status == order.Refunded, o.Status == order.Cancelled, o.Status == order.Returned && o.Detail == shop.CameBack:
		return "REFUNDED"
	}
	return "COMPLETED"
}

// version grows by one with each change.
func version(o shop.Order) int { return len(o.History) + edits(o) }

// edits counts changes of quantities, which are no step of the order.
func edits(o shop.Order) int {
	for _, m := range o.Meta {
		if m.Key == "edits" {
			return m.ID
		}
	}
	return 0
}

// missing is how many pieces of a line were not there.
func missing(o shop.Order, line string) int {
	for _, m := range o.Meta {
		if m.Key == "missing "+line {
			return m.ID
		}
	}
	return 0
}

// wire is the order of the relay. Amounts are paise and hold their tax.
func (m *Merchant) wire(o shop.Order) object {
	items, gross, discount, tax := []object{}, int64(0), int64(0), int64(0)
	for _, l := range o.Lines {
		_, t := shop.GST(l.Amount)
		gone := missing(o, l.ID)
		full := l.Unit * int64(l.Quantity)
		gross, discount, tax = gross+full, discount+l.Discount, tax+t
		items = append(items, object{"itemId": l.ID, "skuCode": l.SKU, "name": l.Title, "quantity": l.Quantity + gone, "cancelledQuantity": gone,
			"mrpPaise": l.Unit, "unitPricePaise": l.Unit, "merchantDiscountPaise": l.Discount, "taxPaise": t, "totalPaise": l.Amount})
	}
	state, fulfilment := words(o)
	body := object{
		"orderId": o.ID, "merchantId": m.keys.merchant, "storeCode": storeCode, "createdAt": o.Created.UnixMilli(), "updatedAt": o.Updated.UnixMilli(),
		"version": version(o), "orderState": state, "fulfilmentState": fulfilment, "fulfilledBy": "MERCHANT",
		"payment":  object{"mode": "PREPAID", "state": payment(o)},
		"customer": object{"name": nil, "maskedPhone": nil, "city": o.Customer.City, "pincode": o.Customer.Pincode}, "items": items,
		"amounts": object{"itemTotalPaise": gross, "merchantDiscountPaise": discount, "packagingPaise": o.Shipping, "taxPaise": tax,
			"payablePaise": o.Total()}, "cancellation": nil,
	}
	if o.ByPlatform {
		body["fulfilledBy"] = "PLATFORM"
	}
	if o.COD {
		body["payment"] = object{"mode": "COD", "state": payment(o)}
	}
	if i := slices.IndexFunc(o.History, func(h shop.Change) bool { return h.Status == order.Cancelled }); i >= 0 {
		body["cancellation"] = object{"by": "CUSTOMER", "reasonCode": "CUSTOMER_CANCELLED", "at": o.History[i].At.UnixMilli()}
	}
	if m.shop.Unknown(o) {
		body["orderState"] = unknownWord
	}
	if m.shop.Unparsable(o) {
		body["createdAt"] = "yesterday"
	}
	return body
}

const (
	defaultSize = 25
	maxSize     = 50
	maxRead     = 25
	maxWindow   = 24 * time.Hour
)

// window is a checked list request.
type window struct {
	Stores []string `json:"storeCodes"`
	From   int64    `json:"fromTimestamp"`
	To     int64    `json:"toTimestamp"`
	Order  string   `json:"sortOrder"`
	Size   int      `json:"size"`
	Next   *string  `json:"nextPage"`
}

// page is what a nextPage carries: the number of orders before it, as the
// relay numbers pages. Orders that change meanwhile shift the rest.
type page struct {
	Offset int    `json:"o"`
	Of     string `json:"w"`
}

func (m *Merchant) changes(_ *http.Request, q request) (any, *fault) {
	var v window
	if json.Unmarshal(q.raw, &v) != nil {
		return nil, invalid("the window is not readable")
	}
	if v.Size == 0 {
		v.Size = defaultSize
	}
	from, to, now := time.UnixMilli(v.From), time.UnixMilli(v.To), m.shop.Now()
	switch {
	case v.Size < 1 || v.Size > maxSize:
		return nil, invalid("size must be between 1 and 50")
	case v.Order != "" && v.Order != "ASC" && v.Order != "DESC":
		return nil, invalid("sortOrder must be ASC or DESC")
	case v.From <= 0 || v.To <= v.From || to.Sub(from) > maxWindow || now.Sub(from) > Days*24*time.Hour:
		return nil, &fault{http.StatusBadRequest, "INVALID_TIME_RANGE", "a window is at most 24 hours long and begins at most 7 days ago"}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %v", v.From, v.To, v.Order, v.Stores))
	at := page{Of: base64.RawStdEncoding.EncodeToString(sum[:9])}
	if v.Next != nil && *v.Next != "" {
		var given page
		if m.keys.seal.Open(*v.Next, &given) != nil || given.Of != at.Of || m.shop.Roll(m.shop.Faults().Expire) {
			return nil, invalid("nextPage is not of this window")
		}
		at = given
	}
	sp := shop.Span{By: shop.ByUpdated, From: from, To: to}
	if len(v.Stores) > 0 && !slices.Contains(v.Stores, storeCode) {
		return object{"orderIds": []string{}, "nextPage": nil}, nil
	}
	orders, total := m.shop.Slice(sp, v.Order == "DESC", at.Offset, v.Size, nil)
	ids := []string{}
	for _, o := range m.shop.Double(orders) {
		ids = append(ids, o.ID)
	}
	answer := object{"orderIds": ids, "nextPage": nil}
	if at.Offset+len(orders) < total {
		f := m.shop.Faults()
		at.Offset += max(1, len(orders)-min(f.Overlap, len(orders)/2))
		if m.shop.Roll(f.Repeat) {
			at.Offset = max(0, at.Offset-len(orders))
		}
		answer["nextPage"] = m.keys.seal.Seal(at)
	}
	return answer, nil
}

// read serves whole orders; ids that nobody knows are left out.
func (m *Merchant) read(_ *http.Request, q request) (any, *fault) {
	var v struct {
		IDs []string `json:"orderIds"`
	}
	if json.Unmarshal(q.raw, &v) != nil || len(v.IDs) == 0 || len(v.IDs) > maxRead {
		return nil, invalid("between 1 and 25 orderIds are required")
	}
	orders := []object{}
	for _, id := range v.IDs {
		if o, err := m.shop.Get(id); err == nil {
			orders = append(orders, m.wire(o))
		}
	}
	return object{"orders": orders}, nil
}
