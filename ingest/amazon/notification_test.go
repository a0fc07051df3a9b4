package amazon

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
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

func sign(key []byte, id string, at time.Time, body string) http.Header {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	h := http.Header{}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
	h.Set("webhook-signature", "v1a,AAAA v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return h
}

func TestVerify(t *testing.T) {
	t.Parallel()
	current, previous, other := []byte("0123456789abcdef01234567"), []byte("previous-secret-of-24-by"), []byte("another-secret-of-24-byt")
	p := seller()
	for _, key := range [][]byte{current, previous} {
		k, err := hookKey("whsec_" + base64.StdEncoding.EncodeToString(key))
		if err != nil {
			t.Fatal(err)
		}
		p.set.hookSecrets = append(p.set.hookSecrets, k)
	}
	good := sign(current, "msg_1", day, orderChange)
	without := func(name string) http.Header {
		h := good.Clone()
		h.Del(name)
		return h
	}
	tests := []struct {
		name string
		p    *Platform
		h    http.Header
		body string
		ok   bool
	}{
		{"current secret", p, good, orderChange, true},
		{"previous secret", p, sign(previous, "msg_1", day, orderChange), orderChange, true},
		{"another secret", p, sign(other, "msg_1", day, orderChange), orderChange, false},
		{"another body", p, good, orderChange + " ", false},
		{"almost stale", p, sign(current, "msg_1", day.Add(-hookTolerance), orderChange), orderChange, true},
		{"stale", p, sign(current, "msg_1", day.Add(-hookTolerance-time.Second), orderChange), orderChange, false},
		{"from the future", p, sign(current, "msg_1", day.Add(hookTolerance+time.Second), orderChange), orderChange, false},
		{"no id", p, without("webhook-id"), orderChange, false},
		{"no time", p, without("webhook-timestamp"), orderChange, false},
		{"no signature", p, without("webhook-signature"), orderChange, false},
		{"no secret set", seller(), sign(nil, "msg_1", day, orderChange), orderChange, false},
	}
	for _, tt := range tests {
		err := tt.p.Verify(tt.h, []byte(tt.body), day)
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("%s: %v, want accepted %v", tt.name, err, tt.ok)
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
