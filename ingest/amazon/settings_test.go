package amazon

import (
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
)

func TestNewNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := New(ingest.Config{
		Channel: channel.Channel{BaseURL: "http://sellingpartnerapi-eu.amazon.com", Options: map[string]string{
			"marketplace_id": "amazon.in", "token_url": "https://user:hunter2@api.amazon.com/", "since": "2026-03-11",
		}},
		Secrets: channel.Secrets{Credentials: map[string]string{"client_secret": " "}, Webhook: []string{"whsec_c2hvcnQ="}},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"client_id", "client_secret", "refresh_token", "base_url", "https", "marketplace_id", "token_url", "since", "webhook secret"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in: %v", want, err)
		}
	}
	for _, secret := range []string{"hunter2", "c2hvcnQ"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats a secret: %v", err)
		}
	}
}

func TestNewTakesDefaults(t *testing.T) {
	t.Parallel()
	p, err := New(ingest.Config{
		Channel: channel.Channel{ID: "amazon-in", BaseURL: "https://sellingpartnerapi-eu.amazon.com"},
		Secrets: channel.Secrets{Credentials: map[string]string{"client_id": "a", "client_secret": "b", "refresh_token": "c"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	set := p.(*Platform).set
	if set.marketplace != "A21TJRUUN4KGV" || set.tokenURL != "https://api.amazon.com/auth/o2/token" || !set.since.IsZero() {
		t.Errorf("marketplace %q, token host %q, since %v", set.marketplace, set.tokenURL, set.since)
	}
}
