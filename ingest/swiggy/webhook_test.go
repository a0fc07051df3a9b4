package swiggy

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
)

func TestStaticToken(t *testing.T) {
	t.Parallel()
	p := newRelay(t).platform(t, at(start()), "webhook_auth", authKey)
	body := hookBody(platformtest.Order{ID: "210001", Created: start(), Modified: start()})
	for key, ok := range map[string]bool{"hook-key-1": true, "hook-key-2": true, "hook-key-3": false, "hook-key": false, "": false} {
		err := p.Verify(http.Header{"X-Swiggy-Token": {key}}, body, start())
		if ok != (err == nil) || !ok && !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("token %q: %v", key, err)
		}
	}
	// The token says nothing about the body: it must not become an order.
	d, err := p.Parse(nil, body)
	if err != nil || len(d.Reports) > 0 || len(d.Refetch) != 1 || d.Refetch[0] != "210001" || d.EventID != "evt-210001" {
		t.Errorf("%+v, %v", d, err)
	}
	none := ingest.Config{Channel: testChannel("https://relay.example.com"), Secrets: secrets()}
	none.Secrets.Webhook = nil
	delete(none.Channel.Options, "webhook_auth")
	q, err := New(none)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.(*Platform).Verify(http.Header{"X-Swiggy-Token": {""}}, body, start()); !errors.Is(err, ingest.ErrBadSignature) {
		t.Errorf("a channel without secrets: %v", err)
	}
}

func TestBothProofs(t *testing.T) {
	t.Parallel()
	secret := webhookSecrets()[0]
	h, err := readHooks(authBoth, []string{"hook-key-1", secret})
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{}`)
	signed := sign(secret, start(), body)
	withKey := signed.Clone()
	withKey.Set("X-Swiggy-Token", "hook-key-1")
	for name, c := range map[string]struct {
		head http.Header
		ok   bool
	}{
		"both": {withKey, true}, "signature alone": {signed, false}, "token alone": {http.Header{"X-Swiggy-Token": {"hook-key-1"}}, false},
	} {
		if err := h.verify(c.head, body, start()); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, secrets := range [][]string{{"hook-key-1"}, {secret}, {"hook-key-1", "whsec_x"}} {
		if _, err := readHooks(authBoth, secrets); err == nil {
			t.Errorf("%d secrets were accepted", len(secrets))
		} else if strings.Contains(err.Error(), secrets[0]) {
			t.Errorf("the error tells a secret: %v", err)
		}
	}
}

func TestParseOthers(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	signed, static := s.platform(t, at(start())), s.platform(t, at(start()), "webhook_auth", authKey)
	if _, err := signed.Parse(nil, []byte(`{"eventType":"STORE_UPDATE"}`)); !errors.Is(err, ingest.ErrIgnored) {
		t.Errorf("another type: %v", err)
	}
	for _, c := range []struct {
		p          *Platform
		body, want string
	}{
		{signed, `{`, "not an event"}, {signed, `{"order":{}}`, "no eventType"}, {signed, `{"eventType":"ORDER_UPDATE","order":{"orderId":"7"}}`, "orderState"},
		{static, `{"eventType":"ORDER_UPDATE","order":{"orderId":"../7"}}`, "names no order"},
	} {
		d, err := c.p.Parse(nil, []byte(c.body))
		if err != nil || len(d.Reports)+len(d.Refetch) > 0 || len(d.Rejects) != 1 || !strings.Contains(d.Rejects[0].Reason, c.want) || d.EventID == "" {
			t.Errorf("%s: %+v, %v", c.body, d, err)
		}
	}
}
