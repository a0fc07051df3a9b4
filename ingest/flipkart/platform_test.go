package flipkart

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

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
			return channel.Channel{ID: "flipkart", Platform: order.Flipkart, Adapter: "flipkart-v3", BaseURL: baseURL}
		},
		Secrets: secrets(),
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
	})
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
