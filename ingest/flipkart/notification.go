package flipkart

import (
	"crypto/sha1" //nolint:gosec // Flipkart's scheme
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// hookTolerance is how far a notification's clock may be off. Flipkart names no
// bound; without one a signature seen once would be good for ever.
const hookTolerance = 5 * time.Minute

// Prefixes of what FetchOne reads by something else than an order id.
const (
	refShipment = "shipment:"
	refItem     = "item:"
)

// Verify checks X_Authorization: FKLOGIN and, in base64, the application's id
// and the SHA-1 of epoch, registered address, "POST" and the application's
// secret. It covers neither the body nor a number used once, so that it only
// tells that somebody at Flipkart once sent something: Parse never reads more
// than which order to read again. A channel without the registered address
// accepts nothing.
func (p *Platform) Verify(h http.Header, _ []byte, now time.Time) error {
	at, err := http.ParseTime(h.Get("X_Date"))
	if err != nil || p.set.hookURL == "" {
		return ingest.ErrBadSignature
	}
	if off := now.Sub(at); off > hookTolerance || off < -hookTolerance {
		return fmt.Errorf("%w: the timestamp is off by more than %s", ingest.ErrBadSignature, hookTolerance)
	}
	text, ok := strings.CutPrefix(h.Get("X_Authorization"), "FKLOGIN ")
	given, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if !ok || err != nil {
		return ingest.ErrBadSignature
	}
	for _, secret := range p.set.hookSecrets {
		if subtle.ConstantTimeCompare(given, []byte(p.set.appID+":"+signature(at, p.set.hookURL, secret))) == 1 {
			return nil
		}
	}
	return ingest.ErrBadSignature
}

func signature(at time.Time, address, secret string) string {
	sum := sha1.Sum([]byte(strconv.FormatInt(at.Unix(), 10) + address + http.MethodPost + secret)) //nolint:gosec // Flipkart's scheme
	return hex.EncodeToString(sum[:])
}

type notification struct {
	Type       string `json:"eventType"`
	ShipmentID string `json:"shipmentId"`
	ReturnID   string `json:"returnId"`
	Timestamp  string `json:"timestamp"`
	Attributes struct {
		Items   []notedItem `json:"orderItems"`
		Returns []notedItem `json:"returnItems"`
	} `json:"attributes"`
}

type notedItem struct {
	ID         string `json:"orderItemId"`
	OrderID    string `json:"orderId"`
	ShipmentID string `json:"shipmentId"`
}

// Parse names the orders that a notification is about: by order id where it
// has one, else as shipment:ID or item:ID, which FetchOne understands. Events
// have no id; one is derived from all that is said. Events of a kind that
// concerns no order are ingest.ErrIgnored.
func (p *Platform) Parse(_ http.Header, body []byte) (ingest.Delivery, error) {
	var n notification
	if err := json.Unmarshal(body, &n); err != nil {
		return ingest.Delivery{}, errors.New("flipkart: the notification is not readable JSON")
	}
	switch {
	case n.Type == "":
		return ingest.Delivery{}, errors.New("flipkart: the notification has no eventType")
	case !strings.HasPrefix(n.Type, "shipment_") && !strings.HasPrefix(n.Type, "return_"):
		return ingest.Delivery{}, ingest.ErrIgnored
	}
	d := ingest.Delivery{EventID: n.eventID(body), Refetch: n.orders()}
	if len(d.Refetch) == 0 {
		return ingest.Delivery{}, errors.New("flipkart: the notification names no order, shipment or item")
	}
	return d, nil
}

func (n notification) orders() []string {
	var refs []string
	add := func(prefix, id string) bool {
		ok := idPattern.MatchString(id)
		if ok && !slices.Contains(refs, prefix+id) {
			refs = append(refs, prefix+id)
		}
		return ok
	}
	items := slices.Concat(n.Attributes.Items, n.Attributes.Returns)
	for _, it := range items {
		add("", it.OrderID)
	}
	if len(refs) > 0 || add(refShipment, n.ShipmentID) {
		return refs
	}
	for _, it := range items {
		if !add(refShipment, it.ShipmentID) {
			add(refItem, it.ID)
		}
	}
	return refs
}

func (n notification) eventID(body []byte) string {
	h := sha256.New()
	for _, part := range []string{n.Type, n.ShipmentID, n.ReturnID, n.Timestamp} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part) // a hash does not fail
	}
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}
