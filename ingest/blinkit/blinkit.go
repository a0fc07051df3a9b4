// Package blinkit reads orders that Blinkit relays to a seller, and tells it
// how far the seller is with those that the seller packs himself. Beside them
// it reads Blinkit's purchase orders and writes the shipping notices for them.
// It knows Blinkit's words and wire formats and nothing of storage or pages.
//
// Blinkit publishes no API for orders. What the relay is assumed to look like
// is in the files contract_*.go and nowhere else, so that the partner's own
// document can replace them; there is no default address, so that nothing is
// sent anywhere before somebody names a server that speaks it. The purchase
// orders (po*.go) follow what public integrations show of Blinkit's vendor EDI.
package blinkit

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

// Platform is one vendor account. It is safe for concurrent use.
type Platform struct {
	set    settings
	client *ingest.Client
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
// Credential: api_key. Options: vendor_id (required); since (RFC 3339, where
// the history starts; default 30 days ago); rate (calls a second; default what
// Blinkit announces or, if it does not, just under 60 a minute); cancel_reason
// (told with cancellations; default "item not available"); webhook_auth, see
// readHooks; gstin and hsn_code (the seller's, for shipping notices).
func New(cfg ingest.Config) (ingest.Platform, error) {
	set, err := readSettings(cfg)
	if err != nil {
		return nil, err
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	o := ingest.ClientOptions{HTTP: cfg.HTTP, Now: now, Sleep: cfg.Sleep, Limits: map[string]ingest.Limit{opAny: defaultLimit()}}
	if set.rate > 0 {
		o.Limits[opAny] = ingest.Limit{Rate: set.rate, Burst: max(5, int(set.rate))}
	} else {
		o.LearnRate = learnRate
	}
	return &Platform{set: set, client: ingest.NewClient(o), now: now}, nil
}

type settings struct {
	channel      string
	base         *url.URL
	apiKey       string
	vendorID     string
	since        time.Time // zero: firstHistory before the first call
	overlap      time.Duration
	rate         float64 // zero: not set
	cancelReason string
	gstin        string // the seller's, for shipping notices
	hsn          string
	hooks        hooks
}

func readSettings(cfg ingest.Config) (settings, error) {
	var faults []error
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	option := func(name string) string { return strings.TrimSpace(cfg.Channel.Options[name]) }
	set := settings{
		channel: cfg.Channel.ID, apiKey: strings.TrimSpace(cfg.Secrets.Credentials["api_key"]), vendorID: option("vendor_id"),
		overlap: max(minOverlap, 2*cfg.Channel.Interval), cancelReason: option("cancel_reason"),
		gstin: option("gstin"), hsn: option("hsn_code"),
	}
	if set.apiKey == "" {
		fault("credential api_key is missing")
	}
	if set.vendorID == "" {
		fault("option vendor_id is missing")
	}
	if set.cancelReason == "" {
		set.cancelReason = "item not available"
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
		return settings{}, fmt.Errorf("blinkit: %w", errors.Join(faults...))
	}
	return set, nil
}

// Check proves the credentials with the smallest list call.
func (p *Platform) Check(ctx context.Context) error {
	if _, err := p.list(ctx, listQuery{from: p.now().Add(-time.Minute), size: 1}); err != nil {
		return fmt.Errorf("blinkit: check: %w", err)
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
