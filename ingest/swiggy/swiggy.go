// Package swiggy reads orders that Swiggy Instamart relays to a merchant, and
// tells it how far the merchant is with those that he packs himself. It knows
// Swiggy's words and wire format and nothing of storage or pages.
//
// Swiggy publishes no API for sellers. What the relay is assumed to look like is
// in the files contract_*.go and nowhere else, so that the partner's own
// document can replace them; there is no default address, so that nothing is
// sent anywhere before somebody names a server that speaks it.
package swiggy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// Platform is one merchant account. It is safe for concurrent use.
type Platform struct {
	set    settings
	client *ingest.Client
	tokens *ingest.Tokens // nil with a static token
	now    func() time.Time
}

var (
	_ ingest.Build    = New
	_ ingest.Pusher   = (*Platform)(nil)
	_ ingest.Receiver = (*Platform)(nil)
)

// New makes the adapter of a channel. It makes no call and reports all faulty
// settings together.
//
// Credentials: token, or client_id and client_secret where the partner
// exchanges tokens. Options: merchant_id (required); store_codes (separated by
// commas; default all); since (RFC 3339, where the history starts; Swiggy looks
// back seven days, which is the default); rate (calls a second; default 10);
// webhook_auth, see readHooks.
func New(cfg ingest.Config) (ingest.Platform, error) {
	set, err := readSettings(cfg)
	if err != nil {
		return nil, err
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	limit := defaultLimit()
	if set.rate > 0 {
		limit = ingest.Limit{Rate: set.rate, Burst: max(limitBurst, int(set.rate))}
	}
	p := &Platform{set: set, now: now, client: ingest.NewClient(ingest.ClientOptions{
		HTTP: cfg.HTTP, Now: now, Sleep: cfg.Sleep, Limits: map[string]ingest.Limit{opAny: limit},
	})}
	if set.token == "" {
		p.tokens = ingest.NewTokens(p.exchange, renewBefore, now)
	}
	return p, nil
}

type settings struct {
	channel      string
	base         *url.URL
	token        string
	clientID     string
	clientSecret string
	merchant     string
	stores       []string
	since        time.Time // zero: as far back as Swiggy goes
	overlap      time.Duration
	rate         float64 // zero: not set
	hooks        hooks
}

func readSettings(cfg ingest.Config) (settings, error) {
	var faults []error
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	option := func(name string) string { return strings.TrimSpace(cfg.Channel.Options[name]) }
	credential := func(name string) string { return strings.TrimSpace(cfg.Secrets.Credentials[name]) }
	set := settings{
		channel: cfg.Channel.ID, token: credential("token"), clientID: credential("client_id"), clientSecret: credential("client_secret"),
		merchant: option("merchant_id"), overlap: max(minOverlap, 2*cfg.Channel.Interval),
	}
	switch {
	case set.token != "" && set.clientID+set.clientSecret != "":
		fault("give the credential token, or client_id and client_secret, not both")
	case set.token != "":
	case set.clientID+set.clientSecret == "":
		fault("credential token is missing; or give client_id and client_secret")
	case set.clientID == "":
		fault("credential client_id is missing")
	case set.clientSecret == "":
		fault("credential client_secret is missing")
	}
	if set.merchant == "" {
		fault("option merchant_id is missing")
	}
	for code := range strings.SplitSeq(option("store_codes"), ",") {
		if code = strings.TrimSpace(code); code != "" {
			set.stores = append(set.stores, code)
		}
	}
	var err error
	if set.base, err = ingest.ParseAddress(cfg.Channel.BaseURL); err != nil {
		fault("base_url: %w", err)
	}
	if text := option("since"); text != "" {
		if set.since, err = time.Parse(time.RFC3339, text); err != nil {
			fault("option since %q is not an RFC 3339 time", text)
		}
	}
	if text := option("rate"); text != "" {
		if set.rate, err = strconv.ParseFloat(text, 64); err != nil || !(set.rate > 0 && set.rate <= 10_000) {
			fault("option rate %q: use calls a second, up to 10000", text)
		}
	}
	if set.hooks, err = readHooks(option("webhook_auth"), cfg.Secrets.Webhook); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return settings{}, fmt.Errorf("swiggy: %w", errors.Join(faults...))
	}
	return set, nil
}

// Check proves the credentials with the smallest list call.
func (p *Platform) Check(ctx context.Context) error {
	now := p.now()
	if _, err := p.changes(ctx, cursor{From: now.Add(-time.Minute), To: now}, 1); err != nil {
		return fmt.Errorf("swiggy: check: %w", err)
	}
	return nil
}

// refusedStatus is the HTTP status of a request that the platform refused, 0
// for any other outcome.
func refusedStatus(err error) int {
	var s *ingest.StatusError
	if errors.As(err, &s) && s.Status/100 == 4 && s.Status != http.StatusRequestTimeout && s.Status != http.StatusTooEarly {
		return s.Status
	}
	return 0
}
