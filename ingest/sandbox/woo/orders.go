package woo

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

func (st *Store) getOrder(w http.ResponseWriter, r *http.Request) {
	o, f := st.find(w, r)
	if f != nil {
		f.write(w)
		return
	}
	var fields []string
	if text := r.URL.Query().Get("_fields"); text != "" {
		fields = strings.Split(text, ",")
	}
	reply(w, http.StatusOK, pick(st.wire(o), fields))
}

// find reads the order of the path. An id that is not a number has no route.
func (st *Store) find(_ http.ResponseWriter, r *http.Request) (shop.Order, *fault) {
	id := r.PathValue("id")
	if _, err := strconv.Atoi(id); err != nil {
		return shop.Order{}, newFault(http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.")
	}
	o, err := st.shop.Get(id)
	if err != nil {
		return shop.Order{}, errInvalidID
	}
	return o, nil
}

func (st *Store) now() time.Time { return st.shop.Now().Truncate(time.Second) }

func (st *Store) createOrder(w http.ResponseWriter, r *http.Request) {
	var c change
	if f := readBody(w, r, &c); f != nil {
		f.write(w)
		return
	}
	o, f := st.create(c)
	if f != nil {
		f.write(w)
		return
	}
	w.Header().Set("Location", st.address(r)+"/wp-json/wc/v3/orders/"+o.ID)
	reply(w, http.StatusCreated, st.wire(o))
}

func (st *Store) create(c change) (shop.Order, *fault) {
	if c.ID != 0 {
		return shop.Order{}, newFault(http.StatusBadRequest, "woocommerce_rest_shop_order_exists", "Cannot create existing shop_order.")
	}
	f := c.check()
	if f == nil {
		f = c.apply(&shop.Order{Status: order.Pending}, st.now()) // whatever is wrong shows on an empty order
	}
	if f != nil {
		return shop.Order{}, f
	}
	return st.shop.Create(func(o *shop.Order) {
		_ = c.apply(o, o.Created) // it found nothing wrong above
	}), nil
}

func (st *Store) updateOrder(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		noRoute(w, r)
		return
	}
	var c change
	f := readBody(w, r, &c)
	if f == nil {
		c.ID = loose(id)
		var o shop.Order
		if o, f = st.update(c); f == nil {
			reply(w, http.StatusOK, st.wire(o))
			return
		}
	}
	f.write(w)
}

// update changes an order; an unknown one is a 400 here, unlike on reading
// (WC_REST_CRUD_Controller::update_item).
func (st *Store) update(c change) (shop.Order, *fault) {
	if f := c.check(); f != nil {
		return shop.Order{}, f
	}
	o, err := st.shop.Update(strconv.Itoa(int(c.ID)), func(o *shop.Order) error {
		if f := c.apply(o, st.now()); f != nil {
			return f
		}
		return nil
	})
	var f *fault
	switch {
	case errors.As(err, &f):
		return o, f
	case err != nil:
		return o, newFault(http.StatusBadRequest, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
	}
	return o, nil
}

func (st *Store) deleteOrder(w http.ResponseWriter, r *http.Request) {
	before, f := st.find(w, r)
	if f == nil {
		_, f = st.remove(before.ID, truth(r.URL.Query().Get("force")))
	}
	if f != nil {
		f.write(w)
		return
	}
	reply(w, http.StatusOK, st.wire(before))
}

// remove puts an order in the trash, or away for good. Either way it is gone
// for lists that do not ask for the trash; this store keeps none.
func (st *Store) remove(id string, _ bool) (shop.Order, *fault) {
	o, err := st.shop.Update(id, func(o *shop.Order) error {
		o.Hidden = true
		return nil
	})
	if err != nil {
		return o, errInvalidID
	}
	return o, nil
}

// maxBatch is how many rows one batch may have.
const maxBatch = 100

// batchOrders performs rows one by one; a row that fails says so in its place
// and the others go on.
func (st *Store) batchOrders(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Create []change `json:"create"`
		Update []change `json:"update"`
		Delete []loose  `json:"delete"`
	}
	if f := readBody(w, r, &b); f != nil {
		f.write(w)
		return
	}
	if len(b.Create)+len(b.Update)+len(b.Delete) > maxBatch {
		newFault(http.StatusRequestEntityTooLarge, "woocommerce_rest_request_entity_too_large",
			"Unable to accept more than "+strconv.Itoa(maxBatch)+" items for this request.").write(w)
		return
	}
	out := map[string][]any{}
	row := func(list string, id int, o shop.Order, f *fault) {
		if f != nil {
			out[list] = append(out[list], map[string]any{"id": id, "error": f})
			return
		}
		out[list] = append(out[list], st.wire(o))
	}
	for _, c := range b.Create {
		o, f := st.create(c)
		row("create", 0, o, f)
	}
	for _, c := range b.Update {
		o, f := st.update(c)
		row("update", int(c.ID), o, f)
	}
	for _, id := range b.Delete {
		o, f := st.remove(strconv.Itoa(int(id)), true)
		row("delete", int(id), o, f)
	}
	reply(w, http.StatusOK, out)
}

// orderTotals is the report that counts orders by status, in the order of the
// site's statuses.
func (st *Store) orderTotals(w http.ResponseWriter, _ *http.Request) {
	n := map[string]int{}
	st.shop.Each(func(o shop.Order) { n[slug(o)]++ })
	type total struct {
		Slug  string `json:"slug"`
		Name  string `json:"name"`
		Total int    `json:"total"`
	}
	all := make([]total, len(states))
	for i, s := range states {
		all[i] = total{s.slug, s.name, n[s.slug]}
	}
	reply(w, http.StatusOK, all)
}
