package amazon

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// hookTolerance is how far a webhook's clock may be off (Standard Webhooks).
const hookTolerance = 5 * time.Minute

// hookKey decodes a Standard Webhooks secret: base64, with or without whsec_.
func hookKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(text), "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("must be whsec_ and 24 to 64 bytes in base64")
	}
	return key, nil
}

// Verify checks the signature of the forwarder that brings notifications from
// the seller's queue (Standard Webhooks v1): Amazon itself sends only to SQS
// and EventBridge and signs nothing. A channel without a webhook secret accepts
// nothing.
func (p *Platform) Verify(h http.Header, body []byte, now time.Time) error {
	id, at := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if id == "" || err != nil {
		return ingest.ErrBadSignature
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > hookTolerance || off < -hookTolerance {
		return fmt.Errorf("%w: the timestamp is off by more than %s", ingest.ErrBadSignature, hookTolerance)
	}
	for _, key := range p.set.hookSecrets {
		mac := hmac.New(sha256.New, key)
		_, _ = fmt.Fprintf(mac, "%s.%s.", id, at) // a hash does not fail
		mac.Write(body)
		want := mac.Sum(nil)
		for _, field := range strings.Fields(h.Get("webhook-signature")) {
			text, ok := strings.CutPrefix(field, "v1,")
			if got, err := base64.StdEncoding.DecodeString(text); ok && err == nil && hmac.Equal(got, want) {
				return nil
			}
		}
	}
	return ingest.ErrBadSignature
}

type notification struct {
	Type    string `json:"NotificationType"`
	Payload struct {
		Change *struct {
			OrderID string `json:"AmazonOrderId"`
			Summary struct {
				Marketplace string `json:"MarketplaceId"`
			} `json:"Summary"`
		} `json:"OrderChangeNotification"`
	} `json:"Payload"`
	Metadata struct {
		ID string `json:"NotificationId"`
	} `json:"NotificationMetadata"`
}

// Parse reads an ORDER_CHANGE notification, as SQS delivers it or within
// EventBridge's "detail". It holds neither money nor addresses and speaks the
// words of the old API, so it only names the order to read again. Other
// notifications and other marketplaces are ingest.ErrIgnored.
func (p *Platform) Parse(_ http.Header, body []byte) (ingest.Delivery, error) {
	var envelope struct {
		notification
		Detail *notification `json:"detail"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return ingest.Delivery{}, errors.New("amazon: the notification is not readable JSON")
	}
	n := envelope.notification
	if envelope.Detail != nil {
		n = *envelope.Detail
	}
	change := n.Payload.Change
	switch {
	case n.Type == "":
		return ingest.Delivery{}, errors.New("amazon: the notification has no NotificationType")
	case fold(n.Type) != "ORDERCHANGE":
		return ingest.Delivery{}, ingest.ErrIgnored
	case change == nil || change.OrderID == "":
		return ingest.Delivery{}, errors.New("amazon: the ORDER_CHANGE notification names no order")
	case change.Summary.Marketplace != "" && change.Summary.Marketplace != p.set.marketplace:
		return ingest.Delivery{}, ingest.ErrIgnored
	}
	d := ingest.Delivery{EventID: n.Metadata.ID, Refetch: []string{change.OrderID}}
	if d.EventID == "" {
		sum := sha256.Sum256(body)
		d.EventID = hex.EncodeToString(sum[:])
	}
	return d, nil
}
