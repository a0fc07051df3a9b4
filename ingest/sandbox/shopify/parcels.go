package shopify

import (
	"net/http"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

func (st *Store) listFulfillments(w http.ResponseWriter, r *http.Request) {
	if o, ok := st.visible(r.PathValue("id")); ok {
		shop.Reply(w, http.StatusOK, object{"fulfillments": fulfillments(o)})
		return
	}
	notFound(w)
}

func (st *Store) listFulfillmentOrders(w http.ResponseWriter, r *http.Request) {
	if o, ok := st.visible(r.PathValue("id")); ok {
		shop.Reply(w, http.StatusOK, object{"fulfillment_orders": []object{fulfillmentOrder(o)}})
		return
	}
	notFound(w)
}

func (st *Store) getFulfillmentOrder(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("fo"), 10, 64)
	if o, part, ok := st.orderOf(id, fulfilBase); err == nil && ok && part == 0 {
		shop.Reply(w, http.StatusOK, object{"fulfillment_order": fulfillmentOrder(o)})
		return
	}
	notFound(w)
}

func (st *Store) createFulfillment(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Fulfillment *shipment `json:"fulfillment"`
	}
	if !readJSON(w, r, &b) {
		return
	}
	if b.Fulfillment == nil {
		refuse(w, http.StatusBadRequest, map[string]string{"fulfillment": "Required parameter missing or invalid"})
		return
	}
	o, place, err := st.ship(*b.Fulfillment)
	if refuseError(w, err) {
		return
	}
	shop.Reply(w, http.StatusCreated, object{"fulfillment": parcel(o, place)})
}

// onParcel runs fn on the fulfilment of the path.
func (st *Store) onParcel(w http.ResponseWriter, r *http.Request, fn func(o *shop.Order, place int, at time.Time) error) (shop.Order, int, bool) {
	id, err := strconv.ParseInt(r.PathValue("fid"), 10, 64)
	o, place, ok := st.orderOf(id, parcelBase)
	if want := r.PathValue("id"); err != nil || !ok || place >= len(o.Parcels) || want != "" && want != o.ID {
		notFound(w)
		return shop.Order{}, 0, false
	}
	at := st.shop.Now().Truncate(time.Second)
	o, err = st.shop.Update(o.ID, func(o *shop.Order) error {
		if place >= len(o.Parcels) {
			return shop.ErrNotFound
		}
		return fn(o, place, at)
	})
	return o, place, !refuseError(w, err)
}

func (st *Store) cancelFulfillment(w http.ResponseWriter, r *http.Request) {
	if o, place, ok := st.onParcel(w, r, unship); ok {
		shop.Reply(w, http.StatusOK, object{"fulfillment": parcel(o, place)})
	}
}

func (st *Store) updateTracking(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Fulfillment struct {
			Tracking struct {
				Company string `json:"company"`
				Number  string `json:"number"`
				URL     string `json:"url"`
			} `json:"tracking_info"`
		} `json:"fulfillment"`
	}
	if !readJSON(w, r, &b) {
		return
	}
	t := b.Fulfillment.Tracking
	o, place, ok := st.onParcel(w, r, func(o *shop.Order, place int, _ time.Time) error {
		track(o, place, t.Company, t.Number, t.URL)
		return nil
	})
	if ok {
		shop.Reply(w, http.StatusOK, object{"fulfillment": parcel(o, place)})
	}
}

func (st *Store) listEvents(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("fid"), 10, 64)
	o, place, ok := st.orderOf(id, parcelBase)
	if err != nil || !ok || place >= len(o.Parcels) || o.ID != r.PathValue("id") {
		notFound(w)
		return
	}
	events := []object{}
	if word := shipmentStatus(o, o.Parcels[place]); word != "" {
		events = append(events, event(o, place, word))
	}
	shop.Reply(w, http.StatusOK, object{"fulfillment_events": events})
}

func event(o shop.Order, place int, word string) object {
	id := eventBase + parcelID(o, place)%parcelBase
	return object{"id": id, "admin_graphql_api_id": gid("FulfillmentEvent", id), "order_id": number(o.ID), "fulfillment_id": parcelID(o, place),
		"shop_id": shopID, "status": word, "message": nil, "happened_at": stamp(o.Updated), "created_at": stamp(o.Updated), "updated_at": stamp(o.Updated)}
}

func (st *Store) createEvent(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Event struct {
			Status string `json:"status"`
		} `json:"event"`
	}
	if !readJSON(w, r, &b) {
		return
	}
	o, place, ok := st.onParcel(w, r, func(o *shop.Order, place int, at time.Time) error { return hear(o, place, b.Event.Status, at) })
	if ok {
		shop.Reply(w, http.StatusCreated, object{"fulfillment_event": event(o, place, b.Event.Status)})
	}
}

// hear takes a word of the carrier's, if it is one.
func hear(o *shop.Order, place int, word string, at time.Time) error {
	for _, s := range stages {
		if s.word == word {
			return tell(o, place, word, at)
		}
	}
	return &fieldError{"status", "is not included in the list"}
}
