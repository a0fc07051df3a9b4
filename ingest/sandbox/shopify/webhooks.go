package shopify

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// webhook is a subscription of the app.
type webhook struct {
	id      int
	topic   string
	address string
	fields  []string
	created time.Time
	updated time.Time
}

// topics are those that this store can deliver.
var topics = []string{"orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled", "orders/partially_fulfilled",
	"orders/delete", "refunds/create", "fulfillments/create", "fulfillments/update"}

func (h *webhook) wire(version string) object {
	return object{"id": h.id, "address": h.address, "topic": h.topic, "format": "json", "fields": h.fields, "metafield_namespaces": []any{},
		"private_metafield_namespaces": []any{}, "api_version": version, "created_at": stamp(h.created), "updated_at": stamp(h.updated),
		"admin_graphql_api_id": gid("WebhookSubscription", h.id)}
}

type webhookBody struct {
	Webhook struct {
		Topic   *string  `json:"topic"`
		Address *string  `json:"address"`
		Format  string   `json:"format"`
		Fields  []string `json:"fields"`
	} `json:"webhook"`
}

// check refuses what the store cannot deliver. The sandbox takes plain http on
// loopback too, where the real one wants https.
func (b webhookBody) check() error {
	h := b.Webhook
	if h.Topic != nil && !slices.Contains(topics, *h.Topic) {
		return &fieldError{"topic", "Invalid topic specified: " + *h.Topic}
	}
	if h.Format != "" && h.Format != "json" {
		return &fieldError{"format", "is invalid: this store sends json"}
	}
	if h.Address != nil {
		u, err := url.Parse(*h.Address)
		local := err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost" || u.Hostname() == "::1")
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !local) {
			return &fieldError{"address", "is invalid: protocol http:// is not supported"}
		}
	}
	return nil
}

func (st *Store) listWebhooks(w http.ResponseWriter, r *http.Request) {
	v, version := r.URL.Query(), speak(r.PathValue("version"))
	since, _ := strconv.Atoi(v.Get("since_id")) // none: from the first
	all := []object{}
	st.mu.Lock()
	for _, h := range st.hooks {
		if h.id > since && (v.Get("topic") == "" || v.Get("topic") == h.topic) && (v.Get("address") == "" || v.Get("address") == h.address) {
			all = append(all, h.wire(version))
		}
	}
	st.mu.Unlock()
	shop.Reply(w, http.StatusOK, object{"webhooks": all})
}

func (st *Store) countWebhooks(w http.ResponseWriter, _ *http.Request) {
	st.mu.Lock()
	n := len(st.hooks)
	st.mu.Unlock()
	shop.Reply(w, http.StatusOK, object{"count": n})
}

func (st *Store) createWebhook(w http.ResponseWriter, r *http.Request) {
	var b webhookBody
	if !readJSON(w, r, &b) {
		return
	}
	h := b.Webhook
	err := b.check()
	switch {
	case err != nil:
	case h.Topic == nil:
		err = &fieldError{"topic", "can't be blank"}
	case h.Address == nil:
		err = &fieldError{"address", "can't be blank"}
	case st.subscribed(*h.Topic, *h.Address):
		err = &fieldError{"address", "for this topic has already been taken"}
	}
	if refuseError(w, err) {
		return
	}
	made := st.subscribe(*h.Topic, *h.Address, h.Fields)
	shop.Reply(w, http.StatusCreated, object{"webhook": made.wire(speak(r.PathValue("version")))})
}

func (st *Store) subscribed(topic, address string) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return slices.ContainsFunc(st.hooks, func(h *webhook) bool { return h.topic == topic && h.address == address })
}

func (st *Store) subscribe(topic, address string, fields []string) *webhook {
	st.shop.Watch()
	at := st.shop.Now().Truncate(time.Second)
	if fields == nil {
		fields = []string{}
	}
	h := &webhook{id: st.nextID(), topic: topic, address: address, fields: fields, created: at, updated: at}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.hooks = append(st.hooks, h)
	seen := *h
	return &seen
}

// Subscribe registers an address for all that happens to orders, as an app
// does when it is installed; deliveries are signed with its client secret. The
// empty text ends all subscriptions.
func (st *Store) Subscribe(target string) {
	st.mu.Lock()
	st.hooks = nil
	st.mu.Unlock()
	st.outbox.Clear()
	if target == "" {
		return
	}
	for _, topic := range [...]string{"orders/create", "orders/updated", "orders/cancelled", "orders/paid", "orders/fulfilled"} {
		st.subscribe(topic, target, nil)
	}
}

// hook runs fn on the subscription of the path.
func (st *Store) hook(w http.ResponseWriter, r *http.Request, fn func(h *webhook, i int) object) {
	st.mu.Lock()
	i := slices.IndexFunc(st.hooks, func(h *webhook) bool { return strconv.Itoa(h.id) == r.PathValue("id") })
	if i < 0 {
		st.mu.Unlock()
		notFound(w)
		return
	}
	body := fn(st.hooks[i], i)
	st.mu.Unlock()
	shop.Reply(w, http.StatusOK, body)
}

func (st *Store) getWebhook(w http.ResponseWriter, r *http.Request) {
	st.hook(w, r, func(h *webhook, _ int) object { return object{"webhook": h.wire(speak(r.PathValue("version")))} })
}

func (st *Store) updateWebhook(w http.ResponseWriter, r *http.Request) {
	var b webhookBody
	if !readJSON(w, r, &b) || refuseError(w, b.check()) {
		return
	}
	at := st.shop.Now().Truncate(time.Second)
	st.hook(w, r, func(h *webhook, _ int) object {
		if a := b.Webhook.Address; a != nil {
			h.address, h.updated = *a, at
		}
		return object{"webhook": h.wire(speak(r.PathValue("version")))}
	})
}

func (st *Store) deleteWebhook(w http.ResponseWriter, r *http.Request) {
	st.hook(w, r, func(_ *webhook, i int) object {
		st.hooks = slices.Delete(st.hooks, i, i+1)
		return object{}
	})
}

// drop ends a subscription that failed for too long.
func (st *Store) drop(id string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.hooks = slices.DeleteFunc(st.hooks, func(h *webhook) bool { return strconv.Itoa(h.id) == id })
}

// fieldsOf are the members that a subscription asks for.
func (h *webhook) fieldsOf() string { return strings.Join(h.fields, ",") }
