package amazon

import (
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
)

const orderChange = `{"NotificationVersion":"1.0","NotificationType":"ORDER_CHANGE","PayloadVersion":"1.0","EventTime":"2026-03-11T09:06:03.120Z",
	"Payload":{"OrderChangeNotification":{"NotificationLevel":"OrderLevel","SellerId":"A1","AmazonOrderId":"404-0000003-0000003",
	"OrderChangeType":"OrderStatusChange","Summary":{"MarketplaceId":"A21TJRUUN4KGV","OrderStatus":"PartiallyShipped"}}},
	"NotificationMetadata":{"ApplicationId":"a","SubscriptionId":"b","PublishTime":"2026-03-11T09:06:04Z","NotificationId":"n-1"}}`

func TestParseNotification(t *testing.T) {
	t.Parallel()
	p := seller()
	want := ingest.Delivery{EventID: "n-1", Refetch: []string{"404-0000003-0000003"}}
	for name, body := range map[string]string{
		"SQS":         orderChange,
		"EventBridge": `{"version":"0","id":"e-1","detail-type":"ORDER_CHANGE","source":"aws.partner/sellingpartnerapi.amazon.com/1","detail":` + orderChange + `}`,
	} {
		got, err := p.Parse(nil, []byte(body))
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, d)
		}
	}
	for name, body := range map[string]string{
		"another type":        strings.Replace(orderChange, "ORDER_CHANGE", "REPORT_PROCESSING_FINISHED", 1),
		"another marketplace": strings.Replace(orderChange, "A21TJRUUN4KGV", "ATVPDKIKX0DER", 1),
	} {
		if _, err := p.Parse(nil, []byte(body)); !errors.Is(err, ingest.ErrIgnored) {
			t.Errorf("%s: %v, want ErrIgnored", name, err)
		}
	}
	for name, body := range map[string]string{
		"no order":    strings.Replace(orderChange, "AmazonOrderId", "OrderId", 1),
		"no payload":  `{"NotificationType":"ORDER_CHANGE"}`,
		"not for us":  `{"hello":"world"}`,
		"not JSON":    `NotificationType=ORDER_CHANGE`,
		"cut short":   orderChange[:200],
		"wrong types": `{"NotificationType":1}`,
	} {
		if d, err := p.Parse(nil, []byte(body)); err == nil || errors.Is(err, ingest.ErrIgnored) {
			t.Errorf("%s: %+v, %v; want an error that is kept", name, d, err)
		}
	}
	without := strings.Replace(orderChange, `"NotificationId":"n-1"`, `"x":1`, 1)
	a, err1 := p.Parse(nil, []byte(without))
	b, err2 := p.Parse(nil, []byte(without))
	if err1 != nil || err2 != nil || a.EventID == "" || a.EventID != b.EventID {
		t.Errorf("event without an id: %q, %q", a.EventID, b.EventID)
	}
}

func TestSharedNotifications(t *testing.T) {
	t.Parallel()
	p := seller()
	for _, file := range sharedFixtures(t, "*notification.*.json") {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d, err := p.Parse(nil, body)
		switch {
		case errors.Is(err, ingest.ErrIgnored):
		case err != nil:
			t.Errorf("%s: %v", file, err)
		case len(d.Refetch) != 1 || d.EventID == "":
			t.Errorf("%s: %+v", file, d)
		}
	}
}

// The signature itself is the standardwebhook package's; here it must be asked
// at all, with every secret of the channel.
func TestVerify(t *testing.T) {
	t.Parallel()
	texts := []string{
		"whsec_" + base64.StdEncoding.EncodeToString([]byte("current-secret-of-24-byt")),
		"whsec_" + base64.StdEncoding.EncodeToString([]byte("previous-secret-of-24-by")),
		"whsec_" + base64.StdEncoding.EncodeToString([]byte("another-secret-of-24-byt")),
	}
	a := newAccount(t)
	cfg := a.config()
	cfg.Secrets.Webhook = texts[:2]
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		secret, err := standardwebhook.ParseSecret(text)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		secret.Sign(h, "msg_1", day, []byte(orderChange))
		if err := p.(*Platform).Verify(h, []byte(orderChange), day); (err == nil) != (i < 2) || err != nil && !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("secret %d: %v", i, err)
		}
		if err := p.(*Platform).Verify(h, []byte(orderChange+" "), day); !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("secret %d, another body: %v", i, err)
		}
		if err := a.platform(a.now).Verify(h, []byte(orderChange), day); !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("a channel without secrets: %v", err)
		}
	}
}

func FuzzNotification(f *testing.F) {
	f.Add([]byte(orderChange))
	f.Add([]byte(`{"detail":` + orderChange + `}`))
	f.Add([]byte(`{"detail":null,"NotificationType":"ORDER_CHANGE","Payload":{"OrderChangeNotification":{"AmazonOrderId":""}}}`))
	p := seller()
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := p.Parse(nil, body)
		if err == nil && (d.EventID == "" || len(d.Refetch) != 1 || d.Refetch[0] == "" || len(d.Reports) > 0) {
			t.Errorf("%+v", d)
		}
		if err := p.Verify(http.Header{}, body, day); err == nil {
			t.Error("an unsigned body was accepted")
		}
	})
}
