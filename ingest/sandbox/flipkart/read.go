package flipkart

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// maxIDs is how many ids one read may name.
const maxIDs = 100

// ids reads a comma list of ids, without repeats.
func ids(text string) []string {
	var all []string
	for id := range strings.SplitSeq(text, ",") {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// read serves shipments by one kind of id. Unknown ids are left out.
func (se *Seller) read(w http.ResponseWriter, r *http.Request) {
	var kind string
	for _, name := range [...]string{"shipmentIds", "orderIds", "orderItemIds"} {
		if r.URL.Query().Has(name) {
			if kind != "" {
				refuse(w, http.StatusBadRequest, "BAD_REQUEST", "only one of shipmentIds, orderIds and orderItemIds may be given")
				return
			}
			kind = name
		}
	}
	wanted := ids(r.URL.Query().Get(kind))
	if kind == "" || len(wanted) == 0 || len(wanted) > maxIDs {
		refuse(w, http.StatusBadRequest, "BAD_REQUEST", "between 1 and 100 shipmentIds, orderIds or orderItemIds are required")
		return
	}
	found := []object{}
	add := func(all ...shipment) {
		for _, s := range all {
			if !slices.ContainsFunc(found, func(x object) bool { return x["shipmentId"] == s.id() }) {
				found = append(found, se.wire(s))
			}
		}
	}
	for _, id := range wanted {
		switch kind {
		case "shipmentIds":
			if s, ok := se.find(id); ok {
				add(s)
			}
		case "orderIds":
			if o, err := se.shop.Get(id); err == nil {
				add(shipments(o)...)
			}
		default:
			add(se.ofItem(id)...)
		}
	}
	shop.Reply(w, http.StatusOK, object{"shipments": found})
}

// ofItem is the shipment that an item travels in.
func (se *Seller) ofItem(id string) []shipment {
	if len(id) != 16 {
		return nil
	}
	seq, err := strconv.Atoi(id[1:14])
	if err != nil {
		return nil
	}
	o, err := se.shop.Nth(seq)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(shipments(o), func(s shipment) bool {
		return !slices.ContainsFunc(s.lines, func(i int) bool { return o.Lines[i].ID == id })
	})
}

// details is the shipping view: tracking, and for parcels that the seller
// brings himself the address.
func (se *Seller) details(w http.ResponseWriter, r *http.Request) {
	wanted := ids(r.PathValue("ids"))
	if len(wanted) > maxIDs {
		refuse(w, http.StatusBadRequest, "BAD_REQUEST", "at most 100 shipment ids may be given")
		return
	}
	found := []object{}
	for _, id := range wanted {
		if s, ok := se.find(id); ok {
			found = append(found, s.details())
		}
	}
	if len(found) == 0 {
		refuse(w, http.StatusNotFound, "SHIPMENT_NOT_FOUND", "no such shipment")
		return
	}
	shop.Reply(w, http.StatusOK, object{"shipments": found})
}

func (s shipment) details() object {
	o := s.order
	sub := object{"subShipmentId": "SS-1", "packages": []any{}}
	if p, ok := s.parcel(); ok {
		sub["courierDetails"] = object{"pickupDetails": nil, "deliveryDetails": object{"vendorName": p.Carrier, "trackingId": p.AWB}}
	}
	body := object{"shipmentId": s.id(), "orderId": o.ID, "locationId": s.location, "subShipments": []object{sub}}
	if selfShip(o) {
		c := o.Customer
		address := object{"firstName": c.First, "lastName": c.Last, "addressLine1": c.Line1, "addressLine2": c.Line2, "landmark": "", "city": c.City,
			"state": c.State, "stateCode": "IN-" + c.StateCode, "pinCode": c.Pincode, "contactNumber": strings.TrimPrefix(c.Phone, "+91")}
		body["buyerDetails"] = object{"firstName": c.First, "lastName": c.Last}
		body["deliveryAddress"], body["billingAddress"] = address, address
	}
	return body
}

// parcel is the parcel of a shipment, once it has a tracking number.
func (s shipment) parcel() (shop.Parcel, bool) {
	for _, p := range slices.Backward(s.order.Parcels) {
		if p.AWB != "" && (p.Ref == s.id() || len(p.Ref) < 36) {
			return p, true
		}
	}
	return shop.Parcel{}, false
}

// returns lists returns, one for each item that came or comes back.
func (se *Seller) returns(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	source := v.Get("source")
	if byID := v.Has("returnIds"); !byID && source != "customer_return" && source != "courier_return" {
		refuse(w, http.StatusBadRequest, "BAD_REQUEST", "source must be customer_return or courier_return")
		return
	}
	var from, to time.Time
	for name, t := range map[string]*time.Time{"modifiedAfter": &from, "modifiedBefore": &to} {
		if text := v.Get(name); text != "" {
			var err error
			if *t, err = time.Parse(time.RFC3339, text); err != nil {
				refuse(w, http.StatusBadRequest, "BAD_REQUEST", name+" is not a date-time")
				return
			}
		}
	}
	wanted := ids(v.Get("returnIds"))
	items := []object{}
	se.shop.Each(func(o shop.Order) {
		if o.Status != order.Returned || o.Updated.Before(from) || !to.IsZero() && o.Updated.After(to) {
			return
		}
		for _, s := range shipments(o) {
			for _, line := range s.lines {
				it := s.returned(line)
				if !o.Lines[line].Cancelled && (source == "" || it["type"] == source) && (len(wanted) == 0 || slices.Contains(wanted, it["returnId"].(string))) {
					items = append(items, it)
				}
			}
		}
	})
	shop.Reply(w, http.StatusOK, object{"hasMore": false, "nextUrl": nil, "returnItems": items})
}

func (s shipment) returned(line int) object {
	o, l := s.order, s.order.Lines[line]
	kind, state := "customer_return", "COMPLETED"
	if refused(o) {
		kind = "courier_return"
	}
	if o.Detail != shop.CameBack {
		state = "CREATED"
	}
	return object{
		"returnId": "9" + l.ID, "orderItemId": l.ID, "orderId": o.ID, "shipmentId": s.id(), "locationId": s.location, "quantity": l.Quantity,
		"orderDate": stamp(o.Created), "createdDate": stamp(o.Updated), "updatedDate": stamp(o.Updated), "type": kind, "status": state,
		"reason": "ATTEMPTS_EXHAUSTED", "subReason": "CUSTOMER_NOT_AVAILABLE", "courierName": "E-Kart Logistics", "trackingId": "RVP" + l.ID,
		"shipmentStatus": map[string]string{"CREATED": "start", "COMPLETED": "delivered"}[state], "comments": "", "serviceProfile": "NON_FBF", "services": []any{},
	}
}
