package woocommerce

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// ping is the whole body that a store sends, unsigned, when a webhook is made
// or switched on again [core].
var ping = regexp.MustCompile(`^webhook_id=[0-9]+$`)

// Verify checks the signature: base64 of HMAC-SHA256 over the raw body with the
// secret as text [core]. A ping passes, since Parse does nothing with it. The
// scheme signs no time, so an old delivery passes too.
func (a *Adapter) Verify(h http.Header, body []byte, _ time.Time) error {
	text := h.Get("X-WC-Webhook-Signature")
	if text == "" && h.Get("X-WC-Webhook-Topic") == "" && ping.Match(body) {
		return nil
	}
	got, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(got) != sha256.Size {
		return ingest.ErrBadSignature
	}
	for _, secret := range a.hooks {
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

// Parse reads a verified delivery. The store builds the body when it delivers,
// so it may be newer than the event. Headers are not signed: only the topics
// of no interest are told by them.
func (a *Adapter) Parse(h http.Header, body []byte) (ingest.Delivery, error) {
	if topic := h.Get("X-WC-Webhook-Topic"); ping.Match(body) || topic != "" && !strings.HasPrefix(topic, "order.") {
		return ingest.Delivery{}, ingest.ErrIgnored
	}
	sum := sha256.Sum256(body)
	d := ingest.Delivery{EventID: hex.EncodeToString(sum[:])}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) == nil && len(members) == 1 && len(members["id"]) > 0 {
		// Deleted: what is left can only be asked for. An order can be deleted
		// twice, with the same body.
		if d.EventID += "-" + h.Get("X-WC-Webhook-Delivery-ID"); idOf(body) != "" {
			d.Refetch = []string{idOf(body)}
			return d, nil
		}
	}
	r, err := a.normalise(body, a.now())
	switch {
	case errors.Is(err, errBasket):
		return ingest.Delivery{}, ingest.ErrIgnored
	case err != nil:
		d.Rejects = []ingest.Reject{{PlatformOrderID: idOf(body), Reason: fmt.Sprintf("webhook: %v", err), Payload: body}}
	default:
		r.Source = order.FromWebhook
		d.Reports = []order.Report{r}
	}
	return d, nil
}
