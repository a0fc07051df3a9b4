package blinkit

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// purchase is a purchase order that was sent to the seller.
type purchase struct {
	number string
	status string // sent, then the seller's verdict
	units  map[string]int
	issued time.Time
	// notices are the invoices of the shipping notices that were accepted.
	notices []string
}

// Purchased is the truth about one purchase order.
type Purchased struct {
	Number  string   `json:"number"`
	Status  string   `json:"status"` // sent, the seller's verdict, withdrawn
	Notices []string `json:"notices,omitempty"`
}

// Purchases lists what was ordered from the seller, the oldest first.
func (v *Vendor) Purchases() []Purchased {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make([]Purchased, len(v.orders))
	for i, p := range v.orders {
		all[i] = Purchased{p.number, p.status, slices.Clone(p.notices)}
	}
	return all
}

// Withdraw cancels a purchase order and tells the seller; false when there is
// none of that number.
func (v *Vendor) Withdraw(number string) bool {
	v.mu.Lock()
	p, target := v.find(number), v.target
	if p != nil {
		p.status = "withdrawn"
	}
	v.mu.Unlock()
	if p != nil && target != "" {
		v.outbox.Add(v.message(target, object{"type": "PO_CANCEL", "tenant": "BLINKIT", "po_number": number, "details": object{"po_number": number}}))
	}
	return p != nil
}

// Purchase lets Blinkit order a few articles for its stores now: the seller is
// told by a webhook, if an address is set. It returns the number.
func (v *Vendor) Purchase() string {
	at := v.shop.Now().Truncate(time.Second)
	v.mu.Lock()
	p := &purchase{number: "PO" + strconv.Itoa(2_600_001+len(v.orders)), status: "sent", units: map[string]int{}, issued: at}
	target := v.target
	v.orders = append(v.orders, p)
	v.mu.Unlock()
	items, units, amount := []object{}, 0, int64(0)
	for n := 1; n <= 3; n++ {
		article, _ := shop.Article(n * 5)
		landing := article.Unit * 6 / 10
		basic, _ := shop.GST(landing)
		id, count := strconv.Itoa(10_000_000+article.Product), 12*n
		units, amount = units+count, amount+landing*int64(count)
		p.units[id] = count
		items = append(items, object{"item_id": id, "sku_code": article.SKU, "line_number": n, "units_ordered": count, "landing_price": json.Number(rupees(landing)),
			"basic_price": json.Number(rupees(basic)), "mrp": json.Number(rupees(article.Unit)), "upc": "8900000" + id[2:], "name": article.Title,
			"uom": object{"unit": "piece", "value": "1"}, "tax_details": object{"cgst_percentage": 0, "sgst_percentage": 0, "igst_percentage": 3,
				"cess_percentage": 0, "additional_cess_value": 0}, "crates_config": nil})
	}
	if target != "" {
		v.outbox.Add(v.message(target, object{"type": "PO_CREATION", "tenant": "BLINKIT", "po_number": p.number, "details": object{
			"po_number": p.number, "outlet_id": "30001", "vehicle_details": object{"license_number": ""}, "issue_date": stamp(at), "expiry_date": stamp(at.AddDate(0, 0, 7)),
			"delivery_date": stamp(at.AddDate(0, 0, 3)), "buyer_details": object{"name": "Blinkit Commerce", "gstin": "29AAAAA0000A1Z5",
				"destination_address": "Store 1, Bengaluru",
				"registered_address":  object{"line1": "Store 1", "line2": "", "city": "Bengaluru", "state": "Karnataka", "postal_code": "560001", "country": "India"},
				"contact_details":     []any{}},
			"supplier_details": object{"id": v.keys.vendor, "name": "Palmonas", "gstin": "27AAAAA0000A1Z5"}, "item_data": items, "total_sku": len(items),
			"total_qty": units, "total_amount": json.Number(rupees(amount)), "custom_attributes": object{}}}))
	}
	return p.number
}

// find is the purchase order of a number; callers hold the lock.
func (v *Vendor) find(number string) *purchase {
	if i := slices.IndexFunc(v.orders, func(p *purchase) bool { return p.number == number }); i >= 0 {
		return v.orders[i]
	}
	return nil
}

// read reads a body; false when it refused the request.
func (v *Vendor) read(w http.ResponseWriter, r *http.Request, body any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(body); err != nil {
		v.refuse(w, http.StatusBadRequest, "E100", "", "the body is not valid JSON of this resource", nil)
		return false
	}
	return true
}

// acknowledge takes the seller's verdict.
func (v *Vendor) acknowledge(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Data struct {
			Status string `json:"po_status"`
			Number string `json:"po_number"`
		} `json:"data"`
	}
	if !v.read(w, r, &b) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.find(b.Data.Number)
	switch {
	case p == nil:
		v.refuse(w, http.StatusNotFound, "E404", "po_number", "purchase order not found", nil)
	case !slices.Contains([]string{"processing", "accepted", "partially_accepted", "rejected"}, b.Data.Status):
		v.refuse(w, http.StatusBadRequest, "E100", "po_status", "is not a verdict", nil)
	case p.status == "withdrawn":
		v.refuse(w, http.StatusConflict, "E201", "po_number", "purchase order was cancelled", nil)
	default:
		p.status = b.Data.Status
		v.reply(w, object{"po_number": p.number, "po_status": p.status, "errors": []any{}, "warnings": []any{}})
	}
}

// notice takes a shipping notice. Its verdict is in the body: the answer is 200
// for a refused one too.
func (v *Vendor) notice(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Number  string `json:"po_number"`
		Invoice string `json:"invoice_number"`
		Items   []struct {
			ID       string `json:"item_id"`
			Quantity int    `json:"quantity"`
		} `json:"items"`
	}
	if !v.read(w, r, &b) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	faults := []object{}
	fault := func(code, field, message string) {
		faults = append(faults, object{"code": code, "field_name": field, "message": message})
	}
	p := v.find(b.Number)
	switch {
	case p == nil:
		fault("E106", "po_number", "purchase order not found")
	case p.status != "accepted" && p.status != "partially_accepted":
		fault("E107", "po_number", "purchase order was not accepted")
	case b.Invoice == "" || len(b.Items) == 0:
		fault("E108", "invoice_number", "an invoice number and items are required")
	default:
		for _, it := range b.Items {
			if it.Quantity < 1 || it.Quantity > p.units[it.ID] {
				fault("E110", "items", "item "+it.ID+" was not ordered in this quantity")
			}
		}
	}
	verdict, id := "ACCEPTED", any("ASN"+b.Number+"-"+b.Invoice)
	switch {
	case len(faults) > 0:
		verdict, id = "REJECTED", nil
	case !slices.Contains(p.notices, b.Invoice):
		p.notices = append(p.notices, b.Invoice)
	}
	shop.Reply(w, http.StatusOK, object{"asn_id": id, "po_number": b.Number, "invoice_number": b.Invoice, "asn_sync_status": verdict,
		"errors": faults, "warnings": []any{}})
}

// amend takes a wish to change articles of open purchase orders.
func (v *Vendor) amend(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Requests []struct {
			ItemID string `json:"item_id"`
		} `json:"request_data"`
	}
	if !v.read(w, r, &b) {
		return
	}
	if len(b.Requests) == 0 || b.Requests[0].ItemID == "" {
		v.refuse(w, http.StatusBadRequest, "E100", "request_data", "at least one item is required", nil)
		return
	}
	v.reply(w, object{"errors": []any{}, "warnings": []any{}})
}
