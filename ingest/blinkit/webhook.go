package blinkit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Verify checks a delivery as the channel's webhook_auth says.
func (p *Platform) Verify(h http.Header, body []byte, now time.Time) error {
	return p.set.hooks.verify(h, body, now)
}

// Parse reads a verified delivery. A signed one says how the order stands; one
// that only showed a key could have been written by anybody who saw that key
// once, so that it names no more than which order to read again.
//
// Purchase orders become orders of kind order.Purchase. Nothing can read one
// again, so a key alone must do for them.
func (p *Platform) Parse(_ http.Header, body []byte) (ingest.Delivery, error) {
	var e event
	sum := sha256.Sum256(body)
	d := ingest.Delivery{EventID: hex.EncodeToString(sum[:])}
	reject := func(id, reason string) (ingest.Delivery, error) {
		d.Rejects = []ingest.Reject{{PlatformOrderID: id, Reason: reason, Payload: body}}
		return d, nil
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return reject("", "webhook: not an event")
	}
	switch kind := strings.ToUpper(string(e.Type)); {
	case isPO(kind):
		po, err := ParsePO(body)
		if err != nil {
			return reject("", "webhook: purchase order: "+err.Error())
		}
		d.EventID = po.Key()
		if po.Type == POCancel {
			d.Marks = []ingest.Mark{{PlatformOrderID: po.poID(), Status: order.Cancelled, Word: wordPOCancelled}}
			return d, nil
		}
		r, err := po.report(p.set.channel)
		if err != nil {
			return reject(po.poID(), "webhook: purchase order: "+err.Error())
		}
		d.Reports = []order.Report{r}
		return d, nil
	case kind == "":
		return reject("", "webhook: no type")
	case kind != typeOrder:
		return ingest.Delivery{}, ingest.ErrIgnored
	}
	if id := clean(string(e.EventID)); id != "" && len(id) <= 100 {
		d.EventID = id
	}
	id := idOf(e.Data.Order)
	if !p.set.hooks.signed {
		if id == "" {
			return reject("", "webhook: it names no order")
		}
		d.Refetch = []string{id}
		return d, nil
	}
	r, err := p.normalise(e.Data.Order)
	if err != nil {
		return reject(id, fmt.Sprintf("webhook: %v", err))
	}
	r.Source = order.FromWebhook
	d.Reports = []order.Report{r}
	return d, nil
}
