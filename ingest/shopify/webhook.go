package shopify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// header reads a header of a delivery, whose name newer deliveries write
// without its X-.
func header(h http.Header, name string) string {
	if v := h.Get("X-Shopify-" + name); v != "" {
		return v
	}
	return h.Get("Shopify-" + name)
}

// Verify checks the signature: base64 of HMAC-SHA256 over the raw body with the
// secret as text. Several secrets are valid, since Shopify takes up to an hour
// to change to a new one, and webhooks made by hand have the store's own. The
// scheme signs no time, so an old delivery passes too.
func (a *Adapter) Verify(h http.Header, body []byte, _ time.Time) error {
	got, err := base64.StdEncoding.DecodeString(header(h, "Hmac-Sha256"))
	if err != nil || len(got) != sha256.Size {
		return ingest.ErrBadSignature
	}
	for _, secret := range a.set.hookSecrets {
		if hmac.Equal(got, mac(secret, body)) {
			return nil
		}
	}
	return ingest.ErrBadSignature
}

func mac(secret string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return h.Sum(nil)
}

// notice is what bodies of topics other than that of an order say about one.
type notice struct {
	ID      text `json:"id"`
	OrderID text `json:"order_id"`
	Edit    struct {
		OrderID text `json:"order_id"`
	} `json:"order_edit"`
	Order struct {
		ID text `json:"id"`
	} `json:"order"`
	Redact []text `json:"orders_to_redact"`
}

// Parse reads a verified delivery. Topics about an order carry the whole of it;
// refunds, fulfilments, returns and edits name the order to read again; a
// request to forget a customer names orders. Others are ErrIgnored. Headers are not
// signed: the topic only chooses how to read, never what is true.
func (a *Adapter) Parse(h http.Header, body []byte) (ingest.Delivery, error) {
	d := ingest.Delivery{EventID: header(h, "Webhook-Id")}
	if d.EventID == "" {
		sum := sha256.Sum256(body)
		d.EventID = hex.EncodeToString(sum[:])
	}
	topic := strings.ToLower(header(h, "Topic"))
	kind, _, _ := strings.Cut(topic, "/")
	reject := func(reason string) (ingest.Delivery, error) {
		d.Rejects = []ingest.Reject{{PlatformOrderID: headOf(body).id, Reason: "webhook: " + reason, Payload: body}}
		return d, nil
	}
	if !slices.Contains([]string{"", "orders", "refunds", "fulfillments", "fulfillment_events", "returns", "customers"}, kind) ||
		topic == "customers/data_request" {
		return ingest.Delivery{}, ingest.ErrIgnored
	}
	var n notice
	if err := json.Unmarshal(body, &n); err != nil {
		return reject(fmt.Sprintf("not an event: %v", err))
	}
	if topic == "customers/redact" {
		if d.Erase = n.orders(topic); len(d.Erase) == 0 {
			return ingest.Delivery{}, ingest.ErrIgnored // about no order
		}
		return d, nil
	}
	if d.Refetch = n.orders(topic); len(d.Refetch) > 0 {
		return d, nil
	}
	if kind != "" && kind != "orders" {
		return ingest.Delivery{}, ingest.ErrIgnored // about no order
	}
	r, err := a.normalise(body, a.seen(h))
	switch {
	case errors.Is(err, errTest):
		return ingest.Delivery{}, ingest.ErrIgnored
	case err != nil:
		return reject(err.Error())
	}
	r.Source = order.FromWebhook
	d.Reports = []order.Report{r}
	return d, nil
}

// orders are the ids of the orders to read again.
func (n notice) orders(topic string) []string {
	all := append([]text{n.OrderID, n.Edit.OrderID, n.Order.ID}, n.Redact...)
	if topic == "orders/delete" {
		all = append(all, n.ID) // all that is left of it
	}
	var ids []string
	for _, id := range all {
		if isID(string(id)) && !slices.Contains(ids, string(id)) {
			ids = append(ids, string(id))
		}
	}
	return ids
}

// seen is when the delivery's state was true, as far as it says and not in the
// future.
func (a *Adapter) seen(h http.Header) time.Time {
	now := a.now()
	if at, err := time.Parse(time.RFC3339, header(h, "Triggered-At")); err == nil && at.Before(now) {
		return at
	}
	return now
}
