package amazon

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
	"github.com/palmonas/palmonas-crm/order"
)

func TestPlatform(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, platformtest.Case{
		Build: New,
		Channel: func(baseURL string) channel.Channel {
			return channel.Channel{ID: "amazon-in", Platform: order.Amazon, Adapter: "amazon-sp-api", BaseURL: baseURL,
				Options: map[string]string{"token_url": baseURL + "/auth/o2/token"}}
		},
		Secrets: hooked(),
		NewServer: func(t testing.TB, f platformtest.Fake) http.Handler {
			return newMirror(t, f)
		},
		Statuses: map[string]order.Status{
			"PENDING_AVAILABILITY": order.Pending, "PENDING": order.Pending, "UNSHIPPED": order.Confirmed, "PARTIALLY_SHIPPED": order.Processing,
			"SHIPPED": order.Shipped, "CANCELLED": order.Cancelled, "UNFULFILLABLE": order.Confirmed,
		},
		UnknownStatus: "TELEPORTED",
		OrderID:       func(n int) string { return fmt.Sprintf("404-%07d-0000001", n) },
		GoneID:        "404-9999999-9999999",
		LateBy:        overlap,
		IsAuth:        func(r *http.Request) bool { return r.URL.Path == "/auth/o2/token" },
		ExpireTokens:  func(h http.Handler) { h.(*mirror).account.revoke() },
		Hook:          &platformtest.Hook{Sign: forwarded, Body: changed, Dated: true},
		Push: &platformtest.Push{
			Words:  map[order.Status]string{order.Shipped: "SHIPPED"},
			Status: func(h http.Handler, _ string) string { return h.(*mirror).account.confirmed() },
			Facts: func(string) order.Facts {
				return order.Facts{Shipment: order.Shipment{Carrier: "Delhivery", AWB: "DL77"}}
			},
		},
	})
}

func hookSecret(fill string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fill, 24)))
}

// hooked are the secrets of a channel that takes notifications too.
func hooked() channel.Secrets {
	s := secrets()
	s.Webhook = []string{hookSecret("n"), hookSecret("o")}
	return s
}

// forwarded are the headers of a notification that a forwarder signed; a text
// that is no secret makes a signature with another key.
func forwarded(text string, at time.Time, body []byte) http.Header {
	secret, err := standardwebhook.ParseSecret(text)
	if err != nil {
		secret, _ = standardwebhook.ParseSecret(hookSecret("x"))
	}
	h := http.Header{}
	secret.Sign(h, "msg_1", at, body)
	return h
}

// changed is the notification that an order changed.
func changed(o platformtest.Order) []byte {
	return fmt.Appendf(nil, `{"NotificationType":"ORDER_CHANGE","Payload":{"OrderChangeNotification":{"AmazonOrderId":%q,
		"Summary":{"MarketplaceId":"A21TJRUUN4KGV"}}},"NotificationMetadata":{"NotificationId":"n-%[1]s"}}`, o.ID)
}

// confirmed is SHIPPED once a parcel was confirmed.
func (a *account) confirmed() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.bodies) == 0 {
		return ""
	}
	return "SHIPPED"
}

// mirror is an account that holds what the suite lists.
type mirror struct {
	account *account
	fake    platformtest.Fake
	inner   http.Handler
}

func newMirror(t testing.TB, f platformtest.Fake) *mirror {
	a := &account{t: t, tokens: map[string]bool{}, pages: map[string]string{}, pageSize: f.PageSize}
	return &mirror{account: a, fake: f, inner: a.handler()}
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := m.account
	a.orders = nil
	a.clock = m.fake.Now().Add(2 * time.Minute) // the suite's orders are listed at once
	for _, o := range m.fake.Orders() {
		word := o.Status
		if word == "" {
			word = "UNSHIPPED"
		}
		more := map[string]any{
			"createdTime": stamp(o.Created),
			"fulfillment": map[string]any{"fulfillmentStatus": word, "fulfilledBy": "MERCHANT"},
			"proceeds":    map[string]any{"grandTotal": map[string]string{"amount": "1299.00", "currencyCode": "INR"}},
			"buyer":       map[string]any{"buyerName": "A Buyer"},
		}
		if o.Broken {
			more["createdTime"] = "yesterday"
		}
		if o.Bare {
			more["fulfillment"] = map[string]any{"fulfillmentStatus": word}
			more["proceeds"], more["buyer"], more["orderItems"] = nil, nil, nil
		}
		a.put(o.ID, o.Modified, more)
	}
	m.inner.ServeHTTP(w, r)
}

func FuzzPage(f *testing.F) {
	p := seller()
	platformtest.Fuzz(f, "testdata/*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		var answer searchAnswer
		if err := (ingest.Response{Body: body}).JSON(&answer); err != nil || answer.Orders == nil {
			answer.Orders = []json.RawMessage{body}
		}
		var reports []order.Report
		var rejects []ingest.Reject
		for _, raw := range answer.Orders {
			r, err := p.report(raw)
			if err != nil {
				rejects = append(rejects, ingest.Reject{PlatformOrderID: orderID(raw), Reason: err.Error(), Payload: raw})
				continue
			}
			reports = append(reports, r)
		}
		return reports, rejects, nil
	})
}
