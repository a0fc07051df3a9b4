package amazon

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// Verify checks the signature of the forwarder that brings notifications from
// the seller's queue (Standard Webhooks v1): Amazon itself sends only to SQS
// and EventBridge and signs nothing. A channel without a webhook secret accepts
// nothing.
func (p *Platform) Verify(h http.Header, body []byte, now time.Time) error {
	return p.set.hooks.Verify(h, body, now)
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
