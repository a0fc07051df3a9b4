package woo

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// maxFailures is how many failures in a row a subscription survives.
const maxFailures = 5

// delivery is one delivery that is due.
type delivery struct {
	hook webhook
	body []byte
	ping bool
}

// Deliver sends what happened since the last call, once each and without
// repeating what fails, as the site's background job does. The bodies are made
// now, so they may tell of a later state than the event. It returns how many
// deliveries were accepted; a failed one is no error of the site.
func (st *Store) Deliver(ctx context.Context, client *http.Client) (accepted int) {
	for _, d := range st.pending() {
		if ctx.Err() != nil {
			return accepted
		}
		ok := st.send(ctx, client, d)
		if ok {
			accepted++
		}
		st.settle(d.hook.id, ok)
	}
	return accepted
}

// pending are the pings and deliveries that are due.
func (st *Store) pending() []delivery {
	st.mu.Lock()
	var active []webhook
	var due []delivery
	for _, h := range st.hooks {
		if h.status != "active" {
			continue
		}
		active = append(active, *h)
		if h.ping {
			h.ping = false
			due = append(due, delivery{hook: *h, ping: true})
		}
	}
	st.mu.Unlock()
	for _, e := range st.shop.TakeEvents() {
		topic, body := st.event(e)
		for _, h := range active {
			if h.topic == topic && body != nil {
				due = append(due, delivery{hook: h, body: body})
			}
		}
	}
	return due
}

// event is the topic and the body of what happened; no body when the order
// went since.
func (st *Store) event(e shop.Event) (topic string, body []byte) {
	var content any
	switch {
	case e.Deleted:
		id, _ := strconv.Atoi(e.ID)
		topic, content = "order.deleted", map[string]int{"id": id}
	default:
		o, err := st.shop.Get(e.ID)
		if err != nil {
			return "", nil
		}
		if topic = "order.updated"; e.Created {
			topic = "order.created"
		}
		content = st.wire(o)
	}
	body, err := json.Marshal(content)
	if err != nil {
		panic(err) // plain structs always encode
	}
	return topic, body
}

func (st *Store) send(ctx context.Context, client *http.Client, d delivery) bool {
	kind, body := "application/json", d.body
	if d.ping {
		kind, body = "application/x-www-form-urlencoded", []byte(url.Values{"webhook_id": {strconv.Itoa(d.hook.id)}}.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.hook.target, bytes.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("User-Agent", "WooCommerce/"+wooVersion+" Hookshot (WordPress/"+wpVersion+")")
	if !d.ping {
		st.sign(r.Header, d)
	}
	res, err := client.Do(r)
	if err != nil {
		return false
	}
	_ = res.Body.Close() // nothing of it is read
	return res.StatusCode >= 200 && res.StatusCode <= 302
}

// sign adds the headers of a delivery. Its id depends on the second, so two of
// one webhook in one second share it, as they do in WooCommerce.
func (st *Store) sign(h http.Header, d delivery) {
	st.mu.Lock()
	site := st.site
	st.mu.Unlock()
	mac := hmac.New(sha256.New, []byte(d.hook.secret))
	mac.Write(d.body)
	resource, event, _ := strings.Cut(d.hook.topic, ".")
	id := sha256.Sum256(fmt.Appendf(nil, "%d%d", d.hook.id, st.now().Unix()))
	h.Set("X-WC-Webhook-Source", site+"/")
	h.Set("X-WC-Webhook-Topic", d.hook.topic)
	h.Set("X-WC-Webhook-Resource", resource)
	h.Set("X-WC-Webhook-Event", event)
	h.Set("X-WC-Webhook-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	h.Set("X-WC-Webhook-ID", strconv.Itoa(d.hook.id))
	h.Set("X-WC-Webhook-Delivery-ID", hex.EncodeToString(id[:16]))
}

// settle counts failures; a subscription that keeps failing is disabled.
func (st *Store) settle(id int, ok bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, h := range st.hooks {
		if h.id != id {
			continue
		}
		if ok {
			h.failures = 0
			return
		}
		if h.failures++; h.failures > maxFailures {
			h.status = "disabled"
		}
	}
}
