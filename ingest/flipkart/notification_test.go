package flipkart

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
)

const hookURL = "https://desk.example/webhooks/flipkart"

func hooked() *Platform {
	p := account()
	p.set.appID, p.set.hookURL, p.set.hookSecrets = "app", hookURL, []string{"current", "previous"}
	return p
}

func signed(at time.Time, appID, address, secret string) http.Header {
	h := http.Header{}
	h.Set("X_Date", at.UTC().Format(http.TimeFormat))
	h.Set("X_Authorization", "FKLOGIN "+base64.StdEncoding.EncodeToString([]byte(appID+":"+signature(at, address, secret))))
	return h
}

func TestVerify(t *testing.T) {
	t.Parallel()
	good := signed(day, "app", hookURL, "current")
	without := func(name string) http.Header {
		h := good.Clone()
		h.Del(name)
		return h
	}
	unregistered := hooked()
	unregistered.set.hookURL = ""
	tests := []struct {
		name string
		p    *Platform
		h    http.Header
		ok   bool
	}{
		{"current secret", hooked(), good, true},
		{"previous secret", hooked(), signed(day, "app", hookURL, "previous"), true},
		{"almost stale", hooked(), signed(day.Add(-hookTolerance), "app", hookURL, "current"), true},
		{"stale", hooked(), signed(day.Add(-hookTolerance-time.Second), "app", hookURL, "current"), false},
		{"from the future", hooked(), signed(day.Add(hookTolerance+time.Second), "app", hookURL, "current"), false},
		{"another secret", hooked(), signed(day, "app", hookURL, "guess"), false},
		{"another application", hooked(), signed(day, "other", hookURL, "current"), false},
		{"another address", hooked(), signed(day, "app", hookURL+"/", "current"), false},
		{"no date", hooked(), without("X_Date"), false},
		{"no signature", hooked(), without("X_Authorization"), false},
		{"no registered address", unregistered, signed(day, "app", "", "current"), false},
	}
	for _, tt := range tests {
		if err := tt.p.Verify(tt.h, nil, day); (err == nil) != tt.ok || err != nil && !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("%s: %v, want accepted %v", tt.name, err, tt.ok)
		}
	}
}

// The sample that Flipkart published.
func TestPublishedSignature(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(sharedFixtures(t, "docs.signature-vector.json")[0])
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		AppID     string `json:"app_id"`
		AppSecret string `json:"app_secret"`
		URL       string `json:"url"`
		Date      string `json:"X_Date"`
		Auth      string `json:"X_Authorization"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	at, err := http.ParseTime(v.Date)
	if err != nil {
		t.Fatal(err)
	}
	p := account()
	p.set.appID, p.set.hookURL, p.set.hookSecrets = v.AppID, v.URL, []string{v.AppSecret}
	h := http.Header{}
	h.Set("X_Date", v.Date)
	h.Set("X_Authorization", v.Auth)
	if err := p.Verify(h, nil, at); err != nil {
		t.Error(err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	p := account()
	tests := []struct {
		name, body string
		want       []string
	}{
		{"with the whole shipment", `{"eventType":"shipment_created","shipmentId":"d1-x","timestamp":"t","attributes":{"orderItems":[{"orderItemId":"1","orderId":"OD1"},{"orderItemId":"2","orderId":"OD1"}]}}`, []string{"OD1"}},
		{"with items only", `{"eventType":"shipment_cancelled","shipmentId":"d1-x","attributes":{"orderItems":[{"orderItemId":"1","quantity":1}]}}`, []string{"shipment:d1-x"}},
		{"shipment only", `{"eventType":"shipment_delivered","shipmentId":"d1-x","attributes":{"status":"DELIVERED"}}`, []string{"shipment:d1-x"}},
		{"unknown step", `{"eventType":"shipment_blessed","shipmentId":"d1-x"}`, []string{"shipment:d1-x"}},
		{"return with shipment", `{"eventType":"return_created","returnId":"9","attributes":{"returnItems":[{"orderItemId":"1","shipmentId":"d1-x"}]}}`, []string{"shipment:d1-x"}},
		{"return with items", `{"eventType":"return_completed","returnId":"9","attributes":{"returnItems":[{"orderItemId":"1"},{"orderItemId":"2"},{"orderItemId":"1"}]}}`, []string{"item:1", "item:2"}},
	}
	ids := map[string]bool{}
	for _, tt := range tests {
		d, err := p.Parse(nil, []byte(tt.body))
		again, _ := p.Parse(nil, []byte(tt.body))
		if diff := cmp.Diff(tt.want, d.Refetch); err != nil || diff != "" || d.EventID != again.EventID || len(d.Reports) > 0 {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
		if ids[d.EventID] {
			t.Errorf("%s: the event id is another event's", tt.name)
		}
		ids[d.EventID] = true
	}
	if _, err := p.Parse(nil, []byte(`{"eventType":"listing_changed"}`)); !errors.Is(err, ingest.ErrIgnored) {
		t.Errorf("another topic: %v", err)
	}
	for _, body := range []string{``, `[]`, `{}`, `{"eventType":"shipment_packed"}`, `{"eventType":"shipment_packed","shipmentId":"../../x"}`} {
		if d, err := p.Parse(nil, []byte(body)); err == nil || errors.Is(err, ingest.ErrIgnored) {
			t.Errorf("%s: %+v, %v", body, d, err)
		}
	}
}

func TestSharedNotifications(t *testing.T) {
	t.Parallel()
	files := append(sharedFixtures(t, "notification.*.json"), sharedFixtures(t, "synthetic.notification.*.json")...)
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := account().Parse(nil, body); err != nil || len(d.Refetch) != 1 {
			t.Errorf("%s: %+v, %v", filepath.Base(file), d, err)
		}
	}
}

func FuzzNotification(f *testing.F) {
	f.Add([]byte(`{"eventType":"shipment_cancelled","shipmentId":"d1-x","attributes":{"orderItems":[{"orderItemId":"1","quantity":1}]}}`))
	f.Add([]byte(`{"eventType":"return_created","returnId":"9","attributes":{"returnItems":[{"orderItemId":"1","shipmentId":"d1-x"}]}}`))
	p := hooked()
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := p.Parse(nil, body)
		for _, ref := range d.Refetch {
			plain := strings.TrimPrefix(strings.TrimPrefix(ref, refShipment), refItem)
			if err != nil || !idPattern.MatchString(plain) {
				t.Errorf("%q, %v", ref, err)
			}
		}
		if err := p.Verify(http.Header{}, body, day); err == nil {
			t.Error("an unsigned body was accepted")
		}
	})
}
