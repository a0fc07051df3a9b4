package swiggy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Verify checks a delivery as the channel's webhook_auth says.
func (p *Platform) Verify(h http.Header, body []byte, now time.Time) error {
	return p.set.hooks.verify(h, body, now)
}

// Parse reads a verified delivery. A signed one says how the order stands; one
// that only showed a token could have been written by anybody who saw that
// token once, so that it names no more than which order to read again.
func (p *Platform) Parse(_ http.Header, body []byte) (ingest.Delivery, error) {
	var e event
	sum := sha256.Sum256(body)
	d := ingest.Delivery{EventID: hex.EncodeToString(sum[:])}
	reject := func(id, reason string) (ingest.Delivery, error) {
		d.Rejects = []ingest.Reject{{PlatformOrderID: id, Reason: "webhook: " + reason, Payload: body}}
		return d, nil
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return reject("", "not an event")
	}
	switch upper(e.Type) {
	case eventOrder:
	case "":
		return reject("", "no eventType")
	default:
		return ingest.Delivery{}, ingest.ErrIgnored
	}
	if id := clean(string(e.ID)); id != "" && len(id) <= 100 {
		d.EventID = id
	}
	id := idOf(e.Order)
	if !p.set.hooks.signed {
		if id == "" {
			return reject("", "it names no order")
		}
		d.Refetch = []string{id}
		return d, nil
	}
	r, err := p.normalise(e.Order)
	if err != nil {
		return reject(id, fmt.Sprint(err))
	}
	r.Source = order.FromWebhook
	d.Reports = []order.Report{r}
	return d, nil
}
