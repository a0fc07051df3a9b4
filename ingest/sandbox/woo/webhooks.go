package woo

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// webhook is a subscription of the site.
type webhook struct {
	id       int
	name     string
	status   string // active, paused, disabled
	topic    string
	target   string
	secret   string
	created  time.Time
	modified time.Time
	failures int
	ping     bool // one is due
}

type wireWebhook struct {
	ID              int      `json:"id"`
	Name            string   `json:"name"`
	Status          string   `json:"status"`
	Topic           string   `json:"topic"`
	Resource        string   `json:"resource"`
	Event           string   `json:"event"`
	Hooks           []string `json:"hooks"`
	DeliveryURL     string   `json:"delivery_url"`
	DateCreated     *string  `json:"date_created"`
	DateCreatedGMT  *string  `json:"date_created_gmt"`
	DateModified    *string  `json:"date_modified"`
	DateModifiedGMT *string  `json:"date_modified_gmt"`
	Links           links    `json:"_links"`
}

// topics are those that this site can deliver.
var topics = [...]string{"order.created", "order.updated", "order.deleted", "order.restored"}

func (h *webhook) wire(site string) wireWebhook {
	resource, event, _ := strings.Cut(h.topic, ".")
	collection := site + "/wp-json/wc/v3/webhooks"
	w := wireWebhook{ID: h.id, Name: h.name, Status: h.status, Topic: h.topic, Resource: resource, Event: event, DeliveryURL: h.target,
		Hooks: []string{"woocommerce_" + event + "_" + resource}, Links: newLinks(collection+"/"+strconv.Itoa(h.id), collection)}
	w.DateCreated, w.DateCreatedGMT = dates(h.created)
	w.DateModified, w.DateModifiedGMT = dates(h.modified)
	return w
}

type webhookBody struct {
	Name        *string `json:"name"`
	Status      *string `json:"status"`
	Topic       *string `json:"topic"`
	DeliveryURL *string `json:"delivery_url"`
	Secret      *string `json:"secret"`
}

func (b webhookBody) check() *fault {
	if b.Topic != nil && !slices.Contains(topics[:], *b.Topic) {
		return newFault(http.StatusBadRequest, "woocommerce_rest_webhook_invalid_topic", "Webhook topic is required and must be valid.")
	}
	if b.Status != nil && !slices.Contains([]string{"active", "paused", "disabled"}, *b.Status) {
		return badParam("status", "rest_not_in_enum", "status is not one of active, paused, and disabled.")
	}
	if b.DeliveryURL != nil {
		u, err := url.Parse(*b.DeliveryURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return newFault(http.StatusBadRequest, "woocommerce_rest_webhook_invalid_delivery_url", "Webhook delivery URL must be a valid URL starting with http:// or https://.")
		}
	}
	return nil
}

// apply changes a subscription. One that becomes active is pinged.
func (b webhookBody) apply(h *webhook, at time.Time) {
	h.modified = at
	for _, p := range []struct{ to, from *string }{{&h.name, b.Name}, {&h.topic, b.Topic}, {&h.target, b.DeliveryURL}, {&h.secret, b.Secret}} {
		if p.from != nil {
			*p.to = *p.from
		}
	}
	if b.Status != nil && *b.Status != h.status {
		h.status = *b.Status
		if h.status == "active" {
			h.failures, h.ping = 0, true
		}
	}
}

func (st *Store) listWebhooks(w http.ResponseWriter, r *http.Request) {
	q, f := parseQuery(url.Values{"page": r.URL.Query()["page"], "per_page": r.URL.Query()["per_page"]})
	if f != nil {
		f.write(w)
		return
	}
	want := r.URL.Query().Get("status")
	site := st.address(r)
	all := []wireWebhook{}
	st.mu.Lock()
	for _, h := range slices.Backward(st.hooks) {
		if want == "" || want == "all" || want == h.status {
			all = append(all, h.wire(site))
		}
	}
	st.mu.Unlock()
	total := len(all)
	st.listHeaders(w, r, q.page, total, (total+q.size-1)/q.size)
	lo := min(q.offset, total)
	reply(w, http.StatusOK, all[lo:min(lo+q.size, total)])
}

func (st *Store) createWebhook(w http.ResponseWriter, r *http.Request) {
	var b webhookBody
	f := readBody(w, r, &b)
	switch {
	case f != nil:
	case b.Topic == nil:
		f = webhookBody{Topic: new(string)}.check()
	case b.DeliveryURL == nil:
		f = webhookBody{DeliveryURL: new(string)}.check()
	default:
		f = b.check()
	}
	if f != nil {
		f.write(w)
		return
	}
	site := st.address(r)
	reply(w, http.StatusCreated, st.subscribe(b).wire(site))
}

// subscribe adds a subscription and returns a copy of it.
func (st *Store) subscribe(b webhookBody) *webhook {
	st.shop.Watch()
	h := &webhook{id: st.nextID(), status: "active", secret: st.keys.secret, created: st.now(), ping: true}
	h.name = "Webhook created on " + h.created.In(kolkata).Format(time.DateTime)
	b.apply(h, h.created)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.hooks = append(st.hooks, h)
	seen := *h
	return &seen
}

// Subscribe registers what an owner registers by hand: deliveries of new and
// changed orders to an address, signed with the secret of the channel.
func (st *Store) Subscribe(target string) {
	for _, topic := range [...]string{"order.created", "order.updated", "order.deleted"} {
		st.subscribe(webhookBody{Topic: &topic, DeliveryURL: &target, Secret: &st.keys.webhook})
	}
}

// hook runs fn on the subscription of the path and answers with it.
func (st *Store) hook(w http.ResponseWriter, r *http.Request, fn func(h *webhook, i int)) {
	site := st.address(r)
	st.mu.Lock()
	i := slices.IndexFunc(st.hooks, func(h *webhook) bool { return strconv.Itoa(h.id) == r.PathValue("id") })
	if i < 0 {
		st.mu.Unlock()
		newFault(http.StatusNotFound, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.").write(w)
		return
	}
	h := st.hooks[i]
	fn(h, i)
	body := h.wire(site)
	st.mu.Unlock()
	reply(w, http.StatusOK, body)
}

func (st *Store) getWebhook(w http.ResponseWriter, r *http.Request) {
	st.hook(w, r, func(*webhook, int) {})
}

func (st *Store) updateWebhook(w http.ResponseWriter, r *http.Request) {
	var b webhookBody
	f := readBody(w, r, &b)
	if f == nil {
		f = b.check()
	}
	if f != nil {
		f.write(w)
		return
	}
	at := st.now()
	st.hook(w, r, func(h *webhook, _ int) { b.apply(h, at) })
}

func (st *Store) deleteWebhook(w http.ResponseWriter, r *http.Request) {
	if !truth(r.URL.Query().Get("force")) {
		newFault(http.StatusNotImplemented, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.").write(w)
		return
	}
	st.hook(w, r, func(_ *webhook, i int) { st.hooks = slices.Delete(st.hooks, i, i+1) })
}
