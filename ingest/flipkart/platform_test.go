package flipkart

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
	"github.com/palmonas/palmonas-crm/order"
)

func TestPlatform(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, platformtest.Case{
		Build: New,
		Channel: func(baseURL string) channel.Channel {
			return channel.Channel{ID: "flipkart", Platform: order.Flipkart, Adapter: "flipkart-v3", BaseURL: baseURL,
				Options: map[string]string{"webhook_url": hookURL}}
		},
		Secrets: notified(),
		NewServer: func(_ testing.TB, f platformtest.Fake) http.Handler {
			s := bareSeller()
			s.pageSize = f.PageSize
			return &mirror{seller: s, fake: f, inner: s.handler()}
		},
		Statuses: map[string]order.Status{
			"APPROVED": order.Confirmed, "PACKING_IN_PROGRESS": order.Processing, "FORM_FAILED": order.Processing, "PACKED": order.Processing,
			"READY_TO_DISPATCH": order.Processing, "PICKUP_COMPLETE": order.Shipped, "SHIPPED": order.Shipped, "DELIVERED": order.Delivered,
			"COMPLETED": order.Delivered, "CANCELLED": order.Cancelled, "RETURN_REQUESTED": order.Delivered, "RETURNED": order.Returned,
		},
		UnknownStatus: "TELEPORTED",
		OrderID:       func(n int) string { return fmt.Sprintf("OD%018d", n) },
		GoneID:        "OD999999999999999999",
		IsAuth:        func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/oauth-service/") },
		ExpireTokens:  func(h http.Handler) { h.(*mirror).seller.revoke() },
		Hook: &platformtest.Hook{
			Sign: func(secret string, at time.Time, _ []byte) http.Header {
				return signed(at, secrets().Credentials["app_id"], hookURL, secret)
			},
			Body: func(o platformtest.Order) []byte {
				return fmt.Appendf(nil, `{"eventType":"shipment_created","shipmentId":"S%s","timestamp":%q,"attributes":{"orderItems":[{"orderItemId":"S%[1]s1","orderId":%[1]q}]}}`, o.ID, stamp(o.Modified))
			},
			Dated: true, Bodiless: true,
		},
		Push: &platformtest.Push{
			Words:  map[order.Status]string{order.Cancelled: "cancel", order.Shipped: "selfShip/dispatch", order.Delivered: "selfShip/delivery"},
			Status: func(h http.Handler, _ string) string { return h.(*mirror).seller.told() },
			Before: map[order.Status]string{order.Cancelled: "APPROVED", order.Delivered: "SHIPPED"},
			Facts: func(word string) order.Facts {
				return order.Facts{PlatformStatus: word, SubStatus: subSelfShip, Shipment: order.Shipment{Carrier: "Delhivery", AWB: "DL77"}}
			},
		},
	})
}

// notified are the secrets of a channel in the middle of a rotation.
func notified() channel.Secrets {
	s := secrets()
	s.Webhook = []string{"fk-s3cret-of-before", "fk-s3cret-to-come"}
	return s
}

// told is what the seller was asked to do last.
func (s *seller) told() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, call := range slices.Backward(s.calls) {
		if what, ok := strings.CutPrefix(call, "POST /sellers/v3/shipments/"); ok && what != "filter" {
			return what
		}
	}
	return ""
}

// mirror is an account that holds what the suite lists.
type mirror struct {
	seller *seller
	fake   platformtest.Fake
	inner  http.Handler
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.seller.shipments = nil
	for _, o := range m.fake.Orders() {
		word := o.Status
		if word == "" {
			word = "APPROVED"
		}
		x := m.seller.put("S"+o.ID, o.ID, o.Modified, word)
		item := x["orderItems"].([]any)[0].(map[string]any)
		item["orderDate"] = stamp(o.Created)
		if o.Broken {
			item["orderDate"] = "yesterday"
		}
		if o.Own {
			x["shipmentType"] = "SELF"
		}
		if o.Bare {
			x["orderItems"] = []any{map[string]any{"orderId": o.ID, "orderItemId": "1", "orderDate": stamp(o.Created), "status": word}}
		}
	}
	m.inner.ServeHTTP(w, r)
}

func FuzzShipments(f *testing.F) {
	p := &Platform{set: settings{channel: "flipkart"}}
	platformtest.Fuzz(f, "testdata/*.json", func(body []byte) ([]order.Report, []ingest.Reject, error) {
		var answer listAnswer
		if err := (ingest.Response{Body: body}).JSON(&answer); err != nil {
			return nil, nil, err
		}
		found := newFindings()
		for _, raw := range answer.Shipments {
			found.add(raw)
		}
		var reports []order.Report
		var rejects []ingest.Reject
		for _, id := range found.ids {
			o, bad, err := parse(id, found.raw[id])
			var r order.Report
			if err == nil {
				for i, s := range o.shipments {
					var d details
					if json.Unmarshal(found.raw[id][0], &d) == nil && s.wantsDetails() {
						o.shipments[i].details = d
					}
				}
				r, err = p.report(o)
			}
			if err != nil {
				rejects = append(rejects, ingest.Reject{PlatformOrderID: id, Reason: err.Error(), Payload: bad})
				continue
			}
			reports = append(reports, r)
		}
		return reports, rejects, nil
	})
}
