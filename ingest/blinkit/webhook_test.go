package blinkit

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
	"github.com/palmonas/palmonas-crm/order"
)

func TestStaticKey(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	p := s.platform(t, at(start()), "webhook_auth", authKey)
	body := hookBody(platformtest.Order{ID: "80001", Created: start(), Modified: start()})
	for key, ok := range map[string]bool{"hook-key-1": true, "hook-key-2": true, "hook-key-3": false, "hook-key": false, "": false} {
		err := p.Verify(http.Header{"Api-Key": {key}}, body, start())
		if ok != (err == nil) || !ok && !errors.Is(err, ingest.ErrBadSignature) {
			t.Errorf("key %q: %v", key, err)
		}
	}
	// The key says nothing about the body: it must not become an order.
	d, err := p.Parse(nil, body)
	if err != nil || len(d.Reports) > 0 || len(d.Refetch) != 1 || d.Refetch[0] != "80001" || d.EventID != "evt-80001" {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := p.Parse(nil, []byte(`{"type":"ORDER_UPDATE","data":{"order":{"order_id":"../x"}}}`)); err != nil || len(d.Rejects) != 1 || len(d.Refetch) > 0 {
		t.Errorf("%+v, %v", d, err)
	}
	none := ingest.Config{Channel: testChannel("https://relay.example.com"), Secrets: secrets()}
	none.Secrets.Webhook = nil
	delete(none.Channel.Options, "webhook_auth")
	q, err := New(none)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.(*Platform).Verify(http.Header{"Api-Key": {""}}, body, start()); !errors.Is(err, ingest.ErrBadSignature) {
		t.Errorf("a channel without secrets: %v", err)
	}
}

func TestBothProofs(t *testing.T) {
	t.Parallel()
	secret := secrets().Webhook[0]
	h, err := readHooks(authBoth, []string{"hook-key-1", secret})
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{}`)
	signed := sign(secret, start(), body)
	withKey := signed.Clone()
	withKey.Set("Api-Key", "hook-key-1")
	for name, c := range map[string]struct {
		head http.Header
		ok   bool
	}{
		"both": {withKey, true}, "signature alone": {signed, false}, "key alone": {http.Header{"Api-Key": {"hook-key-1"}}, false},
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
	p := newRelay(t).platform(t, at(start()))
	if _, err := p.Parse(nil, []byte(`{"type":"CATALOGUE_UPDATE"}`)); !errors.Is(err, ingest.ErrIgnored) {
		t.Errorf("another type: %v", err)
	}
	po, err := os.ReadFile("testdata/po.json")
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		`{"type":"PO_CREATION","po_number":"P1"}`: "no items",
		`{"type":"PO_AMENDED","po_number":"P1"}`:  "not known",
		`{`:                                       "not an event",
		`{"data":{}}`:                             "no type",
		`{"type":"ORDER_UPDATE","data":{"order":{"order_id":"7"}}}`: "status",
	} {
		d, err := p.Parse(nil, []byte(body))
		if err != nil || len(d.Reports) > 0 || len(d.Rejects) != 1 || !strings.Contains(d.Rejects[0].Reason, want) || d.EventID == "" || len(d.Rejects[0].Payload) == 0 {
			t.Errorf("%.60s: %+v, %v", body, d, err)
		}
	}
	cancel, err := p.Parse(nil, []byte(`{"type":"PO_CANCEL","tenant":"HYPERPURE","po_number":"P1"}`))
	if err != nil || len(cancel.Marks) != 1 || cancel.Marks[0].PlatformOrderID != "PO:HYPERPURE:P1" || cancel.Marks[0].Status != order.Cancelled {
		t.Errorf("%+v, %v", cancel, err)
	}
	first, err := p.Parse(nil, po)
	if err != nil || first.EventID != "BLINKIT|9100000000001|PO_CREATION" || len(first.Reports) != 1 || len(first.Rejects) > 0 {
		t.Fatalf("%+v, %v", first, err)
	}
}
