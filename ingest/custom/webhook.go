package custom

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
	"github.com/palmonas/palmonas-crm/order"
)

// Verify checks a delivery by the Standard Webhooks specification.
func (a *Adapter) Verify(h http.Header, body []byte, now time.Time) error {
	return a.hooks.Verify(h, body, now)
}

type envelope struct {
	Type      string `json:"type"`
	Timestamp text   `json:"timestamp"`
	Data      struct {
		Order json.RawMessage `json:"order"`
	} `json:"data"`
}

// Parse reads a verified delivery: types order.… with the whole order. One that
// names no more than the order's id asks for a refetch. Other types, ping among
// them, are ErrIgnored.
func (a *Adapter) Parse(h http.Header, body []byte) (ingest.Delivery, error) {
	d := ingest.Delivery{EventID: standardwebhook.ID(h)}
	reject := func(id, reason string) (ingest.Delivery, error) {
		d.Rejects = []ingest.Reject{{PlatformOrderID: id, Reason: "webhook: " + reason, Payload: body}}
		return d, nil
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return reject("", fmt.Sprintf("not an event: %v", err))
	}
	switch {
	case e.Type == "":
		return reject("", "no type")
	case !strings.HasPrefix(e.Type, "order."):
		return ingest.Delivery{}, ingest.ErrIgnored
	case !isObject(e.Data.Order):
		return reject("", "no order")
	}
	id := headOf(e.Data.Order).id
	var members map[string]json.RawMessage
	if json.Unmarshal(e.Data.Order, &members) == nil && len(members) == 1 && idPattern.MatchString(id) {
		d.Refetch = []string{id}
		return d, nil
	}
	now := a.now()
	// The site's own time of the event is the order of its states, but not
	// beyond what time it is.
	if at, err := parseTime(e.Timestamp); err == nil && at.Before(now) {
		now = at
	}
	r, err := normalise(e.Data.Order, now)
	if err != nil {
		return reject(id, err.Error())
	}
	r.Source = order.FromWebhook
	d.Reports = []order.Report{r}
	return d, nil
}
